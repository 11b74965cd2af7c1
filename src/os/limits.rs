//! Limits of this process, and of its threads.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the soft limit of open files to the hard one. Returns the soft limit as it was, for children.
pub fn raise_open_files() -> Option<u64> {
    let limit = getrlimit(Resource::Nofile);
    // without it a large house only hits the limit earlier, and says so there
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    limit.current
}

/// Sets the soft limit of open files, as it was before [`raise_open_files`].
pub fn set_open_files(soft: u64) {
    let maximum = getrlimit(Resource::Nofile).maximum;
    // see there
    let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(soft), maximum });
}

/// From now on this thread only gets what others leave of the CPU.
pub fn stand_back() {
    // on Linux it is the thread's own; where it is refused, the work is done nevertheless
    let _ = rustix::process::nice(19);
}
