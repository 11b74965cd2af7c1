//! A command that is run as a check: apart from everything else, for a limited time, and with nothing of it left.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::net::unix::pipe::Receiver;
use tokio::process::{Child, Command};
use tokio::time::sleep;

use super::patience::within;
use super::{NotAsked, is_ours, milliseconds, seconds, sweep, words};
use crate::model::ProbeOutcome;
use crate::os::{proc, signal, spawn};
use crate::text;

/// How much of the output is looked at for its first line, in bytes.
const LOOKED_AT: usize = 4096;

/// Longest first line that is kept, in characters.
const LINE: usize = 100;

/// After so many bytes of output, the rest is read (and dropped) no faster than so much every [`PAUSE`].
const AT_ONCE: usize = 64 * 1024;

/// See [`AT_ONCE`].
const PAUSE: Duration = Duration::from_millis(10);

/// Where and with what checks of a server are run. `Debug` hides the values of variables.
#[derive(Clone)]
pub struct Place {
    /// The server's directory.
    pub dir: PathBuf,
    /// The server's environment.
    pub env: BTreeMap<String, String>,
    /// Soft limit of open files.
    pub open_files: Option<u64>,
    /// Begins the value by which processes of checks are known: [`sweep::owner`].
    pub owner: String,
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.env.keys().collect();
        f.debug_struct("Place").field("dir", &self.dir).field("env", &names).finish_non_exhaustive()
    }
}

/// What a command did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    /// How that counts.
    pub outcome: ProbeOutcome,
    /// The first line that it wrote, safe for a terminal; empty if there is none.
    pub line: String,
}

static COUNT: AtomicU64 = AtomicU64::new(0);

/// Runs the command and waits for its end. Whatever is left of it then, at the time limit, or when the future is
/// dropped, is killed. Only on the thread that lives as long as the process: the kernel kills the command with it.
pub async fn run(argv: &[String], place: &Place, limit: Duration) -> Result<Ran, NotAsked> {
    let started = Instant::now();
    let failed = |answer: String| Ran { outcome: ProbeOutcome { ok: false, answer }, line: String::new() };
    let (child, mut output, left) = match start(argv, place) {
        Ok(begun) => begun,
        // EAGAIN: no process is left, fork(2)
        Err(error) if is_ours(&error) || error.kind() == io::ErrorKind::WouldBlock => {
            return Err(NotAsked(words(&error)));
        }
        Err(error) => {
            // either may be what is missing
            let dir = place.dir.display().to_string();
            let what = argv.first().filter(|_| place.dir.is_dir()).unwrap_or(&dir);
            return Ok(failed(format!("it can't be executed: {what}: {}", words(&error))));
        }
    };
    let mut running = Running { pid: child.id(), child, left: Some(left) };
    Ok(match within(limit, follow(&mut running.child, &mut output)).await {
        Some(Ok((status, is_alone))) => {
            let line = first_line(&output.head);
            let end = in_words(status);
            let behind = if line.is_empty() { String::new() } else { format!(": {line}") };
            let answer = format!("{end} in {}{behind}", milliseconds(started.elapsed()));
            running.leave(is_alone).await;
            Ran { outcome: ProbeOutcome { ok: status.success(), answer }, line }
        }
        Some(Err(error)) => failed(format!("it can't be waited for: {}", words(&error))),
        None => {
            running.end().await;
            failed(format!("timed out after {}", seconds(limit)))
        }
    })
}

fn start(argv: &[String], place: &Place) -> io::Result<(Child, Output, sweep::Left)> {
    let program = argv.first().ok_or(io::ErrorKind::InvalidInput)?;
    let mark = format!("{}{}", place.owner, COUNT.fetch_add(1, Ordering::Relaxed));
    let (reader, writer) = io::pipe()?;
    let mut command = std::process::Command::new(program);
    command.args(&argv[1..]).env_clear().envs(&place.env).env(sweep::VARIABLE, &mark).current_dir(&place.dir);
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    spawn::as_check(&mut command, place.open_files);
    let since = proc::boot_ticks();
    let mut command = Command::from(command);
    let child = command.kill_on_drop(true).spawn()?;
    // its own copies of the write end go with the command
    drop(command);
    let pipe = Receiver::from_owned_fd(OwnedFd::from(reader))?;
    Ok((child, Output { pipe, head: Vec::new() }, sweep::Left { mark, since }))
}

