//! A state directory and a project for one test.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use ostler::client::{Client, Target};
use ostler::model::{Event, Phase, ServerId, ServerStatus, Signal, Snapshot};
use ostler::paths::Paths;
use tempfile::TempDir;

use super::run::{Background, Output, run};
use super::{Process, kill, look_until, processes_with};

/// The program.
pub(crate) const BIN: &str = env!("CARGO_BIN_EXE_ostler");

/// Own state directory, own project `shop`. When dropped it stops everything and checks that nothing is left.
pub(crate) struct Sandbox {
    dir: TempDir,
    paths: Paths,
    env: BTreeMap<OsString, OsString>,
    runtime: tokio::runtime::Runtime,
}

impl Sandbox {
    /// With this `ostler.toml`.
    pub(crate) fn new(config: &str) -> Self {
        // short: the path of a socket has at most 107 bytes
        let dir = tempfile::Builder::new().prefix("o").tempdir_in("/tmp").unwrap();
        let paths = Paths::at(dir.path().join("h"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let path = std::env::var_os("PATH").unwrap();
        let env = [
            ("PATH", path),
            ("HOME", dir.path().into()),
            ("OSTLER_HOME", paths.home().into()),
            ("LANG", "C.UTF-8".into()),
            ("TZ", "UTC".into()),
            ("NO_COLOR", "1".into()),
        ];
        let env = env.into_iter().map(|(name, value)| (name.into(), value)).collect();
        let sandbox = Self { dir, paths, env, runtime };
        fs::create_dir(sandbox.project()).unwrap();
        sandbox.write("ostler.toml", config);
        sandbox
    }

    /// With a table `[servers.NAME]` of these keys for each of these servers.
    pub(crate) fn with_servers<'a>(servers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let tables = servers.into_iter().map(|(name, keys)| format!("[servers.{name}]\n{keys}\n"));
        Self::new(&tables.collect::<String>())
    }

    /// Sets a variable for the runs to come.
    pub(crate) fn set_env(&mut self, name: &str, value: &str) {
        self.env.insert(name.into(), value.into());
    }

    pub(crate) fn project(&self) -> PathBuf {
        self.dir.path().join("shop")
    }

    pub(crate) fn paths(&self) -> &Paths {
        &self.paths
    }

    /// Writes a file of the project.
    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.project().join(name), text).unwrap();
    }

    /// The program with these arguments, to be run in the project.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        self.command_in(&self.project(), args)
    }

    fn command_in(&self, dir: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(BIN);
        command.args(args).current_dir(dir).env_clear().envs(&self.env);
        command
    }

    /// Runs another file of the program in the project.
    pub(crate) fn ostler_of(&self, program: &Path, args: &[&str]) -> Output {
        let mut command = Command::new(program);
        command.args(args).current_dir(self.project()).env_clear().envs(&self.env);
        run(command, &args.join(" "))
    }

    /// Runs the program in the project.
    pub(crate) fn ostler(&self, args: &[&str]) -> Output {
        run(self.command(args), &args.join(" "))
    }

    /// Runs it in another directory.
    pub(crate) fn ostler_in(&self, dir: &Path, args: &[&str]) -> Output {
        run(self.command_in(dir, args), &args.join(" "))
    }

    /// Runs it while the test goes on.
    pub(crate) fn background(&self, args: &[&str]) -> Background {
        Background::start(self.command(args))
    }

    /// What `ostler status --all --json` says.
    pub(crate) fn status(&self) -> Snapshot {
        serde_json::from_str(&self.ostler(&["status", "--all", "--json"]).ok().out).unwrap()
    }

    /// What it says of one server of the project.
    pub(crate) fn server(&self, name: &str) -> ServerStatus {
        one(&self.status(), name).clone()
    }

    /// All events of this server, or of the supervisor.
    pub(crate) fn events(&self, server: Option<&str>) -> Vec<Event> {
        let out = self.ostler(&["events", "--json"]).ok().out;
        let events = out.lines().map(|line| serde_json::from_str::<Event>(line).unwrap());
        events.filter(|event| event.server.as_ref().map(ServerId::name) == server).collect()
    }

    /// Asks the API without starting a supervisor; `None` while there is none.
    pub(crate) fn snapshot(&self) -> Option<Snapshot> {
        let client = Client::new(self.paths.clone(), Target::Local { read_only: true }, "test");
        self.runtime.block_on(client.snapshot()).ok()
    }

    /// Waits until a supervisor says something for which `is` holds.
    #[track_caller]
    pub(crate) fn wait_until(&self, what: &str, mut is: impl FnMut(&Snapshot) -> bool) -> Snapshot {
        look_until(|| self.snapshot().filter(&mut is))
            .unwrap_or_else(|| panic!("never came: {what}\n{}", self.report()))
    }

    /// Waits until this server is in this phase.
    #[track_caller]
    pub(crate) fn wait_for(&self, name: &str, phase: Phase) -> ServerStatus {
        // it may not be registered yet
        let is = |server: &ServerStatus| server.name == name && server.phase == phase;
        one(&self.wait_until(&format!("{name} {phase}"), |all| all.servers.iter().any(is)), name).clone()
    }

    /// The supervisor's process, as soon as one answers.
    #[track_caller]
    pub(crate) fn supervisor(&self) -> Process {
        let find = || Process::find(self.snapshot()?.supervisor.pid);
        look_until(find).unwrap_or_else(|| panic!("no supervisor\n{}", self.report()))
    }

    /// Kills the supervisor, and waits until another answers.
    pub(crate) fn kill_supervisor(&self) -> Process {
        let old = self.supervisor();
        kill(&old, Signal::KILL);
        self.wait_until("another supervisor", |all| all.supervisor.pid != old.pid);
        self.supervisor()
    }

    /// Everything that belongs to this state directory: supervisor, keepers, servers.
    pub(crate) fn processes(&self) -> Vec<Process> {
        processes_with(&format!("OSTLER_HOME={}", self.paths.home().display()))
    }

    /// The processes of a run, by what they carry in their environment.
    pub(crate) fn run_of(&self, name: &str) -> Vec<Process> {
        // servers of one sandbox differ by their name, and no two sandboxes have a state directory in common
        let named = processes_with(&format!("OSTLER_NAME={name}"));
        let ours = self.processes();
        named.into_iter().filter(|process| ours.contains(process)).collect()
    }

    /// The keeper of a server.
    pub(crate) fn keeper_of(&self, name: &str) -> Process {
        let dir = format!("/servers/shop/{name} ");
        let keepers = self.processes().into_iter().filter(Process::is_keeper);
        let mut its = keepers.filter(|keeper| keeper.command.contains(&dir)).collect::<Vec<_>>();
        assert_eq!(its.len(), 1, "keepers of {name}: {its:#?}");
        its.remove(0)
    }

    /// What one wants to know when something never came.
    pub(super) fn report(&self) -> String {
        let said = fs::read_to_string(self.paths.supervisor_output()).unwrap_or_default();
        let servers = self.snapshot().map(|all| format!("{all:#?}"));
        let processes = self.processes();
        format!("{}\nprocesses: {processes:#?}\nsupervisor.log:\n{said}", servers.unwrap_or_default())
    }

    fn clean_up(&self) -> Vec<Process> {
        let everything_down = [&["down", "--all"][..], &["supervisor", "stop"]];
        if self.paths.home().exists() {
            for args in everything_down {
                let output = run(self.command_in(self.dir.path(), args), &args.join(" "));
                if output.code != Some(0) {
                    eprintln!("{output:#?}");
                }
            }
        }
        let gone = || self.processes().is_empty().then_some(());
        if look_until(gone).is_some() { Vec::new() } else { self.processes() }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let failed = thread::panicking();
        if failed {
            // whatever is wrong, nothing of it stays; `clean_up` could fail for the same reason
            eprintln!("{}", self.report());
            let none_left = || {
                let left = self.processes();
                for process in &left {
                    kill(process, Signal::KILL);
                }
                left.is_empty().then_some(())
            };
            look_until(none_left);
            return;
        }
        let left = self.clean_up();
        for process in &left {
            kill(process, Signal::KILL);
        }
        assert!(left.is_empty(), "left behind: {left:#?}");
    }
}

/// The server of the project with this name.
#[track_caller]
pub(crate) fn one<'a>(all: &'a Snapshot, name: &str) -> &'a ServerStatus {
    let found = all.servers.iter().find(|server| server.name == name);
    found.unwrap_or_else(|| panic!("no server {name} in {all:#?}"))
}
