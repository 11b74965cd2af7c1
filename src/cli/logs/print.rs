//! From the items of a stream to lines on a terminal, in a pipe or in a file.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};

use futures_util::FutureExt as _;
use serde::Serialize;

use super::follow::Reader;
use super::line::Format;
use super::prompt::Prompt;
use super::sink::Sink;
use crate::api::{LogItem, WireLine};
use crate::cli::Failure;
use crate::cli::output::{Style, Tint, clean, escape_json, note};
use crate::model::LogLine;
use crate::text::human::grouped;

/// Bytes that are put together before they are printed.
const BATCH: usize = 64 << 10;

/// How a line is printed.
#[derive(Debug)]
pub(super) enum Shape {
    /// For people.
    Text(Box<Format>),
    /// The fields of a [`WireLine`].
    Json,
}

/// Prints items.
#[derive(Debug)]
pub(super) struct Printer {
    shape: Shape,
    style: Style,
    follow: bool,
    sink: Sink,
    batch: String,
    /// Lines that were printed.
    lines: u64,
    /// Standard error is a terminal: counts are told there.
    tells: bool,
    /// How far the search is, as it stands on the terminal now.
    progress: Option<String>,
    /// What the search found and left out in the end.
    counted: Option<(u64, u64)>,
    /// Where somebody watches one server: lines that have not ended are shown.
    prompt: Option<Prompt>,
}

/// A line as `--json` prints it.
#[derive(Serialize)]
struct JsonLine<'a> {
    #[serde(flatten)]
    line: &'a WireLine,
    /// It is there since it stands near one that was found.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    context: bool,
}

impl Printer {
    pub(super) fn new(shape: Shape, style: Style, follow: bool, sink: Sink) -> Self {
        let tells = io::stderr().is_terminal();
        Self {
            shape,
            style,
            follow,
            sink,
            batch: String::new(),
            lines: 0,
            tells,
            progress: None,
            counted: None,
            prompt: None,
        }
    }

    /// Where lines that have not ended are shown: on a terminal, of one server.
    pub(super) fn with_prompts(self, are_shown: bool) -> Self {
        let is_text = matches!(self.shape, Shape::Text(_));
        Self { prompt: (are_shown && is_text).then(Prompt::default), ..self }
    }

    /// Prints everything that `reader` brings.
    pub(super) async fn run(mut self, mut reader: Reader) -> Result<(), Failure> {
        let ended = self.copy(&mut reader).await;
        self.clear_progress();
        let printed = self.flush();
        ended?;
        printed?;
        self.sink.done(&plural(self.lines));
        if self.tells
            && let Some((matched, hidden)) = self.counted.filter(|(_, hidden)| *hidden > 0)
        {
            note(&format!("{} of {}", grouped(matched), plural(matched + hidden)));
        } else if self.tells && self.lines == 0 && !self.follow {
            note("no lines");
        }
        Ok(())
    }

    async fn copy(&mut self, reader: &mut Reader) -> Result<(), Failure> {
        while let Some(item) = reader.next().await? {
            self.add(item)?;
            while self.batch.len() < BATCH {
                match reader.next().now_or_never() {
                    Some(Ok(Some(item))) => self.add(item)?,
                    Some(Ok(None)) => return Ok(()),
                    Some(Err(error)) => return Err(error),
                    None => break,
                }
            }
            self.flush()?;
        }
        Ok(())
    }

    fn add(&mut self, item: LogItem) -> Result<(), Failure> {
        match item {
            // it comes again when it is whole; without following there is no later
            LogItem::Line(line) | LogItem::Context(line) if line.partial && self.follow => self.partial(line),
            LogItem::Line(line) => self.line(line, true)?,
            LogItem::Context(line) => self.line(line, false)?,
            LogItem::Break => {
                if matches!(self.shape, Shape::Text(_)) {
                    self.put(&self.style.paint(Tint::Dim, "--"));
                }
            }
            LogItem::Lagged { server, from, to } => {
                self.clear_progress();
                note(&clean(&format!(
                    "{server}: {from} to {to} is lost: rotated away before it could be read, or damaged on disk"
                )));
            }
            LogItem::Progress { searched, total, matched, hidden } => {
                self.counted = Some((matched, hidden));
                self.show_progress(searched, total, matched)?;
            }
            LogItem::Live { .. } => self.clear_progress(),
            LogItem::Other => {}
        }
        Ok(())
    }

    fn line(&mut self, line: WireLine, is_found: bool) -> Result<(), Failure> {
        self.lines += 1;
        match &self.shape {
            Shape::Text(format) => {
                let text = format.line(&LogLine::from(line), is_found);
                self.put(&text);
            }
            Shape::Json => {
                let json = serde_json::to_string(&JsonLine { line: &line, context: !is_found })
                    .map_err(|error| Failure::new(format!("cannot write JSON: {error}")))?;
                let _ = writeln!(self.batch, "{}", escape_json(&json));
            }
        }
        Ok(())
    }

    /// A line of text, in a row of its own.
    fn put(&mut self, text: &str) {
        match &mut self.prompt {
            Some(prompt) => self.batch.push_str(&prompt.whole(text)),
            None => {
                let _ = writeln!(self.batch, "{text}");
            }
        }
    }

    fn partial(&mut self, line: WireLine) {
        if let (Shape::Text(format), Some(prompt)) = (&self.shape, &mut self.prompt) {
            self.batch.push_str(&prompt.unfinished(&format.line(&LogLine::from(line), true)));
        }
    }

    fn flush(&mut self) -> Result<(), Failure> {
        if self.batch.is_empty() {
            return Ok(());
        }
        self.clear_progress();
        let written = self.sink.write(self.batch.as_bytes());
        self.batch.clear();
        written
    }

    /// Tells on the terminal how far the search is, below what it found.
    fn show_progress(&mut self, searched: u64, total: u64, matched: u64) -> Result<(), Failure> {
        if !self.tells || searched >= total {
            self.clear_progress();
            return Ok(());
        }
        self.flush()?;
        let percent = searched.saturating_mul(100) / total.max(1);
        let text = format!("ostler: searched {percent} %, found {}", plural(matched));
        if self.progress.as_ref() != Some(&text) {
            // where even this can't be written, the lines tell
            let _ = write!(io::stderr(), "\r\x1b[K{text}");
            self.progress = Some(text);
        }
        Ok(())
    }

    fn clear_progress(&mut self) {
        if self.progress.take().is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

fn plural(lines: u64) -> String {
    format!("{} line{}", grouped(lines), if lines == 1 { "" } else { "s" })
}
