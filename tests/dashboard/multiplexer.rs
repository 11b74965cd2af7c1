//! Within tmux and within GNU screen.

use std::process::Command;

use ostler::model::Phase;

use super::terminal::Terminal;
use super::{pids, three_up};
use crate::support::{BIN, Sandbox, look_until, need};

/// A tmux server of its own with one window, in which a shell runs.
struct Tmux<'a> {
    path: String,
    sandbox: &'a Sandbox,
}

impl<'a> Tmux<'a> {
    fn new(path: String, sandbox: &'a Sandbox) -> Self {
        let tmux = Self { path, sandbox };
        let shell = "exec env -u TMUX PS1='READY ' HISTFILE= bash --norc --noprofile -i";
        tmux.run(&["-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", shell]);
        tmux.wait("the shell", |screen| screen.contains("READY"));
        tmux
    }

    fn run(&self, args: &[&str]) -> String {
        let socket = self.sandbox.project().join("tmux");
        let outer = self.sandbox.command(&[]);
        let mut command = Command::new(&self.path);
        command.arg("-S").arg(socket).args(args).current_dir(self.sandbox.project()).env_clear();
        command.envs(outer.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn keys(&self, keys: &[&str]) {
        self.run(&[&["send-keys"], keys].concat());
    }

    fn resize(&self, width: &str, height: &str) {
        self.run(&["resize-window", "-x", width, "-y", height]);
    }

    fn screen(&self) -> String {
        self.run(&["capture-pane", "-p"])
    }

    #[track_caller]
    fn wait(&self, what: &str, is: impl Fn(&str) -> bool) -> String {
        let look = || Some(self.screen()).filter(|screen| is(screen));
        look_until(look).unwrap_or_else(|| panic!("never came: {what}\n{}", self.screen()))
    }
}

impl Drop for Tmux<'_> {
    fn drop(&mut self) {
        self.run(&["kill-server"]);
    }
}

#[test]
fn a_journey_within_tmux() {
    let (Some(path), Some(_)) = (need("tmux"), need("bash")) else { return };
    let sandbox = three_up();
    let before = pids(&sandbox);
    let tmux = Tmux::new(path, &sandbox);
    tmux.keys(&["echo before; ", BIN, "Enter"]);
    tmux.wait("the dashboard", |screen| screen.contains(">● api") && screen.contains("q quit"));
    tmux.keys(&["j"]);
    tmux.wait("its log", |screen| screen.contains(">● worker") && screen.contains("(queue=mail)"));
    for (width, height) in [("60", "14"), ("120", "40"), ("38", "7"), ("80", "24")] {
        tmux.resize(width, height);
    }
    tmux.wait("all of it again", |screen| {
        screen.contains(">● worker") && screen.lines().nth(23).is_some_and(|row| row.contains("q quit"))
    });
    tmux.keys(&["x"]);
    tmux.wait("worker stopped", |screen| screen.contains(">○ worker"));
    sandbox.wait_for("worker", Phase::Stopped);
    tmux.keys(&["q"]);
    let screen = tmux.wait("the shell", |screen| screen.trim_end().ends_with("READY"));
    assert!(screen.contains("\nbefore\n2 servers still running\n"), "{screen}");
    let all = tmux.run(&["capture-pane", "-p", "-S", "-"]);
    assert!(!all.contains("job 8") && !all.contains("● api"), "{all}");
    assert_eq!(pids(&sandbox), [before[0], None, before[2]]);
}

#[test]
fn within_tmux_a_copy_is_its_buffer() {
    let (Some(path), Some(_)) = (need("tmux"), need("bash")) else { return };
    let sandbox = three_up();
    let tmux = Tmux::new(path, &sandbox);
    // as tmux itself sets it; without it this would be a terminal like any other
    tmux.keys(&["TMUX=$PWD/tmux,1,0 ", BIN, "Enter"]);
    tmux.wait("the dashboard", |screen| screen.contains(">● api") && screen.contains("q quit"));
    tmux.keys(&["y", "n"]);
    tmux.wait("its word", |screen| screen.contains("copied the name of api (tmux)"));
    assert_eq!(tmux.run(&["show-buffer"]), "api");
    tmux.keys(&["q"]);
    tmux.wait("the shell", |screen| screen.trim_end().ends_with("READY"));
}

/// Ends a session of GNU screen, which goes on without its terminal.
struct Session<'a>(&'a dyn Fn(&[&str]) -> Command);

impl Drop for Session<'_> {
    fn drop(&mut self) {
        // it has ended where all went well
        let _ = self.0(&["-S", "journey", "-X", "quit"]).output();
    }
}

#[test]
fn a_journey_within_gnu_screen() {
    let Some(path) = need("screen") else { return };
    let sandbox = three_up();
    let before = pids(&sandbox);
    let sockets = sandbox.project().join("screens");
    let screen = |args: &[&str]| {
        let outer = sandbox.command(&[]);
        let mut command = Command::new(&path);
        command.args(["-c", "/dev/null", "-U"]).args(args).current_dir(sandbox.project()).env_clear();
        command.envs(outer.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env("SCREENDIR", &sockets);
        command
    };
    std::fs::create_dir(&sockets).unwrap();
    std::fs::set_permissions(&sockets, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let _session = Session(&screen);
    let mut terminal = Terminal::open_with(&screen(&["-S", "journey", BIN]), &[], (80, 24));
    terminal.wait_until("idle is there", |screen| screen.says("idle", "running"));
    terminal.keys("j");
    terminal.wait_until("its log", |s| s.selects("worker") && s.contains("(queue=mail)"));
    for (width, height) in [(60, 16), (120, 40), (80, 24)] {
        terminal.resize(width, height);
        let last = usize::from(height) - 1;
        terminal.wait_until("all of it", |s| s.selects("worker") && s.rows()[last].contains("? help"));
    }
    terminal.keys("x");
    terminal.wait_until("worker stopped", |screen| screen.says("worker", "stopped"));
    sandbox.wait_for("worker", Phase::Stopped);
    terminal.keys("q");
    assert!(terminal.end().success());
    assert_eq!(pids(&sandbox), [before[0], None, before[2]]);
}
