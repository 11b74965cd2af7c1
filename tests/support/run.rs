//! Runs of the program.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use super::{PATIENCE, look_until};

/// How a run ended and what it said.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    /// What was typed, for whoever reads a failure.
    #[allow(dead_code, reason = "shown by Debug")]
    line: String,
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Output {
    /// It must have succeeded.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        self.exits(0)
    }

    /// It must have ended with this code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// It must have failed with this code, have said this, and have given a hint.
    #[track_caller]
    pub(crate) fn fails(self, code: i32, said: &str) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        let errors = self.err.starts_with("error: ") || self.err.contains("\nerror: ");
        assert!(errors && self.err.contains(said), "{self:#?}");
        // clap has a way of its own to give one
        let hint = ["  hint: ", "--help"].iter().any(|hint| self.err.contains(hint));
        assert!(hint, "without a hint: {self:#?}");
        self
    }
}

/// Runs it to its end. One that hangs, or leaves somebody behind who holds its output open, fails the test.
pub(crate) fn run(mut command: Command, line: &str) -> Output {
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let out = read_all(child.stdout.take().unwrap());
    let err = read_all(child.stderr.take().unwrap());
    let status = look_until(|| child.try_wait().unwrap());
    if status.is_none() {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let text = |receiver: Receiver<String>| {
        receiver.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("`{line}`: its output was left open"))
    };
    let (out, err) = (text(out), text(err));
    let Some(status) = status else { panic!("`{line}` does not end; it said:\n{out}{err}") };
    Output { line: line.to_owned(), code: status.code(), out, err }
}

fn read_all(mut from: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

/// A run that goes on while the test does. It is killed when dropped.
#[derive(Debug)]
pub(crate) struct Background {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Background {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, lines, seen: Vec::new() }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The next line for which `is` holds.
    #[track_caller]
    pub(crate) fn line(&mut self, is: impl Fn(&str) -> bool) -> String {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if is(&line) => return line,
                Ok(line) => self.seen.push(line),
                Err(error) => panic!("no such line ({error}); before: {:#?}", self.seen),
            }
        }
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Option<i32> {
        let status = look_until(|| self.child.try_wait().unwrap());
        status.expect("it does not end").code()
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // it may have ended
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
