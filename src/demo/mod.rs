//! Servers for the example config and the tests.
