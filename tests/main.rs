//! Integration tests: one binary, a module for each subject.
#![allow(clippy::unwrap_used, reason = "a failed test reports it")]

mod house;
