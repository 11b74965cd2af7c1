//! Listens to what a server says of itself, by systemd's notification protocol, `sd_notify(3)`.
//!
//! A message counts only if the kernel says that a process of this user sent it, and that process belongs to the run. It
//! has at most 4 KiB; a server that floods its socket waits, and nobody else does. What was heard is kept as one small
//! state, so nothing piles up.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::io::Interest;
use tokio::net::UnixDatagram;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

use crate::model::RunId;
use crate::model::hash::fnv1a;
use crate::os::file;
use crate::os::notify::{MESSAGE_MAX, Sender, bind, receive};
use crate::os::proc;
use crate::text;

/// So many messages are taken at a stretch, and then none for [`PAUSE`].
const STRETCH: u32 = 32;

/// See [`STRETCH`].
const PAUSE: Duration = Duration::from_millis(50);

/// How often is looked whether the socket is still there, while nothing comes.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Longest STATUS that is kept, in characters.
const STATUS: usize = 200;

/// So many parents are looked at to find out whether a sender belongs to the run.
const ANCESTORS: usize = 32;

/// What was heard so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Heard {
    /// `READY=1`.
    pub(super) ready: bool,
    /// `STOPPING=1`.
    pub(super) stopping: bool,
    /// How many `WATCHDOG=1`.
    pub(super) beats: u64,
    /// The last `STATUS=…`.
    pub(super) status: Option<String>,
}

impl Heard {
    /// Takes a message; what is not known is passed over. True if it said something.
    fn take(&mut self, message: &[u8]) -> bool {
        let mut said = false;
        for line in message.split(|byte| *byte == b'\n') {
            let Some(at) = line.iter().position(|byte| *byte == b'=') else { continue };
            match (&line[..at], &line[at + 1..]) {
                (b"READY", b"1") => self.ready = true,
                (b"STOPPING", b"1") => self.stopping = true,
                (b"WATCHDOG", b"1") => self.beats += 1,
                (b"STATUS", status) => {
                    let text: String = text::plain(status).chars().take(STATUS).collect();
                    self.status = (!text.trim().is_empty()).then_some(text);
                }
                // RELOADING, MAINPID, FDSTORE and others change nothing here
                (_, _) => continue,
            }
            said = true;
        }
        said
    }
}

/// Hears what a server says.
#[derive(Clone, Debug)]
pub(super) struct Ear(watch::Receiver<Heard>);

impl Ear {
    /// What was heard so far; [`Ear::changed`] waits for more.
    pub(super) fn heard(&mut self) -> Heard {
        self.0.borrow_and_update().clone()
    }

    /// Waits until more was heard; `None` if nobody listens any more.
    pub(super) async fn changed(&mut self) -> Option<()> {
        self.0.changed().await.ok()
    }
}

/// The socket of one run. It is gone when this is dropped.
#[derive(Debug)]
pub(super) struct Listening {
    /// For `NOTIFY_SOCKET`.
    pub(super) name: String,
    /// The main process, once it is known.
    main: Arc<AtomicU32>,
    ear: Ear,
    task: AbortHandle,
    path: PathBuf,
}

impl Listening {
    /// Binds the socket at `path`, in place of one of before.
    pub(super) fn start(path: PathBuf, run: &RunId) -> io::Result<Self> {
        let short = format!("ostler-{:016x}", fnv1a(path.to_string_lossy().as_bytes()));
        let (socket, name) = bind(&path, &short)?;
        let socket = UnixDatagram::from_std(socket)?;
        let (heard, ear) = watch::channel(Heard::default());
        let main = Arc::new(AtomicU32::new(0));
        let family = Family { short, mark: run.0.clone(), main: main.clone() };
        let task = tokio::spawn(listen(socket, path.clone(), heard, family)).abort_handle();
        Ok(Self { name, main, ear: Ear(ear), task, path })
    }

    /// Hears for a run with this main process.
    pub(super) fn ear(&self, main: u32) -> Ear {
        self.follow(main);
        self.ear.clone()
    }

