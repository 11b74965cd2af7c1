//! Searching a journal: which lines of a part of it a filter wants, at the speed of the library that ripgrep is made of.
//!
//! # How it works
//!
//! The part is cut into [stretches](stretch), each of one segment and of at most [`STRETCH`] bytes. A stretch is read
//! and searched without knowing what comes before it, so several threads do that at once; then what they found is
//! [joined](join) in order. Of each slot, a stretch gives the end of its first line (its head: the line may have begun
//! before), the wanted ones of the lines that lie in it, and the beginning of its last (its tail). So a line is put
//! together over any number of stretches and segments.
//!
//! [Within a stretch](look), the bytes between two places where streams meet inside a line are whole lines in a row,
//! whatever records they came in. Such a block is given to [`pattern::matching`] at once, which looks for a literal
//! that each match has, where there is one, and otherwise runs an automaton over all lines; only lines that may match
//! are looked at alone. Blocks with escapes or carriage returns are searched as they are [shown]. Lines that are
//! judged one by one, slower: those with a piece of another stream inside, longer ones than a reader takes, ostler's
//! own, all if the pattern cannot work on blocks, if there is none, or if a level is asked for.
//!
//! A level is also that of the lines that go on with a line of that level, as [`Run`] tells from the lines before: see
//! [runs]. So where one is asked for, stretches are searched one after the other.
//!
//! [`Run`]: crate::text::runs::Run
//!
//! # Promises
//!
//! * It finds exactly the lines that reading all of them and asking for each finds, in the order in which they ended,
//!   whatever the budget of a call; forwards and backwards. (As far as the clock only went forward: `since` and `until`
//!   leave out what the index says is outside. Where an index has holes, which lines have not ended is only as far known
//!   as what is left of it tells.)
//! * Time is linear in the bytes that are looked at. A call looks at its budget of them, and at little more: for the
//!   beginning of a line or a run that it starts in. Between calls it can be left.
//! * Memory is that of the lines returned, the buffers ([`STRETCH`] and as much again for each thread), and what a
//!   pattern's automaton may take.

mod drive;
mod join;
mod look;
mod pattern;
mod range;
mod runs;
mod shown;
mod stretch;

use super::pack::LOG_FRAME;

pub(super) use drive::{Search, Sought};
pub(super) use pattern::Pattern;
pub(super) use range::{seek, span};

/// Bytes of a stretch at most: they stay in the processor's cache while they are looked at several times.
pub(super) const STRETCH: u64 = 256 * 1024;

// so a stretch lies within one frame of a packed segment, and is damaged as a whole or not at all
const _: () = assert!((LOG_FRAME as u64).is_multiple_of(STRETCH));

/// Threads of one call at most: more would take the box from the servers.
const THREADS_MAX: usize = 4;
