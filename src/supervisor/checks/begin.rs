//! The actor's end of checks: begins them when lifecycle wants it, and takes what they found.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::health::{self, Pace};
use super::logs::Tail;
use super::notify::{self, Ear, Listening};
use super::startup::{self, Check};
use super::{Found, Poll, Teller};
use crate::keeper::protocol::{LaunchOrder, Order};
use crate::lifecycle::Input;
use crate::model::{Environment, HealthCheck, Probe, RunId, ServerId};
use crate::os::file;
use crate::supervisor::actor::Actor;
use crate::supervisor::entry::{Entry, Memo};
use crate::supervisor::monitor::prober::exec::{self, Place};
use crate::supervisor::monitor::prober::{NotAsked, sweep};
use crate::supervisor::reports::duration;

/// How long a version command may take.
const VERSION: Duration = Duration::from_secs(5);

/// A server that was found before it was up has at least so much of the time for its READY=1, as in lifecycle.
const ASKED_AGAIN: Duration = Duration::from_secs(5);

/// A start-up timer that is so late was not late by the server's fault.
const LATE: Duration = Duration::from_secs(1);

/// The variable by which processes of a run are known.
const RUN_ID: &str = "OSTLER_RUN_ID";

const NOTIFY_SOCKET: &str = "NOTIFY_SOCKET";
const WATCHDOG_USEC: &str = "WATCHDOG_USEC";

/// Variables of the notification protocol (`sd_notify(3)`, `sd_watchdog_enabled(3)`). Those of whoever typed
/// `ostler up` are for that process and nobody else.
pub(in crate::supervisor) const NOTIFY_VARIABLES: [&str; 3] = [NOTIFY_SOCKET, WATCHDOG_USEC, "WATCHDOG_PID"];

/// Where and with what commands of checks are run, as what differs from the environment of the project.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::supervisor) struct PlaceMemo {
    dir: PathBuf,
    set: Environment,
    unset: Vec<String>,
}

impl PlaceMemo {
    /// Of a server with this directory and environment.
    pub(in crate::supervisor) fn new(
        dir: PathBuf,
        base: &Environment,
        env: &BTreeMap<String, String>,
    ) -> Self {
        let differs = |(name, value): &(&String, &String)| base.0.get(*name) != Some(*value);
        let set = env.iter().filter(differs).map(|(name, value)| (name.clone(), value.clone())).collect();
        let unset = base.0.keys().filter(|name| !env.contains_key(*name)).cloned().collect();
        Self { dir, set: Environment(set), unset }
    }

    fn env(&self, base: &Environment) -> BTreeMap<String, String> {
        let mut env = base.0.clone();
        env.retain(|name, _| !self.unset.contains(name) && !NOTIFY_VARIABLES.contains(&name.as_str()));
        env.extend(self.set.0.clone());
        // what is left of a run is known by it, and a check is no part of the run
        env.remove(RUN_ID);
        env
    }
}

impl Memo {
    fn listens(&self) -> bool {
        [&self.probe, &self.health].into_iter().flatten().any(|probe| *probe == Probe::Notify)
    }

    /// The health check, with everything filled in.
    fn health(&self) -> Option<(&HealthCheck, Probe)> {
        Some((self.spec.health.as_ref()?, self.health.clone()?))
    }
}

impl Actor {
    /// A launch begins: binds the socket on which its run notifies, if it is to, and tells it in its environment.
    pub(in crate::supervisor) fn listen_for(
        &mut self,
        id: &ServerId,
        memo: &Memo,
        order: &mut LaunchOrder,
    ) -> Result<(), String> {
        // where the start was asked for by a check
        order.env.0.remove(sweep::VARIABLE);
        let typed = &memo.spec.env.0;
        for name in NOTIFY_VARIABLES {
            if !typed.contains_key(name) {
                order.env.0.remove(name);
            }
        }
        if !memo.listens() {
            return Ok(());
        }
        let name = self.bind(id, &order.run).map_err(|error| format!("no socket to notify on: {error}"))?;
        order.env.0.insert(NOTIFY_SOCKET.to_owned(), name);
        if let Some((check, Probe::Notify)) = memo.health() {
            order.env.0.insert(WATCHDOG_USEC.to_owned(), check.interval.as_micros().to_string());
        }
        Ok(())
    }