    /// This is the main process from now on.
    pub(super) fn follow(&self, main: u32) {
        self.main.store(main, Ordering::Relaxed);
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
        // one that is not there any more, or never was
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Removes what a supervisor that was killed has left: whoever is to be heard gets a new socket.
pub(in crate::supervisor) fn clear(dir: &Path) {
    for file in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        // one that stays takes a name and no more
        let _ = std::fs::remove_file(file.path());
    }
}

/// Where the socket of a server is. The name is short, since a socket's path must be.
pub(super) fn socket_path(dir: &Path, id: &str) -> PathBuf {
    dir.join(format!("{:016x}.sock", fnv1a(id.as_bytes())))
}

async fn listen(mut socket: UnixDatagram, path: PathBuf, heard: watch::Sender<Heard>, family: Family) {
    let mut bytes = vec![0; MESSAGE_MAX];
    let mut taken = 0;
    loop {
        let received = socket.async_io(Interest::READABLE, || receive(&socket, &mut bytes));
        let Ok(received) = timeout(LOOK_EVERY, received).await else {
            socket = bound_again(&path, &family.short).unwrap_or(socket);
            continue;
        };
        match received {
            Ok(Some((length, sender))) if sender.own_user && family.has(sender) => {
                heard.send_if_modified(|heard| heard.take(&bytes[..length]));
            }
            Ok(Some(_) | None) => {}
            Err(error) => {
                tracing::warn!(%error, "a notification could not be received");
                taken = STRETCH;
            }
        }
        taken += 1;
        if taken >= STRETCH {
            taken = 0;
            sleep(PAUSE).await;
        }
    }
}

/// Another socket, where somebody has deleted the file of the one there was.
fn bound_again(path: &Path, short: &str) -> Option<UnixDatagram> {
    if path.exists() || !path.parent()?.exists() && file::make_dir(path.parent()?).is_err() {
        return None;
    }
    let (socket, name) = bind(path, short).ok()?;
    // an abstract name is nobody's to delete, and can't be bound twice
    (!name.starts_with('@')).then(|| UnixDatagram::from_std(socket).ok())?
}

/// The processes of a run.
struct Family {
    /// The socket's name where its path is too long.
    short: String,
    /// What they carry as `OSTLER_RUN_ID`.
    mark: String,
    /// The main process; one that was launched leads a session of that number.
    main: Arc<AtomicU32>,
}

impl Family {
    /// Whether the sender belongs to the run: by its session, its environment, or a parent. One that has gone already
    /// can't be told from a stranger.
    fn has(&self, sender: Sender) -> bool {
        let main = self.main.load(Ordering::Relaxed);
        let mut pid = sender.pid;
        for _ in 0..ANCESTORS {
            let Ok(Some(process)) = proc::read(pid) else { return false };
            if main != 0 && (process.session == main || pid == main) {
                return true;
            }
            if proc::environ_value(pid, "OSTLER_RUN_ID").is_some_and(|run| run == self.mark) {
                return true;
            }
            if process.ppid <= 1 {
                return false;
            }
            pid = process.ppid;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::process::Stdio;

    use super::*;

    #[test]
    fn a_message_may_say_many_things_and_what_is_unknown_is_passed_over() {
        let mut heard = Heard::default();
        assert!(!heard.take(b"MAINPID=7\nRELOADING=1\nREADY=0\n\n=\nWATCHDOG=trigger\nREADY"));
        assert_eq!(heard, Heard::default());
        assert!(heard.take(b"STATUS=loading \x1b[31m5 %\x1b[2J\nREADY=1\nWATCHDOG=1\nWATCHDOG=1\nX=1"));
        let status = Some("loading 5 %".to_owned());
        assert_eq!(heard, Heard { ready: true, stopping: false, beats: 2, status });
        assert!(heard.take(b"STOPPING=1\nSTATUS="));
        assert_eq!((heard.stopping, heard.status.clone()), (true, None));
        heard.take([b"STATUS=".as_slice(), &[b'x'; 4000]].concat().as_slice());
        assert_eq!(heard.status.map(|status| status.len()), Some(STATUS));
    }

    #[tokio::test]
    async fn only_processes_of_the_run_are_heard() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let run = RunId(format!("run-{}", std::process::id()));
        let listening = Listening::start(path.clone(), &run).unwrap();
        let mut ear = listening.ear(0);
        let say = |what: &str, mark: &str| {
            let script = format!(
                "import socket\nsocket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'{what}', '{}')\n\
                 print(flush=True)\nimport sys; sys.stdin.read()",
                path.display()
            );
            let mut command = std::process::Command::new("python3");
            command.args(["-c", &script]).env("OSTLER_RUN_ID", mark);
            let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
            // it has sent, and lives
            child.stdout.take().unwrap().read_exact(&mut [0]).unwrap();
            (child.stdin.take(), child)
        };
        let (stranger, first) = say("READY=1", "another-run");
        let (own, second) = say("STATUS=here", &run.0);
        let mut heard = ear.heard();
        while heard.status.is_none() {
            ear.changed().await.unwrap();
            heard = ear.heard();
        }
        drop((own, stranger));
        for mut child in [first, second] {
            // it reads the end of its input
            let _ = child.wait();
        }
        assert!(!ear.heard().ready, "{heard:?}");
        drop(listening);
        assert!(!path.exists());
        assert!(ear.changed().await.is_none());
    }
}
