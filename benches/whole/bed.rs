//! A state directory with a project, and the processes that belong to it.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ostler::paths::Paths;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::{Result, look, roles};

/// The program that is measured: built for this very run, unless `OSTLER_MEASURED` names another.
pub(crate) fn ostler() -> OsString {
    std::env::var_os("OSTLER_MEASURED").unwrap_or_else(|| env!("CARGO_BIN_EXE_ostler").into())
}

/// Longer than anything here may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// Removed, with every process of it, when dropped.
#[derive(Debug)]
pub(crate) struct Bed {
    dir: tempfile::TempDir,
    paths: Paths,
}

impl Bed {
    /// An empty one.
    pub(crate) fn new() -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let paths = Paths::at(dir.path().join("home"));
        Ok(Self { dir, paths })
    }

    /// Where there is room for files.
    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Gives its project `count` servers that are all like this.
    pub(crate) fn set_servers(&self, count: usize, table: &str) -> Result<()> {
        let mut file = "project = \"bench\"\n".to_owned();
        for number in 0..count {
            writeln!(file, "[servers.s{number:03}]\n{table}")?;
        }
        Ok(fs::write(self.path().join("ostler.toml"), file)?)
    }

    /// The program, about to be run in the project with few variables.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(ostler());
        command.args(args).current_dir(self.path()).env_clear().env("OSTLER_HOME", self.paths.home());
        command
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.path())
            .env("TERM", "xterm-256color");
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub(crate) fn ostler(&self, args: &[&str]) -> Result<()> {
        let output = self.command(args).stderr(Stdio::piped()).output()?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("ostler {}: {}\n{said}", args.join(" "), output.status).into())
    }

    /// Asks the supervisor: the answer's body.
    pub(crate) fn get(&self, route: &str) -> io::Result<String> {
        let mut stream = UnixStream::connect(self.paths.supervisor_socket())?;
        write!(stream, "GET {route} HTTP/1.1\r\nhost: ostler\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        match answer.split_once("\r\n\r\n") {
            Some((head, body)) if head.starts_with("HTTP/1.1 200") => Ok(body.to_owned()),
            _ => Err(io::Error::other(answer)),
        }
    }

    /// Everything that it knows.
    pub(crate) fn snapshot(&self) -> Result<Value> {
        Ok(serde_json::from_str(&self.get("/v1/servers")?)?)
    }

    /// PID of the supervisor that answers.
    pub(crate) fn supervisor(&self) -> Result<u32> {
        Ok(self.snapshot()?["supervisor"]["pid"].as_u64().ok_or("no supervisor")? as u32)
    }

    /// PIDs of all main processes that are alive.
    pub(crate) fn mains(&self) -> Result<Vec<u32>> {
        let snapshot = self.snapshot()?;
        let servers = snapshot["servers"].as_array().ok_or("no list of servers")?;
        Ok(servers.iter().filter_map(|server| server["pid"].as_u64()).map(|pid| pid as u32).collect())
    }

    /// PIDs of the keepers of those.
    pub(crate) fn keepers(&self) -> Result<Vec<u32>> {
        Ok(self.mains()?.into_iter().filter_map(look::parent).collect())
    }

    /// Waits until that is so, looking every `pause`.
    pub(crate) fn wait(&self, pause: Duration, mut is_so: impl FnMut(&Self) -> bool) -> Result<()> {
        let began = Instant::now();
        while !is_so(self) {
            if began.elapsed() > PATIENCE {
                return Err("waited in vain".into());
            }
            std::thread::sleep(pause);
        }
        Ok(())
    }

    /// Where the supervisor is asked.
    pub(crate) fn socket(&self) -> PathBuf {
        self.paths.supervisor_socket()
    }

    /// Bytes in the journal of a server.
    pub(crate) fn logged(&self, server: &str) -> u64 {
        let logs = self.segments(server);
        logs.iter().filter_map(|log| fs::symlink_metadata(log).ok()).map(|file| file.len()).sum()
    }

    /// The files of a server's journal, oldest first; not `current`, which is a link to one of them.
    pub(crate) fn segments(&self, server: &str) -> Vec<PathBuf> {
        let dir = self.paths.server("bench", server).join("log");
        let files = fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
        let number = |path: &PathBuf| path.file_stem()?.to_str()?.parse::<u64>().ok();
        let is_log = |path: &PathBuf| path.extension().is_some_and(|end| end == "log");
        let mut logs: Vec<PathBuf> = files.filter(is_log).filter(|path| number(path).is_some()).collect();
        logs.sort_by_key(number);
        logs
    }

    /// Whether all servers have ended by themselves, with success.
    pub(crate) fn has_completed(&self) -> bool {
        let completed = |all: &Value| {
            let servers = all["servers"].as_array().map(Vec::as_slice).unwrap_or_default();
            !servers.is_empty() && servers.iter().all(|server| server["phase"] == "completed")
        };
        self.snapshot().is_ok_and(|all| completed(&all))
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        if let Err(error) = self.ostler(&["supervisor", "stop", "--with-servers"]) {
            eprintln!("{error}");
        }
        // whatever a measurement that failed has left, known by its environment
        let home = self.paths.home().display().to_string();
        for pid in look::all().into_iter().filter(|pid| look::is_below(*pid, &home)) {
            kill(pid);
        }
    }
}

/// Ends a process that belongs to a bed.
pub(crate) fn kill(pid: u32) {
    if let Some(pid) = Pid::from_raw(pid.cast_signed()) {
        // it may have gone by itself
        let _ = kill_process(pid, Signal::KILL);
    }
}

/// The line of a server's table by which this binary is its command.
pub(crate) fn command_line(args: &[&str]) -> Result<String> {
    let this = std::env::current_exe()?;
    let words = [&[this.to_str().ok_or("an odd path")?, roles::WORD], args].concat();
    Ok(format!("command = {words:?}"))
}
