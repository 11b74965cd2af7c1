//! The bytes of a journal as the server wrote them: ostler's own lines are left out, with the newline before them.

use std::io;
use std::ops::Range;

use jiff::Timestamp;

use super::filter::Filter;
use super::packed::Damage;
use super::reader::{Budget, Lost, Reader, place_forwards, retry};
use super::walk::View;
use crate::model::{LogCursor, LogLine, Stream};

/// Lines that are looked at in one go for the place where the last ones begin.
const LINES: usize = 200;

/// Bytes, and where to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raw {
    /// In the order in which they were written.
    pub bytes: Vec<u8>,
    /// From here [`Reader::raw`] goes on.
    pub next: LogCursor,
    /// What the writer rotated away before it was read: from where to where.
    pub lagged: Option<Lost>,
    /// Nothing more for now.
    pub at_end: bool,
}

impl Reader {
    /// About `max` bytes after `from` that the server wrote, of one stream or of both. Segment 0 is the beginning,
    /// wherever that is now. What a damaged packed segment has lost is an error, after all that is before it.
    pub fn raw(&self, from: LogCursor, max: usize, stream: Option<Stream>) -> io::Result<Raw> {
        retry(|| {
            let mut view = View::new(self.dir())?;
            let Some((mut at, lagged)) = place_forwards(&mut view, from)? else {
                return Ok(Raw { bytes: Vec::new(), next: from, lagged: None, at_end: true });
            };
            let mut bytes = Vec::new();
            loop {
                let room = max.max(1).saturating_sub(bytes.len());
                if room == 0 {
                    return Ok(Raw { bytes, next: at, lagged, at_end: false });
                }
                let read = match read(&mut view, at, room as u64, stream, &mut bytes) {
                    // it begins the next call
                    Err(error) if Damage::of(&error).is_some() && !bytes.is_empty() => {
                        return Ok(Raw { bytes, next: at, lagged, at_end: false });
                    }
                    other => other?,
                };
                if let Some(next) = read {
                    at = next;
                } else if let Some(segment) = view.after(at.segment) {
                    at = LogCursor { segment, offset: 0 };
                } else {
                    return Ok(Raw { bytes, next: at, lagged, at_end: true });
                }
            }
        })
    }

    /// Where to begin, so that `raw` gives the last `lines` lines of the server, or those of `since` and later, or both;
    /// with neither, all that is kept. A line that was being written then may be there in part.
    pub fn raw_from(
        &self,
        lines: Option<usize>,
        since: Option<Timestamp>,
        stream: Option<Stream>,
    ) -> io::Result<LogCursor> {
        let last = lines.map(|lines| self.last(lines, stream)).transpose()?;
        let later = since.map(|since| self.since(since)).transpose()?;
        Ok(last.max(later).unwrap_or_default())
    }

    /// Before the last `left` lines.
    fn last(&self, mut left: usize, stream: Option<Stream>) -> io::Result<LogCursor> {
        let filter = stream.map(|stream| Filter::default().with_stream(Some(stream)));
        let mut before = None;
        loop {
            let page = self.back(before, left.saturating_add(1).min(LINES), filter.as_ref())?;
            for line in page.lines.iter().rev().filter(|line| line.stream != Stream::System) {
                if left == 0 {
                    return Ok(line.cursor);
                }
                left -= 1;
            }
            if page.at_end {
                return Ok(LogCursor::default());
            }
            before = Some(page.before);
        }
    }

    /// Before the first line that began at `since` or later.
    fn since(&self, since: Timestamp) -> io::Result<LogCursor> {
        let place = self.seek_time(since)?;
        // what was written then may be the rest of a line
        let first = self.forward(place, Budget { lines: 1, ..Budget::default() }, None)?;
        let is_rest = |line: &&LogLine| line.at < since && line.stream != Stream::System;
        Ok(first.lines.first().filter(is_rest).map_or(place, |line| line.cursor))
    }
}

