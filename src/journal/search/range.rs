//! How far it is from one place of a journal to another.

use std::io;

use crate::model::LogCursor;

use super::super::walk::View;

/// Bytes of log from `from` to `to`, as far as they are there.
pub(in crate::journal) fn span(view: &mut View<'_>, from: LogCursor, to: LogCursor) -> io::Result<u64> {
    let mut bytes = 0;
    let numbers: Vec<u64> =
        view.numbers().iter().copied().filter(|n| (from.segment..=to.segment).contains(n)).collect();
    for number in numbers {
        let end = view.segment(number)?.end();
        let begin = if number == from.segment { from.offset.min(end) } else { 0 };
        let end = if number == to.segment { to.offset.min(end) } else { end };
        bytes += end.saturating_sub(begin);
    }
    Ok(bytes)
}

/// The place `bytes` before `at`, which is in a segment that is there; or the beginning.
pub(in crate::journal) fn step_back(view: &mut View<'_>, at: LogCursor, bytes: u64) -> io::Result<LogCursor> {
    let (mut at, mut left) = (at, bytes);
    loop {
        at.offset = at.offset.min(view.segment(at.segment)?.end());
        if left <= at.offset {
            return Ok(LogCursor { offset: at.offset - left, ..at });
        }
        left -= at.offset;
        let Some(before) = view.before(at.segment) else { return Ok(LogCursor { offset: 0, ..at }) };
        at = LogCursor { segment: before, offset: u64::MAX };
    }
}
