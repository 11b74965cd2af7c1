//! A served socket, its scripted actor, and a client.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::JoinHandle;

use crate::api::routes::Access;
use crate::api::{
    Acted, HolderKilled, KillHolder, OrphanKilled, PROTOCOL, Problem, ProblemKind, Processes, ProjectInfo,
    Registered, Reloaded, StreamItem, Version, Why,
};
use crate::model::{
    Event, EventKind, Phase, ServerHistory, ServerId, ServerStatus, Signal, Snapshot, SupervisorInfo,
};
use crate::supervisor::handle::{Command, Handle, Inbox, LogSource, Subscription, ViewerGuard, channel};
use crate::supervisor::http::{App, Limits, accept};

/// A listener that is served, in a directory that goes with it.
pub(super) struct Served {
    pub(super) dir: tempfile::TempDir,
    pub(super) actor: Actor,
    stop: watch::Sender<bool>,
    task: JoinHandle<std::io::Result<()>>,
}

/// What the actor was asked, and how it is made to speak.
#[derive(Clone)]
pub(super) struct Actor {
    asked: Arc<Mutex<Vec<String>>>,
    seq: Arc<AtomicU64>,
    stream: broadcast::Sender<Arc<StreamItem>>,
    viewers: Arc<()>,
    pub(super) histories: Arc<Mutex<Vec<ServerHistory>>>,
    pub(super) bell: watch::Sender<u64>,
}

impl Served {
    pub(super) fn new(access: Access) -> Self {
        Self::with(access, Limits::default())
    }

    pub(super) fn with(access: Access, limits: Limits) -> Self {
        Self::owned_by(access, limits, rustix::process::geteuid().as_raw())
    }

    pub(super) fn owned_by(access: Access, limits: Limits, owner: u32) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(dir.path().join("sock")).unwrap();
        let (handle, inbox) = channel();
        let (stop, closing) = watch::channel(false);
        let actor = Actor::start(inbox, dir.path().join("log"));
        let task = tokio::spawn(serve(listener, handle, access, limits, closing, owner));
        Self { dir, actor, stop, task }
    }

    pub(super) async fn connect(&self) -> UnixStream {
        UnixStream::connect(self.dir.path().join("sock")).await.unwrap()
    }

    /// A request as ostler's client sends it.
    pub(super) async fn send(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let response = self.open(method, path, body).await;
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let value = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
        (status, value)
    }

    pub(super) async fn open(&self, method: &str, path: &str, body: &str) -> hyper::Response<Incoming> {
        let io = TokioIo::new(self.connect().await);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
        tokio::spawn(connection);
        let request = hyper::Request::builder()
            .method(method)
            .uri(path)
            .header("host", "ostler")
            .header("content-type", "application/json")
            .header("ostler-client", "test")
            .body(Full::new(Bytes::from(body.to_owned())))
            .unwrap();
        sender.send_request(request).await.unwrap()
    }

    /// A stream's lines.
    pub(super) async fn lines(&self, path: &str) -> Lines {
        let response = self.open("GET", path, "").await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["content-type"], "application/x-ndjson");
        Lines { body: response.into_body(), buffer: Vec::new() }
    }

    /// These bytes, and all that is answered until the other side closes.
    pub(super) async fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        // the other side may refuse before it has read all
        let _ = stream.write_all(bytes).await;
        read_to_end(&mut stream).await
    }

    /// Ends the service, and says how that went.
    pub(super) async fn stop(self) -> std::io::Result<()> {
        self.stop.send_replace(true);
        self.task.await.unwrap()
    }
}

/// What is left to read; a reset counts as an end.
pub(super) async fn read_to_end(stream: &mut UnixStream) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8(bytes).unwrap()
}

async fn serve(
    listener: UnixListener,
    handle: Handle,
    access: Access,
    limits: Limits,
    closing: watch::Receiver<bool>,
    owner: u32,
) -> std::io::Result<()> {
    accept::run(listener, &App::new(handle, limits, access, closing), owner).await
}

/// The items of a stream.
pub(super) struct Lines {
    body: Incoming,
    buffer: Vec<u8>,
}

