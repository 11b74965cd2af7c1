//! Into the clipboard: by a tool where there is a display, by tmux within tmux, else by the terminal itself (OSC 52).
//!
//! The text also goes into the file `clipboard` of the state directory, whatever becomes of the rest. Everything is
//! done beside the loop, with a time limit: a tool that hangs is ended.

mod osc52;
mod tools;

use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::PathBuf;
use std::{fs, io};

use tokio::task::JoinHandle;

use super::message::{Copied, Message};

pub(crate) use osc52::osc52;
use tools::{PATIENCE, Tool, copy_with, tools};

/// What is still to be done on the loop, which alone writes to the terminal.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Nothing.
    Done(Message),
    /// These bytes go to the terminal, then this is told.
    Write(Vec<u8>, Message),
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Clipboard {
    tools: Vec<Tool>,
    is_in_screen: bool,
    file: PathBuf,
    task: Option<JoinHandle<Outcome>>,
}

impl Clipboard {
    /// As the environment has it; the last copy is kept in `file`.
    pub(crate) fn new(file: PathBuf, env: impl Fn(&str) -> Option<String>) -> Self {
        let env = |name: &str| env(name).filter(|value| !value.is_empty());
        let is_in_screen = env("STY").is_some() && env("TMUX").is_none();
        Self { tools: tools(env), is_in_screen, file, task: None }
    }

    /// Begins with it; a copy that is still under way is given up.
    pub(crate) fn copy(&mut self, what: String, text: String) {
        self.give_up();
        let (tools, file, is_in_screen) = (self.tools.clone(), self.file.clone(), self.is_in_screen);
        self.task = Some(tokio::spawn(copy(tools, file, is_in_screen, what, text)));
    }

    /// What came of it; never, where nothing is under way.
    pub(crate) async fn next(&mut self) -> Outcome {
        loop {
            let Some(task) = &mut self.task else { return std::future::pending().await };
            let ended = task.await;
            self.task = None;
            if let Ok(outcome) = ended {
                return outcome;
            }
        }
    }

    fn give_up(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

impl Drop for Clipboard {
    fn drop(&mut self) {
        self.give_up();
    }
}

async fn copy(tools: Vec<Tool>, file: PathBuf, is_in_screen: bool, what: String, text: String) -> Outcome {
    let bytes = text.clone();
    let kept = tokio::task::spawn_blocking(move || keep(&file, &bytes).map(|()| file)).await;
    let kept = kept.map_err(io::Error::other).and_then(|kept| kept);
    for tool in tools {
        // Most often it is not installed; the next one is as good.
        if copy_with(&tool, text.as_bytes(), PATIENCE).await.is_ok() {
            let copied = Copied { by: tool.name().to_owned(), cut: None, kept: None };
            return Outcome::Done(Message::Copied { what, result: Ok(copied) });
        }
    }
    let (bytes, taken) = osc52(&text, is_in_screen);
    let cut = (taken < text.len()).then_some((taken as u64, text.len() as u64));
    let copied = Copied { by: "OSC 52".to_owned(), cut, kept: kept.ok() };
    Outcome::Write(bytes, Message::Copied { what, result: Ok(copied) })
}

/// Readable by its owner alone, from its first byte on.
fn keep(file: &PathBuf, text: &str) -> io::Result<()> {
    let new = file.with_extension("new");
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let opened = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    opened.set_permissions(fs::Permissions::from_mode(0o600))?;
    io::Write::write_all(&mut &opened, text.as_bytes())?;
    fs::rename(&new, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without_tools(dir: &std::path::Path) -> Clipboard {
        Clipboard::new(dir.join("clipboard"), |_| None)
    }

    #[tokio::test]
    async fn without_a_tool_the_terminal_is_asked_and_the_text_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let mut clipboard = without_tools(dir.path());
        for text in ["first, and longer", "hi"] {
            clipboard.copy("it".into(), text.into());
            let Outcome::Write(bytes, Message::Copied { result: Ok(copied), .. }) = clipboard.next().await
            else {
                panic!("not by the terminal")
            };
            assert_eq!((bytes, copied.cut), (osc52(text, false).0, None));
            let file = dir.path().join("clipboard");
            assert_eq!(fs::read_to_string(&file).unwrap(), text);
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[tokio::test]
    async fn a_tool_that_fails_is_not_the_last_word_and_one_that_works_is() {
        let dir = tempfile::tempdir().unwrap();
        let mut clipboard = without_tools(dir.path());
        clipboard.tools = vec![Tool::of(&["false"]), Tool::of(&["sh", "-c", "cat > \"$0\"", "/dev/null"])];
        clipboard.copy("it".into(), "text".repeat(100_000));
        let Outcome::Done(Message::Copied { what, result }) = clipboard.next().await else {
            panic!("the terminal is asked")
        };
        assert_eq!((what.as_str(), result.unwrap().by.as_str()), ("it", "sh"));
    }
}
