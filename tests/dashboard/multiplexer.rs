//! Within tmux.

use std::process::Command;

use ostler::model::Phase;

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
