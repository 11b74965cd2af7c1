//! Over SSH: a real daemon on the loopback interface, with keys and a port of its own.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use ostler::model::{Phase, Signal};

use super::terminal::Terminal;
use super::{pids, three_up};
use crate::support::{BIN, Process, Sandbox, free_port, kill, look_until, need, run, wait};

/// A daemon for one sandbox. Killed when dropped.
struct Daemon<'a> {
    sandbox: &'a Sandbox,
    client: String,
    port: u16,
    child: Child,
}

impl<'a> Daemon<'a> {
    fn new(sandbox: &'a Sandbox) -> Option<Self> {
        let (server, client, keygen) = (need("sshd")?, need("ssh")?, need("ssh-keygen")?);
        let dir = dir(sandbox);
        fs::create_dir(&dir).unwrap();
        for name in ["host", "user"] {
            let mut command = Command::new(&keygen);
            command.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(dir.join(name));
            run(command, "ssh-keygen").ok();
        }
        fs::copy(dir.join("user.pub"), dir.join("authorized")).unwrap();
        if rustix::process::getuid().is_root() {
            // where no service was ever started, nobody has made it
            fs::create_dir_all("/run/sshd").unwrap();
        }
        let port = free_port();
        let text = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {0}/host\nAuthorizedKeysFile {0}/authorized\n\
             PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\n\
             PrintMotd no\nPrintLastLog no\n",
            dir.display()
        );
        fs::write(dir.join("config"), text).unwrap();
        let log = fs::File::create(dir.join("log")).unwrap();
        let mut command = Command::new(server);
        command.args(["-D", "-e", "-f"]).arg(dir.join("config"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let child = command.spawn().unwrap();
        let daemon = Self { sandbox, client, port, child };
        let listens = || std::net::TcpStream::connect(("127.0.0.1", port)).ok();
        look_until(listens).unwrap_or_else(|| panic!("it does not listen: {}", daemon.log()));
        Some(daemon)
    }

    fn log(&self) -> String {
        fs::read_to_string(dir(self.sandbox).join("log")).unwrap_or_default()
    }

    /// A client that runs ostler with these arguments on the other side.
    fn client(&self, options: &[&str], args: &str) -> Command {
        let outer = self.sandbox.command(&[]);
        let env: Vec<String> = outer
            .get_envs()
            .filter_map(|(name, value)| Some(format!("{}='{}'", name.to_str()?, value?.to_str()?)))
            .filter(|pair| !pair.starts_with("NO_COLOR="))
            .collect();
        let remote =
            format!("cd '{}' && exec env {} '{BIN}' {args}", self.sandbox.project().display(), env.join(" "));
        let user = rustix::process::getuid().as_raw().to_string();
        let passwd = fs::read_to_string("/etc/passwd").unwrap();
        let name = passwd.lines().find(|line| line.split(':').nth(2) == Some(&user)).expect("who am I");
        let name = name.split(':').next().unwrap();
        let mut command = Command::new(&self.client);
        command.args(["-F", "/dev/null", "-i"]).arg(dir(self.sandbox).join("user")).args(options);
        for option in
            ["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"]
        {
            command.args(["-o", option]);
        }
        command.args(["-p", &self.port.to_string(), &format!("{name}@127.0.0.1"), &remote]);
        command
            .current_dir(self.sandbox.project())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap());
        command
    }
}

impl Drop for Daemon<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn dir(sandbox: &Sandbox) -> PathBuf {
    sandbox.project().join("ssh")
}

/// The dashboards of this sandbox that have a terminal.
fn dashboards(sandbox: &Sandbox) -> Vec<Process> {
    let is = |process: &Process| process.command.trim_end_matches([' ', '\0']) == BIN;
    sandbox.processes().into_iter().filter(is).collect()
}

#[test]
fn a_journey_over_ssh_and_the_client_is_killed() {
    let sandbox = three_up();
    let before = pids(&sandbox);
    let Some(daemon) = Daemon::new(&sandbox) else { return };
    let mut terminal = Terminal::open_with(&daemon.client(&["-tt"], ""), &[], (100, 30));
    terminal.wait_until("idle is there", |screen| screen.says("idle", "running"));
    terminal.keys("j");
    terminal.wait_until("its log", |s| s.selects("worker") && s.contains("(queue=mail)"));
    terminal.resize(60, 16);
    terminal.wait_until("the new size", |s| s.selects("worker") && s.rows()[15].contains("? help"));
    // the clipboard is that of the box where the user sits
    terminal.keys("yn");
    terminal.wait_for("copied the name of worker (OSC 52)");
    let written = String::from_utf8_lossy(terminal.bytes()).into_owned();
    assert!(written.contains("\x1b]52;c;d29ya2Vy\x07") && !written.contains("?1000h"), "{written:?}");
    let dashboard = dashboards(&sandbox);
    assert_eq!(dashboard.len(), 1, "{dashboard:?}");
    kill(&terminal.process(), Signal::KILL);
    wait("the dashboard ends", || dashboards(&sandbox).is_empty());
    assert_eq!(pids(&sandbox), before);
    // and again
    let mut terminal = Terminal::open_with(&daemon.client(&["-tt"], ""), &[], (100, 30));
    terminal.wait_until("idle is there", |screen| screen.says("idle", "running"));
    terminal.keys("q");
    assert!(terminal.end().success());
    assert!(terminal.screen().contains("3 servers still running"));
    assert_eq!(pids(&sandbox), before);
}

#[test]
fn what_was_started_over_ssh_outlives_the_connection_and_the_daemon() {
    let sandbox = Sandbox::with_servers([("a", "command = ['sleep', '1000']")]);
    let Some(daemon) = Daemon::new(&sandbox) else { return };
    run(daemon.client(&[], "up -d"), "ssh: up -d").ok();
    let pid = sandbox.wait_for("a", Phase::Running).pid;
    let mut terminal = Terminal::open_with(&daemon.client(&["-tt"], ""), &[], (80, 24));
    terminal.wait_until("a is there", |screen| screen.says("a", "running"));
    drop(daemon);
    drop(terminal);
    wait("the dashboard ends", || dashboards(&sandbox).is_empty());
    assert_eq!(sandbox.wait_for("a", Phase::Running).pid, pid);
}
