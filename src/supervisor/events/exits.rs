//! How a server's runs ended, from its events.

use crate::api::PastExit;
use crate::api::processes::End;
use crate::model::{Event, EventKind};

/// The last `most` exits, newest first. `events` are one server's, newest first.
pub(super) fn of<'e>(events: impl Iterator<Item = &'e Event>, most: usize) -> Vec<PastExit> {
    let mut exits: Vec<PastExit> = Vec::new();
    for event in events {
        let past = |end, exit, lasted_s| PastExit { at: event.at, end, exit, lasted_s, because: None };
        let found = match &event.kind {
            // only the exit that follows a start at once is that run's
            EventKind::Started { .. } => {
                if let Some(last) = exits.last_mut() {
                    let lived = || last.at.duration_since(event.at).as_secs_f64().max(0.0);
                    last.lasted_s = Some(last.lasted_s.unwrap_or_else(lived));
                }
                if exits.len() >= most {
                    break;
                }
                continue;
            }
            EventKind::Stopped { exit } => past(End::Stopped, *exit, None),
            EventKind::Completed { exit } => past(End::Completed, *exit, None),
            EventKind::Exited { exit, lasted_s, because } => {
                PastExit { because: because.clone(), ..past(End::Exited, *exit, Some(*lasted_s)) }
            }
            _ => continue,
        };
        if exits.len() >= most {
            break;
        }
        exits.push(found);
    }
    exits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Exit;

    fn events(kinds: impl IntoIterator<Item = (i64, EventKind)>) -> Vec<Event> {
        let of = |(second, kind)| {
            let at = jiff::Timestamp::from_second(second).unwrap();
            Event { seq: 1, at, server: None, kind }
        };
        kinds.into_iter().map(of).collect()
    }

    fn started(pid: u32) -> EventKind {
        EventKind::Started { pid, attempt: 0 }
    }

    #[test]
    fn a_run_lasted_from_its_start_and_the_newest_comes_first() {
        let exit = Exit::Code(1);
        let all = events([
            (0, EventKind::Stopped { exit }),
            (10, started(7)),
            (14, EventKind::Exited { exit, lasted_s: 4.2, because: Some("hung".into()) }),
            (15, EventKind::Backoff { attempt: 1, attempts: 5, delay_ms: 9 }),
            (20, started(8)),
            (50, EventKind::Stopped { exit: Exit::Code(0) }),
            (60, started(9)),
        ]);
        let found = of(all.iter().rev(), 50);
        let told: Vec<_> = found.iter().map(|one| (one.at.as_second(), one.end, one.lasted_s)).collect();
        let expected =
            [(50, End::Stopped, Some(30.0)), (14, End::Exited, Some(4.2)), (0, End::Stopped, None)];
        assert_eq!(told, expected);
        assert_eq!(found[1].because.as_deref(), Some("hung"));
        let one = of(all.iter().rev(), 1);
        assert_eq!((one.len(), one[0].lasted_s), (1, Some(30.0)));
        assert!(of([].iter(), 5).is_empty());
    }
}
