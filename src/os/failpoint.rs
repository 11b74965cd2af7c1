//! Named places where a debug build ends itself as `kill -9` would, if a test asked for it; nothing in a release.
//!
//! Who is to end writes a name of [`POINTS`] into the file `failpoint` of the state directory. The process that reaches
//! that place first renames the file to `failpoint.reached` and is dead at once: one death for each order, whoever and
//! however many come by.

use std::path::Path;

/// All places: what is about to be done stands after them.
pub const POINTS: [&str; 47] = [
    "start.saved",
    "start.keeper",
    "start.ordered",
    "start.heard",
    "keeper.locked",
    "keeper.listening",
    "keeper.leaving",
    "launch.forked",
    "launch.opened",
    "launch.reported",
    "stop.saved",
    "stop.ordered",
    "stop.signalled",
    "stop.released",
    "end.noticed",
    "end.recorded",
    "end.reaped",
    "end.reported",
    "end.heard",
    "end.told",
    "restart.saved",
    "adopt.begun",
    "adopt.restored",
    "adopt.connected",
    "adopt.answered",
    "adopt.found",
    "adopt.listening",
    "adopt.ready",
    "save.registry.written",
    "save.registry.renamed",
    "save.spec.written",
    "save.spec.renamed",
    "save.child.written",
    "save.child.renamed",
    "save.exit.written",
    "save.exit.renamed",
    "save.keeper.written",
    "save.keeper.renamed",
    "save.server.written",
    "save.server.renamed",
    "rotate.begun",
    "rotate.pruned",
    "rotate.indexed",
    "rotate.created",
    "log.written",
    "pack.written",
    "pack.renamed",
];

/// Whether this build has them.
pub const COMPILED: bool = cfg!(debug_assertions);

/// From now on this process heeds the order in this state directory.
#[inline]
pub fn heed(home: &Path) {
    #[cfg(debug_assertions)]
    on::heed(home);
    #[cfg(not(debug_assertions))]
    let _ = home;
}

/// The process is at this place.
#[inline]
pub fn reach(name: &str) {
    #[cfg(debug_assertions)]
    on::reach(name);
    #[cfg(not(debug_assertions))]
    let _ = name;
}

/// The process is at this step of saving this file: `save.registry.written`.
#[inline]
pub fn saving(path: &Path, step: &str) {
    #[cfg(debug_assertions)]
    if let Some(stem) = path.file_stem().and_then(std::ffi::OsStr::to_str) {
        on::reach(&format!("save.{stem}.{step}"));
    }
    #[cfg(not(debug_assertions))]
    let _ = (path, step);
}

#[cfg(debug_assertions)]
mod on {
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::sync::OnceLock;

    /// Where the order lies.
    static ORDER: OnceLock<PathBuf> = OnceLock::new();

    pub(super) fn heed(home: &Path) {
        let _ = ORDER.set(home.join("failpoint"));
    }

    pub(super) fn reach(name: &str) {
        let Some(order) = ORDER.get() else { return };
        let is_this = fs::read(order).is_ok_and(|text| text.trim_ascii() == name.as_bytes());
        // of several that are here at once, one gets the file
        if is_this && fs::rename(order, order.with_extension("reached")).is_ok() {
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_stands_twice_and_without_an_order_nobody_ends() {
        for (at, name) in POINTS.iter().enumerate() {
            assert!(!POINTS[at + 1..].contains(name), "{name}");
            reach(name);
        }
        saving(Path::new("/nowhere/registry.json"), "written");
    }
}
