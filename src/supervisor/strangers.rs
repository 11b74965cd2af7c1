//! Signals to processes that no keeper has: the one place of the supervisor that sends any to what it did not start. To
//! its checks `monitor::prober` does (`exec`, `sweep`), to the notify command `os::shell`, to servers their keepers.
//!
//! A server is ended by its keeper. Two kinds of process have none, and are ended here when somebody asks: what is left
//! of a run that nobody tracks ([`end_run`]), and a stranger on a port that a server declares ([`end_holder`]). Both block,
//! for seconds: they run on a thread.
//!
//! Promises: a signal goes through a pidfd to exactly the process that was looked at, after another look at why it is to
//! be ended. Never to PID 1, to a process of ostler's own, or to a server that is tracked.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::io;
use std::thread;
use std::time::{Duration, Instant};

use super::monitor::Target;
use super::monitor::conflict::{OnPort, all_on};
use super::orphans::look::{Found, Key, Looker, is_alive, key};
use super::orphans::mark::{Home, RUN_VARIABLES};
use crate::api::{HolderKilled, KillHolder, Problem, ProblemKind};
use crate::boot::KEEPER_NAME;
use crate::model::{Holder, ServerId, Signal};
use crate::os::{identity, pidfd, proc};

/// What an orphan has after SIGTERM.
const GRACE: Duration = Duration::from_secs(5);

/// How long SIGKILL is repeated: a process may have forked between the look and the signal.
const INSIST: Duration = Duration::from_secs(5);

/// How long a holder has to be gone before the answer says who holds the port still.
const MOMENT: Duration = Duration::from_secs(2);

/// Time between two looks.
const AGAIN: Duration = Duration::from_millis(25);

