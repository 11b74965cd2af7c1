//! TOML to specifications.
