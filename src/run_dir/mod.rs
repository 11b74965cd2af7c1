//! One directory for each run.
