//! How a process says of which run it is, and which runs are of this state directory.
//!
//! Every process of a run has the run's id, its project and its name in its environment. A box may have several state
//! directories, and a server of the one may start servers of another. So a run id ends with a hash of the state
//! directory's path: it says whose the run is even when the directory and all that stood in it are gone. A run without
//! it, as a version before wrote them, is of this state directory if its own directory is in it. A container's
//! processes may be seen with the same path and mean another directory: who is in another PID namespace does not count.
//!
//! What can't be read has no mark: the process of another user, unless root looks, and a program with capabilities of its
//! file. Those are found by the record of their run; without that, only the port that they hold is in the way of another.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::model::hash::fnv1a;
use crate::model::{RunId, ServerId};
use crate::os::proc;
use crate::paths::Paths;
use crate::run_dir::ServerDir;
use crate::supervisor::monitor::prober::sweep;

/// Run id, project and name in a server's environment, as `config::resolve` puts them there; and what tells a process of
/// a check, which has the others too, and is looked after by the checks.
pub(in crate::supervisor) const RUN_VARIABLES: [&str; 4] =
    ["OSTLER_RUN_ID", "OSTLER_PROJECT", "OSTLER_NAME", sweep::VARIABLE];

/// A run of a server.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::supervisor) struct Mark {
    /// The server.
    pub(in crate::supervisor) id: ServerId,
    /// The run.
    pub(in crate::supervisor) run: RunId,
}

/// The state directory, as far as marks go.
#[derive(Clone, Debug)]
pub(in crate::supervisor) struct Home {
    paths: Paths,
    mark: String,
    namespace: Option<PathBuf>,
}

impl Home {
    /// Of this state directory, however its path is written.
    pub(in crate::supervisor) fn new(paths: Paths) -> Self {
        let real = paths.home().canonicalize().unwrap_or_else(|_| paths.home().to_owned());
        // the part of the machine is in it, too: a home directory may be shared between several
        let real = Paths::at(real);
        let mark = format!("{:08x}", fnv1a(real.run().as_os_str().as_encoded_bytes()) as u32);
        Self { paths, mark, namespace: proc::pid_namespace(std::process::id()) }
    }

    /// What a run id of this state directory ends with.
    pub(in crate::supervisor) fn mark(&self) -> &str {
        &self.mark
    }

    /// Where its files are.
    pub(in crate::supervisor) fn paths(&self) -> &Paths {
        &self.paths
    }

    /// A server's directory.
    pub(in crate::supervisor) fn dir(&self, id: &ServerId) -> ServerDir {
        ServerDir::new(self.paths.server(id.project(), id.name()))
    }

    /// Whether a process with this PID would be one of this box, and not of a container that is seen from outside.
    pub(in crate::supervisor) fn is_here(&self, pid: u32) -> bool {
        self.namespace.is_some() && proc::pid_namespace(pid) == self.namespace
    }

    /// The mark in these values of [`RUN_VARIABLES`], if it is one of this state directory.
    pub(in crate::supervisor) fn recognise(
        &self,
        values: [Option<String>; RUN_VARIABLES.len()],
    ) -> Option<Mark> {
        let [run, project, name, check] = values;
        if check.is_some() {
            return None;
        }
        let (run, id) = (run?, ServerId::new(&project?, &name?).ok()?);
        if !is_run_id(&run) {
            return None;
        }
        let marked = run.rsplit_once('-').is_some_and(|(_, mark)| mark == self.mark);
        let mark = Mark { id, run: RunId(run) };
        (marked || self.dir(&mark.id).run(&mark.run).exists()).then_some(mark)
    }
}

/// Whoever wrote the variable could make it a path.
fn is_run_id(text: &str) -> bool {
    text.len() <= 128
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
}

/// A name for one process that people can type: PID and start in base 36.
pub(in crate::supervisor) fn short_id(pid: u32, start_ticks: u64) -> String {
    let mut text = base36(u64::from(pid));
    let _ = write!(text, "-{}", base36(start_ticks));
    text
}

fn base36(mut number: u64) -> String {
    let mut digits = Vec::new();
    loop {
        let digit = (number % 36) as u32;
        digits.extend(char::from_digit(digit, 36));
        number /= 36;
        if number == 0 {
            return digits.into_iter().rev().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(run: &str, project: &str, name: &str) -> [Option<String>; 4] {
        let own = |value: &str| Some(value.to_owned());
        [own(run), own(project), own(name), None]
    }

    #[test]
    fn a_run_is_of_this_state_directory_by_its_mark_or_by_its_own_directory() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(Paths::at(dir.path().to_owned()));
        let other = Home::new(Paths::at(dir.path().join("other")));
        assert_ne!(home.mark(), other.mark());
        let run = format!("r00000007-20261120T100501.123456-811-3-{}", home.mark());
        let mark = home.recognise(values(&run, "shop", "api")).unwrap();
        assert_eq!((mark.id.to_string().as_str(), &mark.run.0), ("shop/api", &run));
        assert_eq!(other.recognise(values(&run, "shop", "api")), None);
        let old = "20261120T100501.123456-811-3";
        assert_eq!(home.recognise(values(old, "shop", "api")), None);
        std::fs::create_dir_all(home.dir(&mark.id).path().join("runs").join(old)).unwrap();
        assert!(home.recognise(values(old, "shop", "api")).is_some());
        assert_eq!(home.recognise(values(old, "shop", "web")), None);
    }

    #[test]
    fn another_way_to_the_same_directory_has_the_same_mark() {
        let dir = tempfile::tempdir().unwrap();
        let (real, link) = (dir.path().join("real"), dir.path().join("link"));
        std::fs::create_dir(&real).unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        assert_eq!(Home::new(Paths::at(real)).mark(), Home::new(Paths::at(link)).mark());
    }

    #[test]
    fn what_is_no_mark_is_none_and_never_a_path() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(Paths::at(dir.path().to_owned()));
        for run in ["", "../../etc", "1/..", "-1", "1\n2", &"1".repeat(200)] {
            assert_eq!(
                home.recognise(values(&format!("{run}-{}", home.mark()), "shop", "api")),
                None,
                "{run}"
            );
        }
        let run = format!("1-{}", home.mark());
        assert_eq!(home.recognise(values(&run, "..", "api")), None);
        assert_eq!(home.recognise([Some(run.clone()), None, Some("api".to_owned()), None]), None);
        let [run, project, name, _] = values(&run, "shop", "api");
        assert_eq!(home.recognise([run, project, name, Some("a check".to_owned())]), None);
    }

    #[test]
    fn ids_are_short() {
        assert_eq!(short_id(0, 36), "0-10");
        assert_eq!(short_id(4_194_304, 123_456_789), "2hwcg-21i3v9");
    }
}
