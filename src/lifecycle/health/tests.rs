use std::time::Duration;

use super::super::tests::{Bench, exited, rules};
use super::*;
use crate::lifecycle::{Input, Memory, Rules};
use crate::model::{Desired, RestartWhen};

fn checked(retries: u32, on_failure: OnFailure, policy: RestartWhen) -> Bench {
    let mut bench = Bench::new(policy, 5);
    let health = Some(HealthRules { retries, on_failure });
    bench.server.set_rules(Rules { health, ..rules(policy, 5) });
    bench.give(Input::Start).come_up();
    assert!(bench.has(&Effect::CheckHealth));
    bench
}

fn answer(ok: bool) -> Input {
    let answer = if ok { "200 in 1 ms" } else { "503 in 2 ms" };
    Input::Checked { ok, answer: answer.to_owned() }
}

#[test]
fn failures_in_a_row_make_it_unhealthy_and_a_pass_makes_it_well_again() {
    let mut bench = checked(2, OnFailure::Mark, RestartWhen::OnFailure);
    assert_eq!(bench.server.health(), Health::Unknown);
    bench.give(answer(true));
    assert!(bench.has(&Effect::Emit(EventKind::Healthy { answer: "200 in 1 ms".into(), recovered: false })));
    for input in [answer(false), answer(true), answer(false)] {
        bench.give(input);
        assert_eq!((bench.server.health(), &bench.last), (Health::Healthy, &Vec::new()));
    }
    assert_eq!((bench.server.failed_checks(), bench.server.last_check()), (1, Some("503 in 2 ms")));
    bench.give(answer(false));
    assert_eq!(bench.server.health(), Health::Unhealthy);
    assert!(bench.has(&Effect::Emit(EventKind::Unhealthy { answer: "503 in 2 ms".into(), failed: 2 })));
    bench.give(answer(false));
    assert_eq!((bench.server.failed_checks(), &bench.last), (3, &Vec::new()), "told once");
    bench.give(answer(true));
    assert!(bench.has(&Effect::Emit(EventKind::Healthy { answer: "200 in 1 ms".into(), recovered: true })));
    assert_eq!((bench.phase(), bench.server.failed_checks()), (Phase::Running, 0));
    bench.give(answer(false)).give(Input::AskedAnew).give(answer(false));
    assert_eq!(bench.server.health(), Health::Healthy, "the one before the box slept does not count");
}

#[test]
fn what_ends_a_run_for_a_reason_counts_as_a_failure_by_the_policy() {
    let unhealthy = "unhealthy: 503 in 2 ms, 3 times in a row";
    let hung = "hung: no heartbeat for 60 s";
    let large = "used 2048 MiB of memory; its limit is 1024 MiB";
    let after = Duration::from_mins(1);
    for (policy, phase) in [
        (RestartWhen::Always, Phase::Backoff),
        (RestartWhen::OnFailure, Phase::Backoff),
        (RestartWhen::Never, Phase::Failed),
    ] {
        for (inputs, reason) in [
            (vec![answer(false), answer(false), answer(false)], unhealthy),
            (vec![Input::Missed { after }], hung),
            (vec![Input::OverMemory { used: 2 << 30, limit: 1 << 30 }], large),
        ] {
            let mut bench = checked(3, OnFailure::Restart, policy);
            for input in inputs {
                bench.give(input);
            }
            assert!(bench.has(&Effect::Stop { now: false }), "{:?}", bench.last);
            assert_eq!((bench.phase(), bench.server.health()), (Phase::Stopping, Health::Unknown));
            // its last answers come too late
            bench.give(answer(false)).give(Input::Missed { after });
            bench.give(exited(0));
            assert_eq!((bench.phase(), bench.server.last_error()), (phase, Some(reason)));
        }
    }
}

#[test]
fn the_last_wish_wins_over_an_end_for_a_reason() {
    for (wish, phase) in [(Input::Stop { now: false }, Phase::Stopped), (Input::Restart, Phase::Waiting)] {
        let mut bench = checked(1, OnFailure::Restart, RestartWhen::OnFailure);
        bench.give(answer(false)).give(wish).give(exited(0));
        assert_eq!(bench.phase(), phase);
    }
}

#[test]
fn a_missed_heartbeat_is_hung_until_the_next_one() {
    let mut bench = checked(3, OnFailure::Mark, RestartWhen::OnFailure);
    let after = Duration::from_mins(1);
    bench.give(Input::Missed { after });
    assert_eq!((bench.phase(), bench.server.health()), (Phase::Running, Health::Hung));
    assert!(bench.has(&Effect::Emit(EventKind::Hung { after_s: 60.0 })));
    bench.give(Input::Missed { after });
    assert!(bench.last.is_empty(), "told once");
    bench.give(Input::Checked { ok: true, answer: "heartbeat".into() });
    assert_eq!(bench.server.health(), Health::Healthy);
}

#[test]
fn ports_and_checks_are_one_health() {
    let mut bench = Bench::running(RestartWhen::OnFailure, 5);
    bench.give(Input::PortsSeen(PortsSeen::Open));
    assert_eq!((bench.server.health(), &bench.last), (Health::Healthy, &Vec::new()));
    bench.give(Input::PortsSeen(PortsSeen::Closed(80)));
    let told = EventKind::Unhealthy { answer: "port 80 is closed".into(), failed: 0 };
    assert!(bench.has(&Effect::Emit(told)));
    assert_eq!((bench.phase(), bench.server.health()), (Phase::Running, Health::Unhealthy));
    bench.give(Input::PortsSeen(PortsSeen::Open));
    assert!(matches!(bench.last[..], [Effect::Emit(EventKind::Healthy { recovered: true, .. })]));
    bench.give(exited(1));
    assert_eq!(bench.server.health(), Health::Unknown);

    let mut bench = checked(1, OnFailure::Mark, RestartWhen::OnFailure);
    bench.give(Input::PortsSeen(PortsSeen::Open));
    assert_eq!(bench.server.health(), Health::Unknown, "its check has not answered");
    bench.give(answer(true)).give(Input::PortsSeen(PortsSeen::Closed(80))).give(answer(true));
    assert_eq!(bench.server.health(), Health::Unhealthy, "its port is closed");
    bench.give(answer(false)).give(Input::PortsSeen(PortsSeen::Open));
    assert_eq!(bench.server.health(), Health::Unhealthy, "its check fails");
    bench.give(answer(true));
    assert_eq!(bench.server.health(), Health::Healthy);
}

#[test]
fn an_adopted_server_is_asked_anew() {
    for (up, asked) in [(true, true), (false, false)] {
        let memory = Memory { desired: Desired::Up, ..Memory::default() };
        let mut bench = Bench::new(RestartWhen::OnFailure, 5);
        bench.server = bench.server.remembering(memory);
        bench.give(Input::Adopted { pid: 7, age: Duration::from_secs(5), up, ending: false });
        assert_eq!((bench.has(&Effect::CheckHealth), bench.server.health()), (asked, Health::Unknown));
    }
}
