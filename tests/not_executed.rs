//! Commands that cannot be executed: nothing runs, and the reason is the system's.

use ostler::model::Phase;

use crate::support::Sandbox;

/// Starts one with these keys and gives back why it failed.
fn reason(keys: &str) -> String {
    let sandbox = Sandbox::with_servers([("bad", keys)]);
    sandbox.write("plain.txt", "no program\n");
    let said = sandbox.ostler(&["up", "-d"]).fails(1, "shop/bad failed");
    let bad = sandbox.server("bad");
    assert_eq!((bad.phase, bad.pid), (Phase::Failed, None), "{bad:#?}");
    let reason = bad.last_error.unwrap();
    assert!(said.out.contains(&reason), "{reason:?} is not told: {said:?}");
    reason
}

#[test]
fn a_command_that_is_not_there_is_named() {
    let reason = reason("command = [\"no-such-program-here\"]\nrestart = \"never\"");
    assert!(reason.contains("no-such-program-here") && reason.contains("not found"), "{reason}");
}

#[test]
fn a_file_that_is_no_program_is_named_with_the_systems_word() {
    let reason = reason("command = [\"./plain.txt\"]\nrestart = \"never\"");
    assert!(reason.contains("plain.txt") && reason.contains("os error 13"), "{reason}");
}

#[test]
fn a_missing_directory_is_named_with_the_systems_word() {
    let reason = reason("command = [\"true\"]\ndir = \"not/here\"\nrestart = \"never\"");
    assert!(reason.contains("shop/not/here") && reason.contains("os error 2"), "{reason}");
}

#[test]
fn what_the_shell_cannot_find_is_its_exit_code_and_its_word() {
    let reason = reason("command = \"no-such-program-here --flag\"\nrestart = \"never\"");
    assert!(reason.contains("127") && reason.contains("no-such-program-here"), "{reason}");
}
