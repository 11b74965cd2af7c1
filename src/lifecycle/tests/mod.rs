//! The machine without a world: inputs are given by hand, effects are looked at. `needs` has the way up, `down` the way
//! down; start with [`Bench`].

mod down;
mod needs;

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::model::{
    Desired, EventKind, Exit, OnFailure, OnTimeout, Pending, Phase, RestartPolicy, RestartWhen, Signal,
};

pub(super) fn rules(policy: RestartWhen, attempts: u32) -> Rules {
    Rules {
        restart: RestartPolicy { policy, attempts, ..RestartPolicy::default() },
        startup: Duration::from_secs(30),
        on_timeout: OnTimeout::Fail,
        stop_signal: Signal::TERM,
        grace: Duration::from_secs(10),
        seed: 0,
        health: None,
    }
}

pub(super) struct Bench {
    pub(super) server: Server,
    now: Instant,
    pub(super) last: Vec<Effect>,
    /// What is answered to `LookAtNeeds`.
    unmet: Vec<super::needs::Unmet>,
    /// What is answered to `LookAtDependents`.
    leaving: Vec<String>,
}

impl Bench {
    pub(super) fn new(policy: RestartWhen, attempts: u32) -> Self {
        let server = Server::new(rules(policy, attempts));
        Self { server, now: Instant::now(), last: Vec::new(), unmet: Vec::new(), leaving: Vec::new() }
    }

    /// Gives it, and answers at once what is answered at once by whoever performs the effects.
    pub(super) fn give(&mut self, input: Input) -> &mut Self {
        self.last.clear();
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            for effect in self.server.step(self.now, input) {
                match effect {
                    Effect::LookAtNeeds => inputs.push(Input::Needs { unmet: self.unmet.clone() }),
                    Effect::LookAtDependents => {
                        inputs.push(Input::Dependents { leaving: self.leaving.clone() });
                    }
                    other => self.last.push(other),
                }
            }
        }
        self
    }

    fn pass(&mut self, time: Duration) -> &mut Self {
        self.now += time;
        self
    }

    fn why(&self) -> super::why::Explanation {
        super::why::explain(&self.server, "its port to answer", self.now)
    }

    pub(super) fn running(policy: RestartWhen, attempts: u32) -> Self {
        let mut bench = Self::new(policy, attempts);
        bench.give(Input::Start).come_up();
        bench
    }

    pub(super) fn come_up(&mut self) -> &mut Self {
        assert!(self.has(&Effect::LookAtPorts), "{:?}", self.last);
        self.give(Input::PortsFree);
        assert!(self.has(&Effect::Launch));
        self.give(Input::Launched { pid: 7 });
        assert!(self.has(&Effect::CheckStartup));
        self.give(Input::Up)
    }

    pub(super) fn has(&self, effect: &Effect) -> bool {
        self.last.contains(effect)
    }

    fn timer(&self, timer: Timer) -> (TimerId, Duration) {
        let find = |effect: &Effect| match effect {
            Effect::Arm(id, after) if id.timer == timer => Some((*id, *after)),
            _ => None,
        };
        self.last.iter().find_map(find).unwrap_or_else(|| panic!("no {timer:?} in {:?}", self.last))
    }

    pub(super) fn phase(&self) -> Phase {
        self.server.phase()
    }
}

pub(super) fn exited(code: u8) -> Input {
    Input::Exited { exit: Exit::Code(code), lasted: Duration::from_secs(9), last_line: None }
}

#[test]
fn a_start_looks_at_the_ports_launches_and_checks() {
    let mut bench = Bench::new(RestartWhen::OnFailure, 5);
    bench.give(Input::Start);
    assert_eq!((bench.phase(), bench.server.pending()), (Phase::Waiting, Some(Pending::Start)));
    bench.give(Input::PortsFree);
    assert_eq!(bench.phase(), Phase::Starting);
    bench.give(Input::Launched { pid: 7 });
    assert_eq!(bench.timer(Timer::Startup).1, Duration::from_secs(30));
    bench.give(Input::Up);
    assert_eq!((bench.phase(), bench.server.pending()), (Phase::Running, None));
}

