//! The log of a server: segment files with an index each; appended by its keeper, read by everybody else.
//!
//! `<n>.log` holds the bytes as the server wrote them, `<n>.idx` when and on which stream each write came
//! (`format`), `current` links to the newest log. A place is a [`LogCursor`]; the newest segment only grows, so a
//! cursor never means another byte later. Start with [`Writer`] or [`Reader`].
//!
//! # Promises
//!
//! * The log is written before its record. A reader of the newest segment sees the bytes that have a record; bytes
//!   without one (a writer was killed in between, or the index is lost) are seen when the log has rested for
//!   [`IDLE`], as [`Stream::Unknown`]. Since readers go by the byte, nothing is lost or doubled by that.
//! * A writer that finds the index torn or missing, or the end of the log lost, puts that right and says so in a line; a
//!   clean journal it takes as it is. One whose files are deleted goes on in a new segment, without losing a byte of what
//!   it is given then; one whose files are moved away notices within a second.
//! * A follower that calls [`Reader::forward`] with the `next` of the page before gets every line exactly once, or a
//!   `lagged` that says from where to where the writer has rotated away what it had not read.
//! * Lines are put together for each stream: pieces of stdout and stderr may alternate. Lines come in the order in
//!   which they ended.
//! * Readers take as much memory as the lines they return, each at most [`LINE_MAX`]; a longer line loses its end
//!   ([`LogLine::cut`]), however long it is.
//! * All segments together, indexes counted in, never take more than `max_size * keep` bytes.
//!
//! [`LogCursor`]: crate::model::LogCursor
//! [`LogLine::cut`]: crate::model::LogLine::cut
//! [`Stream::Unknown`]: crate::model::Stream::Unknown

mod filter;
mod format;
mod lines;
mod raw;
mod reader;
mod search;
mod segment;
mod segments;
mod tail;
mod walk;
mod writer;

pub use filter::{BadPattern, Filter};
pub use lines::LINE_MAX;
pub use raw::Raw;
pub use reader::{Budget, Page, Reader};
pub use segment::IDLE;
pub use writer::{MIN_SEGMENT, Writer};

#[cfg(test)]
mod tests;
