//! The way down: who goes first, the grace, a second stop, and what SIGKILL does not end.

use super::*;

const STOP: Input = Input::Stop { now: false };

fn held_back(wish: Input) -> Bench {
    let mut bench = Bench::running(RestartWhen::OnFailure, 5);
    bench.leaving = vec!["api".into(), "web".into()];
    bench.give(wish);
    bench
}

fn left(processes: &[&str]) -> Input {
    Input::Remains { processes: processes.iter().map(ToString::to_string).collect() }
}

#[test]
fn a_stop_waits_until_those_that_need_it_have_ended() {
    let mut bench = held_back(STOP);
    assert_eq!((bench.phase(), bench.server.pending()), (Phase::Running, Some(Pending::Stop)));
    let unmet = vec!["api to end first".to_owned(), "web to end first".to_owned()];
    assert_eq!(bench.last, [Effect::Emit(EventKind::WaitsFor { unmet: unmet.clone() })]);
    let why = bench.why();
    assert_eq!(why.waiting_for, unmet);
    assert!(why.next.starts_with("It is stopped after them"), "{}", why.next);
    bench.give(Input::Dependents { leaving: vec!["web".into()] });
    assert_eq!((bench.phase(), bench.last.len()), (Phase::Running, 0));
    bench.give(Input::Dependents { leaving: Vec::new() });
    assert_eq!(bench.phase(), Phase::Stopping);
    assert!(bench.has(&Effect::Stop { now: false }));
    bench.give(exited(0));
    assert_eq!((bench.phase(), bench.server.pending()), (Phase::Stopped, None));
}

#[test]
fn a_restart_waits_too_and_then_launches() {
    let mut bench = held_back(Input::Restart);
    assert_eq!((bench.phase(), bench.server.pending()), (Phase::Running, Some(Pending::Restart)));
    bench.give(Input::Dependents { leaving: Vec::new() }).give(exited(0));
    assert_eq!((bench.phase(), bench.server.pending()), (Phase::Waiting, Some(Pending::Restart)));
    bench.come_up();
    assert_eq!((bench.phase(), bench.server.pending()), (Phase::Running, None));
}

#[test]
fn now_waits_for_nobody() {
    let mut bench = held_back(STOP);
    bench.give(Input::Stop { now: true });
    assert_eq!(bench.phase(), Phase::Stopping);
    assert!(bench.has(&Effect::Stop { now: true }));
}

#[test]
fn a_second_stop_that_waits_goes_on_waiting() {
    let mut bench = held_back(STOP);
    bench.give(STOP);
    assert_eq!((bench.phase(), bench.last.len()), (Phase::Running, 0));
}

#[test]
fn a_start_takes_a_stop_back_that_waits_but_not_a_restart() {
    let mut bench = held_back(STOP);
    bench.give(Input::Start);
    assert_eq!(
        (bench.phase(), bench.server.pending(), bench.server.is_leaving()),
        (Phase::Running, None, false)
    );
    bench.give(Input::Dependents { leaving: Vec::new() });
    assert_eq!((bench.phase(), bench.last.len()), (Phase::Running, 0), "the answer came too late");
    let mut bench = held_back(Input::Restart);
    bench.give(Input::Start);
    assert!(bench.server.is_leaving());
}

#[test]
fn an_end_while_the_stop_waits_is_what_was_asked_for_and_no_crash() {
    for (wish, phase) in [(STOP, Phase::Stopped), (Input::Restart, Phase::Waiting)] {
        let mut bench = held_back(wish);
        bench.give(exited(1));
        assert_eq!((bench.phase(), bench.server.attempt()), (phase, 0));
        let emitted = Effect::Emit(EventKind::Exited { exit: Exit::Code(1), lasted_s: 9.0, because: None });
        assert!(bench.has(&emitted), "{:?}", bench.last);
    }
}

#[test]
fn a_stop_that_waits_outlives_the_start_up_check() {
    let mut bench = Bench::new(RestartWhen::OnFailure, 5);
    bench.give(Input::Start).give(Input::PortsFree).give(Input::Launched { pid: 7 });
    let (slow, _) = bench.timer(Timer::Startup);
    bench.leaving = vec!["web".into()];
    bench.give(STOP).give(Input::Due(slow));
    assert_eq!(bench.phase(), Phase::Starting, "too slow is nothing to one that is to be stopped");
    bench.timer(Timer::Startup);
    bench.give(Input::Up);
    assert_eq!((bench.phase(), bench.server.pending()), (Phase::Running, Some(Pending::Stop)));
    bench.give(Input::Dependents { leaving: Vec::new() });
    assert_eq!(bench.phase(), Phase::Stopping);
}

