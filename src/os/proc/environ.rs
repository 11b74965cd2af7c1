//! The environment with which a process was executed.

use std::fs::File;
use std::io::{self, Read};

use rustix::io::Errno;

use super::is_unseen;

/// The most that is read of it: far above what `execve(2)` accepts by default (2 MiB).
const MOST: u64 = 8 * 1024 * 1024;

/// Whether it has this `NAME=value`. An error if it may not be read or the process is gone.
pub fn environ_has(pid: u32, variable: &str) -> io::Result<bool> {
    Ok(entries(&read(pid)?).any(|entry| entry == variable.as_bytes()))
}

/// The value of a variable. `None` if it has none, is gone, or may not be looked at.
pub fn environ_value(pid: u32, name: &str) -> Option<String> {
    let [value] = variables(pid, [name]).ok()??;
    value
}

/// The values of these variables, in this order; `None` if the process is gone or may not be looked at. The first one
/// of a name counts, as for getenv(3). A value that is no UTF-8 is as one that is not there.
pub fn variables<const N: usize>(pid: u32, names: [&str; N]) -> io::Result<Option<[Option<String>; N]>> {
    match read(pid) {
        Ok(environment) => Ok(Some(find(&environment, names))),
        Err(error) if Errno::from_io_error(&error).is_some_and(is_unseen) => Ok(None),
        Err(error) => Err(error),
    }
}

fn read(pid: u32) -> io::Result<Vec<u8>> {
    let mut environment = Vec::new();
    File::open(format!("/proc/{pid}/environ"))?.take(MOST).read_to_end(&mut environment)?;
    Ok(environment)
}

fn entries(environment: &[u8]) -> impl Iterator<Item = &[u8]> {
    environment.split(|byte| *byte == 0)
}

fn find<const N: usize>(environment: &[u8], names: [&str; N]) -> [Option<String>; N] {
    names.map(|name| {
        let value = |entry: &'_ [u8]| {
            let value = entry.strip_prefix(name.as_bytes())?.strip_prefix(b"=")?;
            Some(std::str::from_utf8(value).ok().map(str::to_owned))
        };
        entries(environment).find_map(value).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_found_by_their_whole_name_and_the_first_counts() {
        let environment = b"XA=0\0A=1\0AB=2\0A=3\0BAD=\xff\0EMPTY=\0NAKED";
        let found = find(environment, ["A", "AB", "B", "BAD", "EMPTY", "NAKED"]);
        let expected = [Some("1"), Some("2"), None, None, Some(""), None];
        assert_eq!(found.each_ref().map(Option::as_deref), expected);
        assert_eq!(find(b"", ["A"]), [None]);
    }

    #[test]
    fn a_process_that_is_gone_has_none() {
        assert_eq!(variables(u32::MAX, ["PATH"]).unwrap(), None);
        let own = variables(std::process::id(), ["PATH"]).unwrap().unwrap();
        assert_eq!(own, [std::env::var("PATH").ok()]);
    }
}
