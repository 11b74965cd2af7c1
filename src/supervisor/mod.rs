//! The process that decides: one for each user and state directory, started by the first command that needs it.
//!
//! One task, the [`actor`], owns all state. Everything else brings it something: the API its [`handle::Command`]s, the
//! keepers their reports, the monitor its figures. It takes one at a time, lets `lifecycle` decide, performs the
//! effects, and tells everyone. It never waits for a server, a keeper, a client or a check.
//!
//! * [`actor`]: the loop. `entry` is what it knows of one server, `commands` what clients ask, `projects` what they
//!   register, `effects` what lifecycle wants done, `reports` what keepers say, `watching` what the monitor finds.
//! * `needs` and `order`: which server comes first, up and down. `settle`: who is answered when. `remains`: what SIGKILL
//!   did not end.
//! * `reload`: what a file has brought since, told or done.
//! * `versions`: keepers of other versions.
//! * `adopt`: how it finds servers again; the same path for a first start, a crash and an upgrade.
//! * `registry`: what was asked for, on disk. [`events`]: what happened, on disk.
//! * `orphans`: processes of earlier runs that nobody tracks. `ports`: what clients ask of ports. `processes`: and of a
//!   run's processes. `strangers`: signals
//!   to processes that no keeper has and that somebody wants ended. No other place sends any, but to what this process
//!   started itself: `monitor::prober` to checks, `os::shell` to the notify command.
//! * `links`: its connections to keepers; `loss`: what follows when one is gone. `checks`: start-up and health checks.
//!   [`monitor`]: figures and ports.
//! * `packing`: compresses logs. `memory`: limits and leaks. `notify`: who else is told of what happens.
//! * [`http`]: the API. `guard`: lock and sockets stay where they are looked for.
//!
//! Promises: one supervisor per state directory, by its lock; the socket opens when every known server is listed; an
//! accepted wish is on disk before it is answered; nothing destructive follows from what can't be verified.

pub mod actor;
mod adopt;
mod checks;
mod commands;
mod effects;
mod entry;
pub mod events;
mod guard;
pub mod handle;
pub mod http;
mod links;
mod loss;
mod memory;
pub mod monitor;
mod needs;
mod notify;
mod order;
mod orphans;
mod packing;
mod ports;
mod processes;
mod projects;
mod registry;
mod reload;
mod remains;
mod reports;
mod settle;
mod strangers;
mod versions;
mod watching;

use std::io;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::watch;

use crate::boot;
use crate::os::lock::Lock;
use crate::os::rotate::Rotating;
use crate::os::{failpoint, file, limits, signal};
use crate::paths::Paths;

/// How long connections may take to end after a goodbye.
const FAREWELL: Duration = Duration::from_secs(2);

/// Threads for what blocks. The ends of orphans and of holders of ports may take [`orphans::AT_ONCE`] and
/// [`ports::AT_ONCE`] of them for seconds; as many as these together are left for the looks before a launch, which take
/// milliseconds. A thread that has nothing to do ends, so this costs no memory for long.
const BLOCKING_THREADS: usize = 2 * (orphans::AT_ONCE + ports::AT_ONCE);

/// How it was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Standard input is the start lock, to be let go of when ready; the terminal is none of its business.
    pub started_with_lock: bool,
    /// By a keeper, since the one before died.
    pub revived: bool,
    /// The one before was asked to end for this one, and may still be on its way out.
    pub takes_over: bool,
}

/// Runs until it is told to end. Servers live on.
pub fn run(paths: Paths, options: Options) -> anyhow::Result<()> {
    file::private_dir(paths.home())?;
    file::private_dir(paths.run())?;
    file::private_dir(&paths.keeper_sockets())?;
    failpoint::heed(paths.home());
    file::private_dir(&paths.notify_sockets())?;
    let lock = if options.started_with_lock || options.takes_over {
        // one that has said goodbye may still be on its way out
        Lock::wait_within(&paths.supervisor_lock(), FAREWELL * 2)?
    } else {
        Lock::try_take(&paths.supervisor_lock())?
    };
    let Some(lock) = lock else {
        anyhow::bail!("a supervisor runs already");
    };
    checks::notify::clear(&paths.notify_sockets());
    if options.started_with_lock {
        signal::ignore_hangup();
    }
    diagnose(&paths, options)?;
    let open_files = limits::raise_open_files();
    // one thread: the work is small, and each further one costs memory for as long as the box is up
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS)
        .thread_keep_alive(Duration::from_secs(10))
        .build()?;
    runtime.block_on(serve(paths, options, open_files, lock))
}

/// Says what it does: to its file where it was started in the background, else to standard error. Where `-v` has
/// chosen another place, it stays that.
fn diagnose(paths: &Paths, options: Options) -> io::Result<()> {
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::INFO).with_ansi(false);
    let result = if options.started_with_lock {
        let file = Rotating::with_stderr(&paths.supervisor_output())?;
        subscriber.with_writer(Mutex::new(file)).try_init()
    } else {
        subscriber.with_writer(io::stderr).try_init()
    };
    if let Err(error) = result {
        tracing::debug!(%error, "diagnostics go on as they were");
    }
    Ok(())
}

async fn serve(paths: Paths, options: Options, open_files: Option<u64>, lock: Lock) -> anyhow::Result<()> {
    let (handle, inbox) = handle::channel();
    let mut actor = actor::Actor::new(paths.clone(), inbox, open_files).context("the state directory")?;
    adopt::adopt(&mut actor, options.revived).await;
    let (shut, shutdown) = watch::channel(false);
    let mut guard = guard::Guard::open(paths.clone(), lock, handle, shutdown)?;
    failpoint::reach("adopt.listening");
    if options.started_with_lock {
        boot::ready()?;
    }
    failpoint::reach("adopt.ready");
    tokio::task::spawn_blocking(move || guard::sweep(&paths));
    tokio::select! {
        () = actor.run() => {}
        () = guard.keep() => {}
    }
    guard.close();
    let _ = shut.send(true);
    let farewell = async {
        actor.farewell().await;
        guard.wait().await;
    };
    // a client or a keeper that does not read is left behind
    let _ = tokio::time::timeout(FAREWELL, farewell).await;
    Ok(())
}
