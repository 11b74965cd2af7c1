//! Searching a journal: which lines of a part of it a filter wants.
//!
//! [`Reader::find_back`] looks for lines from a place back, a part at a time.
//!
//! [`Reader::find_back`]: super::Reader::find_back

mod range;

pub(super) use range::{span, step_back};