#[test]
fn what_an_exit_leads_to_is_the_policys_word() {
    use Phase::{Backoff, Completed, Failed};
    for (policy, code, expected) in [
        (RestartWhen::Never, 0, Completed),
        (RestartWhen::Never, 1, Failed),
        (RestartWhen::OnFailure, 0, Completed),
        (RestartWhen::OnFailure, 1, Backoff),
        (RestartWhen::Always, 0, Backoff),
        (RestartWhen::Always, 1, Backoff),
    ] {
        let mut bench = Bench::running(policy, 5);
        bench.give(exited(code));
        assert_eq!(bench.phase(), expected, "{policy:?} {code}");
        let mut early = Bench::new(policy, 5);
        early.give(Input::Start).give(Input::PortsFree).give(Input::Launched { pid: 7 }).give(exited(code));
        assert_eq!(early.phase(), expected, "before it was up: {policy:?} {code}");
        assert_eq!(bench.has(&Effect::Release), expected != Backoff);
    }
}

#[test]
fn it_gives_up_after_its_attempts_and_a_manual_start_begins_anew() {
    let mut bench = Bench::running(RestartWhen::OnFailure, 3);
    for attempt in 1..=3 {
        bench.give(exited(1));
        assert_eq!((bench.phase(), bench.server.attempt()), (Phase::Backoff, attempt));
        let (id, delay) = bench.timer(Timer::Backoff);
        let least = Duration::from_secs(1 << (attempt - 1));
        assert!(delay >= least && delay <= least * 11 / 10, "{delay:?}");
        assert_eq!(bench.server.next_start(), Some(bench.now + delay));
        bench.give(Input::Due(id)).come_up();
    }
    bench.give(exited(1));
    assert_eq!(bench.phase(), Phase::Failed);
    assert_eq!(bench.server.last_error(), Some("gave up after 3 restarts: exited with code 1 after 9.0 s"));
    bench.give(Input::Start).come_up();
    assert_eq!((bench.phase(), bench.server.attempt(), bench.server.restarts()), (Phase::Running, 0, 0));
}

#[test]
fn a_stable_while_forgives_the_attempts() {
    let mut bench = Bench::running(RestartWhen::OnFailure, 1);
    bench.give(exited(1));
    let (id, _) = bench.timer(Timer::Backoff);
    bench.give(Input::Due(id)).come_up();
    let (stable, after) = bench.timer(Timer::Stable);
    assert_eq!(after, Duration::from_mins(1));
    bench.give(Input::Due(stable));
    assert_eq!((bench.server.attempt(), bench.server.restarts()), (0, 1));
    bench.give(exited(1));
    assert_eq!(bench.phase(), Phase::Backoff);
}

#[test]
fn a_timer_of_another_epoch_does_nothing() {
    let mut bench = Bench::running(RestartWhen::OnFailure, 5);
    bench.give(exited(1));
    let (late, _) = bench.timer(Timer::Backoff);
    bench.give(Input::Stop { now: false });
    assert_eq!(bench.phase(), Phase::Stopped);
    bench.give(Input::Due(late));
    assert_eq!((bench.phase(), bench.last.len()), (Phase::Stopped, 0));
}

#[test]
fn no_delay_means_no_backoff_phase() {
    let mut bench = Bench::running(RestartWhen::Always, 5);
    let mut rules = rules(RestartWhen::Always, 5);
    rules.restart.delay = Duration::ZERO;
    bench.server.set_rules(rules);
    bench.give(exited(1));
    bench.come_up();
    assert_eq!((bench.phase(), bench.server.restarts()), (Phase::Running, 1));
}

#[test]
fn a_stop_ends_in_stopped_whatever_the_exit() {
    for code in [0, 1, 143] {
        let mut bench = Bench::running(RestartWhen::Always, 5);
        bench.give(Input::Stop { now: false });
        assert!(bench.has(&Effect::Stop { now: false }));
        assert_eq!((bench.phase(), bench.server.pending()), (Phase::Stopping, Some(Pending::Stop)));
        bench.give(exited(code));
        assert_eq!(bench.phase(), Phase::Stopped);
        assert!(bench.has(&Effect::Release));
        assert_eq!(bench.server.last_error(), None);
    }
}