impl Lines {
    /// The next item, `None` at the end.
    pub(super) async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                return Some(serde_json::from_slice(&line).unwrap());
            }
            let frame = self.body.frame().await?.unwrap();
            self.buffer.extend_from_slice(&frame.into_data().unwrap());
        }
    }

    /// How many items the next write of the other side holds.
    pub(super) async fn items_in_next_chunk(&mut self) -> usize {
        assert!(self.buffer.is_empty());
        let data = self.body.frame().await.unwrap().unwrap().into_data().unwrap();
        memchr::memchr_iter(b'\n', &data).count()
    }

    /// All that is left.
    pub(super) async fn rest(mut self) -> Vec<Value> {
        let mut items = Vec::new();
        while let Some(item) = self.next().await {
            items.push(item);
        }
        items
    }
}

impl Actor {
    fn start(inbox: Inbox, log: PathBuf) -> Self {
        let actor = Self {
            asked: Arc::default(),
            seq: Arc::default(),
            stream: inbox.stream.clone(),
            viewers: Arc::default(),
            histories: Arc::default(),
            bell: watch::channel(0).0,
        };
        tokio::spawn(actor.clone().run(inbox.commands, log));
        actor
    }

    /// What was asked so far.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// How many viewers there are.
    pub(super) fn viewers(&self) -> usize {
        // this one's own clones: the test's and the task's
        Arc::strong_count(&self.viewers) - 2
    }

    /// How many read the stream.
    pub(super) fn readers(&self) -> usize {
        self.stream.receiver_count()
    }

    /// Says an event with the next number.
    pub(super) fn event(&self) {
        let seq = self.seq.fetch_add(1, Ordering::SeqCst) + 1;
        self.say(StreamItem::Event(event(seq)));
    }

    /// Says this to every reader.
    pub(super) fn say(&self, item: StreamItem) {
        // an error says that nobody listens
        let _ = self.stream.send(Arc::new(item));
    }

    async fn run(self, mut commands: mpsc::Receiver<Command>, log: PathBuf) {
        // requests that are never answered
        let mut open = Vec::new();
        while let Some(command) = commands.recv().await {
            match command {
                Command::Snapshot(reply) => drop(reply.send(self.snapshot())),
                Command::Status(id, reply) => drop(reply.send(known(&id).map(|()| ServerStatus::blank(id)))),
                Command::Why(id, reply) => drop(reply.send(known(&id).map(|()| why(id)))),
                Command::Act { wait: true, reply, .. } => open.push(reply),
                Command::Act { request, by, wait: false, reply } => {
                    let names: Vec<_> = request.servers.iter().map(ToString::to_string).collect();
                    self.note(format!("{} {} by {}", request.verb, names.join(","), by.client));
                    let known = request.servers.iter().try_for_each(known);
                    drop(reply.send(known.map(|()| acted())));
                }
                Command::Register { request, reply, .. } => {
                    self.note(format!("register {}", request.file.display()));
                    drop(reply.send(Ok(registered())));
                }
                Command::Reload { request, reply, .. } => {
                    self.note(format!("reload {} apply {}", request.file.display(), request.apply));
                    drop(reply.send(Ok(reloaded(request.apply))));
                }
                Command::Forget { project, reply, .. } => {
                    self.note(format!("forget {project}"));
                    drop(reply.send(Ok(())));
                }
                Command::History { window_s, reply, .. } => {
                    self.note(format!("history {window_s}"));
                    drop(reply.send(Ok(self.histories.lock().unwrap().clone())));
                }
                Command::Subscribe { viewer, since, reply } => drop(reply.send(self.place(viewer, since))),
                Command::Log(id, reply) => {
                    let source = LogSource { dir: log.join(id.name()), bell: self.bell.subscribe() };
                    drop(reply.send(known(&id).map(|()| source)));
                }
                Command::Ports(reply) => drop(reply.send(Ok(Vec::new()))),
                Command::KillHolder { port, how: KillHolder { now, pid }, by: _, reply } => {
                    self.note(format!("kill the holder of {port}, now: {now}, pid: {pid:?}"));
                    let (signal, holders, left) = (Signal::TERM, Vec::new(), Vec::new());
                    drop(reply.send(Ok(HolderKilled { port, signal, holders, left })));
                }
                Command::Orphans(reply) => drop(reply.send(Ok(Vec::new()))),
                Command::KillOrphan { id, by: _, reply } => {
                    self.note(format!("kill orphan {id}"));
                    let server = "shop/api".parse().unwrap();
                    drop(reply.send(Ok(OrphanKilled { server, pids: Vec::new() })));
                }
                Command::AdoptOrphan { id, by: _, reply } => {
                    self.note(format!("adopt orphan {id}"));
                    drop(reply.send(Ok(())));
                }
                Command::Save(reply) => drop(reply.send(())),
                Command::Shutdown(reply) => {
                    self.note("shutdown".to_owned());
                    let _ = reply.send(());
                }
                told => tell(told),
            }
        }
    }

