//! Writes a log into a file, beside everything else: what comes is written at once, so that a log of any length takes
//! little memory, and a slow disk holds back nothing but the reading.
//!
//! The file is written under another name and gets its own one at the end; nothing that is there is overwritten.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::failure;
use super::logs::{ALL, open};
use crate::api::{LogItem, LogQuery};
use crate::client::{Client, ClientError};
use crate::model::{LogCursor, LogLine, Stream};
use crate::text;
use crate::tui::log_time;
use crate::tui::message::{Failure, Message, SaveNews};
use crate::tui::model::log_look::Times;
use crate::tui::model::saving::{SaveForm, SaveJob};

/// Parts that may wait for the disk; each is at most a part of an answer, or [`PART`].
const QUEUE: usize = 16;
/// Bytes of lines that are written at once.
const PART: usize = 64 << 10;
/// Between two words about how far it is.
const TELL: Duration = Duration::from_secs(1);
/// What a server logs may be nobody else's business.
const PRIVATE: u32 = 0o600;
/// Names that are tried: `x.log`, `x-2.log`…
const NAMES: u32 = 100;

/// What goes to the disk. Without an [`Part::End`] what was written is no whole log, and goes.
enum Part {
    Bytes(Vec<u8>),
    End,
}

/// Why it failed.
#[derive(Debug, thiserror::Error)]
enum SaveError {
    #[error("a file can't be written in any of {tried}; the last said: {source}")]
    NoPlace { tried: String, source: io::Error },
    #[error("{} can't be written: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("it was broken off")]
    BrokenOff,
}

/// Saves a log in the first of `places` where a file can be written, and tells how it goes.
pub(super) async fn save(
    client: Client,
    job: SaveJob,
    places: Vec<PathBuf>,
    messages: mpsc::Sender<Message>,
) {
    let name = job.name.clone();
    let (parts, inbox) = mpsc::channel(QUEUE);
    let stem = job.stem.clone();
    let writer = tokio::task::spawn_blocking(move || write(&places, &stem, inbox));
    let mut out =
        Out { parts, messages: messages.clone(), name: name.clone(), written: 0, told: Instant::now() };
    let read = match &job.form {
        SaveForm::Raw => raw(&client, &job, &mut out).await,
        SaveForm::Shown { .. } => shown(&client, &job, &mut out).await,
    };
    if read.is_ok() {
        let _ = out.parts.send(Part::End).await;
    }
    drop(out);
    let written = writer.await.unwrap_or(Err(SaveError::BrokenOff));
    // What stopped the writing stopped the reading too; what stopped the reading is said by the client.
    let result = match (written, read) {
        (Ok(done), _) => Ok(done),
        (Err(SaveError::BrokenOff), Err(Stop::Read(error))) => Err(failure(&error)),
        (Err(error), _) => Err(Failure { message: error.to_string(), hint: None }),
    };
    let _ = messages.send(Message::Saving { name, news: SaveNews::Ended(result) }).await;
}

/// Why no more is read.
enum Stop {
    Read(ClientError),
    /// The writer gave up.
    Write,
}

impl From<ClientError> for Stop {
    fn from(error: ClientError) -> Self {
        Self::Read(error)
    }
}

struct Out {
    parts: mpsc::Sender<Part>,
    messages: mpsc::Sender<Message>,
    name: String,
    written: u64,
    told: Instant,
}

impl Out {
    async fn write(&mut self, bytes: Vec<u8>) -> Result<(), Stop> {
        self.written += bytes.len() as u64;
        self.parts.send(Part::Bytes(bytes)).await.map_err(|_| Stop::Write)?;
        self.tell(None);
        Ok(())
    }

    /// Says how far it is, now and then; with a full queue another time.
    fn tell(&mut self, share: Option<u64>) {
        if self.told.elapsed() >= TELL {
            self.told = Instant::now();
            let news = SaveNews::Going { written: self.written, share };
            let _ = self.messages.try_send(Message::Saving { name: self.name.clone(), news });
        }
    }
}

async fn raw(client: &Client, job: &SaveJob, out: &mut Out) -> Result<(), Stop> {
    let query = LogQuery { raw: true, ..LogQuery::default() };
    for server in &job.reading.servers {
        let mut stream = client.raw_log(server, &query).await?;
        while let Some(bytes) = stream.next().await {
            out.write(bytes?.to_vec()).await?;
        }
    }
    Ok(())
}

async fn shown(client: &Client, job: &SaveJob, out: &mut Out) -> Result<(), Stop> {
    let query = if job.reading.is_merged() {
        LogQuery { lines: Some(ALL), ..job.reading.query() }
    } else {
        LogQuery { from: Some(LogCursor::default()), ..job.reading.query() }
    };
    let mut stream = open(client, &job.reading, query, None).await?;
    let mut part = Vec::new();
    while let Some(item) = stream.next().await {
        match item? {
            LogItem::Line(wire) | LogItem::Context(wire) => {
                put(&mut part, job, &LogLine::from(wire));
                if part.len() >= PART {
                    out.write(std::mem::take(&mut part)).await?;
                }
            }
            LogItem::Break => part.extend_from_slice(b"--\n"),
            LogItem::Progress { searched, total, .. } => {
                out.tell(Some(searched.saturating_mul(100) / total.max(1)));
            }
            LogItem::Live { .. } | LogItem::Lagged { .. } | LogItem::Other => {}
        }
    }
    out.write(part).await
}

