use std::process::{Child, Command, Stdio};

use super::*;

impl Process {
    /// One that sleeps and has used nothing, in a session of its own.
    pub(crate) fn fake(pid: u32, parent: u32) -> Self {
        Self {
            pid,
            ppid: parent,
            pgrp: pid,
            session: pid,
            state: 'S',
            start_ticks: 1,
            own_ticks: 0,
            reaped_ticks: 0,
            rss_pages: 0,
            comm: String::new(),
        }
    }
}

/// A child that is ended with the test, by its pid.
struct Guard(Child);

impl Guard {
    fn spawn(command: &mut Command) -> Self {
        Self(command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn line(pid: &str, comm: &str, rest: &str) -> Vec<u8> {
    format!("{pid} ({comm}) {rest}\n").into_bytes()
}

const REST: &str =
    "S 10 20 30 34816 -1 4194304 1 2 3 4 500 60 7000 800 20 0 1 0 123456 2000000 42 18446744073709551615 1 1";

#[test]
fn the_fields_that_matter_are_read() {
    let process = stat::parse(&line("4711", "node", REST)).unwrap();
    let expected = Process {
        pid: 4711,
        ppid: 10,
        pgrp: 20,
        session: 30,
        state: 'S',
        start_ticks: 123_456,
        own_ticks: 560,
        reaped_ticks: 7800,
        rss_pages: 42,
        comm: "node".to_owned(),
    };
    assert_eq!(process, expected);
}

#[test]
fn a_name_may_hold_anything() {
    for name in
        ["", " ", ")", "a) R 1 1 1", "((", ") (", "x\ny", "tab\there", "99 (fake) S 1 2 3", "\u{1b}[2J"]
    {
        let process = stat::parse(&line("7", name, REST)).unwrap();
        assert_eq!((process.comm.as_str(), process.ppid, process.state), (name, 10, 'S'), "{name:?}");
    }
    let mut bytes = b"7 (\xff\x9b) ".to_vec();
    bytes.extend_from_slice(REST.as_bytes());
    assert_eq!(stat::parse(&bytes).unwrap().comm, "\u{fffd}\u{fffd}");
}

#[test]
fn half_a_line_is_no_process() {
    let whole = line("4711", "node", REST);
    let end_of_rss = whole.windows(4).position(|part| part == b" 42 ").unwrap() + 4;
    for length in 0..=whole.len() {
        let parsed = stat::parse(&whole[..length]);
        assert_eq!(parsed.is_some(), length > end_of_rss, "{:?}", String::from_utf8_lossy(&whole[..length]));
        assert!(parsed.is_none_or(|process| process.rss_pages == 42));
    }
}

#[test]
fn numbers_out_of_range_do_not_become_wrong_ones() {
    assert_eq!(stat::parse(&line("7", "x", &REST.replace(" 42 ", " -3 "))).unwrap().rss_pages, 0);
    let kernel_thread = REST.replace("S 10 20 30", "S 0 0 0");
    assert_eq!(stat::parse(&line("2", "kthreadd", &kernel_thread)).unwrap().ppid, 0);
    for bad in ["x", "-", "4.2", "99999999999999999999999"] {
        assert_eq!(
            stat::parse(&line("7", "x", &REST.replace(" 123456 ", &format!(" {bad} ")))),
            None,
            "{bad}"
        );
    }
}

#[test]
fn a_pass_finds_us_and_our_child_as_a_single_read_does() {
    let child = Guard::spawn(Command::new("sleep").arg("60"));
    let mut scanner = Scanner::open().unwrap();
    for _ in 0..2 {
        let processes = scanner.scan().unwrap();
        let me = processes.iter().find(|process| process.pid == std::process::id()).unwrap();
        assert!(me.rss_pages > 0 && me.start_ticks <= boot_ticks());
        let found = processes.iter().find(|process| process.pid == child.0.id()).unwrap();
        assert_eq!(found.ppid, me.pid);
        let again = scanner.read(found.pid).unwrap().unwrap();
        assert_eq!((again.start_ticks, again.session), (found.start_ticks, found.session));
    }
    assert_eq!(read(u32::MAX).unwrap(), None);
}

#[test]
fn what_is_gone_hidden_or_half_there_is_left_out_of_a_pass() {
    let proc = tempfile::tempdir().unwrap();
    let put = |pid: &str, stat: Option<Vec<u8>>| {
        std::fs::create_dir(proc.path().join(pid)).unwrap();
        if let Some(stat) = stat {
            std::fs::write(proc.path().join(pid).join("stat"), stat).unwrap();
        }
    };
    put("10", Some(line("10", "good", REST)));
    put("11", Some(line("11", "a) S 1\n12 (b) R", REST)));
    // gone between the look at the directory and that at the file; while the file was read; hidden
    put("12", None);
    put("13", Some(Vec::new()));
    put("14", Some(line("14", "cut", &REST[..30])));
    put("self", Some(line("15", "no number", REST)));
    let mut found = Scanner::at(proc.path()).unwrap().scan().unwrap();
    found.sort_by_key(|process| process.pid);
    let names: Vec<_> = found.iter().map(|process| (process.pid, process.comm.as_str())).collect();
    assert_eq!(names, [(10, "good"), (11, "a) S 1\n12 (b) R")]);
    assert_eq!(Scanner::at(proc.path()).unwrap().read(12).unwrap(), None);
    for hidden in [Errno::NOENT, Errno::SRCH, Errno::ACCESS, Errno::PERM] {
        assert!(is_unseen(hidden));
    }
    for failed in [Errno::MFILE, Errno::NFILE, Errno::NOMEM, Errno::IO] {
        assert!(!is_unseen(failed), "a pass that fails must not be read as: they ended");
    }
}

#[test]
fn a_living_process_has_an_owner_and_a_namespace() {
    let me = std::process::id();
    assert_eq!(owner(me).unwrap(), Some(rustix::process::geteuid().as_raw()));
    assert_eq!(owner(u32::MAX).unwrap(), None);
    assert!(pid_namespace(me).is_some() && pid_namespace(u32::MAX).is_none());
}

#[test]
fn paths_are_made_for_every_length_of_pid() {
    for pid in [0, 7, 10, 4_194_304, u32::MAX] {
        let mut room = [0; 24];
        assert_eq!(stat_path(pid, &mut room).to_str().unwrap(), format!("{pid}/stat"));
    }
}

#[test]
fn the_environment_of_a_process_is_matched_by_whole_variables() {
    let child = Guard::spawn(Command::new("sleep").arg("60").env("OSTLER_RUN_ID", "run-17"));
    let pid = child.0.id();
    // spawn returns before the kernel has noted where the new environment lies
    let environment = || std::fs::read(format!("/proc/{pid}/environ")).unwrap();
    while environment().is_empty() {
        std::thread::yield_now();
    }
    assert!(environ_has(pid, "OSTLER_RUN_ID=run-17").unwrap());
    for other in ["OSTLER_RUN_ID=run-1", "OSTLER_RUN_ID=run-178", "RUN_ID=run-17", "OSTLER_RUN_ID"] {
        assert!(!environ_has(pid, other).unwrap(), "{other}");
    }
    assert!(environ_has(u32::MAX, "A=b").is_err());
}

#[test]
fn the_figures_of_the_box_make_sense() {
    assert_eq!(boot_id().unwrap().len(), 36);
    assert!(clock_ticks() >= 100 && page_size() >= 4096 && processors() >= 1);
}

#[test]
fn only_links_to_sockets_have_an_inode() {
    assert_eq!(socket_inode(b"socket:[4711]"), Some(4711));
    for other in [b"pipe:[4711]".as_slice(), b"/dev/null", b"socket:[]", b"socket:[12", b"socket:[-1]", b""] {
        assert_eq!(socket_inode(other), None);
    }
    assert_eq!(socket_inodes(u32::MAX).unwrap(), Some(Vec::new()));
}

#[test]
fn own_children_are_listed_until_they_are_reaped() {
    if !Path::new("/proc/thread-self/children").exists() {
        eprintln!("this kernel does not list them");
        return;
    }
    let mut child = Guard::spawn(Command::new("sleep").arg("60"));
    // threads of other tests end while it looks
    let listed = || std::iter::repeat_with(own_children).take(1000).find_map(Result::ok).unwrap();
    let pid = child.0.id();
    assert!(listed().contains(&pid) && !listed().contains(&std::process::id()));
    child.0.kill().unwrap();
    child.0.wait().unwrap();
    assert!(!listed().contains(&pid));
}
