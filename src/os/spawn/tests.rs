use super::*;
use crate::os::pidfd;

fn plan<'a>(program: &'a Path, argv: &'a [String], dir: &'a Path, streams: Streams<'a>) -> Plan<'a> {
    Plan { program, argv, env: vec![c"A=b".to_owned()], dir, streams, open_files: None }
}

fn run(argv: &[&str], dir: &str) -> (Result<(), NotExecuted>, String) {
    let argv: Vec<String> = argv.iter().map(|&arg| arg.to_owned()).collect();
    let null = fd::null().unwrap();
    let (read, write) = fd::pipe().unwrap();
    let streams = Streams::Pipes {
        stdin: std::os::fd::AsFd::as_fd(&null),
        stdout: std::os::fd::AsFd::as_fd(&write),
        stderr: std::os::fd::AsFd::as_fd(&write),
    };
    let gated = gated(&plan(Path::new(&argv[0]), &argv, Path::new(dir), streams)).unwrap();
    let pid = gated.pid;
    let pidfd = pidfd::open(pid).unwrap();
    assert!(!pidfd::has_ended(std::os::fd::AsFd::as_fd(&pidfd)), "it waits at the gate");
    let executed = gated.open().unwrap();
    drop(write);
    let mut output = String::new();
    File::from(read).read_to_string(&mut output).unwrap();
    rustix::process::waitpid(
        rustix::process::Pid::from_raw(pid as i32),
        rustix::process::WaitOptions::empty(),
    )
    .unwrap();
    (executed, output)
}

#[test]
fn a_child_gets_its_directory_environment_and_nothing_else() {
    let (executed, output) =
        run(&["/bin/sh", "-c", "pwd; env | grep -v PWD | sort; ls /proc/self/fd | wc -l"], "/tmp");
    assert_eq!(executed, Ok(()));
    let lines: Vec<&str> = output.lines().collect();
    assert_eq!(lines[0], "/tmp");
    assert!(lines.contains(&"A=b"), "{output}");
    assert!(!output.contains("CARGO"), "{output}");
    // its three streams, and the directory that ls reads
    assert_eq!(lines.last().map(|count| count.trim()), Some("4"));
}

#[test]
fn a_child_has_its_own_session_and_clean_signals() {
    let script = "cat /proc/self/stat /proc/self/status";
    let (executed, output) = run(&["/bin/sh", "-c", script], "/");
    assert_eq!(executed, Ok(()));
    let stat = crate::os::proc::parse(output.lines().next().unwrap().as_bytes()).unwrap();
    assert_eq!(stat.session, stat.pgrp);
    assert_eq!(stat.session, stat.ppid, "the shell leads the session");
    for field in ["SigBlk", "SigIgn", "SigCgt"] {
        let line = output.lines().find(|line| line.starts_with(field)).unwrap();
        assert!(line.ends_with("0000000000000000"), "{line}");
    }
}

#[test]
fn what_could_not_be_done_is_told_with_its_step() {
    let (executed, _) = run(&["/nonexistent/program"], "/");
    assert_eq!(executed, Err(NotExecuted { step: Step::Execute, errno: libc::ENOENT }));
    let (executed, _) = run(&["/bin/true"], "/nonexistent");
    assert_eq!(executed, Err(NotExecuted { step: Step::Directory, errno: libc::ENOENT }));
}

#[test]
fn a_child_whose_gate_is_dropped_ends_without_executing_anything() {
    let null = fd::null().unwrap();
    let (read, write) = fd::pipe().unwrap();
    let fd = std::os::fd::AsFd::as_fd(&write);
    let streams = Streams::Pipes { stdin: std::os::fd::AsFd::as_fd(&null), stdout: fd, stderr: fd };
    let argv = ["/bin/echo".to_owned(), "ran".to_owned()];
    let gated = gated(&plan(Path::new("/bin/echo"), &argv, Path::new("/"), streams)).unwrap();
    let pid = rustix::process::Pid::from_raw(gated.pid as i32);
    drop(gated);
    drop(write);
    let (_, status) = rustix::process::waitpid(pid, rustix::process::WaitOptions::empty()).unwrap().unwrap();
    assert_eq!(status.exit_status(), Some(127));
    let mut output = String::new();
    File::from(read).read_to_string(&mut output).unwrap();
    assert_eq!(output, "");
}

#[test]
fn a_detached_program_is_nobodys_child_and_a_missing_one_is_told() {
    let null = fd::null().unwrap();
    let (read, write) = fd::pipe().unwrap();
    let fd = std::os::fd::AsFd::as_fd(&null);
    let output = std::os::fd::AsFd::as_fd(&write);
    detached(Path::new("/bin/sh"), &["sh", "-c", "cat /proc/self/stat"], &[], fd, output, false).unwrap();
    drop(write);
    let mut stat = String::new();
    File::from(read).read_to_string(&mut stat).unwrap();
    let stat = crate::os::proc::parse(stat.as_bytes()).unwrap();
    assert_ne!(stat.ppid, std::process::id());
    let missing = detached(Path::new("/nonexistent"), &["x"], &[], fd, fd, false).unwrap_err();
    assert_eq!(missing.raw_os_error(), Some(libc::ENOENT));
}
