//! Kinds that are there for how they live and end.

use std::hint::black_box;
use std::process::{Command, ExitCode};
use std::thread;
use std::time::Duration;

use super::options::{Options, Usage};
use super::output::{Level, error, leveled, log, name};

/// Bytes of a page of memory; one byte of each is written, or it would take none.
const PAGE: usize = 4096;

/// Takes more and more memory, up to a limit.
pub fn leak(options: &Options) -> Result<ExitCode, Usage> {
    let rate = options.size("rate")?.unwrap_or(1 << 20).max(1);
    let cap = options.size("cap")?.unwrap_or(256 << 20);
    let mut held: Vec<Vec<u8>> = Vec::new();
    let mut bytes = 0;
    loop {
        if bytes < cap {
            let part = rate.min(cap - bytes);
            held.push(touched(part));
            bytes += part;
            if log(Level::Info, &format!("cache holds {} KiB", bytes >> 10)).is_err() {
                return Ok(ExitCode::FAILURE);
            }
        }
        black_box(&held);
        thread::sleep(Duration::from_secs(1));
    }
}

fn touched(bytes: usize) -> Vec<u8> {
    let mut memory = vec![0_u8; bytes];
    for byte in memory.iter_mut().step_by(PAGE) {
        *byte = 1;
    }
    memory
}

/// Works for a while, then dies with a reason.
pub fn crasher(options: &Options) -> Result<ExitCode, Usage> {
    let after = options.span("after")?.unwrap_or(Duration::from_secs(9));
    let code = options.number::<u8>("code")?.unwrap_or(1);
    if log(Level::Info, &format!("{} is working", name())).is_err() {
        return Ok(ExitCode::FAILURE);
    }
    thread::sleep(after);
    error(&leveled(Level::Error, "unhandled rejection: payment provider answered 503"));
    error("    at charge (payments.js:42:11)");
    error("    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)");
    Ok(ExitCode::from(code))
}

/// Does its work and ends with success.
pub fn one_shot(options: &Options) -> Result<ExitCode, Usage> {
    let after = options.span("after")?.unwrap_or(Duration::from_secs(1));
    for step in ["001_create_users", "002_create_orders", "003_index_orders"] {
        if log(Level::Info, &format!("migration {step} applied")).is_err() {
            return Ok(ExitCode::FAILURE);
        }
        thread::sleep(after / 3);
    }
    Ok(ExitCode::SUCCESS)
}

/// Ends without a word.
pub fn exit(options: &Options) -> Result<ExitCode, Usage> {
    thread::sleep(options.span("after")?.unwrap_or_default());
    Ok(ExitCode::from(options.number::<u8>("code")?.unwrap_or(0)))
}

/// Does nothing.
pub fn sleep(options: &Options) -> Result<ExitCode, Usage> {
    if let Some(after) = options.span("after")? {
        thread::sleep(after);
        return Ok(ExitCode::SUCCESS);
    }
    loop {
        thread::park();
    }
}

/// A parent whose children live on when it alone is killed.
pub fn tree(_: &Options) -> Result<ExitCode, Usage> {
    let children: [&[&str]; 2] = [&["http", "--port", "0"], &["sleep"]];
    let mut spawned = Vec::new();
    for args in children {
        let child =
            std::env::current_exe().and_then(|exe| Command::new(exe).arg("demo-server").args(args).spawn());
        match child {
            Ok(child) => {
                // without a log the tree is there all the same
                let _ = log(Level::Info, &format!("child {} is pid {}", args[0], child.id()));
                spawned.push(child);
            }
            Err(failure) => {
                error(&leveled(Level::Error, &format!("cannot start child {}: {failure}", args[0])));
                for mut child in spawned {
                    let _ = child.kill();
                }
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    for mut child in spawned {
        let _ = child.wait();
    }
    error(&leveled(Level::Error, "all children have ended"));
    Ok(ExitCode::FAILURE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_written_to() {
        let memory = touched(3 * PAGE + 1);
        assert_eq!(memory.len(), 3 * PAGE + 1);
        assert_eq!(memory.iter().map(|byte| usize::from(*byte)).sum::<usize>(), 4);
        assert!(touched(0).is_empty());
    }
}
