//! The process that owns a server.