#[test]
fn the_last_wish_wins_while_it_stops() {
    let mut bench = Bench::running(RestartWhen::OnFailure, 5);
    bench.give(Input::Stop { now: false }).give(Input::Start);
    assert_eq!((bench.phase(), bench.last.len()), (Phase::Stopping, 0));
    bench.give(exited(0)).come_up();
    assert_eq!(bench.phase(), Phase::Running);
    bench.give(Input::Restart).give(Input::Stop { now: true });
    assert!(bench.has(&Effect::Stop { now: true }));
    bench.give(exited(0));
    assert_eq!(bench.phase(), Phase::Stopped);
}

#[test]
fn a_stop_while_it_is_being_launched_ends_in_stopped() {
    let mut bench = Bench::new(RestartWhen::OnFailure, 5);
    bench.give(Input::Start).give(Input::PortsFree).give(Input::Stop { now: false });
    assert!(bench.has(&Effect::Stop { now: false }));
    bench.give(Input::Launched { pid: 7 });
    assert!(!bench.has(&Effect::CheckStartup));
    bench.give(exited(0));
    assert_eq!(bench.phase(), Phase::Stopped);
    let mut refused = Bench::new(RestartWhen::OnFailure, 5);
    refused.give(Input::Start).give(Input::PortsFree).give(Input::Stop { now: false });
    refused.give(Input::NotLaunched(LaunchError { message: "no".into(), transient: false }));
    assert_eq!(refused.phase(), Phase::Stopped);
}

#[test]
fn a_held_port_is_named_and_looked_at_until_it_is_free() {
    let mut bench = Bench::new(RestartWhen::OnFailure, 5);
    let holder = crate::model::Holder {
        pid: Some(3921),
        command: Some("postgres".into()),
        user: Some("alice".into()),
        ours: None,
    };
    let held = Input::PortHeld { port: 4242, holder: Some(holder) };
    bench.give(Input::Start).give(held.clone());
    assert_eq!(bench.server.last_error(), Some("port 4242 is in use by pid 3921 (postgres, user alice)"));
    let why = super::why::explain(&bench.server, "", bench.now);
    assert_eq!(why.waiting_for, ["port 4242, in use by pid 3921 (postgres, user alice)"]);
    let (id, _) = bench.timer(Timer::Ports);
    bench.give(Input::Due(id));
    assert_eq!(bench.last, [Effect::LookAtPorts]);
    bench.give(held);
    assert!(
        !bench.last.iter().any(|effect| matches!(effect, Effect::Emit(_))),
        "told once: {:?}",
        bench.last
    );
    bench.give(Input::PortsFree);
    assert_eq!((bench.phase(), bench.server.last_error()), (Phase::Starting, None));
}

#[test]
fn a_start_that_is_too_slow_is_stopped_and_counts_as_failed() {
    let mut bench = Bench::new(RestartWhen::OnFailure, 5);
    bench.give(Input::Start).give(Input::PortsFree).give(Input::Launched { pid: 7 });
    let (id, _) = bench.timer(Timer::Startup);
    bench.give(Input::Answered { answer: "connection refused".into() }).give(Input::Due(id));
    assert!(bench.has(&Effect::Stop { now: false }));
    bench.give(exited(0));
    assert_eq!(bench.phase(), Phase::Backoff);
    let expected = "was not up within 30 s; its last check: connection refused";
    assert_eq!(bench.server.last_error(), Some(expected));
}

#[test]
fn what_could_not_be_executed_fails_at_once() {
    let mut bench = Bench::new(RestartWhen::Always, 5);
    let error = LaunchError { message: "no program `nope` in PATH".into(), transient: false };
    bench.give(Input::Start).give(Input::PortsFree).give(Input::NotLaunched(error));
    assert_eq!(bench.phase(), Phase::Failed);
    assert_eq!(bench.server.last_error(), Some("no program `nope` in PATH"));
}