/// What it writes.
struct Output {
    pipe: Receiver,
    /// The first bytes.
    head: Vec<u8>,
}

impl Output {
    /// Takes what is there; true at the end, which comes when nobody has the other end any more.
    fn take(&mut self, taken: &mut usize) -> io::Result<bool> {
        let mut buffer = [0; 16 * 1024];
        while *taken < AT_ONCE {
            match self.pipe.try_read(&mut buffer) {
                Ok(0) => return Ok(true),
                Ok(length) => {
                    let wanted = LOOKED_AT.saturating_sub(self.head.len()).min(length);
                    self.head.extend_from_slice(&buffer[..wanted]);
                    *taken += length;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }
}

/// Reads until it has ended: how, and whether its output ended too.
async fn follow(child: &mut Child, output: &mut Output) -> io::Result<(ExitStatus, bool)> {
    let (mut taken, mut ended) = (0, false);
    loop {
        tokio::select! {
            status = child.wait() => {
                let mut more = 0;
                return Ok((status?, ended || output.take(&mut more)?));
            }
            readable = output.pipe.readable(), if !ended && taken < AT_ONCE => {
                readable?;
                ended = output.take(&mut taken)?;
            }
            () = sleep(PAUSE), if !ended && taken >= AT_ONCE => taken = 0,
        }
    }
}

/// One that may still have processes.
struct Running {
    child: Child,
    pid: Option<u32>,
    left: Option<sweep::Left>,
}

impl Running {
    /// It ended by itself; what it has left in the background is killed. To look for that costs some milliseconds, so it is
    /// done where something is in its group or holds its output. What hid from both is found when its server ends.
    async fn leave(mut self, output_ended: bool) {
        let seen = !output_ended || self.pid.is_some_and(signal::group_exists);
        let left = self.left.take();
        if seen && let Some(left) = left {
            left.kill().await;
        }
    }

    /// It has had its time.
    async fn end(mut self) {
        self.kill_group();
        if let Some(left) = self.left.take() {
            left.kill().await;
        }
    }

    fn kill_group(&self) {
        // none once it has been waited for
        if let Some(pid) = self.child.id() {
            sweep::kill_group_of_child(pid);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(left) = self.left.take() {
            self.kill_group();
            left.kill_soon();
        }
    }
}

fn in_words(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit {code}"),
        (None, Some(signal)) => match crate::model::Signal::from_number(signal) {
            Some(signal) => format!("ended by {signal}"),
            None => format!("ended by signal {signal}"),
        },
        (None, None) => "exit unknown".to_owned(),
    }
}

fn first_line(output: &[u8]) -> String {
    let lines = output.split(|byte| *byte == b'\n').map(text::plain);
    let mut lines = lines.map(|line| line.trim().chars().take(LINE).collect::<String>());
    lines.find(|line| !line.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    fn place(name: &str) -> Place {
        let path = std::env::var("PATH").unwrap();
        let env = BTreeMap::from([("PATH".to_owned(), path), ("SECRET".to_owned(), "hunter2".to_owned())]);
        let owner = format!("test-{}-{name}|", std::process::id());
        Place { dir: "/tmp".into(), env, open_files: Some(1024), owner }
    }

    fn sh(script: &str) -> Vec<String> {
        ["sh", "-c", script].map(str::to_owned).into()
    }

    async fn ask(place: &Place, script: &str) -> (bool, String) {
        let ran = run(&sh(script), place, LONG).await.unwrap();
        let answer = ran.outcome.answer;
        // its time is the only thing that changes
        let (before, after) = answer.split_once(" in ").unwrap_or((&answer, ""));
        let after = after.split_once(" ms").map_or("", |(_, after)| after);
        (ran.outcome.ok, format!("{before}{after}"))
    }

    /// Living processes of checks of this owner.
    fn alive(place: &Place) -> Vec<u32> {
        let all = proc::Scanner::open().unwrap().scan().unwrap();
        let living = all.into_iter().filter(|process| !process.is_dead()).map(|process| process.pid);
        let is_its = |pid: &u32| {
            proc::environ_value(*pid, sweep::VARIABLE).is_some_and(|mark| mark.starts_with(&place.owner))
        };
        living.filter(is_its).collect()
    }

    #[tokio::test]
    async fn the_answer_is_the_exit_with_the_first_line_made_safe() {
        let place = place("answer");
        for (script, ok, answer) in [
            ("exit 0", true, "exit 0"),
            ("echo; echo one; echo two >&2; exit 3", false, "exit 3: one"),
            ("printf 'a\\033[2Jb' >&2; exit 1", false, "exit 1: ab"),
            ("kill -9 $$", false, "ended by SIGKILL"),
            ("pwd; exit 1", false, "exit 1: /tmp"),
            ("echo $SECRET; exit 1", false, "exit 1: hunter2"),
            // 250 KiB of output don't block it
            ("head -c 256000 /dev/zero", true, "exit 0"),
        ] {
            assert_eq!(ask(&place, script).await, (ok, answer.to_owned()), "{script}");
        }
        assert_eq!(first_line(&[b'x'; 300]).len(), LINE);
        let missing = run(&["/no/such/program".to_owned()], &place, LONG).await.unwrap();
        assert_eq!(missing.outcome.answer, "it can't be executed: /no/such/program: no such file");
    }

    #[tokio::test]
    async fn it_is_apart_and_its_environment_is_the_servers() {
        let script = "test \"$(ps -o sid= -p $$ | tr -d ' ')\" = $$ && test \"$(ulimit -n)\" = 1024 && \
                      test -z \"$HOME\" && ! grep -q '^SigIgn:.*[1-9a-f]' /proc/$$/status";
        assert_eq!(ask(&place("apart"), script).await, (true, "exit 0".to_owned()));
    }

    #[tokio::test]
    async fn nothing_is_left_of_one_that_takes_too_long_is_given_up_or_leaves_others_behind() {
        let place = place("left");
        // a child in a session of its own, one in the background, and itself
        let tree = "setsid sleep 1000 & sleep 1000 & echo here; ";
        let limit = Duration::from_millis(300);
        let slow = run(&sh(&format!("{tree} sleep 1000")), &place, limit).await.unwrap();
        assert_eq!((slow.outcome.ok, slow.outcome.answer.as_str()), (false, "timed out after 0.3 s"));
        assert_eq!(alive(&place), [0_u32; 0]);

        for behind in [tree, "sleep 1000 >/dev/null 2>&1 &", "setsid sleep 1000 & sleep 0"] {
            assert!(ask(&place, behind).await.0);
            assert_eq!(alive(&place), [0_u32; 0], "{behind}");
        }

        let argv = sh(&format!("{tree} sleep 1000"));
        tokio::select! {
            _ = run(&argv, &place, LONG) => panic!("it ended"),
            () = async { while alive(&place).len() < 4 { tokio::task::yield_now().await } } => {}
        }
        while !alive(&place).is_empty() {
            tokio::task::yield_now().await;
        }

        // what hides is found with its server's end
        let dir = tempfile::tempdir().unwrap();
        let place = Place { dir: dir.path().to_owned(), ..place };
        let hides =
            "setsid sh -c ': > hidden; exec sleep 1000' >/dev/null 2>&1 & until test -e hidden; do :; done";
        assert!(ask(&place, hides).await.0);
        assert_eq!(alive(&place).len(), 1);
        sweep::kill_soon(place.owner.clone());
        while !alive(&place).is_empty() {
            tokio::task::yield_now().await;
        }
    }
}