#[test]
fn the_next_supervisor_keeps_the_order() {
    for (up, phase) in [(true, Phase::Running), (false, Phase::Starting)] {
        let mut bench = Bench::new(RestartWhen::OnFailure, 5);
        bench.server = bench.server.remembering(Memory { desired: Desired::Down, ..Memory::default() });
        bench.leaving = vec!["api".into()];
        bench.give(Input::Adopted { pid: 7, age: Duration::from_secs(5), up, ending: false });
        assert_eq!((bench.phase(), bench.server.pending()), (phase, Some(Pending::Stop)));
        assert!(!bench.has(&Effect::Stop { now: false }));
        bench.give(Input::Dependents { leaving: Vec::new() });
        assert!(bench.has(&Effect::Stop { now: false }));
    }
}

#[test]
fn a_second_stop_ends_the_grace_and_a_first_one_of_a_restart_does_not() {
    let mut bench = Bench::running(RestartWhen::OnFailure, 5);
    bench.give(STOP).pass(Duration::from_secs(4));
    assert_eq!(bench.server.grace_left(bench.now), Some(Duration::from_secs(6)));
    assert_eq!(bench.why().waiting_for, ["its processes to end (SIGTERM sent, SIGKILL in 6 s)"]);
    let mut restarted = bench.server.clone();
    bench.give(STOP);
    assert!(bench.has(&Effect::Stop { now: true }));
    assert_eq!(bench.why().waiting_for, ["its processes to end (SIGKILL sent)"]);
    restarted.step(bench.now, Input::Restart);
    assert!(!restarted.step(bench.now, STOP).contains(&Effect::Stop { now: true }), "the first since then");
    assert!(restarted.step(bench.now, STOP).contains(&Effect::Stop { now: true }));
}

#[test]
fn what_sigkill_does_not_end_is_told_and_no_second_copy_is_started() {
    let mut bench = Bench::running(RestartWhen::Always, 5);
    bench.give(STOP);
    let (due, after) = bench.timer(Timer::Kill);
    assert_eq!(after, Duration::from_secs(12), "the grace and 2 s");
    bench.pass(after).give(Input::Due(due));
    assert_eq!(bench.last, [Effect::LookAtRemains]);
    bench.give(left(&["811 (disk sleep)"]));
    let told = Effect::Emit(EventKind::Unkillable { processes: vec!["811 (disk sleep)".into()] });
    assert!(bench.has(&told));
    assert_eq!(
        (bench.phase(), bench.server.last_error()),
        (Phase::Stopping, Some("SIGKILL does not end 811 (disk sleep)"))
    );
    assert_eq!(bench.why().waiting_for, ["what SIGKILL does not end: 811 (disk sleep)"]);
    let (again, _) = bench.timer(Timer::Kill);
    assert!(!bench.server.does_not_end(bench.now));
    bench.pass(Duration::from_secs(3)).give(Input::Due(again)).give(left(&["811 (disk sleep)"]));
    assert!(!bench.has(&told), "told once");
    assert!(bench.server.does_not_end(bench.now), "5 s after SIGKILL");
    bench.give(Input::Start);
    assert_eq!(bench.phase(), Phase::Stopping);
    bench.give(exited(137));
    assert_eq!(
        (bench.phase(), bench.server.last_error(), bench.server.remains().len()),
        (Phase::Waiting, None, 0)
    );
}

#[test]
fn a_second_stop_leaves_one_timer() {
    let mut bench = Bench::running(RestartWhen::OnFailure, 5);
    bench.give(STOP);
    let (first, _) = bench.timer(Timer::Kill);
    bench.give(Input::Stop { now: true });
    let (second, after) = bench.timer(Timer::Kill);
    assert_eq!(after, Duration::from_secs(2));
    bench.give(Input::Due(first));
    assert_eq!(bench.last, []);
    bench.give(Input::Due(second));
    assert_eq!(bench.last, [Effect::LookAtRemains]);
}

#[test]
fn a_signal_can_be_a_success() {
    let term = Exit::Signal { signal: Signal::TERM, core: false };
    let ended = Input::Exited { exit: term, lasted: Duration::from_secs(9), last_line: None };
    for (signals, phase) in [(vec![], Phase::Failed), (vec![Signal::TERM], Phase::Completed)] {
        let mut bench = Bench::running(RestartWhen::Never, 0);
        let mut rules = rules(RestartWhen::Never, 0);
        rules.restart.success_signals = signals;
        bench.server.set_rules(rules);
        bench.give(ended.clone());
        assert_eq!(bench.phase(), phase);
    }
}

#[test]
fn what_has_failed_stays_so_until_somebody_asks() {
    let mut bench = Bench::running(RestartWhen::Never, 0);
    bench.give(exited(3));
    for later in [Input::PortsFree, Input::Needs { unmet: Vec::new() }, Input::Up, left(&[]), exited(0)] {
        bench.give(later);
        assert_eq!(
            (bench.phase(), bench.server.last_error()),
            (Phase::Failed, Some("exited with code 3 after 9.0 s"))
        );
    }
    assert_eq!(bench.why().next, "Nothing, until somebody starts it.");
}
