//! The way up: what is needed, and what happens while it is not there.

use super::*;
use crate::lifecycle::needs::{Unmet, unmet};
use crate::model::{Need, NeedState};

fn need(state: NeedState) -> Need {
    Need { server: "shop/db".parse().unwrap(), state }
}

fn db(now: &str, failed: Option<&str>) -> Unmet {
    let failed = failed.map(str::to_owned);
    Unmet { server: "db".into(), state: NeedState::Healthy, now: now.into(), failed }
}

/// A server in this phase, brought there as in life.
fn in_phase(phase: Phase) -> Bench {
    let mut bench = Bench::new(RestartWhen::OnFailure, 1);
    match phase {
        Phase::Stopped => {}
        Phase::Waiting => drop(bench.give(Input::Start)),
        Phase::Starting => drop(bench.give(Input::Start).give(Input::PortsFree)),
        Phase::Running => drop(bench.give(Input::Start).come_up()),
        Phase::Stopping => drop(bench.give(Input::Start).come_up().give(Input::Stop { now: false })),
        Phase::Backoff => drop(bench.give(Input::Start).come_up().give(exited(1))),
        Phase::Completed => drop(bench.give(Input::Start).come_up().give(exited(0))),
        Phase::Failed => {
            bench.server = Server::new(rules(RestartWhen::Never, 0));
            bench.give(Input::Start).come_up().give(exited(1));
        }
    }
    assert_eq!(bench.phase(), phase);
    bench
}

#[test]
fn what_counts_as_there_for_each_phase_and_state() {
    use NeedState::{Completed, Healthy, Started};
    for (phase, met) in [
        (Phase::Stopped, &[][..]),
        (Phase::Waiting, &[]),
        (Phase::Starting, &[Started]),
        (Phase::Running, &[Started, Healthy]),
        (Phase::Stopping, &[]),
        (Phase::Backoff, &[]),
        (Phase::Failed, &[]),
        (Phase::Completed, &[Completed]),
    ] {
        let bench = in_phase(phase);
        for state in [Started, Healthy, Completed] {
            let unmet = unmet(&need(state), &bench.server);
            assert_eq!(unmet.is_none(), met.contains(&state), "{phase} {state:?}: {unmet:?}");
        }
    }
}

#[test]
fn healthy_is_what_its_health_check_says_and_without_one_what_is_up() {
    let now = |bench: &Bench| unmet(&need(NeedState::Healthy), &bench.server).map(|unmet| unmet.now);
    let mut bench = in_phase(Phase::Running);
    assert_eq!(now(&bench), None);
    bench.give(Input::PortsSeen(PortsSeen::Closed(80)));
    assert_eq!(now(&bench).as_deref(), Some("it is unhealthy"));
    let mut bench = Bench::new(RestartWhen::OnFailure, 1);
    let health = Some(HealthRules { retries: 1, on_failure: OnFailure::Mark });
    bench.server.set_rules(Rules { health, ..rules(RestartWhen::OnFailure, 1) });
    bench.give(Input::Start).come_up();
    assert_eq!(now(&bench).as_deref(), Some("its health check has not answered yet"));
    bench.give(Input::Checked { ok: true, answer: "200".into() });
    assert_eq!(now(&bench), None);
    bench.give(Input::Missed { after: Duration::from_mins(1) });
    assert_eq!(now(&bench).as_deref(), Some("it is hung"));
}

#[test]
fn one_that_is_to_be_stopped_or_restarted_is_not_there_any_more() {
    for wish in [Input::Stop { now: false }, Input::Restart] {
        let mut bench = in_phase(Phase::Running);
        bench.leaving = vec!["web".into()];
        bench.give(wish);
        assert_eq!(bench.phase(), Phase::Running);
        for state in [NeedState::Started, NeedState::Healthy] {
            let unmet = unmet(&need(state), &bench.server).unwrap();
            assert_eq!(unmet.now, "it is to be stopped");
        }
    }
}