#[test]
fn what_may_work_the_next_time_is_tried_again() {
    let error = LaunchError { message: "no memory".into(), transient: true };
    for (policy, phase) in [(RestartWhen::OnFailure, Phase::Backoff), (RestartWhen::Never, Phase::Failed)] {
        let mut bench = Bench::new(policy, 5);
        bench.give(Input::Start).give(Input::PortsFree).give(Input::NotLaunched(error.clone()));
        assert_eq!((bench.phase(), bench.server.last_error()), (phase, Some("no memory")));
    }
}

#[test]
fn a_long_life_forgives_the_attempts_even_where_no_timer_could() {
    let memory = Memory { desired: Desired::Up, attempt: 5, ..Memory::default() };
    let mut bench = Bench::new(RestartWhen::OnFailure, 5);
    bench.server = bench.server.remembering(memory);
    bench.server.resume(false);
    let exit = Exit::Code(1);
    bench.give(Input::Exited { exit, lasted: Duration::from_hours(72), last_line: None });
    assert_eq!((bench.phase(), bench.server.attempt()), (Phase::Backoff, 1));
}

#[test]
fn an_end_that_a_restart_asked_for_leads_to_a_launch_under_the_next_supervisor_too() {
    for (desired, asked, phase) in [
        (Desired::Up, true, Phase::Waiting),
        (Desired::Up, false, Phase::Completed),
        (Desired::Down, true, Phase::Stopped),
        (Desired::Down, false, Phase::Stopped),
    ] {
        let mut bench = Bench::new(RestartWhen::OnFailure, 5);
        bench.server = bench.server.remembering(Memory { desired, ..Memory::default() });
        bench.server.resume(asked);
        bench.give(exited(0));
        assert_eq!(bench.phase(), phase, "{desired:?} {asked}");
    }
}

#[test]
fn an_early_exit_quotes_the_last_line() {
    let mut bench = Bench::new(RestartWhen::Never, 0);
    bench.give(Input::Start).give(Input::PortsFree).give(Input::Launched { pid: 7 });
    bench.give(Input::Exited {
        exit: Exit::Signal { signal: Signal::KILL, core: false },
        lasted: Duration::ZERO,
        last_line: Some("bind: permission denied".into()),
    });
    let expected = "was ended by SIGKILL before it was up; its last line: bind: permission denied";
    assert_eq!(bench.server.last_error(), Some(expected));
}

#[test]
fn an_adopted_server_goes_on_where_it_was() {
    for (desired, up, ending, phase, stop) in [
        (Desired::Up, true, false, Phase::Running, false),
        (Desired::Up, false, false, Phase::Starting, false),
        (Desired::Up, true, true, Phase::Stopping, false),
        (Desired::Down, true, false, Phase::Stopping, true),
        (Desired::Down, true, true, Phase::Stopping, false),
    ] {
        let memory = Memory { desired, restarts: 3, ..Memory::default() };
        let mut bench = Bench::new(RestartWhen::OnFailure, 5);
        bench.server = bench.server.remembering(memory);
        bench.give(Input::Adopted { pid: 7, age: Duration::from_secs(5), up, ending });
        assert_eq!(bench.phase(), phase);
        assert_eq!(bench.has(&Effect::Stop { now: false }), stop);
        assert_eq!((bench.server.restarts(), bench.server.adopted()), (3, true));
    }
}

#[test]
fn a_lost_keeper_is_replaced_while_the_run_lives_and_never_guessed_about() {
    let mut bench = Bench::running(RestartWhen::OnFailure, 5);
    let age = Duration::from_secs(3);
    bench.give(Input::KeeperLost { alive: Some(7), age });
    assert!(bench.has(&Effect::ReplaceKeeper));
    assert_eq!(bench.phase(), Phase::Running);
    bench.give(Input::KeeperLost { alive: None, age });
    assert_eq!(bench.phase(), Phase::Backoff);
    let emitted = Effect::Emit(EventKind::Exited { exit: Exit::Unknown, lasted_s: 3.0, because: None });
    assert!(bench.has(&emitted), "{:?}", bench.last);
}

fn missing() -> Vec<super::needs::Unmet> {
    let need =
        crate::model::Need { server: "shop/db".parse().unwrap(), state: crate::model::NeedState::Healthy };
    vec![super::needs::Unmet::unknown(&need, "it is stopped")]
}