    fn bind(&mut self, id: &ServerId, run: &RunId) -> std::io::Result<String> {
        let dir = self.paths.notify_sockets();
        // somebody may have deleted it
        file::make_dir(&dir)?;
        let path = notify::socket_path(&dir, &id.to_string());
        let Some(entry) = self.entries.get_mut(id) else { return Ok(String::new()) };
        // first: its end removes the file
        entry.checks.notify = None;
        let listening = Listening::start(path, run)?;
        let name = listening.name.clone();
        entry.checks.notify = Some(listening);
        Ok(name)
    }

    /// What its run says; a supervisor that found it listens from now on.
    fn ear(&mut self, id: &ServerId) -> Result<Ear, String> {
        let none = || "it is not alive".to_owned();
        let entry = self.entries.get(id).ok_or_else(none)?;
        let run = entry.run.clone().ok_or_else(none)?;
        if entry.checks.notify.is_none() {
            self.bind(id, &run.id).map_err(|error| format!("no socket to notify on: {error}"))?;
        }
        let listening = self.entries.get(id).and_then(|entry| entry.checks.notify.as_ref());
        Ok(listening.ok_or_else(none)?.ear(run.child.identity.pid))
    }

    fn teller(&self, id: &ServerId) -> Option<Teller> {
        let run = self.entries.get(id)?.run.as_ref()?.id.clone();
        Some(Teller { id: id.clone(), run, notes: self.notes.clone() })
    }

    fn place(&self, memo: &Memo) -> Option<Arc<Place>> {
        let known = memo.place.as_ref()?;
        Some(Arc::new(Place {
            dir: known.dir.clone(),
            env: known.env(&memo.env),
            open_files: self.open_files,
            owner: format!("{}{}|", sweep::owner(&self.paths), memo.spec.id),
        }))
    }

    /// It is remembered, so that what hides from the end of a check is found when its server ends.
    fn commands_of(&mut self, id: &ServerId) -> Option<Arc<Place>> {
        let place = self.place(self.entries.get(id)?.launched.as_ref()?)?;
        let entry = self.entries.get_mut(id)?;
        entry.checks.owner = Some(place.owner.clone());
        Some(place)
    }

    fn begin(&mut self, id: &ServerId, check: impl Future<Output = ()> + Send + 'static) {
        if let Some(entry) = self.entries.get_mut(id) {
            entry.checks.tasks.push(tokio::spawn(check).abort_handle());
        }
    }

    /// Begins the start-up check.
    pub(in crate::supervisor) fn check_startup(&mut self, id: &ServerId) {
        let Some(teller) = self.teller(id) else { return };
        let check = self.startup_check(id).unwrap_or_else(Check::Impossible);
        self.begin(id, startup::until_up(check, teller));
        self.follow(id);
    }

    /// The user's own one, else its port, else its life.
    fn startup_check(&mut self, id: &ServerId) -> Result<Check, String> {
        let place = self.commands_of(id);
        let Some(entry) = self.entries.get(id) else { return Err("it is not registered".to_owned()) };
        let age = entry.uptime_s().unwrap_or_default();
        let memo = entry.launched.as_ref();
        let probe = memo.and_then(|memo| memo.probe.clone());
        match (probe, entry.checked_port()) {
            (Some(Probe::Notify), _) => {
                let by = entry.machine.adopted().then(|| {
                    let rest = entry.machine.rules().startup.saturating_sub(duration(age));
                    let rest = rest.max(entry.machine.rules().startup.min(ASKED_AGAIN));
                    tokio::time::Instant::now() + rest * 4 / 5
                });
                Ok(Check::Notify { ear: self.ear(id)?, by })
            }
            (Some(Probe::Log(pattern)), _) => {
                let bell = entry.bell.subscribe();
                Ok(Check::Log(Tail::new(entry.dir.log(), id.clone(), &pattern, bell)?))
            }
            (Some(probe), _) => Ok(Check::Poll(Poll::Probe(probe, place))),
            (None, Some(port)) => Ok(Check::Poll(Poll::Port(port))),
            (None, None) => Ok(Check::lives(age)),
        }
    }

