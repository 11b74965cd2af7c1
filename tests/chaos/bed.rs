//! A sandbox under observation: its servers keep records of themselves, everything that is asked of it is written down,
//! and at the end the two are compared, see `checks`.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ostler::model::{Phase, Signal, Snapshot};

use crate::api;
use crate::clock::{ms, now_us, until};
use crate::observer::Observer;
use crate::serve::record::WAIT_AT;
use crate::support::{Process, Sandbox, is_same, kill};

/// A server of the load.
#[derive(Clone, Debug)]
pub(crate) struct Spec {
    pub(crate) name: String,
    /// What it is: the words behind `serve`.
    pub(crate) words: Vec<String>,
    /// Further keys of its table.
    pub(crate) keys: String,
    /// Nobody asks anything of it: whatever happens to it is ostler's doing.
    pub(crate) protected: bool,
}

impl Spec {
    /// With the words of its kind and these keys.
    pub(crate) fn new(name: &str, words: &str, keys: &str) -> Self {
        let words = words.split(' ').map(str::to_owned).collect();
        Self { name: name.to_owned(), words, keys: keys.to_owned(), protected: false }
    }

    /// The same, left alone.
    pub(crate) fn protected(self) -> Self {
        Self { protected: true, ..self }
    }

    /// Whether its log can be checked.
    pub(crate) fn is_writer(&self) -> bool {
        matches!(self.words[0].as_str(), "writer" | "both" | "tty")
    }

    /// Whether it writes to a terminal.
    pub(crate) fn is_terminal(&self) -> bool {
        self.words[0] == "tty"
    }

    /// Whether it ends by itself.
    pub(crate) fn is_restless(&self) -> bool {
        self.words[0] == "exits"
    }
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Accepted; the number of the last event that belongs to it.
    Accepted(u64),
    /// Refused, with this status.
    Refused(u16, String),
    /// There was none, or not all of it: it may have been accepted.
    Lost(String),
}

/// Something that was asked.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) server: String,
    pub(crate) verb: &'static str,
    pub(crate) begun_us: u64,
    pub(crate) ended_us: u64,
    pub(crate) answer: Answer,
}

pub(crate) struct Bed {
    pub(crate) sandbox: Sandbox,
    pub(crate) observer: Observer,
    pub(crate) specs: Vec<Spec>,
    /// Servers whose exit records a run has taken away.
    pub(crate) spoiled: Vec<String>,
    /// Servers that lost both holders of their streams at once: they are hung up on, and what was on its way is lost.
    pub(crate) robbed: Vec<String>,
    records: tempfile::TempDir,
    asks: Mutex<Vec<Ask>>,
    broken: Mutex<Vec<String>>,
}

impl Bed {
    /// With these servers, none of them started.
    pub(crate) fn new(specs: Vec<Spec>) -> Self {
        let records = tempfile::Builder::new().prefix("chaos").tempdir_in("/tmp").unwrap();
        let mut sandbox = Sandbox::new(&config(&specs));
        sandbox.set_env("CHAOS_DIR", records.path().to_str().unwrap());
        let observer = Observer::start(sandbox.paths().home());
        Self {
            sandbox,
            observer,
            specs,
            spoiled: Vec::new(),
            robbed: Vec::new(),
            records,
            asks: Mutex::default(),
            broken: Mutex::default(),
        }
    }

    /// The same, all of them up.
    pub(crate) fn up(specs: Vec<Spec>) -> Self {
        let bed = Self::new(specs);
        // those that end by themselves may have failed for a moment
        let said = bed.sandbox.ostler(&["up", "-d"]);
        if said.code != Some(0) && !bed.specs.iter().any(Spec::is_restless) {
            said.ok();
        }
        let steady = bed.steady();
        let up = |all: &Snapshot| steady.iter().all(|name| phase(all, name) == Some(Phase::Running));
        bed.sandbox.wait_until("everything up", up);
        bed
    }

