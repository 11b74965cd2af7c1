//! Names of users, from `/etc/passwd`. Users of a directory service are shown by their number.

use std::collections::HashMap;
use std::time::SystemTime;

const FILE: &str = "/etc/passwd";

/// Looks up names; reads the file again only after it has changed.
#[derive(Debug, Default)]
pub struct Users {
    names: HashMap<u32, String>,
    changed: Option<SystemTime>,
}

impl Users {
    /// The user's name, or the number where there is none. Not sanitized.
    pub fn name(&mut self, uid: u32) -> String {
        let changed = std::fs::metadata(FILE).and_then(|file| file.modified()).ok();
        if changed != self.changed {
            self.names = std::fs::read(FILE).map(|bytes| parse(&bytes)).unwrap_or_default();
            self.changed = changed;
        }
        self.names.get(&uid).cloned().unwrap_or_else(|| uid.to_string())
    }
}

/// `name:password:uid:…`, one a line; the first entry of a number counts, as for getpwuid(3).
fn parse(bytes: &[u8]) -> HashMap<u32, String> {
    let mut names = HashMap::new();
    for line in String::from_utf8_lossy(bytes).lines() {
        let mut fields = line.split(':');
        let (Some(name), Some(uid)) = (fields.next(), fields.nth(1)) else { continue };
        if let Ok(uid) = uid.parse() {
            names.entry(uid).or_insert_with(|| name.to_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_name_of_a_number_counts_and_bad_lines_are_passed_over() {
        let names =
            parse(b"root:x:0:0::/:/bin/sh\n\n#c\nalice:x:1000:\ntoor:x:0:\nbad:x:-1:\nshort:x\nlast:x:7");
        assert_eq!(names.len(), 3);
        assert_eq!((&*names[&0], &*names[&1000], &*names[&7]), ("root", "alice", "last"));
    }

    #[test]
    fn an_unknown_user_is_a_number() {
        let mut users = Users::default();
        assert_eq!(users.name(0), "root");
        assert_eq!(users.name(3_999_999_999), "3999999999");
    }
}