/// Sends signals to exactly this process; `false` if it has gone.
fn send((pid, start_ticks): Key, signals: &[Signal]) -> io::Result<bool> {
    if pid <= 1 {
        return Err(io::Error::from_raw_os_error(rustix::io::Errno::PERM.raw_os_error()));
    }
    let Some(pidfd) = identity::open(pid, start_ticks)? else { return Ok(false) };
    for signal in signals {
        if !pidfd::send(&pidfd, *signal)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Ends every process of a run that nobody tracks: SIGTERM, after [`GRACE`] SIGKILL. Returns those that have ended. A
/// keeper of it that the supervisor does not know is ended too, since nobody else could.
pub(super) fn end_run(home: &Home, found: &Found) -> Result<Vec<u32>, Problem> {
    let begun = Instant::now();
    let mut looker = Looker::default();
    let mut members: HashMap<Key, String> =
        found.processes.iter().map(|process| (key(process), process.comm.clone())).collect();
    let (mut told, mut ended) = (HashSet::new(), BTreeSet::new());
    loop {
        let runs = looker.look(home).map_err(|error| unseen(&error))?;
        if let Some(now) = runs.into_iter().find(|run| run.mark == found.mark) {
            members.extend(now.processes.into_iter().map(|process| (key(&process), process.comm)));
        }
        members.retain(|member, _| {
            let lives = is_alive(*member);
            if !lives {
                ended.insert(member.0);
            }
            lives
        });
        if members.is_empty() {
            break;
        }
        let by_force = begun.elapsed() >= GRACE;
        let mut refused = Vec::new();
        for (member, comm) in &members {
            let sent = if by_force {
                send(*member, &[Signal::KILL])
            } else if told.insert(*member) {
                send(*member, &[Signal::TERM, Signal::CONT])
            } else {
                continue;
            };
            if let Err(error) = sent {
                refused.push(format!("pid {} ({comm}): {error}", member.0));
            }
        }
        if begun.elapsed() >= GRACE + INSIST {
            let left: Vec<String> =
                members.iter().map(|((pid, _), comm)| format!("pid {pid} ({comm})")).collect();
            let left = if refused.is_empty() { left } else { refused };
            let message = format!("processes of it are still there: {}", left.join(", "));
            return Err(Problem::new(ProblemKind::Conflict, message)
                .with_hint("one of another user only that user or root can end; one in disk sleep, nobody"));
        }
        thread::sleep(AGAIN);
    }
    if let Some(keeper) = found.keeper {
        // it may have ended, which is all that is wanted
        let _ = send(keeper, &[Signal::KILL]);
    }
    Ok(ended.into_iter().collect())
}

fn unseen(error: &io::Error) -> Problem {
    Problem::new(ProblemKind::Internal, format!("the processes of this box can't be looked at: {error}"))
}

/// Whom a port is held by, so that it can be ended, and the server that declares the port.
struct Stranger {
    holder: Holder,
    key: Key,
    inode: u64,
}

/// Sends a signal to every stranger that holds this port, or only to the one that was named. Returns the server that declares it, too.
pub(super) fn end_holder(
    home: &Home,
    targets: &[Target],
    port: u16,
    KillHolder { now, pid }: KillHolder,
) -> Result<(ServerId, HolderKilled), Problem> {
    let declared = targets.iter().find(|target| target.ports.contains(&port)).map(|target| target.id.clone());
    let declared = declared.ok_or_else(|| {
        Problem::new(ProblemKind::NotFound, format!("no server declares port {port}"))
            .with_hint("`ostler ports --all` lists those that are declared")
    })?;
    let all = all_on(port, targets).map_err(|error| unseen(&error))?;
    let strangers = only(pid, port, choose(home, port, all)?)?;
    let signal = if now { Signal::KILL } else { Signal::TERM };
    let signals: &[Signal] = if now { &[Signal::KILL] } else { &[Signal::TERM, Signal::CONT] };
    for stranger in &strangers {
        end_stranger(port, stranger, signals)?;
    }
    let begun = Instant::now();
    let left = loop {
        let left = all_on(port, targets).map_err(|error| unseen(&error))?;
        let left: Vec<Holder> = left.into_iter().map(|on| on.holder).filter(|it| it.ours.is_none()).collect();
        if left.is_empty() || begun.elapsed() >= MOMENT {
            break left;
        }
        thread::sleep(AGAIN);
    };
    let holders = strangers.into_iter().map(|stranger| stranger.holder).collect();
    Ok((declared, HolderKilled { port, signal, holders, left }))
}

/// The strangers among those who hold a port, or why there is none to be ended.
fn choose(home: &Home, port: u16, all: Vec<OnPort>) -> Result<Vec<Stranger>, Problem> {
    let conflict = |message: String| Problem::new(ProblemKind::Conflict, message);
    if all.is_empty() {
        return Err(conflict(format!("nobody holds port {port}"))
            .with_hint("a connection or its remains (TIME_WAIT) can keep a server off it for a minute"));
    }
    let mut strangers = Vec::new();
    let mut no = None;
    for on in all {
        match refusal(home, port, &on) {
            Some(problem) => no = no.or(Some(problem)),
            None => strangers.extend(on.key.map(|key| Stranger { holder: on.holder, key, inode: on.inode })),
        }
    }
    match no {
        // one of ours beside a stranger stays
        Some(problem) if strangers.is_empty() => Err(problem),
        Some(_) | None => Ok(strangers),
    }
}

/// The one that was named, if it is among them: whoever holds the port since is not what somebody agreed to end.
fn only(pid: Option<u32>, port: u16, mut strangers: Vec<Stranger>) -> Result<Vec<Stranger>, Problem> {
    let Some(pid) = pid else { return Ok(strangers) };
    if let (false, Some(other)) = (strangers.iter().any(|it| it.key.0 == pid), strangers.first()) {
        let message = format!("port {port} is held by {} now, no more by pid {pid}", other.holder);
        return Err(Problem::new(ProblemKind::Conflict, message).with_hint("nothing was sent to either"));
    }
    strangers.retain(|stranger| stranger.key.0 == pid);
    Ok(strangers)
}

/// Why this one is not to be ended here.
fn refusal(home: &Home, port: u16, on: &OnPort) -> Option<Problem> {
    let conflict =
        |message: String, hint: String| Some(Problem::new(ProblemKind::Conflict, message).with_hint(hint));
    let who = &on.holder;
    if let Some(ours) = &who.ours {
        return conflict(
            format!("port {port} is held by a server of ostler's: {who}"),
            format!("`ostler stop {ours}`"),
        );
    }
    let Some((pid, _)) = on.key else {
        let message = format!("port {port} is held by {who}: it can't be seen, so nothing is done to it");
        return conflict(message, format!("root can see it: `sudo ss -ltnp 'sport = :{port}'`"));
    };
    if pid == 1 {
        let message = format!("port {port} is held by pid 1, which starts services when somebody connects");
        return conflict(
            message,
            "a systemd socket: `systemctl list-sockets` names its unit, stop that".to_owned(),
        );
    }
    let is_ostler = pid == std::process::id() || who.command.as_deref() == Some(KEEPER_NAME);
    if is_ostler {
        return conflict(
            format!("port {port} is held by ostler itself: {who}"),
            "`ostler supervisor status`".to_owned(),
        );
    }
    let values = proc::variables(pid, RUN_VARIABLES).ok().flatten();
    let mark = values.and_then(|values| home.recognise(values)).filter(|_| home.is_here(pid))?;
    let message = format!("port {port} is held by {who}, a process of an earlier run of {}", mark.id);
    conflict(message, "`ostler orphans` shows it, and `--kill ID` ends it".to_owned())
}

fn end_stranger(port: u16, stranger: &Stranger, signals: &[Signal]) -> Result<(), Problem> {
    let Stranger { holder, key: (pid, start_ticks), inode } = stranger;
    let mut result = identity::open(*pid, *start_ticks);
    // with the pidfd open it can't become another process: does it still hold the port?
    let holds = proc::socket_inodes(*pid).ok().flatten().is_some_and(|inodes| inodes.contains(inode));
    if !holds && matches!(result, Ok(Some(_))) {
        result = Ok(None);
    }
    let sent = match result {
        Ok(None) => Ok(()),
        Ok(Some(pidfd)) => signals.iter().try_for_each(|signal| pidfd::send(&pidfd, *signal).map(|_| ())),
        Err(error) => Err(error),
    };
    sent.map_err(|error| {
        let message = format!("port {port} is held by {holder}, and it can't be ended: {error}");
        let user = holder.user.as_deref().unwrap_or("another user");
        Problem::new(ProblemKind::Conflict, message)
            .with_hint(format!("{user} or root may: `sudo kill {pid}`"))
    })
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command, Stdio};

    use super::*;
    use crate::paths::Paths;

    struct Guard(Child);

    impl Guard {
        fn sleeps(variables: &[(&str, &str)]) -> Self {
            let mut command = Command::new("sleep");
            command.arg("60").envs(variables.iter().copied()).stdin(Stdio::null());
            Self(command.spawn().unwrap())
        }

        fn key(&self) -> Key {
            key(&proc::read(self.0.id()).unwrap().unwrap())
        }
    }

    impl Drop for Guard {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    fn on(pid: Option<u32>, command: &str, ours: Option<&str>) -> OnPort {
        let ours = ours.map(|id| id.parse().unwrap());
        let command = Some(command.to_owned());
        let holder = Holder { pid, command, user: Some("alice".to_owned()), ours };
        OnPort { holder, key: pid.map(|pid| (pid, 1)), inode: 7 }
    }

    fn home() -> (tempfile::TempDir, Home) {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(Paths::at(dir.path().to_owned()));
        (dir, home)
    }

    #[test]
    fn ours_pid_1_ostler_and_whoever_cannot_be_seen_are_refused_with_what_to_do() {
        let (_dir, home) = home();
        let me = std::process::id();
        for (on, said, hint) in [
            (on(Some(7), "node", Some("shop/api")), "a server of ostler's", "ostler stop shop/api"),
            (on(None, "x", None), "it can't be seen", "sudo ss"),
            (on(Some(1), "systemd", None), "pid 1", "systemctl"),
            (on(Some(me), "x", None), "ostler itself", "ostler supervisor status"),
            (on(Some(u32::MAX), KEEPER_NAME, None), "ostler itself", "ostler supervisor status"),
        ] {
            let problem = choose(&home, 80, vec![on]).err().unwrap();
            assert_eq!(problem.kind, ProblemKind::Conflict);
            assert!(problem.message.contains(said), "{problem:?}");
            assert!(problem.hint.as_ref().is_some_and(|it| it.contains(hint)), "{problem:?}");
        }
        assert!(choose(&home, 80, Vec::new()).err().unwrap().message.contains("nobody"));
    }

    #[test]
    fn beside_a_server_of_ours_only_the_stranger_is_chosen() {
        let (_dir, home) = home();
        let both = vec![on(Some(7), "node", Some("shop/api")), on(Some(u32::MAX), "vite", None)];
        let chosen = choose(&home, 80, both).unwrap();
        assert_eq!(chosen.iter().map(|it| it.key.0).collect::<Vec<_>>(), [u32::MAX]);
    }

    #[test]
    fn of_several_strangers_only_the_named_one_is_chosen_and_another_one_never() {
        let (_dir, home) = home();
        let both = || {
            let both = vec![on(Some(u32::MAX), "vite", None), on(Some(u32::MAX - 1), "node", None)];
            choose(&home, 80, both).unwrap()
        };
        let pids = |chosen: Vec<Stranger>| chosen.iter().map(|it| it.key.0).collect::<Vec<_>>();
        assert_eq!(pids(only(None, 80, both()).unwrap()), [u32::MAX, u32::MAX - 1]);
        assert_eq!(pids(only(Some(u32::MAX - 1), 80, both()).unwrap()), [u32::MAX - 1]);
        let problem = only(Some(7), 80, both()).err().unwrap();
        assert_eq!(problem.kind, ProblemKind::Conflict);
        assert!(problem.message.contains("(vite, user alice) now, no more by pid 7"), "{problem:?}");
    }

    #[test]
    fn what_is_left_of_a_run_is_no_stranger() {
        let (_dir, home) = home();
        let run = format!("20261120T100501.1-8-3-{}", home.mark());
        let marks = [("OSTLER_RUN_ID", run.as_str()), ("OSTLER_PROJECT", "shop"), ("OSTLER_NAME", "api")];
        let child = Guard::sleeps(&marks);
        let refused = || choose(&home, 80, vec![on(Some(child.0.id()), "sleep", None)]).err();
        // spawn returns before the kernel has noted where the new environment lies
        let problem = std::iter::repeat_with(refused).flatten().next().unwrap();
        assert!(problem.message.contains("an earlier run of shop/api"), "{problem:?}");
    }

    #[test]
    fn another_process_with_the_pid_gets_no_signal() {
        let mut child = Guard::sleeps(&[]);
        let (pid, start_ticks) = child.key();
        assert!(!send((pid, start_ticks + 1), &[Signal::KILL]).unwrap());
        let stranger =
            Stranger { holder: on(Some(pid), "sleep", None).holder, key: (pid, start_ticks), inode: 7 };
        end_stranger(80, &stranger, &[Signal::KILL]).unwrap();
        assert!(child.0.try_wait().unwrap().is_none(), "it does not have the socket that was looked at");
        assert!(send((1, 0), &[Signal::KILL]).is_err());
        assert!(send((pid, start_ticks), &[Signal::KILL]).unwrap());
        child.0.wait().unwrap();
        assert!(!send((pid, start_ticks), &[Signal::KILL]).unwrap());
    }
}
