//! What the actor knows of one server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::checks::{Checks, PlaceMemo};
use super::links::Link;
use super::versions::KeeperVersion;
use crate::api::Why;
use crate::keeper::protocol::{Held, Name};
use crate::lifecycle::why::explain;
use crate::lifecycle::{HealthRules, PortsSeen, Rules, Server};
use crate::model::hash::fnv1a;
use crate::model::{
    Desired, Environment, Exit, ExitRecord, Health, MemoryKind, Phase, PortCheck, PortState, PortStatus,
    Probe, RunId, Sample, ServerId, ServerSpec, ServerStatus,
};
use crate::os::identity::{Found, Identity};
use crate::os::{fd, proc};
use crate::run_dir::{ChildFile, ExitFile, ServerDir};

/// A declared port that is closed for this long while its server runs makes it unhealthy.
const CLOSED: Duration = Duration::from_secs(10);

/// What a keeper holds for the next supervisor.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Memo {
    /// What was launched.
    pub(super) spec: ServerSpec,
    /// The config file of its project.
    pub(super) file: std::path::PathBuf,
    /// The profile that was laid over it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) profile: Option<String>,
    /// The environment of its project.
    pub(super) env: Environment,
    /// Its ports as numbers.
    pub(super) ports: Vec<u16>,
    /// The start-up check with everything filled in.
    pub(super) probe: Option<Probe>,
    /// The health check's question with everything filled in.
    #[serde(default)]
    pub(super) health: Option<Probe>,
    /// Program and arguments that tell its version.
    #[serde(default)]
    pub(super) version: Option<Vec<String>>,
    /// Where and with what commands of checks are run, if there are any.
    #[serde(default)]
    pub(super) place: Option<PlaceMemo>,
    /// Restarts in a row, at the launch.
    pub(super) attempt: u32,
    /// Automatic restarts, at the launch.
    pub(super) restarts: u32,
}

/// The run that is alive.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) id: RunId,
    pub(super) child: ChildFile,
    /// Its streams and its main process, never used here: so nothing ends with its keeper.
    pub(super) held: Arc<Held>,
}

impl Run {
    /// A keeper of an older version hands over nothing; then at least the process is held, if it lives. Nothing is
    /// held where clients and keepers would find no descriptor left.
    pub(super) fn new(id: RunId, child: ChildFile, mut held: Held) -> Self {
        if held.descriptors().into_iter().any(fd::is_scarce) {
            return Self { id, child, held: Arc::default() };
        }
        if held.get(Name::Process).is_none()
            && let Found::Match(process) = child.identity.find()
        {
            held.put(Name::Process, process);
        }
        Self { id, child, held: Arc::new(held) }
    }
}

/// One server.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own, and none excludes another")]
pub(super) struct Entry {
    /// As the file says now.
    pub(super) spec: ServerSpec,
    /// As it was launched.
    pub(super) launched: Option<Memo>,
    pub(super) machine: Server,
    pub(super) since: Timestamp,
    pub(super) dir: ServerDir,
    pub(super) link: Option<Link>,
    /// The keeper, as far as it is known.
    pub(super) keeper: Option<Identity>,
    /// What the keeper is, as it said.
    pub(super) keeper_version: Option<KeeperVersion>,
    /// It was found at the start of this supervisor, and its keeper has not said yet how it is.
    pub(super) unverified: bool,
    /// To be launched when the keeper that was let go has gone.
    pub(super) launch_when_gone: bool,
    /// A launch that was ordered and not answered yet.
    pub(super) launching: Option<RunId>,
    /// What its keeper gave to be held of that run, before it executed anything.
    pub(super) promised: Option<(RunId, Held)>,
    pub(super) run: Option<Run>,
    pub(super) exit: Option<ExitRecord>,
    /// Declared ports as numbers.
    pub(super) ports: Vec<u16>,
    /// Those of the next run, where the file has changed since this one was launched.
    pub(super) next_ports: Option<Vec<u16>>,
    pub(super) port_status: Vec<PortStatus>,
    closed_since: Option<Instant>,
    /// A port on which a check had an answer while a look at the ports was being made.
    answered: Option<u16>,
    pub(super) pids: Vec<u32>,
    pub(super) sample: Option<Sample>,
    pub(super) checks: Checks,
    pub(super) memory_kind: MemoryKind,
    /// Bytes an hour, where that is flagged as a leak.
    pub(super) growth: Option<f64>,
    pub(super) bell: watch::Sender<u64>,
    pub(super) followed: bool,
    /// The file does not name it any more.
    pub(super) removed: bool,
    /// Why the file can't be used, if it can't.
    pub(super) broken_file: Option<String>,
}

