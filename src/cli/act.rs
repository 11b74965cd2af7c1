//! Asks for a verb and tells, server by server, what became of it.
//!
//! While the answer is waited for, the event stream shows who has settled already, and a stop that lasts says what it
//! waits for; the answer has the last word.

use std::collections::HashSet;

use clap::Args;

use super::Failure;
use super::output::{Style, clean, note, tint_of};
use super::patience::Patience;
use super::session::Session;
use super::time::lasted;
use crate::api::{ActRequest, Acted, EventsQuery, StreamItem, Verb};
use crate::client::{ClientError, Lines};
use crate::model::{Health, Phase, ServerId, ServerStatus};

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

/// Does it, prints a line for each server, and fails if a server that should run has failed, or one that should not
/// is still there.
pub async fn act(session: &Session, verb: Verb, servers: Vec<ServerId>, wait: bool) -> Result<(), Failure> {
    ask(session, ActRequest::new(verb, servers), wait).await
}

/// The same with everything that can be asked.
pub async fn ask(session: &Session, request: ActRequest, wait: bool) -> Result<(), Failure> {
    let verb = request.verb;
    if request.servers.is_empty() {
        return session.out.line("there are no servers");
    }
    let mut progress = Progress::default();
    let acted = if wait {
        wait_for(session, &request, &mut progress).await?
    } else {
        session.client.act(&request, false).await?
    };
    acted.notes.iter().for_each(|text| note(text));
    for status in &acted.servers {
        if progress.told.insert(status.id.clone()) {
            session.out.line(&line(status, verb, wait, session.out.style))?;
        }
    }
    if wait {
        judge(&request, &acted.servers)?;
    }
    match request.verb {
        Verb::Start => judge_left_out(&request, &acted.servers),
        // one that is missing was forgotten meanwhile
        Verb::Stop { .. } | Verb::Restart | Verb::Signal { .. } => Ok(()),
    }
}