/// Reads what is wanted of the segment from `at` on, at most `room` bytes; `None` at the segment's end.
fn read(
    view: &mut View<'_>,
    at: LogCursor,
    room: u64,
    stream: Option<Stream>,
    out: &mut Vec<u8>,
) -> io::Result<Option<LogCursor>> {
    let segment = view.segment(at.segment)?;
    let (mut offset, mut found) = (at.offset, 0);
    // what many small writes brought is read at once
    let mut ranges: Vec<Range<u64>> = Vec::new();
    while found < room
        && let Some(extent) = segment.extent_at(offset)?
    {
        let is_wanted = extent.origin.stream != Stream::System
            && stream.is_none_or(|stream| stream == extent.origin.stream);
        let end = if is_wanted { extent.end.min(offset + room - found) } else { extent.end };
        if is_wanted {
            found += end - offset;
            match ranges.last_mut() {
                Some(last) if last.end == offset => last.end = end,
                _ => ranges.push(offset..end),
            }
        }
        offset = end;
    }
    if offset == at.offset {
        return Ok(None);
    }
    for range in ranges {
        let start = out.len();
        out.resize(start + (range.end - range.start) as usize, 0);
        if let Err(error) = segment.read(&mut out[start..], range.start) {
            let place = Damage::of(&error).map_or(0, |damage| damage.from).max(range.start);
            out.truncate(start + (place - range.start) as usize);
            if Damage::of(&error).is_none() || place == at.offset {
                return Err(error);
            }
            return Ok(Some(LogCursor { offset: place, ..at }));
        }
    }
    Ok(Some(LogCursor { offset, ..at }))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::Writer;
    use super::*;
    use crate::model::LogPolicy;

    fn reader(dir: &Path) -> Reader {
        Reader::new(dir.to_owned(), "shop/api".parse().unwrap())
    }

    /// All that is there from a place on, in calls of `max` bytes.
    fn all(reader: &Reader, mut from: LogCursor, max: usize, stream: Option<Stream>) -> String {
        let mut bytes = Vec::new();
        loop {
            let raw = reader.raw(from, max, stream).unwrap();
            assert!(raw.bytes.len() <= max && raw.lagged.is_none());
            bytes.extend(raw.bytes);
            from = raw.next;
            if raw.at_end {
                return String::from_utf8(bytes).unwrap();
            }
        }
    }

    /// Room for about three of the lines below.
    fn small() -> LogPolicy {
        serde_json::from_str(r#"{"max_size": 300, "keep": 50}"#).unwrap()
    }

    #[test]
    fn what_the_server_wrote_comes_out_as_it_was_over_segments_and_own_lines() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = Writer::open(dir.path(), small()).unwrap();
        let mut wrote = [String::new(), String::new()];
        for n in 0..200_u64 {
            let (stream, at) = if n % 3 == 0 { (Stream::Stderr, 1) } else { (Stream::Stdout, 0) };
            let text = format!("line {n}{}", if n % 4 == 0 { "" } else { "\r\n" });
            writer.append(n, stream, text.as_bytes()).unwrap();
            wrote[at].push_str(&text);
            if n % 5 == 0 {
                writer.system(n, "exited").unwrap();
            }
        }
        let reader = reader(dir.path());
        for max in [1, 7, 1 << 20] {
            assert_eq!(all(&reader, LogCursor::default(), max, Some(Stream::Stdout)), wrote[0]);
            assert_eq!(all(&reader, LogCursor::default(), max, Some(Stream::Stderr)), wrote[1]);
        }
        let both = all(&reader, LogCursor::default(), 64, None);
        assert_eq!(both.len(), wrote[0].len() + wrote[1].len());
        assert!(both.starts_with("line 0line 1\r\nline 2\r\nline 3\r\nline 4line 5"), "{both}");
    }

    #[test]
    fn it_begins_at_a_line() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = Writer::open(dir.path(), small()).unwrap();
        for n in 1..=60_u64 {
            writer.append(n * 1_000_000, Stream::Stdout, format!("{n} ").as_bytes()).unwrap();
            writer.append(n * 1_000_000 + 500_000, Stream::Stdout, b"end\n").unwrap();
            writer.system(n * 1_000_000 + 600_000, "said").unwrap();
        }
        writer.append(61_000_000, Stream::Stdout, b"open").unwrap();
        let reader = reader(dir.path());
        let from = |lines, since_ms: Option<i64>| {
            let since = since_ms.map(|ms| Timestamp::from_millisecond(ms).unwrap());
            let place = reader.raw_from(lines, since, None).unwrap();
            all(&reader, place, 64, None)
        };
        assert_eq!(from(Some(0), None), "");
        assert_eq!(from(Some(1), None), "open");
        assert_eq!(from(Some(3), None), "59 end\n60 end\nopen");
        assert!(from(Some(999), None).starts_with("1 end\n2 end\n"));
        assert_eq!(from(None, None), from(Some(999), None));
        assert_eq!(from(None, Some(59_000)), "59 end\n60 end\nopen");
        assert_eq!(from(None, Some(59_200)), "60 end\nopen", "from within a line: the next one");
        assert_eq!(from(Some(2), Some(1_000)), "60 end\nopen");
        assert_eq!(from(None, Some(99_000)), "");
    }

    #[test]
    fn what_was_rotated_away_is_told() {
        let dir = tempfile::tempdir().unwrap();
        assert!(reader(dir.path()).raw(LogCursor::default(), 9, None).unwrap().at_end);
        let policy = serde_json::from_str(r#"{"max_size": 300, "keep": 2}"#).unwrap();
        let mut writer = Writer::open(dir.path(), policy).unwrap();
        for n in 0..200_u64 {
            writer.append(n, Stream::Stdout, format!("line {n}\n").as_bytes()).unwrap();
        }
        let raw = reader(dir.path()).raw(LogCursor { segment: 1, offset: 7 }, 9, None).unwrap();
        let lost = raw.lagged.unwrap();
        assert_eq!(lost.0, LogCursor { segment: 1, offset: 7 });
        assert!(lost.1.segment > 2 && raw.bytes.starts_with(b"line "));
    }
}