/// The machine's part of a specification.
pub(super) fn rules(spec: &ServerSpec) -> Rules {
    Rules {
        restart: spec.restart.clone(),
        startup: spec.startup.timeout,
        on_timeout: spec.startup.on_timeout,
        stop_signal: spec.stop.signal,
        grace: spec.stop.grace,
        seed: fnv1a(spec.id.to_string().as_bytes()),
        health: spec
            .health
            .as_ref()
            .map(|check| HealthRules { retries: check.retries, on_failure: check.on_failure }),
    }
}

impl Entry {
    pub(super) fn new(spec: ServerSpec, dir: ServerDir, ports: Vec<u16>) -> Self {
        Self {
            machine: Server::new(rules(&spec)),
            spec,
            launched: None,
            since: Timestamp::now(),
            dir,
            link: None,
            keeper: None,
            keeper_version: None,
            unverified: false,
            launch_when_gone: false,
            launching: None,
            promised: None,
            run: None,
            exit: None,
            ports,
            next_ports: None,
            port_status: Vec::new(),
            closed_since: None,
            answered: None,
            pids: Vec::new(),
            sample: None,
            checks: Checks::default(),
            memory_kind: MemoryKind::default(),
            growth: None,
            bell: watch::Sender::new(0),
            followed: false,
            removed: false,
            broken_file: None,
        }
    }

    /// The specification of the run that is alive, or of the next one.
    pub(super) fn current_spec(&self) -> &ServerSpec {
        match &self.launched {
            Some(memo) if self.machine.phase().is_alive() => &memo.spec,
            _ => &self.spec,
        }
    }

    /// Whether it needs this server, as it runs or would be started.
    pub(super) fn needs(&self, id: &ServerId) -> bool {
        self.current_spec().needs.iter().any(|need| need.server == *id)
    }

    /// Whether it is up and is to stay so.
    pub(super) fn stays(&self) -> bool {
        let machine = &self.machine;
        machine.desired() == Desired::Up && machine.phase().is_alive() && !machine.is_leaving()
    }

    /// Whether it is alive and not well.
    pub(super) fn is_ailing(&self) -> bool {
        matches!(self.machine.health(), Health::Unhealthy | Health::Hung)
    }

    /// Whether its main process is stopped, as SIGSTOP does it.
    fn is_frozen(&self) -> bool {
        let Some(run) = &self.run else { return false };
        let main = &run.child.identity;
        let found = proc::read(main.pid).ok().flatten();
        found.is_some_and(|process| process.start_ticks == main.start_ticks && process.state == 'T')
    }

    /// Whether what runs is not what the file says.
    pub(super) fn config_changed(&self) -> bool {
        self.removed
            || (self.machine.phase().is_alive()
                && self.launched.as_ref().is_some_and(|memo| memo.spec != self.spec))
    }

    /// The start-up check of the run that is alive, in words.
    pub(super) fn check_in_words(&self) -> String {
        let probe = self.launched.as_ref().and_then(|memo| memo.probe.as_ref());
        // as it was typed: what was filled in may be a secret
        let typed = self.current_spec().startup.probe.as_ref();
        let probe = typed.filter(|probe| matches!(probe, Probe::Exec(_))).or(probe);
        match (probe, self.checked_port()) {
            (Some(Probe::Http { url, .. }), _) => format!("a good answer of {url}"),
            (Some(Probe::Tcp(port)), _) => format!("port {port} to accept a connection"),
            (Some(Probe::Unix(path)), _) => format!("{path} to accept a connection"),
            (Some(Probe::Exec(command)), _) => format!("`{command}` to succeed"),
            (Some(Probe::Log(pattern)), _) => format!("a line that matches `{pattern}`"),
            (Some(Probe::Notify), _) => "its READY=1".to_owned(),
            (None, Some(port)) => format!("port {port} to accept a connection"),
            (None, None) => "it to live for 1 s".to_owned(),
        }
    }