    /// Begins the health check, and asks for the version.
    pub(in crate::supervisor) fn check_health(&mut self, id: &ServerId) {
        let Some(teller) = self.teller(id) else { return };
        let place = self.commands_of(id);
        let Some(entry) = self.entries.get(id) else { return };
        let Some(memo) = &entry.launched else { return };
        let version = memo.version.clone().zip(place.clone());
        let found = entry.machine.adopted();
        match memo.health() {
            Some((check, Probe::Notify)) => {
                let interval = check.interval;
                match self.ear(id) {
                    Ok(ear) => self.begin(id, health::listen(ear, interval, teller.clone())),
                    Err(answer) => self.give(id, Input::Answered { answer }),
                }
            }
            Some((check, probe)) => {
                let how_often = Pace::new(id, check.interval, check.timeout, found);
                let poll = Poll::Probe(probe, place);
                self.begin(id, health::ask_again_and_again(poll, how_often, teller.clone()));
            }
            None => {}
        }
        if let Some((argv, place)) = version {
            self.begin(id, ask_version(argv, place, teller));
        }
    }

    /// Takes what a check found, unless it is one of an earlier run.
    pub(in crate::supervisor) fn take_check(&mut self, id: &ServerId, run: &RunId, found: Found) {
        let is_its = |entry: &&mut Entry| entry.run.as_ref().is_some_and(|alive| alive.id == *run);
        let Some(entry) = self.entries.get_mut(id).filter(is_its) else { return };
        match found {
            Found::Up { answer } => {
                if let Some(link) = &entry.link {
                    // the next supervisor checks again if it does not hear of it
                    let _ = link.order(Order::Up);
                }
                if let Some(port) = entry.answering_port() {
                    entry.note_answer_on(port, self.monitor.is_none());
                }
                if !answer.is_empty() {
                    self.give(id, Input::Answered { answer });
                }
                self.give(id, Input::Up);
                self.next_pass = Some(Instant::now());
            }
            Found::Says(answer) => self.give(id, Input::Answered { answer }),
            Found::Health(outcome) => {
                self.give(id, Input::Checked { ok: outcome.ok, answer: outcome.answer });
            }
            Found::Anew => self.give(id, Input::AskedAnew),
            Found::Missed(after) => self.give(id, Input::Missed { after }),
            Found::Version(version) => {
                entry.checks.version = Some(version);
                self.dirty.insert(id.clone());
            }
            Found::NoVersion(answer) => entry.checks.no_version = Some(answer),
        }
    }

    /// Whether a start-up timer that was due at `at` is so late that nobody can have asked the server meanwhile: then it
    /// gets this much more.
    pub(in crate::supervisor) fn grace_for_late(at: Instant, now: Instant) -> Option<Duration> {
        (now.saturating_duration_since(at) > LATE).then_some(ASKED_AGAIN)
    }

    /// Kills what checks of supervisors that were killed have left; or, at a goodbye, what those of this one have.
    pub(in crate::supervisor) fn sweep_checks(&self, goodbye: bool) -> Option<tokio::task::JoinHandle<()>> {
        if self.entries.is_empty() {
            return None;
        }
        let (all, own) = (sweep::all_of(&self.paths), sweep::owner(&self.paths));
        let is_wanted = move |mark: &str| mark.starts_with(&all) && mark.starts_with(&own) == goodbye;
        Some(tokio::task::spawn_blocking(move || sweep::kill(is_wanted, 0)))
    }
}

async fn ask_version(argv: Vec<String>, place: Arc<Place>, teller: Teller) {
    let ran = exec::run(&argv, &place, VERSION).await;
    let found = match ran {
        Ok(ran) if ran.outcome.ok && ran.line.is_empty() => Found::NoVersion("it printed nothing".to_owned()),
        Ok(ran) if ran.outcome.ok => Found::Version(ran.line),
        Ok(ran) => Found::NoVersion(ran.outcome.answer),
        Err(NotAsked(why)) => Found::NoVersion(why),
    };
    teller.tell(found).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_gets_the_environment_of_the_server_without_the_mark_of_its_run() {
        let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let base = Environment(map(&[
            ("PATH", "/bin"),
            ("OLD", "1"),
            ("WORD", "a"),
            (NOTIFY_SOCKET, "/of/another"),
        ]));
        let notify = (NOTIFY_SOCKET, "/of/another");
        let env = map(&[("PATH", "/bin"), ("WORD", "b"), ("PORT", "80"), (RUN_ID, "r"), notify]);
        let memo = PlaceMemo::new("/srv".into(), &base, &env);
        // what is as in the project is not kept twice
        assert!(!memo.set.0.contains_key("PATH"));
        assert_eq!(memo.env(&base), map(&[("PATH", "/bin"), ("WORD", "b"), ("PORT", "80")]));
    }
}
