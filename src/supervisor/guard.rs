//! Sees that lock and sockets stay where others look for them, whatever is deleted while this supervisor is up.
//!
//! A socket that is gone is bound again. A lock file that is gone is made and locked again; where another supervisor
//! was quicker, that one decides from then on, and this one ends: servers live on.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::UnixListener;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::handle::Handle;
use super::http;
use crate::api::routes::Access;
use crate::os::file::{self, FileId};
use crate::os::lock::Lock;
use crate::os::socket;
use crate::paths::Paths;

/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Sockets that are served at one path, those included that were deleted there.
const SERVED_MAX: usize = 3;

/// The doors of the supervisor, and the right to open them.
#[derive(Debug)]
pub(super) struct Guard {
    paths: Paths,
    lock: Lock,
    handle: Handle,
    shutdown: watch::Receiver<bool>,
    doors: Vec<Door>,
    serving: JoinSet<io::Result<()>>,
}

#[derive(Debug)]
struct Door {
    path: PathBuf,
    access: Access,
    /// The socket that was bound there.
    id: Option<FileId>,
    /// Whoever serves it, and those who serve what was bound before: their clients go on.
    serving: VecDeque<AbortHandle>,
}

impl Guard {
    /// Opens the sockets and serves them until `shutdown`.
    pub(super) fn open(
        paths: Paths,
        lock: Lock,
        handle: Handle,
        shutdown: watch::Receiver<bool>,
    ) -> io::Result<Self> {
        let door = |path, access| Door { path, access, id: None, serving: VecDeque::new() };
        let doors =
            vec![door(paths.supervisor_socket(), Access::Write), door(paths.watch_socket(), Access::Read)];
        let mut guard = Self { paths, lock, handle, shutdown, doors, serving: JoinSet::new() };
        for place in 0..guard.doors.len() {
            guard.bind(place)?;
        }
        Ok(guard)
    }

    fn bind(&mut self, place: usize) -> io::Result<()> {
        let Some(door) = self.doors.get_mut(place) else { return Ok(()) };
        let listener = socket::listen(&door.path)?;
        door.id = file::id(&door.path);
        listener.set_nonblocking(true)?;
        let listener = UnixListener::from_std(listener)?;
        let serve = http::serve(listener, self.handle.clone(), door.access, self.shutdown.clone());
        door.serving.push_back(self.serving.spawn(serve));
        if door.serving.len() > SERVED_MAX
            && let Some(oldest) = door.serving.pop_front()
        {
            oldest.abort();
        }
        Ok(())
    }

    /// Looks after them; returns when another supervisor has the lock.
    pub(super) async fn keep(&mut self) {
        let mut looks = interval_at(Instant::now() + LOOK_EVERY, LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            match self.look() {
                Ok(true) => {}
                Ok(false) => {
                    tracing::warn!("the lock file was replaced, and another supervisor has the new one");
                    return;
                }
                Err(error) => tracing::warn!(%error, "sockets or lock can't be put back for now"),
            }
            if !self.paths.registry().exists() {
                // the actor tells in its own log if it can't
                let _ = self.handle.save().await;
            }
        }
    }

    /// `false`: another supervisor has the lock.
    fn look(&mut self) -> io::Result<bool> {
        if !self.lock.is_at(&self.paths.supervisor_lock()) {
            file::private_dir(self.paths.home())?;
            file::private_dir(self.paths.run())?;
            match Lock::try_take(&self.paths.supervisor_lock())? {
                // the old file is nobody's: there is nothing that it still guards
                Some(lock) => self.lock = lock,
                None => return Ok(false),
            }
        }
        file::make_dir(&self.paths.keeper_sockets())?;
        for place in 0..self.doors.len() {
            if !self.is_ours(place) {
                tracing::warn!(path = %self.doors[place].path.display(), "a socket was gone and is bound again");
                self.bind(place)?;
            }
        }
        Ok(true)
    }

    fn is_ours(&self, place: usize) -> bool {
        self.doors.get(place).is_some_and(|door| door.id.is_some() && file::id(&door.path) == door.id)
    }

    /// Takes the sockets away, so that whoever comes now finds nobody and starts the next supervisor. Another one's
    /// are left alone.
    pub(super) fn close(&self) {
        for place in (0..self.doors.len()).filter(|place| self.is_ours(*place)) {
            let _ = std::fs::remove_file(&self.doors[place].path);
        }
    }

    /// Waits until every connection has ended.
    pub(super) async fn wait(&mut self) {
        while self.serving.join_next().await.is_some() {}
    }
}

/// Removes what saves have left that a kill interrupted.
pub(super) fn sweep(paths: &Paths) {
    let below = |dir: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
    };
    let servers: Vec<PathBuf> =
        below(&paths.servers()).into_iter().flat_map(|project| below(&project)).collect();
    let runs = servers.iter().flat_map(|server| below(&server.join("runs")));
    for dir in [paths.home().to_owned()].into_iter().chain(runs).chain(servers.iter().cloned()) {
        if let Err(error) = file::sweep(&dir) {
            tracing::warn!(%error, dir = %dir.display(), "leftovers can't be removed");
        }
    }
}