    /// The port that answers when the server is up, if it has no check of its own.
    pub(super) fn checked_port(&self) -> Option<u16> {
        match self.current_spec().port_check {
            PortCheck::Connect | PortCheck::Listen => self.ports.first().copied(),
            PortCheck::Off => None,
        }
    }

    /// Takes what the monitor found of its ports, and says what that means for its health, if that is something new.
    pub(super) fn set_ports(&mut self, mut ports: Vec<PortStatus>, now: Instant) -> Option<PortsSeen> {
        if let Some(answered) = self.answered.take()
            && let Some(port) = ports.iter_mut().find(|port| port.port == answered)
            && port.state == PortState::Closed
        {
            port.state = PortState::Listening;
        }
        self.port_status = ports;
        let mut declared = self.port_status.iter().filter(|port| port.declared).peekable();
        if self.machine.phase() != Phase::Running || declared.peek().is_none() {
            self.closed_since = None;
            return None;
        }
        let closed = declared.find(|port| port.state != PortState::Listening);
        self.closed_since = closed.map(|_| self.closed_since.unwrap_or(now));
        let seen = match (closed, self.closed_since) {
            (Some(port), Some(since)) if now.duration_since(since) >= CLOSED => PortsSeen::Closed(port.port),
            (Some(_), _) => return None,
            (None, _) => PortsSeen::Open,
        };
        (seen != self.machine.ports()).then_some(seen)
    }

    /// The port of which it is known that it listens, once its start-up check has passed.
    pub(super) fn answering_port(&self) -> Option<u16> {
        match self.launched.as_ref()?.probe.as_ref() {
            None => self.checked_port(),
            Some(Probe::Tcp(port)) => port.trim().parse().ok(),
            Some(Probe::Http { url, .. }) => {
                let authority = url.split_once("://")?.1.split(['/', '?', '#']).next()?;
                authority.rsplit_once(':')?.1.parse().ok()
            }
            Some(Probe::Unix(_) | Probe::Exec(_) | Probe::Log(_) | Probe::Notify) => None,
        }
    }

    /// Takes that a check has just had an answer on this port; the next look tells more. `looking`: one is being made, and
    /// may have been too early.
    pub(super) fn note_answer_on(&mut self, port: u16, looking: bool) {
        self.answered = looking.then_some(port);
        let mut ports = self.measured_ports();
        if let Some(answered) = ports.iter_mut().find(|known| known.port == port && known.declared)
            && answered.state == PortState::Closed
        {
            answered.state = PortState::Listening;
            self.port_status = ports;
        }
    }

    /// Whether a port of it was last seen held by a stranger.
    pub(super) fn has_foreign_port(&self) -> bool {
        self.port_status.iter().any(|port| port.state == PortState::Foreign)
    }

    /// Whether this is the run that is alive.
    pub(super) fn owns(&self, run: &RunId) -> bool {
        self.run.as_ref().is_some_and(|alive| alive.id == *run)
    }

    /// Takes how its run ended.
    pub(super) fn set_exit(&mut self, file: &ExitFile) {
        let (code, signal) = match file.exit {
            Exit::Code(code) => (Some(code), None),
            Exit::Signal { signal, .. } => (None, Some(signal)),
            Exit::ExecFailed { .. } | Exit::Unknown => (None, None),
        };
        self.exit = Some(ExitRecord { code, signal, at: file.at, lasted_s: file.lasted_s });
    }

    /// What was given to be held of this run.
    pub(super) fn take_promised(&mut self, run: &RunId) -> Held {
        self.promised.take_if(|(promised, _)| promised == run).map(|(_, held)| held).unwrap_or_default()
    }

    /// Forgets what is only true of a living run.
    pub(super) fn forget_run(&mut self) {
        self.run = None;
        self.launching = None;
        self.promised = None;
        self.pids.clear();
        self.sample = None;
        self.growth = None;
        self.port_status.clear();
        self.closed_since = None;
        self.answered = None;
        self.checks.end_run();
    }

    /// Seconds that its main process lives.
    pub(super) fn uptime_s(&self) -> Option<f64> {
        self.run.as_ref().map(|run| proc::age(run.child.identity.start_ticks))
    }

