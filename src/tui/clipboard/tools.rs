//! Programs that fill a clipboard.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// How long one may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// A program with its arguments; it reads the text from its standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tool(Vec<&'static str>);

impl Tool {
    pub(super) fn of(words: &[&'static str]) -> Self {
        Self(words.to_vec())
    }

    /// Its name.
    pub(super) fn name(&self) -> &'static str {
        self.0.first().copied().unwrap_or_default()
    }
}

/// Those that may work here, the best first. Whether one is installed shows when it is run.
pub(super) fn tools(env: impl Fn(&str) -> Option<String>) -> Vec<Tool> {
    let is_remote = env("SSH_CONNECTION").is_some();
    // Over SSH a display counts if it leads back to the user: X11 that is forwarded has a host before its number, and
    // waypipe has its own name. `:0` is the screen of a box at which nobody sits.
    let wayland = env("WAYLAND_DISPLAY").filter(|name| !is_remote || name.contains("waypipe"));
    let x11 =
        env("DISPLAY").filter(|name| !is_remote || !(name.starts_with(':') || name.starts_with("unix")));
    let mut tools = Vec::new();
    if wayland.is_some() {
        tools.push(Tool::of(&["wl-copy"]));
    }
    if x11.is_some() {
        tools.push(Tool::of(&["xclip", "-selection", "clipboard"]));
        tools.push(Tool::of(&["xsel", "--clipboard", "--input"]));
    }
    if env("TMUX").is_some() {
        tools.push(Tool::of(&["tmux", "load-buffer", "-w", "-"]));
    }
    tools
}

/// Runs it with this text; why it failed, in words.
pub(super) async fn copy_with(tool: &Tool, text: &[u8], patience: Duration) -> Result<(), String> {
    let Some((name, args)) = tool.0.split_first() else { return Err("no program".to_owned()) };
    // Those for a display live on and serve the text: nothing of ours may stay open in them, and no signal to the
    // dashboard's group may end them.
    let mut child = Command::new(name)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| error.to_string())?;
    let input = child.stdin.take();
    let run = async {
        if let Some(mut input) = input {
            // One that ends without reading all of it says so by its exit.
            let _ = input.write_all(text).await;
        }
        child.wait().await
    };
    match tokio::time::timeout(patience, run).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(status.to_string()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no end within {patience:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(pairs: &[(&str, &str)]) -> Vec<&'static str> {
        let env =
            |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        tools(env).iter().map(Tool::name).collect()
    }

    #[test]
    fn a_display_comes_before_tmux_and_a_remote_box_has_none_of_its_own() {
        let ssh = ("SSH_CONNECTION", "1.2.3.4 5 6.7.8.9 22");
        let tmux = ("TMUX", "/tmp/tmux,1,0");
        assert_eq!(names(&[]), [""; 0]);
        assert_eq!(names(&[("DISPLAY", ":0"), tmux]), ["xclip", "xsel", "tmux"]);
        assert_eq!(
            names(&[("WAYLAND_DISPLAY", "wayland-0"), ("DISPLAY", ":0")]),
            ["wl-copy", "xclip", "xsel"]
        );
        assert_eq!(names(&[("WAYLAND_DISPLAY", "wayland-0"), ("DISPLAY", ":0"), ssh, tmux]), ["tmux"]);
        assert_eq!(names(&[("DISPLAY", "localhost:10.0"), ssh]), ["xclip", "xsel"]);
    }

    #[tokio::test]
    async fn what_is_missing_or_fails_says_so_and_what_hangs_is_ended() {
        let copy = |words: &[&'static str], patience| {
            let tool = Tool::of(words);
            async move { copy_with(&tool, &vec![b'x'; 1 << 20], patience).await }
        };
        assert!(copy(&["no-such-clipboard-tool"], PATIENCE).await.is_err());
        assert!(copy(&["false"], PATIENCE).await.is_err());
        assert!(copy(&["true"], PATIENCE).await.is_ok());
        let hung = copy(&["sleep", "1000"], Duration::from_millis(20)).await;
        assert_eq!(hung, Err("no end within 20ms".to_owned()));
    }
}
