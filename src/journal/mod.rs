//! The log files of a server.