    fn shown_ports(&self) -> Vec<PortStatus> {
        let mut ports = self.measured_ports();
        // a start that waits knows it first, and nothing is measured while no server is alive
        if let Some((held, holder)) = self.machine.held()
            && let Some(port) = ports.iter_mut().find(|port| port.port == *held)
        {
            port.state = PortState::Foreign;
            port.holder.clone_from(holder);
        }
        ports
    }

    fn measured_ports(&self) -> Vec<PortStatus> {
        if !self.port_status.is_empty() {
            return self.port_status.clone();
        }
        let closed = |&port: &u16| PortStatus {
            port,
            declared: true,
            state: PortState::Closed,
            latency_ms: None,
            holder: None,
        };
        self.ports.iter().map(closed).collect()
    }

    /// Everything that a user sees.
    pub(super) fn status(&self) -> ServerStatus {
        let spec = self.current_spec();
        let machine = &self.machine;
        let waiting = explain(machine, &self.check_in_words(), Instant::now()).waiting_for;
        let error = machine.last_error().map(str::to_owned);
        ServerStatus {
            group: spec.group.clone(),
            color: spec.color.clone(),
            phase: machine.phase(),
            since: self.since,
            health: machine.health(),
            failed_checks: machine.failed_checks(),
            desired: machine.desired(),
            pid: self.run.as_ref().map(|run| run.child.identity.pid),
            pids: match (&self.run, self.pids.is_empty()) {
                (Some(run), true) => vec![run.child.identity.pid],
                _ => self.pids.clone(),
            },
            uptime_s: self.uptime_s(),
            adopted: machine.adopted() && machine.phase().is_alive(),
            pending: machine.pending(),
            ports: self.shown_ports(),
            cpu_percent: self.sample.map(|sample| sample.cpu_percent),
            memory_bytes: self.sample.map(|sample| sample.memory_bytes),
            memory_kind: self.memory_kind.word().to_owned(),
            memory_growth_bytes_per_h: self.growth,
            restarts: machine.restarts(),
            attempt: machine.attempt(),
            next_start_at: machine.next_start().map(wall_clock),
            version: self.checks.version.clone(),
            last_check: machine.last_check().map(str::to_owned),
            config_changed: self.config_changed(),
            exit: self.exit.clone(),
            last_error: self.unverified_because().or(error).or_else(|| self.broken_file.clone()),
            waiting_for: waiting,
            needs: spec.needs.iter().map(ToString::to_string).collect(),
            replica_of: spec.replica.as_ref().map(|replica| replica.of.clone()),
            stop: (&spec.stop).into(),
            command: spec.command.to_string(),
            dir: spec.dir.clone().into(),
            log: self.dir.log(),
            ..ServerStatus::blank(self.spec.id.clone())
        }
    }

    /// Why it is in its phase.
    pub(super) fn why(&self) -> Why {
        let told = explain(&self.machine, &self.check_in_words(), Instant::now());
        let mut because = told.because;
        if let Some(why) = self.unverified_because() {
            because.insert(0, format!("Nothing is done to the server for now: {why}."));
        }
        because.extend(self.keeper_to_replace());
        if self.is_frozen() {
            let name = &self.spec.id;
            because.push(format!(
                "Its main process is stopped (SIGSTOP): `ostler signal {name} SIGCONT` continues it."
            ));
        }
        because.extend(self.broken_file.clone());
        if let Some(answer) = &self.checks.no_version {
            because.push(format!("Its `version.exec` does not tell its version: {answer}."));
        }
        if let Some(growth) = self.growth {
            let growth = growth / f64::from(1 << 20);
            because.push(format!("Its memory grows by {growth:.1} MiB/h, as that of a leak does."));
        }
        if self.config_changed() {
            because.push(self.change_in_words());
        }
        let soon = |after: Duration| Timestamp::now() + SignedDuration::try_from(after).unwrap_or_default();
        Why {
            id: self.spec.id.clone(),
            phase: self.machine.phase(),
            since: self.since,
            because,
            waiting_for: told.waiting_for,
            next: told.next,
            next_at: told.next_in.map(soon),
        }
    }
}

/// When that is, by the clock on the wall.
fn wall_clock(at: Instant) -> Timestamp {
    let after = at.saturating_duration_since(Instant::now());
    Timestamp::now() + SignedDuration::try_from(after).unwrap_or_default()
}
