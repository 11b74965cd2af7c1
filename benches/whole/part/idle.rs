//! What many quiet servers cost while nobody looks.

use std::time::Duration;

use super::{SLEEP, Size};
use crate::bed::Bed;
use crate::table::Table;
use crate::{Result, look};

pub(super) fn run(size: Size, table: &mut Table) -> Result<()> {
    for count in [1, 10, size.servers] {
        let bed = Bed::new()?;
        bed.set_servers(count, SLEEP)?;
        bed.ostler(&["up", "--detach"])?;
        // the first passes of the monitor learn everything anew
        std::thread::sleep(Duration::from_secs(2));
        let (supervisor, keepers) = (bed.supervisor()?, bed.keepers()?);
        if count == size.servers {
            cpu(&bed, size, supervisor, &keepers, table)?;
        }
        let each = sum(&keepers, "Pss")? / keepers.len() as u64;
        let private = sum(&keepers, "Private_Dirty")? / keepers.len() as u64;
        table.figure(
            format!("memory of each of {count} keepers"),
            format!("PSS {} KiB, of it private and dirty {} KiB", each / 1024, private / 1024),
        );
        let nursery = keepers.first().and_then(|keeper| look::parent(*keeper)).ok_or("no nursery")?;
        let (own, forker) = (look::memory(supervisor, "Pss")?, look::memory(nursery, "Pss")?);
        let all = own + forker + sum(&keepers, "Pss")?;
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        table.figure(
            format!("memory of all of ostler, {count} servers"),
            format!("PSS {:.1} MiB, of it supervisor {:.1}, nursery {:.1}", mib(all), mib(own), mib(forker)),
        );
    }
    Ok(())
}

fn cpu(bed: &Bed, size: Size, supervisor: u32, keepers: &[u32], table: &mut Table) -> Result<()> {
    let used =
        || -> Result<(Duration, Duration)> { Ok((look::cpu(supervisor)?, look::cpu_of_each(keepers)?)) };
    let before = used()?;
    std::thread::sleep(Duration::from_secs(size.seconds as u64));
    let after = used()?;
    let minute = |time: Duration| time.as_secs_f64() * 60.0 / size.seconds as f64;
    table.figure(
        format!("CPU of {} quiet servers, no viewer", size.servers),
        format!(
            "supervisor {:.3} s/min, keepers {:.4} s/min",
            minute(after.0.saturating_sub(before.0)),
            minute(after.1.saturating_sub(before.1)),
        ),
    );
    if bed.supervisor()? == supervisor { Ok(()) } else { Err("the supervisor was replaced meanwhile".into()) }
}

fn sum(pids: &[u32], name: &str) -> Result<u64> {
    pids.iter().map(|pid| look::memory(*pid, name)).sum()
}
