//! Places of a journal: how far it is from one to another, which was written when, and what lies between two.

use std::io;

use crate::model::LogCursor;

use super::super::walk::View;
use super::stretch::Stretch;

/// Bytes of log from `from` to `to`, as far as they are there.
pub(in crate::journal) fn span(view: &mut View<'_>, from: LogCursor, to: LogCursor) -> io::Result<u64> {
    let mut bytes = 0;
    let numbers: Vec<u64> =
        view.numbers().iter().copied().filter(|n| (from.segment..=to.segment).contains(n)).collect();
    for number in numbers {
        let (begin, end) = part(view, number, from, to)?;
        bytes += end.saturating_sub(begin);
    }
    Ok(bytes)
}

/// What segment `number` has between two places.
fn part(view: &mut View<'_>, number: u64, from: LogCursor, to: LogCursor) -> io::Result<(u64, u64)> {
    let end = view.segment(number)?.end();
    let end = if number == to.segment { to.offset.min(end) } else { end };
    Ok((if number == from.segment { from.offset.min(end) } else { 0 }, end))
}

/// The first place that was written at `at_us` (microseconds since 1970) or later; `None` if all is earlier.
pub(in crate::journal) fn seek(view: &mut View<'_>, at_us: i64) -> io::Result<Option<LogCursor>> {
    let numbers = view.numbers().to_vec();
    // segments are opened for this, and a compressed log may have a thousand
    let (mut low, mut high) = (0, numbers.len());
    while low < high {
        let mid = low + (high - low) / 2;
        if view.segment(numbers[mid])?.first_time()? < at_us {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    let later = numbers.get(low).map(|number| LogCursor { segment: *number, offset: 0 });
    let Some(before) = low.checked_sub(1) else { return Ok(later) };
    let segment = numbers[before];
    let found = view.segment(segment)?.seek(at_us)?;
    Ok(found.map(|offset| LogCursor { segment, offset }).or(later))
}

/// The place `bytes` before `at`, which is in a segment that is there; or the beginning.
pub(super) fn step_back(view: &mut View<'_>, at: LogCursor, bytes: u64) -> io::Result<LogCursor> {
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

/// The stretches from `from`, which is in a segment that is there, to `to`, `bytes` at most, cut at
/// multiples of `size`; and where they end.
pub(super) fn cut(
    view: &mut View<'_>,
    from: LogCursor,
    to: LogCursor,
    bytes: u64,
    size: u64,
) -> io::Result<(Vec<Stretch>, LogCursor)> {
    let (mut at, mut left) = (from, bytes);
    let mut stretches = Vec::new();
    while at < to && left > 0 {
        let (_, end) = part(view, at.segment, at, to)?;
        if end <= at.offset {
            let Some(after) = view.after(at.segment).filter(|after| *after <= to.segment) else { break };
            at = LogCursor { segment: after, offset: 0 };
            continue;
        }
        // up to a multiple: so stretches are the same for several calls, and pages are read whole
        let whole = (at.offset / size + 1) * size;
        let end = end.min(whole).min(at.offset.saturating_add(left));
        stretches.push(Stretch { segment: at.segment, start: at.offset, end });
        left -= end - at.offset;
        at.offset = end;
    }
    Ok((stretches, at))
}
