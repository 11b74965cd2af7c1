//! Programs and rights that a run needs and that may be missing.

use std::path::Path;
use std::process::Command;

use crate::report::Outcome;
use crate::support::need;

/// `Err`: the run is left out, or fails where everything has to run.
pub(crate) fn tool(name: &str) -> Result<String, Outcome> {
    need(name).ok_or_else(|| Outcome::left_out(format!("{name} is not installed")))
}

/// Whether this is the superuser, who may mount and inject. `Err`: the run is left out, with a line that says so.
pub(crate) fn superuser() -> Result<(), Outcome> {
    if rustix::process::geteuid().is_root() {
        Ok(())
    } else {
        Err(Outcome::left_out("it needs the superuser"))
    }
}

/// Runs a tool to its end; what it said if it failed.
pub(crate) fn run(program: &str, args: &[&str]) -> Result<(), String> {
    let output = Command::new(program).args(args).output().map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{program} {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr)))
}

/// A small disk, unmounted when dropped.
pub(crate) struct Disk<'a>(&'a Path);

impl<'a> Disk<'a> {
    /// Of so many MiB at `path`, which is made.
    pub(crate) fn mount(path: &'a Path, size_mib: u32) -> Result<Self, String> {
        std::fs::create_dir_all(path).map_err(|error| error.to_string())?;
        let options = format!("size={size_mib}m,mode=0700");
        run("mount", &["-t", "tmpfs", "-o", &options, "chaos", path.to_str().unwrap_or_default()])?;
        Ok(Self(path))
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        if let Err(error) = run("umount", &["-l", self.0.to_str().unwrap_or_default()]) {
            eprintln!("{error}");
        }
    }
}
