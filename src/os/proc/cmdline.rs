//! The command line of a process, as `ps` shows it.

use std::fs::File;
use std::io::{self, Read};

use rustix::io::Errno;

use super::is_unseen;

/// Its arguments with spaces between them, of the first `most` bytes. Empty where it has none (a kernel thread, one that
/// has ended and is not reaped), `None` if it is gone or may not be looked at. Not sanitized.
pub fn command_line(pid: u32, most: usize) -> io::Result<Option<String>> {
    let mut bytes = Vec::with_capacity(most.min(4096));
    let file = File::open(format!("/proc/{pid}/cmdline"));
    match file.and_then(|file| file.take(most as u64).read_to_end(&mut bytes)) {
        Ok(_) => Ok(Some(joined(&bytes))),
        Err(error) if Errno::from_io_error(&error).is_some_and(is_unseen) => Ok(None),
        Err(error) => Err(error),
    }
}

/// `proc_pid_cmdline(5)`: each argument ends with a NUL; who changes its title leaves blanks behind it.
fn joined(bytes: &[u8]) -> String {
    let end = bytes.iter().rposition(|byte| !matches!(byte, 0 | b' ')).map_or(0, |last| last + 1);
    let spaced: Vec<u8> = bytes[..end].iter().map(|byte| if *byte == 0 { b' ' } else { *byte }).collect();
    String::from_utf8_lossy(&spaced).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_joined_and_what_fills_the_room_behind_them_is_cut_off() {
        assert_eq!(joined(b"node\0server.js\0--queue\0mail\0"), "node server.js --queue mail");
        assert_eq!(joined(b"nginx: worker process\0\0\0  \0"), "nginx: worker process");
        assert_eq!(joined(b"a\xff\0"), "a\u{fffd}");
        assert_eq!(joined(b""), "");
    }

    #[test]
    fn this_process_has_one_and_one_that_is_gone_none() {
        let me = std::process::id();
        assert!(command_line(me, 4096).unwrap().is_some_and(|line| line.len() > 3));
        assert_eq!(command_line(me, 3).unwrap().map(|line| line.len()), Some(3));
        assert_eq!(command_line(u32::MAX, 3).unwrap(), None);
    }
}
