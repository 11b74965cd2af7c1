//! Asks for a verb and tells, server by server, what became of it.
//!
//! While the answer is waited for, the event stream shows who has settled already; the answer has the last word.

use std::collections::HashSet;

use clap::Args;

use super::Failure;
use super::output::{Style, clean, tint_of};
use super::session::Session;
use super::time::lasted;
use crate::api::{ActRequest, Acted, EventsQuery, StreamItem, Verb};
use crate::client::{ClientError, Lines};
use crate::model::{Phase, ServerId, ServerStatus};

/// `--no-wait`
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct Waiting {
    /// Return as soon as it is accepted, instead of waiting for the outcome for up to 10 minutes
    #[arg(long)]
    no_wait: bool,
}

impl Waiting {
    /// Whether to wait for the outcome.
    pub fn wait(self) -> bool {
        !self.no_wait
    }
}

/// Does it, prints a line for each server, and fails if a server that should run has failed.
pub async fn act(session: &Session, verb: Verb, servers: Vec<ServerId>, wait: bool) -> Result<(), Failure> {
    if servers.is_empty() {
        return session.out.line("there are no servers");
    }
    let request = ActRequest { verb, servers };
    let mut progress = Progress::default();
    let acted = if wait {
        wait_for(session, &request, &mut progress).await?
    } else {
        session.client.act(&request, false).await?
    };
    for status in &acted.servers {
        if progress.told.insert(status.id.clone()) {
            session.out.line(&line(status, verb, wait, session.out.style))?;
        }
    }
    if wait { judge(verb, &acted.servers) } else { Ok(()) }
}

async fn wait_for(
    session: &Session,
    request: &ActRequest,
    progress: &mut Progress,
) -> Result<Acted, Failure> {
    // it only brings news earlier: without it, the answer says all
    let mut news = session.client.events(&EventsQuery::default()).await.ok();
    let act = session.client.act(request, true);
    tokio::pin!(act);
    loop {
        tokio::select! {
            acted = &mut act => return Ok(acted?),
            item = next(&mut news) => match item {
                Some(Ok(StreamItem::Status { servers, .. })) => {
                    for status in servers.iter().filter(|status| request.servers.contains(&status.id)) {
                        if progress.has_settled(status) {
                            session.out.line(&line(status, request.verb, true, session.out.style))?;
                        }
                    }
                }
                Some(Ok(
                    StreamItem::Snapshot(_)
                    | StreamItem::History { .. }
                    | StreamItem::Event(_)
                    | StreamItem::Removed { .. }
                    | StreamItem::Samples { .. }
                    | StreamItem::Bell { .. }
                    | StreamItem::Lagged { .. }
                    | StreamItem::Goodbye
                    | StreamItem::Other,
                )) => {}
                Some(Err(_)) | None => news = None,
            },
        }
    }
}

/// The next item; never comes back once the stream is gone.
async fn next(news: &mut Option<Lines<StreamItem>>) -> Option<Result<StreamItem, ClientError>> {
    match news {
        Some(lines) => lines.next().await,
        None => std::future::pending().await,
    }
}

/// Who was seen on the way, and of whom the outcome was told.
#[derive(Debug, Default)]
struct Progress {
    moving: HashSet<ServerId>,
    told: HashSet<ServerId>,
}

impl Progress {
    /// Whether this status ends what was seen to begin, for the first time.
    fn has_settled(&mut self, status: &ServerStatus) -> bool {
        if status.pending.is_some() || !status.phase.is_settled() {
            self.moving.insert(status.id.clone());
            return false;
        }
        self.moving.contains(&status.id) && self.told.insert(status.id.clone())
    }
}

/// What became of one server.
fn line(status: &ServerStatus, verb: Verb, settled: bool, style: Style) -> String {
    let word = style.paint(tint_of(status), status.phase.word());
    let detail = match (status.phase, verb) {
        (_, Verb::Signal { signal }) => format!(", {signal} sent"),
        (Phase::Starting | Phase::Running, _) => started(status),
        (Phase::Failed | Phase::Backoff, _) => {
            reason(status).map(|why| format!(": {why}")).unwrap_or_default()
        }
        (Phase::Waiting, _) if !status.waiting_for.is_empty() => {
            format!(" for {}", clean(&status.waiting_for.join(", ")))
        }
        (Phase::Stopped | Phase::Waiting | Phase::Stopping | Phase::Completed, _) => String::new(),
    };
    let asked = if settled || matches!(verb, Verb::Signal { .. }) {
        String::new()
    } else {
        format!(", {} asked for", verb.word())
    };
    format!("{}: {word}{detail}{asked}", status.id)
}

fn started(status: &ServerStatus) -> String {
    let port = status.main_port().map(|port| format!(" on port {}", port.port)).unwrap_or_default();
    let pid = status.pid.map(|pid| format!(", pid {pid}")).unwrap_or_default();
    format!("{port}{pid}")
}

/// Why it is not up: what the supervisor says, else how it ended.
fn reason(status: &ServerStatus) -> Option<String> {
    let told = status.last_error.as_deref().map(clean).filter(|text| !text.is_empty());
    told.or_else(|| {
        let exit = status.exit.as_ref()?;
        Some(format!("{} after {}", status.state_word(), lasted(exit.lasted_s)))
    })
}

