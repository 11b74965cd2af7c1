//! The operating system, one family a file; the only folder with `unsafe`.
