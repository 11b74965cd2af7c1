//! The state machine of a server.