/// A line as text, in the words of `ostler logs`.
fn put(out: &mut Vec<u8>, job: &SaveJob, line: &LogLine) {
    if let SaveForm::Shown { times: Some(zone) } = &job.form {
        out.extend_from_slice(log_time::text(Times::Date, true, line.at, zone, None).as_bytes());
        out.push(b' ');
    }
    if job.reading.is_merged() {
        out.extend_from_slice(format!("{} | ", line.server).as_bytes());
    }
    let text = text::plain(&line.bytes);
    if line.stream == Stream::System {
        out.extend_from_slice(text::ours::MARK.as_bytes());
        out.push(b' ');
    } else if text::ours::is_like(&text) {
        out.extend_from_slice(b"(server) ");
    }
    out.extend_from_slice(text.as_bytes());
    if line.cut > 0 {
        out.extend_from_slice(format!(" [{} bytes left out]", line.cut).as_bytes());
    }
    out.push(b'\n');
}

/// Writes what comes; the file's path and its bytes.
fn write(
    places: &[PathBuf],
    stem: &str,
    mut inbox: mpsc::Receiver<Part>,
) -> Result<(PathBuf, u64), SaveError> {
    let (place, part, mut file) = begin(places, stem)?;
    let written =
        fill(&mut file, &mut inbox).map_err(|source| SaveError::Write { path: part.clone(), source });
    let ended = match written {
        Ok(Some(written)) => finish(place, stem, &part).map(|path| (path, written)),
        Ok(None) => Err(SaveError::BrokenOff),
        Err(error) => Err(error),
    };
    if ended.is_err() {
        // It may be what fills the disk.
        let _ = fs::remove_file(&part);
    }
    ended
}

/// Bytes written; `None` if the log's end did not come.
fn fill(file: &mut File, inbox: &mut mpsc::Receiver<Part>) -> io::Result<Option<u64>> {
    let mut written = 0;
    loop {
        match inbox.blocking_recv() {
            Some(Part::Bytes(bytes)) => {
                file.write_all(&bytes)?;
                written += bytes.len() as u64;
            }
            Some(Part::End) => {
                file.sync_all()?;
                return Ok(Some(written));
            }
            None => return Ok(None),
        }
    }
}

/// A new file in the first place that takes one.
fn begin<'a>(places: &'a [PathBuf], stem: &str) -> Result<(&'a Path, PathBuf, File), SaveError> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for place in places {
        match new_file(place, stem, "log.part") {
            Ok((path, file)) => return Ok((place, path, file)),
            Err(error) => last = error,
        }
    }
    let tried: Vec<_> = places.iter().map(|place| place.display().to_string()).collect();
    Err(SaveError::NoPlace { tried: tried.join(", "), source: last })
}

/// Gives the whole file its name.
fn finish(place: &Path, stem: &str, part: &Path) -> Result<PathBuf, SaveError> {
    let named = new_file(place, stem, "log").and_then(|(path, _)| fs::rename(part, &path).map(|()| path));
    named.map_err(|source| SaveError::Write { path: place.join(format!("{stem}.log")), source })
}

/// A file that was not there; others of the name get numbers.
fn new_file(place: &Path, stem: &str, end: &str) -> io::Result<(PathBuf, File)> {
    let mut number = 1;
    loop {
        let name = if number == 1 { format!("{stem}.{end}") } else { format!("{stem}-{number}.{end}") };
        let path = place.join(name);
        match OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < NAMES => number += 1,
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(
        places: &[PathBuf],
        parts: impl IntoIterator<Item = Part>,
    ) -> Result<(PathBuf, u64), SaveError> {
        let (sender, inbox) = mpsc::channel(QUEUE);
        for part in parts {
            assert!(sender.try_send(part).is_ok());
        }
        drop(sender);
        write(places, "shop-api-1", inbox)
    }

    fn names(place: &Path) -> Vec<String> {
        let all = fs::read_dir(place).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = all.collect();
        names.sort();
        names
    }

    #[test]
    fn nothing_is_overwritten_and_what_is_not_whole_goes() {
        let place = tempfile::tempdir().unwrap();
        let places = [place.path().join("is not there"), place.path().to_owned()];
        let whole = || [Part::Bytes(b"one\n".to_vec()), Part::Bytes(b"two".to_vec()), Part::End];
        for name in ["shop-api-1.log", "shop-api-1-2.log"] {
            let (path, bytes) = written(&places, whole()).unwrap();
            assert_eq!((path.file_name().unwrap().to_str().unwrap(), bytes), (name, 7));
            assert_eq!(fs::read(path).unwrap(), b"one\ntwo");
        }
        let broken = written(&places, [Part::Bytes(b"half".to_vec())]);
        assert!(matches!(broken, Err(SaveError::BrokenOff)), "{broken:?}");
        assert_eq!(names(place.path()), ["shop-api-1-2.log", "shop-api-1.log"]);
    }

    #[test]
    fn where_it_can_not_be_written_is_said() {
        let place = tempfile::tempdir().unwrap();
        let gone = place.path().join("gone");
        let error = written(std::slice::from_ref(&gone), [Part::End]).unwrap_err().to_string();
        assert!(error.contains(gone.to_str().unwrap()) && error.contains("No such file"), "{error}");
    }

    #[test]
    fn a_disk_that_is_full_is_an_error() {
        let mut full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let (sender, mut inbox) = mpsc::channel(QUEUE);
        assert!(sender.try_send(Part::Bytes(b"x".to_vec())).is_ok());
        let error = fill(&mut full, &mut inbox).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}