/// An act that was to bring servers up fails if one of them has failed, or has to wait for what others hold.
fn judge(verb: Verb, servers: &[ServerStatus]) -> Result<(), Failure> {
    match verb {
        Verb::Stop { .. } | Verb::Signal { .. } => return Ok(()),
        Verb::Start | Verb::Restart => {}
    }
    let those = |phase| servers.iter().filter(move |status| status.phase == phase);
    let failed: Vec<String> = those(Phase::Failed).map(|status| status.id.to_string()).collect();
    let waiting = those(Phase::Waiting)
        .map(|status| format!("{} is waiting for {}", status.id, clean(&status.waiting_for.join(", "))));
    let failures = match (failed.as_slice(), servers.len()) {
        ([], _) => None,
        ([one], 1) => Some(format!("{one} failed")),
        (some, all) => Some(format!("{} of {all} servers failed: {}", some.len(), some.join(", "))),
    };
    let what: Vec<String> = failures.into_iter().chain(waiting).collect();
    let hint = match (failed.first(), those(Phase::Waiting).next()) {
        (Some(first), _) => format!("`ostler why {first}` and `ostler logs {first}` tell more"),
        (None, Some(first)) => format!("`ostler why {}` tells more; it starts as soon as it can", first.id),
        (None, None) => return Ok(()),
    };
    Err(Failure::new(what.join("; ")).with_hint(hint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Glyphs;
    use crate::model::{Pending, PortState, PortStatus, Signal};

    const PLAIN: Style = Style { color: false, glyphs: Glyphs::Unicode };

    fn server(name: &str, phase: Phase) -> ServerStatus {
        let mut status = ServerStatus::blank(ServerId::new("shop", name).unwrap());
        status.phase = phase;
        status
    }

    #[test]
    fn a_server_is_told_once_and_only_after_it_was_seen_on_its_way() {
        let mut progress = Progress::default();
        assert!(!progress.has_settled(&server("api", Phase::Running)), "it runs since long");
        let mut asked = server("api", Phase::Running);
        asked.pending = Some(Pending::Restart);
        assert!(!progress.has_settled(&asked));
        assert!(!progress.has_settled(&server("api", Phase::Starting)));
        assert!(progress.has_settled(&server("api", Phase::Running)));
        assert!(!progress.has_settled(&server("api", Phase::Running)));
    }

    #[test]
    fn each_line_says_what_one_wants_to_know_next() {
        let mut up = server("api", Phase::Running);
        up.pid = Some(4121);
        up.ports = vec![PortStatus {
            port: 3000,
            declared: true,
            state: PortState::Listening,
            latency_ms: None,
            holder: None,
        }];
        assert_eq!(line(&up, Verb::Start, true, PLAIN), "shop/api: running on port 3000, pid 4121");
        let mut failed = server("api", Phase::Failed);
        failed.last_error = Some("exited with 1: \x1b[31mno db\x07".into());
        let text = line(&failed, Verb::Start, true, PLAIN);
        assert!(
            text.starts_with("shop/api: failed: exited with 1: ") && !text.contains(['\x1b', '\x07']),
            "{text}"
        );
        let mut waiting = server("api", Phase::Waiting);
        waiting.waiting_for = vec!["port 3000".into()];
        assert_eq!(
            line(&waiting, Verb::Start, false, PLAIN),
            "shop/api: waiting for port 3000, start asked for"
        );
        let hup = Verb::Signal { signal: Signal::from_number(1).unwrap() };
        assert_eq!(line(&up, hup, false, PLAIN), "shop/api: running, SIGHUP sent");
    }

    #[test]
    fn a_start_fails_with_its_server_and_a_stop_does_not() {
        let servers = [server("api", Phase::Running), server("web", Phase::Failed)];
        let failure = judge(Verb::Start, &servers).unwrap_err();
        let Failure::Told { what, hint: Some(hint), code: 1 } = &failure else { panic!("{failure:?}") };
        assert_eq!(what, "1 of 2 servers failed: shop/web");
        assert!(hint.contains("ostler why shop/web"));
        assert!(judge(Verb::Stop { now: false }, &servers).is_ok());
        assert!(judge(Verb::Restart, &servers[..1]).is_ok());
    }

    #[test]
    fn a_start_fails_with_a_server_that_has_to_wait_and_says_for_what() {
        let mut waiting = server("api", Phase::Waiting);
        waiting.waiting_for = vec!["port 3000, which pid 7 (\x1b[2Jvite) uses".into()];
        for verb in [Verb::Start, Verb::Restart] {
            let failure = judge(verb, std::slice::from_ref(&waiting)).unwrap_err();
            let Failure::Told { what, hint: Some(hint), code: 1 } = &failure else { panic!("{failure:?}") };
            assert!(
                what.starts_with("shop/api is waiting for port 3000") && !what.contains('\x1b'),
                "{what}"
            );
            assert!(hint.contains("`ostler why shop/api`"), "{hint}");
        }
        let failure = judge(Verb::Start, &[waiting, server("web", Phase::Failed)]).unwrap_err();
        let Failure::Told { what, hint: Some(hint), .. } = &failure else { panic!("{failure:?}") };
        assert!(what.starts_with("1 of 2 servers failed: shop/web; shop/api is waiting for "), "{what}");
        assert!(hint.contains("ostler logs shop/web"), "{hint}");
    }
}
