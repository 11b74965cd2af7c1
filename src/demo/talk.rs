//! Kinds that are there for what they write.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use super::options::{Options, Usage};
use super::output::{Level, error, leveled, line};
use crate::model::hash::fnv1a;

/// Calls `write` with 0, 1, 2 … at an even pace until it says to end or fails. A pause that came too late is made
/// up for.
fn paced(rate: f64, mut write: impl FnMut(u64) -> io::Result<bool>) -> io::Result<()> {
    let begun = Instant::now();
    for number in 0_u64.. {
        let due = Duration::from_secs_f64(number as f64 / rate);
        if let Some(early) = due.checked_sub(begun.elapsed()) {
            thread::sleep(early);
        }
        if !write(number)? {
            break;
        }
    }
    Ok(())
}

/// A pace in lines a second, within reason.
fn rate(options: &Options, default: f64) -> Result<f64, Usage> {
    let rate = options.number::<f64>("rate")?.unwrap_or(default);
    if (0.001..=1e7).contains(&rate) {
        Ok(rate)
    } else {
        Err(Usage("--rate is a number of lines a second, from 0.001 to 10000000".to_owned()))
    }
}

/// An output that nobody reads any more ends a server, but not with a crash.
fn ended(result: &io::Result<()>) -> ExitCode {
    if result.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Log lines of a job queue, some of them warnings and errors.
pub fn chatty(options: &Options) -> Result<ExitCode, Usage> {
    let rate = rate(options, 5.0)?;
    Ok(ended(&paced(rate, |number| {
        for (level, text) in chat(number) {
            match level {
                Level::Error => error(&leveled(level, &text)),
                Level::Info | Level::Warn => line(&leveled(level, &text))?,
            }
        }
        Ok(true)
    })))
}

/// What is said at one tick: the same each time.
fn chat(number: u64) -> Vec<(Level, String)> {
    let job = 8800 + number;
    let millis = 3 + job.wrapping_mul(7919) % 90;
    match number % 23 {
        7 => vec![(Level::Warn, format!("redis: slow command {} ms (BRPOP)", millis + 250))],
        19 => vec![
            (Level::Error, format!("job {job} failed: connect ECONNREFUSED 127.0.0.1:6379")),
            (Level::Error, "    at connect (queue.js:81:16)".to_owned()),
            (Level::Error, "    at Worker.run (worker.js:24:9)".to_owned()),
        ],
        n if n % 2 == 0 => vec![(Level::Info, format!("job {job} picked up (queue=mail)"))],
        _ => vec![(Level::Info, format!("job {job} done in {millis} ms"))],
    }
}

/// Numbered lines with a checksum, see [`check`].
pub fn numbered(options: &Options) -> Result<ExitCode, Usage> {
    let rate = rate(options, 1000.0)?;
    let count = options.number::<u64>("count")?.unwrap_or(0);
    let length = options.size("length")?.unwrap_or(40).min(1 << 20);
    let mut out = io::stdout().lock();
    Ok(ended(&paced(rate, |number| {
        writeln!(out, "{}", numbered_line(number + 1, length))?;
        Ok(number + 1 != count)
    })))
}

/// `NUMBER CHECKSUM FILL`: the fill is up to `length` bytes long, its length depends on the number.
pub fn numbered_line(number: u64, length: usize) -> String {
    let fill = usize::try_from(number.wrapping_mul(2_654_435_761) % (length as u64 + 1)).unwrap_or(0);
    let fill = "abcdefghijklmnopqrstuvwxyz".chars().cycle().take(fill).collect::<String>();
    format!("{number} {:016x} {fill}", checksum(number, &fill))
}

/// The number of a line of [`numbered`], if the line is whole.
pub fn check(line: &str) -> Option<u64> {
    let mut parts = line.splitn(3, ' ');
    let number = parts.next()?.parse().ok()?;
    let sum = u64::from_str_radix(parts.next()?, 16).ok()?;
    (checksum(number, parts.next()?) == sum).then_some(number)
}

fn checksum(number: u64, fill: &str) -> u64 {
    fnv1a(&[number.to_le_bytes().as_slice(), fill.as_bytes()].concat())
}

/// Bytes as fast as they are taken.
pub fn flood(options: &Options) -> Result<ExitCode, Usage> {
    let bytes = options.size("bytes")?.unwrap_or(0);
    let length = options.size("line")?.unwrap_or(100).clamp(1, 16 << 20);
    let mut line = vec![b'x'; length - 1];
    line.push(b'\n');
    Ok(ended(&pour(&mut io::stdout().lock(), &line, if bytes == 0 { None } else { Some(bytes) })))
}

/// Writes `line` again and again, `bytes` bytes in all; without them, until nobody reads.
fn pour(out: &mut impl Write, line: &[u8], bytes: Option<usize>) -> io::Result<()> {
    let mut left = bytes;
    while left != Some(0) {
        let part = left.map_or(line.len(), |left| left.min(line.len()));
        out.write_all(&line[..part])?;
        left = left.map(|left| left - part);
    }
    out.flush()
}

/// Steps of the bar.
const BAR: usize = 30;

/// Tells whether it has a terminal, then draws a bar over and over.
pub fn tty(_: &Options) -> Result<ExitCode, Usage> {
    let result = (|| -> io::Result<()> {
        let has = |yes: bool| if yes { "a terminal" } else { "no terminal" };
        line(&format!("stdin: {}", has(io::stdin().is_terminal())))?;
        line(&format!("stdout: {}", has(io::stdout().is_terminal())))?;
        for round in 1_u64.. {
            for done in 0..=BAR {
                let mut out = io::stdout().lock();
                write!(out, "\r{}", bar(done))?;
                out.flush()?;
                drop(out);
                thread::sleep(Duration::from_millis(100));
            }
            line(&format!("\rbuild {round} done{}", " ".repeat(BAR)))?;
            thread::sleep(Duration::from_secs(3));
        }
        Ok(())
    })();
    Ok(ended(&result))
}

fn bar(done: usize) -> String {
    format!("[{}{}] {:>3} %", "#".repeat(done), ".".repeat(BAR - done), done * 100 / BAR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_numbered_line_proves_itself() {
        for number in [1, 2, 77, u64::MAX] {
            let line = numbered_line(number, 64);
            assert_eq!(check(&line), Some(number), "{line}");
            assert_eq!(check(&line[..line.len() - 1]), None, "{line}");
        }
        assert!(numbered_line(3, 64).len() <= 2 + 17 + 64);
        for bad in ["", "1", "1 2", "x 0000000000000000 ", &numbered_line(5, 64).replacen('5', "6", 1)] {
            assert_eq!(check(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_flood_is_as_long_as_was_asked_for() {
        let mut out = Vec::new();
        pour(&mut out, b"xxx\n", Some(10)).unwrap();
        assert_eq!(out, b"xxx\nxxx\nxx");
    }

    #[test]
    fn a_pace_ends_when_it_is_told_to() {
        let mut seen = Vec::new();
        paced(1e7, |number| {
            seen.push(number);
            Ok(number < 3)
        })
        .unwrap();
        assert_eq!(seen, [0, 1, 2, 3]);
        assert!(paced(1e7, |_| Err(io::ErrorKind::BrokenPipe.into())).is_err());
        for bad in ["0", "-1", "NaN", "inf", "x"] {
            let args = ["--rate", bad].map(str::to_owned).into_iter();
            assert!(rate(&Options::parse(&["rate"], args).unwrap(), 1.0).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_chat_has_every_level_and_the_bar_grows() {
        let levels: Vec<Level> = (0..23).flat_map(chat).map(|(level, _)| level).collect();
        for level in [Level::Info, Level::Warn, Level::Error] {
            assert!(levels.contains(&level), "{level:?}");
        }
        assert_eq!(bar(0).len(), bar(BAR).len());
        assert!(bar(BAR).ends_with("100 %"));
    }
}