    /// Names of the servers that do not end by themselves.
    pub(crate) fn steady(&self) -> Vec<String> {
        self.specs.iter().filter(|spec| !spec.is_restless()).map(|spec| spec.name.clone()).collect()
    }

    /// Names of the servers of which nobody asks anything.
    pub(crate) fn protected(&self) -> Vec<String> {
        self.specs.iter().filter(|spec| spec.protected).map(|spec| spec.name.clone()).collect()
    }

    pub(crate) fn records(&self) -> &Path {
        self.records.path()
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.sandbox.paths().supervisor_socket()
    }

    /// An invariant is broken.
    pub(crate) fn broken(&self, what: impl Into<String>) {
        self.broken.lock().unwrap_or_else(PoisonError::into_inner).push(what.into());
    }

    /// What was found so far.
    pub(crate) fn take_broken(&self) -> Vec<String> {
        std::mem::take(&mut self.broken.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Everything that was asked.
    pub(crate) fn asks(&self) -> Vec<Ask> {
        self.asks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks a verb of a server: `start`, `stop`, `restart`.
    pub(crate) fn ask(&self, server: &str, verb: &'static str) -> Answer {
        self.ask_with(server, verb, "")
    }

    /// The same with a query and a body behind it: `stop?wait=true`.
    pub(crate) fn ask_with(&self, server: &str, verb: &'static str, query: &str) -> Answer {
        let begun_us = now_us();
        let path = format!("/v1/servers/shop/{server}/{verb}{query}");
        let answer = match api::ask(&self.socket(), "POST", &path, "") {
            Ok((200..300, body)) => {
                let acted: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
                match acted["seq"].as_u64() {
                    Some(seq) => Answer::Accepted(seq),
                    None => Answer::Lost(format!("an answer without a number: {body}")),
                }
            }
            Ok((status, body)) => Answer::Refused(status, body),
            Err(error) => Answer::Lost(error.to_string()),
        };
        let ask =
            Ask { server: server.to_owned(), verb, begun_us, ended_us: now_us(), answer: answer.clone() };
        self.asks.lock().unwrap_or_else(PoisonError::into_inner).push(ask);
        answer
    }

    /// Something is about to be asked on a command line.
    pub(crate) fn note(&self, server: &str, verb: &'static str) {
        let now = now_us();
        let answer = Answer::Lost("nobody looked at it".to_owned());
        let ask = Ask { server: server.to_owned(), verb, begun_us: now, ended_us: now, answer };
        self.asks.lock().unwrap_or_else(PoisonError::into_inner).push(ask);
    }

    /// Asks without waiting for the answer, which is as good as lost.
    pub(crate) fn ask_aside(&self, server: &str, verb: &'static str) -> std::io::Result<UnixStream> {
        self.note(server, verb);
        api::send(&self.socket(), "POST", &format!("/v1/servers/shop/{server}/{verb}"), "")
    }

    /// The main process of a server, as ostler says and the kernel confirms.
    pub(crate) fn main(&self, server: &str) -> Option<Process> {
        let all = api::snapshot(&self.socket())?;
        Process::find(all.servers.iter().find(|other| other.name == server)?.pid?)
    }

    /// The keeper of a server that runs: its parent, unless that has died.
    pub(crate) fn keeper(&self, server: &str) -> Option<Process> {
        let dir = format!("/servers/shop/{server} ");
        let keepers = self.sandbox.processes().into_iter();
        keepers.filter(Process::is_keeper).find(|keeper| keeper.command.contains(&dir))
    }

    /// The supervisor that answers now.
    pub(crate) fn supervisor(&self) -> Option<Process> {
        Process::find(api::snapshot(&self.socket())?.supervisor.pid)
    }

    /// Kills the supervisor: how long until another answers, and how long until it has adopted all protected servers.
    pub(crate) fn kill_supervisor(&self, limit: Duration) -> Option<(Duration, Duration)> {
        let Some(old) = self.supervisor() else {
            self.broken("no supervisor answers");
            return None;
        };
        kill(&old, Signal::KILL);
        let begun = std::time::Instant::now();
        let socket = self.socket();
        let answered = until(limit, ms(1), || api::is_up(&socket));
        if answered.is_none() {
            self.broken(format!("no supervisor answers {limit:?} after the death of {}", old.pid));
            return None;
        }
        let answered = begun.elapsed();
        let names = self.protected();
        let adopted = until(limit, ms(4), || {
            api::snapshot(&socket).is_some_and(|all| {
                let adopted = |name: &String| {
                    let is = |server: &&ostler::model::ServerStatus| server.name == *name;
                    all.servers.iter().find(is).is_some_and(|server| server.adopted && server.pid.is_some())
                };
                all.supervisor.pid != old.pid && names.iter().all(adopted)
            })
        });
        if adopted.is_none() {
            self.broken(format!("not all servers are adopted {limit:?} after the death of {}", old.pid));
            return None;
        }
        let adopted = begun.elapsed();
        if let Some(came) = self.supervisor()
            && Process::find(came.parent).is_some_and(|parent| parent.is_keeper())
        {
            self.broken(format!("the revived supervisor {came:?} descends from a keeper"));
        }
        Some((answered, adopted))
    }

    /// Main processes of the protected servers: they must stay as they are.
    pub(crate) fn hold(&self) -> Vec<(String, Process)> {
        let held = self.protected().into_iter();
        held.map(|name| {
            let main = self.main(&name).unwrap_or_else(|| panic!("{name} does not run"));
            (name, main)
        })
        .collect()
    }

    /// None of those has been lost.
    pub(crate) fn still(&self, held: &[(String, Process)]) {
        for (name, main) in held {
            if !is_same(main) {
                self.broken(format!("{name} is lost: its process {} has ended", main.pid));
            }
        }
    }

    /// The longest that a writer had to wait for room, in microseconds; from now on it counts anew.
    pub(crate) fn longest_wait(&self) -> u64 {
        let mut longest = 0;
        for server in crate::observer::names(&self.records().join("sent")) {
            let dir = self.records().join("sent").join(server);
            for file in crate::observer::names(&dir) {
                let Ok(file) = OpenOptions::new().read(true).write(true).open(dir.join(file)) else {
                    continue;
                };
                let mut bytes = [0; 8];
                if file.read_exact_at(&mut bytes, WAIT_AT).is_ok() {
                    longest = longest.max(u64::from_le_bytes(bytes));
                    let _ = file.write_all_at(&[0; 8], WAIT_AT);
                }
            }
        }
        longest
    }

    /// Orders the death of whoever reaches that place next.
    pub(crate) fn arm(&self, point: &str) {
        let file = self.sandbox.paths().home().join("failpoint");
        fs::write(file.with_extension("new"), point).unwrap();
        fs::rename(file.with_extension("new"), &file).unwrap();
    }

    /// Whether it was reached.
    pub(crate) fn was_reached(&self) -> bool {
        !self.sandbox.paths().home().join("failpoint").exists()
    }

    /// Takes the order back.
    pub(crate) fn disarm(&self) {
        for name in ["failpoint", "failpoint.reached"] {
            let _ = fs::remove_file(self.sandbox.paths().home().join(name));
        }
    }
}

/// Where a server is.
pub(crate) fn phase(all: &Snapshot, name: &str) -> Option<Phase> {
    all.servers.iter().find(|server| server.name == name).map(|server| server.phase)
}

fn config(specs: &[Spec]) -> String {
    let this = std::env::current_exe().unwrap();
    // small segments, so that logs are rotated; enough of them, so that nothing is rotated away
    let mut text =
        "[defaults]\nstop = { grace = \"1s\" }\nlog = { max_size = \"512KiB\", keep = 1000 }\n".to_owned();
    for spec in specs {
        let words: Vec<&str> = [this.to_str().unwrap(), crate::serve::WORD]
            .into_iter()
            .chain(spec.words.iter().map(String::as_str))
            .collect();
        let _ = writeln!(text, "[servers.{}]\ncommand = {words:?}\n{}", spec.name, spec.keys);
    }
    text
}