/// Tells what became of servers that were waited for, and fails as [`act`] does.
pub fn tell(session: &Session, verb: Verb, servers: &[ServerStatus], wait: bool) -> Result<(), Failure> {
    for status in servers {
        session.out.line(&line(status, verb, wait, session.out.style))?;
    }
    if wait { judge(&ActRequest::new(verb, Vec::new()), servers) } else { Ok(()) }
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
    let mut meant: HashSet<ServerId> = request.servers.iter().cloned().collect();
    let mut patience = Patience::new(request.verb);
    loop {
        tokio::select! {
            acted = &mut act => return Ok(acted?),
            () = patience.ends() => patience.say(session, &meant).await,
            item = next(&mut news) => match item {
                Some(Ok(StreamItem::Snapshot(all))) => {
                    let whom = Along::of(request);
                    whom.add(&all.servers, &mut meant);
                }
                Some(Ok(StreamItem::Status { servers, .. })) => {
                    for status in servers.iter().filter(|status| meant.contains(&status.id)) {
                        if progress.has_settled(status) {
                            session.out.line(&line(status, request.verb, true, session.out.style))?;
                        }
                    }
                }
                Some(Ok(
                    StreamItem::History { .. }
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

/// Who else is told to do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Along {
    /// Those that are needed.
    Needed,
    /// Those that need.
    Needing,
    /// Nobody.
    Nobody,
}

impl Along {
    fn of(request: &ActRequest) -> Self {
        match request.verb {
            Verb::Start | Verb::Restart => Self::Needed,
            Verb::Stop { .. } if request.with_dependents => Self::Needing,
            Verb::Stop { .. } | Verb::Signal { .. } => Self::Nobody,
        }
    }

    /// Adds them, and those that follow from them.
    fn add(self, servers: &[ServerStatus], meant: &mut HashSet<ServerId>) {
        let mut before = 0;
        while before < meant.len() {
            before = meant.len();
            for status in servers {
                for need in &status.needs {
                    let name = need.split_once(':').map_or(need.as_str(), |(name, _)| name);
                    let Ok(needed) = ServerId::new(&status.project, name) else { continue };
                    match self {
                        Self::Needed if meant.contains(&status.id) => _ = meant.insert(needed),
                        Self::Needing if meant.contains(&needed) => _ = meant.insert(status.id.clone()),
                        Self::Needed | Self::Needing | Self::Nobody => {}
                    }
                }
            }
        }
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
        (Phase::Stopping, _) if settled && !status.waiting_for.is_empty() => {
            format!(", waiting for {}", clean(&status.waiting_for.join(", ")))
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

/// An act that was to bring servers up fails if one of them has failed, or has to wait for what others hold; one that
/// was to bring them down, if one is still there.
pub(super) fn judge(request: &ActRequest, servers: &[ServerStatus]) -> Result<(), Failure> {
    match request.verb {
        Verb::Signal { .. } => Ok(()),
        Verb::Stop { .. } => judge_stop(servers),
        Verb::Start | Verb::Restart => {
            judge_stop(servers)?;
            judge_start(servers)?;
            if request.until_healthy { judge_health(servers) } else { Ok(()) }
        }
    }
}

/// Some that were asked for are not in the answer: the notes said why.
fn judge_left_out(request: &ActRequest, servers: &[ServerStatus]) -> Result<(), Failure> {
    let answered: HashSet<&ServerId> = servers.iter().map(|status| &status.id).collect();
    let left = request.servers.iter().filter(|id| !answered.contains(id));
    let left: Vec<String> = left.map(ToString::to_string).collect();
    match (left.as_slice(), request.servers.len()) {
        ([], _) => Ok(()),
        (some, all) => {
            let what = format!("{} of {all} servers could not be started: {}", some.len(), some.join(", "));
            Err(Failure::new(what).with_hint("`ostler orphans` shows what is in the way"))
        }
    }
}

fn judge_stop(servers: &[ServerStatus]) -> Result<(), Failure> {
    let is_left = |status: &&ServerStatus| {
        status.phase == Phase::Stopping || (status.phase.is_alive() && status.pending.is_some())
    };
    let left: Vec<&ServerStatus> = servers.iter().filter(is_left).collect();
    let Some(first) = left.first() else { return Ok(()) };
    let told = left.iter().map(|status| {
        let why = reason(status).filter(|_| status.phase == Phase::Stopping);
        let waits = || format!("it waits for {}", clean(&status.waiting_for.join(", ")));
        format!("{} could not be ended: {}", status.id, why.unwrap_or_else(waits))
    });
    let hint = format!("`ostler why {}` tells more; it is stopped as soon as it can be", first.id);
    Err(Failure::new(told.collect::<Vec<_>>().join("; ")).with_hint(hint))
}

fn judge_health(servers: &[ServerStatus]) -> Result<(), Failure> {
    let is_well = |status: &&ServerStatus| match (status.phase, status.health) {
        (Phase::Running, Health::Healthy | Health::Unknown) | (Phase::Completed, _) => true,
        (Phase::Running, Health::Unhealthy | Health::Hung)
        | (
            Phase::Stopped
            | Phase::Waiting
            | Phase::Starting
            | Phase::Stopping
            | Phase::Backoff
            | Phase::Failed,
            _,
        ) => false,
    };
    let Some(ailing) = servers.iter().find(|status| !is_well(status)) else { return Ok(()) };
    let answer = ailing.last_check.as_deref().map(|answer| format!(": {}", clean(answer)));
    let what = format!("{} is {}{}", ailing.id, ailing.state_word(), answer.unwrap_or_default());
    Err(Failure::new(what).with_hint(format!("`ostler why {}` tells more", ailing.id)))
}

fn judge_start(servers: &[ServerStatus]) -> Result<(), Failure> {
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

    fn judged(verb: Verb, servers: &[ServerStatus]) -> Result<(), Failure> {
        judge(&ActRequest::new(verb, Vec::new()), servers)
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
        let failure = judged(Verb::Start, &servers).unwrap_err();
        let Failure::Told { what, hint: Some(hint), code: 1 } = &failure else { panic!("{failure:?}") };
        assert_eq!(what, "1 of 2 servers failed: shop/web");
        assert!(hint.contains("ostler why shop/web"));
        assert!(judged(Verb::Stop { now: false }, &servers).is_ok());
        assert!(judged(Verb::Restart, &servers[..1]).is_ok());
    }

    #[test]
    fn a_start_fails_with_one_that_was_left_out_and_names_it() {
        let ids = ["api", "web"].map(|name| ServerId::new("shop", name).unwrap());
        let request = ActRequest::new(Verb::Start, ids.to_vec());
        let api = server("api", Phase::Running);
        let failure = judge_left_out(&request, std::slice::from_ref(&api)).unwrap_err();
        let Failure::Told { what, hint: Some(_), code: 1 } = &failure else { panic!("{failure:?}") };
        assert_eq!(what, "1 of 2 servers could not be started: shop/web");
        assert!(judge_left_out(&request, &[api, server("web", Phase::Running)]).is_ok());
    }

    #[test]
    fn a_stop_fails_with_a_server_that_nothing_ends_and_with_one_that_waits_for_it() {
        let mut stuck = server("api", Phase::Stopping);
        stuck.pending = Some(Pending::Stop);
        stuck.last_error = Some("SIGKILL does not end 811 (disk sleep)".into());
        let mut waiting = server("db", Phase::Running);
        waiting.pending = Some(Pending::Stop);
        waiting.waiting_for = vec!["api to end first".into()];
        let failure = judged(Verb::Stop { now: false }, &[stuck, waiting]).unwrap_err();
        let Failure::Told { what, hint: Some(_), code: 1 } = &failure else { panic!("{failure:?}") };
        let expected = "shop/api could not be ended: SIGKILL does not end 811 (disk sleep); \
                        shop/db could not be ended: it waits for api to end first";
        assert_eq!(what, expected);
    }

    #[test]
    fn one_that_was_to_be_healthy_and_is_not_is_a_failure_with_its_answer() {
        let mut ailing = server("api", Phase::Running);
        let request =
            ActRequest { until_healthy: true, ..ActRequest::new(Verb::Restart, vec![ailing.id.clone()]) };
        assert!(judge(&request, std::slice::from_ref(&ailing)).is_ok());
        ailing.health = Health::Unhealthy;
        ailing.last_check = Some("503 in 2 ms".into());
        let failure = judge(&request, std::slice::from_ref(&ailing)).unwrap_err();
        let Failure::Told { what, code: 1, .. } = &failure else { panic!("{failure:?}") };
        assert_eq!(what, "shop/api is unhealthy: 503 in 2 ms");
        assert!(judge(&request, &[server("api", Phase::Stopped)]).is_err(), "somebody stopped it meanwhile");
    }

    #[test]
    fn who_goes_along_is_found_by_needs_in_either_direction() {
        let with = |name: &str, needs: &[&str]| {
            let mut status = server(name, Phase::Running);
            status.needs = needs.iter().map(ToString::to_string).collect();
            status
        };
        let servers = [with("web", &["api:healthy"]), with("api", &["db:started"]), with("db", &[])];
        let meant = |along: Along, name: &str| {
            let mut meant = HashSet::from([server(name, Phase::Running).id]);
            along.add(&servers, &mut meant);
            let mut names: Vec<String> = meant.iter().map(|id| id.name().to_owned()).collect();
            names.sort_unstable();
            names
        };
        assert_eq!(meant(Along::Needed, "web"), ["api", "db", "web"]);
        assert_eq!(meant(Along::Needing, "api"), ["api", "web"]);
        assert_eq!(meant(Along::Nobody, "api"), ["api"]);
    }

    #[test]
    fn a_start_fails_with_a_server_that_has_to_wait_and_says_for_what() {
        let mut waiting = server("api", Phase::Waiting);
        waiting.waiting_for = vec!["port 3000, which pid 7 (\x1b[2Jvite) uses".into()];
        for verb in [Verb::Start, Verb::Restart] {
            let failure = judged(verb, std::slice::from_ref(&waiting)).unwrap_err();
            let Failure::Told { what, hint: Some(hint), code: 1 } = &failure else { panic!("{failure:?}") };
            assert!(
                what.starts_with("shop/api is waiting for port 3000") && !what.contains('\x1b'),
                "{what}"
            );
            assert!(hint.contains("`ostler why shop/api`"), "{hint}");
        }
        let failure = judged(Verb::Start, &[waiting, server("web", Phase::Failed)]).unwrap_err();
        let Failure::Told { what, hint: Some(hint), .. } = &failure else { panic!("{failure:?}") };
        assert!(what.starts_with("1 of 2 servers failed: shop/web; shop/api is waiting for "), "{what}");
        assert!(hint.contains("ostler logs shop/web"), "{hint}");
    }
}
