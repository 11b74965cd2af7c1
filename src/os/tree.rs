//! The descendants of a process.

use std::fs::{self, File};
use std::io;

use super::process::{self, Stat};

/// Every living descendant of `root`, zombies left out. Descent is followed by parents, which a process cannot leave
/// while an ancestor of it is a subreaper: a session of its own does not matter.
pub fn descendants(root: u32) -> io::Result<Vec<Stat>> {
    let proc = File::open("/proc")?;
    let mut all = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(name) = name.to_str().filter(|name| name.bytes().all(|b| b.is_ascii_digit())) else {
            continue;
        };
        // a process that may not be looked at is none of ours
        if let Ok(Some(stat)) = process::read_at(&proc, &format!("{name}/stat")) {
            all.push(stat);
        }
    }
    Ok(closure(&all, root).into_iter().filter(|stat| !stat.is_dead()).collect())
}

/// Those of `all` that descend from `root`, which is left out itself.
fn closure(all: &[Stat], root: u32) -> Vec<Stat> {
    let mut found: Vec<Stat> =
        all.iter().filter(|stat| stat.parent == root && stat.pid != root).copied().collect();
    let mut next = 0;
    while let Some(parent) = found.get(next).map(|stat| stat.pid) {
        for stat in all {
            // a process can't be its own ancestor, but the list was not read at one moment
            if stat.parent == parent && stat.pid != root && !found.iter().any(|known| known.pid == stat.pid) {
                found.push(*stat);
            }
        }
        next += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stat(pid: u32, parent: u32) -> Stat {
        Stat { pid, parent, group: 0, session: 0, state: b'S', start_ticks: 0 }
    }

    #[test]
    fn descent_is_followed_through_any_depth_and_a_loop_ends() {
        let all = [stat(2, 1), stat(3, 2), stat(4, 3), stat(5, 1), stat(6, 9), stat(9, 6), stat(1, 4)];
        let pids: Vec<u32> = closure(&all, 2).iter().map(|stat| stat.pid).collect();
        assert_eq!(pids, [3, 4, 1, 5]);
        assert!(closure(&all, 77).is_empty());
    }
}
