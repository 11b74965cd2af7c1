//! From bytes that somebody else wrote to text that is safe to show, in a terminal, a file or a browser.
//!
//! Pure functions over one line at a time: no terminal, no files. Every sink of the program (dashboard, `ostler logs`,
//! tables, messages) takes its foreign text through here:
//!
//! * [`plain`]: text alone; [`plain_str`]: for names and command lines;
//! * [`styled`]: text and its colours as data, for the dashboard;
//! * [`sgr`]: text with its colours as escape sequences, for a colour terminal.
//!
//! They promise: no control character, no escape sequence (colours aside), nothing that reorders or hides text, valid
//! UTF-8, the same result when applied twice, and linear time. One state machine, `machine`, stands behind all of
//! them; `chars` says which characters never pass.
//!
//! What a line means, over safe text: [`level`] guesses how bad it is, [`runs`] what goes on with what came before,
//! [`stamp`] whether it repeats its time, [`json`] writes a JSON line for people, [`ours`] tells ostler's own lines apart,
//! [`width`] says how wide it is. [`human`] writes the program's own figures, [`event`] what happened.

mod chars;
pub mod event;
pub mod human;
pub mod json;
pub mod level;
mod machine;
mod noise;
pub mod ours;
pub mod pattern;
pub mod runs;
mod sanitize;
mod spans;
pub mod stamp;
mod style;
mod utf8;
pub mod width;

pub use crate::model::Level;
pub use chars::is_unsafe;
pub use sanitize::{plain, plain_str, sgr, styled};
pub use spans::StyledText;
pub use style::{Color, Style};

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod tests;