fn any_input() -> impl Strategy<Value = Input> {
    prop_oneof![
        3 => Just(Input::Start),
        2 => any::<bool>().prop_map(|now| Input::Stop { now }),
        2 => Just(Input::Restart),
        1 => Just(Input::PortHeld { port: 80, holder: None }),
        1 => any::<bool>().prop_map(|met| Input::Needs { unmet: if met { Vec::new() } else { missing() } }),
        2 => any::<bool>().prop_map(|free| Input::Dependents { leaving: if free { Vec::new() } else { vec!["x".into()] } }),
        1 => Just(Input::Remains { processes: vec!["7 (disk sleep)".into()] }),
        6 => Just(Input::PortsFree),
        6 => Just(Input::Launched { pid: 7 }),
        1 => Just(Input::NotLaunched(LaunchError { message: "no".into(), transient: false })),
        6 => Just(Input::Up),
        3 => any::<u8>().prop_map(exited),
        3 => any::<bool>().prop_map(|ok| Input::Checked { ok, answer: String::new() }),
        1 => Just(Input::Missed { after: Duration::from_mins(1) }),
        1 => Just(Input::OverMemory { used: 2, limit: 1 }),
        1 => any::<bool>().prop_map(|alive| Input::KeeperLost {
            alive: alive.then_some(7),
            age: Duration::ZERO
        }),
    ]
}

proptest! {
    /// Whatever comes in whatever order: never two runs at once, never a stop that nobody asked for, and what is
    /// desired is what was wished for last.
    #[test]
    fn invariants_hold_under_any_sequence(inputs in prop::collection::vec((any_input(), any::<bool>()), 1..80)) {
        let mut bench = Bench::new(RestartWhen::OnFailure, 2);
        let health = Some(HealthRules { retries: 2, on_failure: OnFailure::Restart });
        bench.server.set_rules(Rules { health, ..rules(RestartWhen::OnFailure, 2) });
        let (mut launched, mut executed) = (false, false);
        let mut wished = Desired::Down;
        for (input, fire) in inputs {
            // the world only answers what was asked of it
            let possible = match &input {
                Input::Launched { .. } | Input::NotLaunched(_) => launched && !executed,
                Input::Up => bench.phase() == Phase::Starting && executed,
                Input::Exited { .. } | Input::KeeperLost { .. } => executed,
                Input::OverMemory { .. } => executed,
                _ => true,
            };
            if !possible { continue; }
            match &input {
                Input::Start | Input::Restart => wished = Desired::Up,
                Input::Stop { .. } => wished = Desired::Down,
                _ => {}
            }
            let ends = matches!(
                input,
                Input::Exited { .. } | Input::NotLaunched(_) | Input::KeeperLost { alive: None, .. }
            );
            // a check that is to lead to a restart is the user's wish in the config file; a stop that waited for others
            // goes on when they have gone
            let goes_on = matches!(input, Input::Dependents { .. }) && bench.server.is_leaving();
            let wish = goes_on || matches!(
                input,
                Input::Stop { .. } | Input::Restart | Input::Checked { ok: false, .. } | Input::Missed { .. }
                    | Input::OverMemory { .. }
            );
            bench.leaving = if fire { vec!["x".into()] } else { Vec::new() };
            bench.unmet = if fire { Vec::new() } else { missing() };
            executed |= matches!(input, Input::Launched { .. });
            bench.give(input);
            if ends { (launched, executed) = (false, false); }
            let mut timers = Vec::new();
            for effect in bench.last.clone() {
                match effect {
                    Effect::Launch => {
                        prop_assert!(!launched, "a second copy");
                        launched = true;
                    }
                    Effect::Stop { .. } => prop_assert!(wish && launched, "a stop that nobody asked for"),
                    Effect::Arm(id, _) => timers.push(id),
                    Effect::Release => prop_assert!(!launched, "a living run was let go"),
                    _ => {}
                }
            }
            prop_assert_eq!(bench.server.desired(), wished);
            prop_assert_eq!(bench.phase().is_alive(), launched, "{:?}", bench.phase());
            if fire && let Some(id) = timers.pop() && id.timer != Timer::Startup {
                bench.give(Input::Due(id));
            }
        }
    }
}
