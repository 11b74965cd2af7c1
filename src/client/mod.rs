//! The other end of the API.
