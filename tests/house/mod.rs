//! The house rules that neither the compiler nor clippy knows. [`floors`] holds the table of who may import whom,
//! [`rules`] everything else; [`source`] reads the files, without their comments and strings.

mod floors;
mod rules;
mod source;
