//! Links the program so that nothing in it has to be relocated when it starts.
//!
//! There is a keeper for each server that is up. A position-independent executable of this size has 11,000 addresses to
//! be put right at each start, which makes 190 KiB of its pages private to each process: more than everything else in
//! a keeper together. At a fixed address those pages stay shared between all of them. What is given up is the random
//! place of the program's own code; stack, heap and libraries keep theirs.
//!
//! Only where that has been measured: with glibc, the one linker option is enough, since the last one counts. Other
//! targets are linked as rustc does it.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    if is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") {
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
}