#[test]
fn why_a_needed_one_failed_is_quoted() {
    let bench = in_phase(Phase::Failed);
    let unmet = unmet(&need(NeedState::Healthy), &bench.server).unwrap();
    assert_eq!(unmet.to_string(), "db to be healthy, but it failed: exited with code 1 after 9.0 s");
}

#[test]
fn a_start_waits_for_what_it_needs_and_then_looks_at_the_ports() {
    let mut bench = Bench::new(RestartWhen::OnFailure, 5);
    bench.unmet = vec![db("it is starting", None)];
    bench.give(Input::Start);
    assert_eq!((bench.phase(), bench.server.pending()), (Phase::Waiting, Some(Pending::Start)));
    let told = Effect::Emit(EventKind::WaitsFor { unmet: vec!["db to be healthy".into()] });
    assert_eq!(bench.last, [told]);
    let why = bench.why();
    assert_eq!(why.waiting_for, ["db to be healthy (it is starting)"]);
    assert_eq!(why.next, "It starts as soon as what it needs is there.");
    // how far it is changes: it is shown, but no event
    bench.give(Input::Needs { unmet: vec![db("its health check has not answered yet", None)] });
    assert_eq!(bench.last, []);
    assert_eq!(bench.why().waiting_for, ["db to be healthy (its health check has not answered yet)"]);
    bench.give(Input::Needs { unmet: Vec::new() });
    assert_eq!(bench.last, [Effect::LookAtPorts]);
    bench.give(Input::Needs { unmet: Vec::new() });
    assert_eq!(bench.last, [], "the ports are looked at once");
    bench.give(Input::PortsFree);
    assert!(bench.has(&Effect::Launch));
}

#[test]
fn a_needed_one_that_failed_leaves_it_waiting_with_the_reason() {
    let mut bench = Bench::new(RestartWhen::OnFailure, 5);
    bench.unmet = vec![db("it is starting", None)];
    bench.give(Input::Start);
    bench.give(Input::Needs { unmet: vec![db("it is failed", Some("exited with code 1 after 0.2 s"))] });
    let reason = "db to be healthy, but it failed: exited with code 1 after 0.2 s";
    assert_eq!(bench.last, [Effect::Emit(EventKind::WaitsFor { unmet: vec![reason.into()] })]);
    assert_eq!(bench.phase(), Phase::Waiting);
    let why = bench.why();
    assert_eq!(
        (why.waiting_for, why.next.as_str()),
        (vec![reason.to_owned()], "Nothing, until db is started again.")
    );
    bench.give(Input::Stop { now: false });
    assert_eq!((bench.phase(), bench.server.unmet().len()), (Phase::Stopped, 0));
}

#[test]
fn what_goes_away_before_the_launch_is_waited_for_again() {
    let mut bench = Bench::new(RestartWhen::OnFailure, 5);
    bench.give(Input::Start).give(Input::PortHeld { port: 80, holder: None });
    let (again, _) = bench.timer(Timer::Ports);
    bench.give(Input::Needs { unmet: vec![db("it is stopped", None)] });
    assert_eq!((bench.server.held(), bench.server.last_error()), (None, None));
    // answers that were on their way, and the timer of before
    for late in [Input::PortsFree, Input::PortHeld { port: 80, holder: None }, Input::Due(again)] {
        bench.give(late);
        assert_eq!((bench.phase(), bench.last.len()), (Phase::Waiting, 0));
    }
    bench.give(Input::Needs { unmet: Vec::new() });
    assert_eq!(bench.last, [Effect::LookAtPorts]);
}

#[test]
fn an_automatic_restart_waits_for_what_it_needs_too() {
    let mut bench = Bench::running(RestartWhen::OnFailure, 5);
    bench.give(exited(1));
    let (id, _) = bench.timer(Timer::Backoff);
    bench.unmet = vec![db("it is backoff", None)];
    bench.give(Input::Due(id));
    assert_eq!((bench.phase(), bench.server.attempt()), (Phase::Waiting, 1));
}
