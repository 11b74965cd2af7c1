//! What servers wrote: files of the project, and their logs as they lie on disk.

use std::fs;
use std::path::PathBuf;

use ostler::demo::talk;

use super::{Sandbox, look_until};

impl Sandbox {
    /// A file of the project, once it ends with a newline.
    pub(crate) fn read(&self, name: &str) -> String {
        let path = self.project().join(name);
        let whole = || fs::read_to_string(&path).ok().filter(|text| text.ends_with('\n'));
        look_until(whole).unwrap_or_else(|| panic!("{name} was never written\n{}", self.report()))
    }

    /// The log of one server as it stands in its files: what it wrote, and lines of ostler.
    pub(crate) fn log(&self, name: &str) -> String {
        let mut text = String::new();
        for segment in self.segments(name) {
            text.push_str(&String::from_utf8_lossy(&fs::read(segment).unwrap()));
        }
        text
    }

    /// The numbers that a demo server `numbered` wrote, in their order; whatever else stands in its log must be a line
    /// of ostler.
    pub(crate) fn numbers(&self, name: &str) -> Vec<u64> {
        let own = ["started, pid ", "ended by ", "exited with "];
        let log = self.log(name);
        let number = |line| {
            let number = talk::check(line);
            assert!(number.is_some() || own.iter().any(|words| line.starts_with(words)), "{name}: {line:?}");
            number
        };
        log.lines().filter_map(number).collect()
    }

    /// Its files, oldest first.
    pub(crate) fn segments(&self, name: &str) -> Vec<PathBuf> {
        let dir = self.paths().server("shop", name).join("log");
        let files = fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
        let number = |path: &PathBuf| path.file_stem()?.to_str()?.parse::<u64>().ok();
        let is_log =
            |path: &PathBuf| path.extension().is_some_and(|end| end == "log") && number(path).is_some();
        let mut files: Vec<PathBuf> = files.filter(is_log).collect();
        files.sort_by_key(number);
        files
    }

    /// Waits until its log holds this.
    #[track_caller]
    pub(crate) fn wait_for_log(&self, name: &str, text: &str) {
        let holds = || self.log(name).contains(text).then_some(());
        assert!(look_until(holds).is_some(), "{name} never wrote {text:?}\n{}", self.report());
    }
}
