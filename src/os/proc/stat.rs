//! One line of `/proc/PID/stat`.

use super::Process;

/// Reads a whole line. `None` if it is not one: half a line, or a name without its parenthesis.
///
/// The second field is the process's own name in parentheses and may hold anything, parentheses, spaces and newlines
/// included; no field after it has one, so the last `)` ends it.
pub(in crate::os) fn parse(line: &[u8]) -> Option<Process> {
    let opening = line.iter().position(|byte| *byte == b'(')?;
    let closing = line.iter().rposition(|byte| *byte == b')')?;
    let pid = number(line.get(..opening)?.trim_ascii())? as u32;
    let comm = String::from_utf8_lossy(line.get(opening + 1..closing)?).into_owned();
    // field 3, the state, comes first
    let mut fields =
        line.get(closing + 1..)?.split(u8::is_ascii_whitespace).filter(|field| !field.is_empty());
    let state = char::from(*fields.next()?.first()?);
    let parent = number(fields.next()?)? as u32;
    let pgrp = number(fields.next()?)? as u32;
    let session = number(fields.next()?)? as u32;
    // 7 tty_nr, 8 tpgid, 9 flags, 10 to 13 page faults
    let mut fields = fields.skip(7);
    let own_ticks = number(fields.next()?)?.saturating_add(number(fields.next()?)?);
    let reaped_ticks = number(fields.next()?)?.saturating_add(number(fields.next()?)?);
    // 18 priority, 19 nice, 20 num_threads, 21 itrealvalue
    let mut fields = fields.skip(4);
    let start_ticks = number(fields.next()?)?;
    // 23 vsize
    let rss_pages = number(fields.nth(1)?)?;
    // a 25th field shows that the number before it is whole
    fields.next()?;
    Some(Process {
        pid,
        ppid: parent,
        pgrp,
        session,
        state,
        start_ticks,
        own_ticks,
        reaped_ticks,
        rss_pages,
        comm,
    })
}

/// A decimal number; what is below zero (the resident pages of a process that exits can be) counts as zero.
fn number(field: &[u8]) -> Option<u64> {
    let (digits, negative) = match field.strip_prefix(b"-") {
        Some(digits) => (digits, true),
        None => (field, false),
    };
    if digits.is_empty() {
        return None;
    }
    let value = digits.iter().try_fold(0_u64, |value, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        value.checked_mul(10)?.checked_add(digit)
    })?;
    Some(if negative { 0 } else { value })
}
