//! A line for `sh -c` that runs beside everything else: nowhere to write, a process group of its own.

use std::fs::File;
use std::io::{self, Seek as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::fs::{MemfdFlags, memfd_create};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::pidfd;

/// One that runs. Dropped before it has ended, it is killed with all of its group.
#[derive(Debug)]
pub struct Shell {
    /// `None`: it was waited for.
    child: Option<Child>,
    /// Readable when it has ended.
    ended: AsyncFd<OwnedFd>,
}

impl Shell {
    /// Starts it with this environment and no other, and with `input` to read. Within a runtime.
    pub fn start<'a>(
        line: &str,
        env: impl IntoIterator<Item = (&'a str, &'a str)>,
        dir: &Path,
        input: &[u8],
    ) -> io::Result<Self> {
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(line).env_clear().envs(env).current_dir(dir).process_group(0);
        // a file and no pipe: whoever does not read it holds nobody up
        let mut text = File::from(memfd_create(c"input", MemfdFlags::CLOEXEC)?);
        text.write_all(input)?;
        text.rewind()?;
        command.stdin(text).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn()?;
        match watch(child.id()) {
            Ok(ended) => Ok(Self { child: Some(child), ended }),
            Err(error) => {
                kill_group(child);
                Err(error)
            }
        }
    }

    /// Waits for its end, and says how it ended. Given up, it is killed.
    pub async fn end(mut self) -> io::Result<ExitStatus> {
        drop(self.ended.readable().await?);
        match self.child.take() {
            // it has ended, so this does not block
            Some(mut child) => child.wait(),
            // only this takes it, and only once
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        if let Some(child) = self.child.take() {
            kill_group(child);
        }
    }
}

fn watch(pid: u32) -> io::Result<AsyncFd<OwnedFd>> {
    let pidfd = pidfd::open(pid)?;
    // SAFETY: the descriptor belongs to the AsyncFd from here on, and names the same process until it is closed.
    Ok(unsafe { AsyncFd::register_with_interest(pidfd, Interest::READABLE) }?)
}

/// The child is not reaped yet, so its number is still its own and its group's.
fn kill_group(mut child: Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // it may have ended, and the group with it
        let _ = kill_process_group(group, Signal::KILL);
    }
    // one that waits for a disk outlives even that, and must hold nobody up
    let _ = std::thread::Builder::new().spawn(move || child.wait());
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[tokio::test]
    async fn it_has_the_environment_and_the_directory_that_it_was_given() {
        let dir = tempfile::tempdir().unwrap();
        let line = "[ \"$A\" = 'b c' ] && [ -z \"$HOME\" ] && read said && echo \"$said\" > here && exit 7";
        let shell = Shell::start(line, [("A", "b c")], dir.path(), b"said\n").unwrap();
        assert_eq!(shell.end().await.unwrap().code(), Some(7));
        assert_eq!(std::fs::read(dir.path().join("here")).unwrap(), b"said\n");
        assert!(Shell::start("true", [], Path::new("/nonexistent"), b"").is_err());
    }

    #[tokio::test]
    async fn dropped_it_ends_with_its_group() {
        let dir = tempfile::tempdir().unwrap();
        let fifo = dir.path().join("fifo");
        rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR)
            .unwrap();
        let line = "sh -c 'exec 3>fifo; echo up >&3; read end < /dev/zero' & exec 4>fifo; wait";
        let shell = Shell::start(line, [("PATH", "/usr/bin:/bin")], dir.path(), b"").unwrap();
        let mut reader = std::fs::File::open(fifo).unwrap();
        let mut said = [0; 3];
        reader.read_exact(&mut said).unwrap();
        drop(shell);
        // both held it open; it ends only when both are gone
        let mut rest = Vec::new();
        reader.read_to_end(&mut rest).unwrap();
        assert_eq!((&said, rest), (b"up\n", Vec::new()));
    }
}
