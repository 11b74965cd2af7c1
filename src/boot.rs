//! Starts the supervisor exactly once.