    fn note(&self, what: String) {
        self.asked.lock().unwrap().push(what);
    }

    fn snapshot(&self) -> Snapshot {
        let supervisor = SupervisorInfo { pid: 811, version: "0.0.1".to_owned(), uptime_s: 2.5 };
        let seq = self.seq.load(Ordering::SeqCst);
        Snapshot { seq, host: "box".to_owned(), supervisor, servers: Vec::new() }
    }

    fn place(&self, viewer: bool, since: Option<u64>) -> Subscription {
        let snapshot = self.snapshot();
        let past = since.map_or_else(Vec::new, |since| (since + 1..=snapshot.seq).map(event).collect());
        let viewer = viewer.then(|| ViewerGuard(self.viewers.clone()));
        Subscription { snapshot, past, items: self.stream.subscribe(), viewer }
    }
}

/// What never changes.
fn tell(command: Command) {
    match command {
        Command::Version(reply) => drop(reply.send(version())),
        Command::Processes(id, reply) => drop(reply.send(known(&id).map(|()| Processes::default()))),
        Command::Exits(id, reply) => drop(reply.send(known(&id).map(|()| Vec::new()))),
        Command::Project(project, reply) => {
            let file = "/srv/shop/ostler.toml".into();
            drop(reply.send(Ok(ProjectInfo { project, file, profile: None })));
        }
        _ => {}
    }
}

fn version() -> Version {
    Version {
        protocol: PROTOCOL,
        version: "0.0.1".to_owned(),
        pid: 811,
        uptime_s: 2.5,
        revived: false,
        keepers: Vec::new(),
    }
}

fn event(seq: u64) -> Event {
    let kind = EventKind::SupervisorStopped { pid: 1 };
    Event { seq, at: jiff::Timestamp::UNIX_EPOCH, server: None, kind }
}

fn acted() -> Acted {
    Acted { seq: 7, servers: Vec::new(), notes: Vec::new() }
}

fn reloaded(applied: bool) -> Reloaded {
    let (added, removed, changed) = (Vec::new(), Vec::new(), Vec::new());
    let (settings, servers) = (Vec::new(), Vec::new());
    Reloaded {
        project: "shop".to_owned(),
        profile: None,
        added,
        removed,
        changed,
        settings,
        applied,
        servers,
    }
}

fn registered() -> Registered {
    let [servers, autostart, added, removed, changed] = [const { Vec::new() }; 5];
    Registered { project: "shop".to_owned(), servers, autostart, added, removed, changed }
}

fn why(id: ServerId) -> Why {
    let (because, waiting_for, next) = (Vec::new(), Vec::new(), String::new());
    Why {
        id,
        phase: Phase::Stopped,
        since: jiff::Timestamp::UNIX_EPOCH,
        because,
        waiting_for,
        next,
        next_at: None,
    }
}

/// Every server of the project `shop` exists.
fn known(id: &ServerId) -> Result<(), Problem> {
    if id.project() == "shop" { Ok(()) } else { Err(Problem::new(ProblemKind::NotFound, format!("no {id}"))) }
}
