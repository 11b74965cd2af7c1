//! With real processes and sockets: what only the kernel can tell.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::*;
use crate::model::PortState;

/// A child that ends with the test: it is killed, and what it has started ends since its input closes.
struct Guard(Child);

impl Guard {
    /// A shell that runs `script`, has printed a line and then waits for the end of its input, which is also its
    /// descriptor 3: what it starts in the background can wait for that too.
    fn shell(script: &str) -> (Self, String) {
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg(format!("exec 3<&0; {script}; read end"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        (Self(child), line.trim().to_owned())
    }

    fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn target(name: &str, main: Option<u32>, ports: &[u16]) -> Target {
    Target {
        id: ServerId::new("test", name).unwrap(),
        keeper: None,
        main,
        ports: ports.to_vec(),
        port_check: PortCheck::Listen,
        memory_limit: None,
        alive: main.is_some(),
    }
}

fn look(monitor: &mut Monitor, targets: &[Target], now: Instant) -> Vec<ServerReport> {
    monitor.pass(targets, now).unwrap().servers
}

fn port_of(socket: &TcpListener) -> u16 {
    socket.local_addr().unwrap().port()
}

fn state(report: &ServerReport, port: u16) -> Option<(bool, PortState)> {
    let status = report.ports.iter().find(|status| status.port == port)?;
    Some((status.declared, status.state))
}

#[test]
fn a_tree_is_the_main_process_and_all_below_it() {
    let (shell, child) = Guard::shell("sh -c 'read end' <&3 >&- & echo $!");
    let child: u32 = child.parse().unwrap();
    let mut monitor = Monitor::new().unwrap();
    let reports = look(&mut monitor, &[target("a", Some(shell.pid()), &[])], Instant::now());
    assert_eq!(reports[0].pids, [shell.pid(), child]);
    assert!(reports[0].sample.unwrap().memory_bytes > 0);
}

#[test]
fn below_a_keeper_the_keeper_itself_does_not_count() {
    let (keeper, main) = Guard::shell(r#"sh -c 'sh -c "read end" <&3 >&- & echo $$; read end <&3' & wait"#);
    let main: u32 = main.parse().unwrap();
    let mut monitor = Monitor::new().unwrap();
    let of_keeper = Target { keeper: Some(keeper.pid()), ..target("a", Some(main), &[]) };
    let stranger = target("b", Some(std::process::id()), &[]);
    let reports = look(&mut monitor, &[stranger, of_keeper.clone()], Instant::now());
    let pids = reports[1].pids.clone();
    assert_eq!(pids[0], main);
    assert!(pids.len() == 2 && !pids.contains(&keeper.pid()), "{pids:?}");
    // this process is above both: its tree ends where another one begins
    assert!(pids.iter().all(|pid| !reports[0].pids.contains(pid)));
    let gone = Target { keeper: Some(u32::MAX), ..of_keeper };
    assert_eq!(look(&mut monitor, &[gone], Instant::now())[0].pids, pids);
}

#[test]
fn a_target_that_is_not_alive_has_no_processes() {
    let mut monitor = Monitor::new().unwrap();
    let ended = Target { alive: false, ..target("a", Some(std::process::id()), &[]) };
    let reports = look(&mut monitor, &[ended, target("b", Some(u32::MAX), &[])], Instant::now());
    for report in reports {
        assert_eq!((report.pids.len(), report.sample), (0, None));
    }
}

#[test]
fn work_shows_as_cpu_in_the_next_pass() {
    let mut monitor = Monitor::new().unwrap();
    let targets = [target("a", Some(std::process::id()), &[])];
    let first = look(&mut monitor, &targets, Instant::now());
    assert!(first[0].sample.unwrap().cpu_percent.abs() < 0.01);
    let cpu_ticks = || proc::read(std::process::id()).unwrap().unwrap().own_ticks;
    let (since, before) = (Instant::now(), cpu_ticks());
    while cpu_ticks() < before + 20 || since.elapsed() < Duration::from_millis(250) {}
    let second = look(&mut monitor, &targets, Instant::now());
    let sample = second[0].sample.unwrap();
    let most = proc::processors() as f32 * 100.0;
    assert!(sample.cpu_percent > 0.5 && sample.cpu_percent <= most, "{sample:?}");
    assert!(sample.memory_bytes > 1 << 20, "{sample:?}");
}

#[test]
fn a_port_is_listening_closed_or_found() {
    let declared = TcpListener::bind("127.0.0.1:0").unwrap();
    let found = TcpListener::bind("0.0.0.0:0").unwrap();
    let closed = port_of(&TcpListener::bind("127.0.0.1:0").unwrap());
    // its remains must not count: connected, then closed on our side first
    let client = TcpStream::connect(declared.local_addr().unwrap()).unwrap();
    drop(declared.accept().unwrap());
    let ports = [port_of(&declared), closed];
    let targets = [target("a", Some(std::process::id()), &ports)];
    let mut monitor = Monitor::new().unwrap();
    let start = Instant::now();
    for second in 0..3 {
        let report = &look(&mut monitor, &targets, start + Duration::from_secs(second))[0];
        assert_eq!(state(report, ports[0]), Some((true, PortState::Listening)));
        assert_eq!(state(report, closed), Some((true, PortState::Closed)));
        assert_eq!(state(report, port_of(&found)), Some((false, PortState::Listening)));
        assert_eq!(state(report, client.local_addr().unwrap().port()), None);
        assert_eq!([report.ports[0].port, report.ports[1].port], ports, "declared ones first");
    }
    crate::os::ports::close(declared);
    let report = &look(&mut monitor, &targets, start + Duration::from_secs(3))[0];
    assert_eq!(state(report, ports[0]), Some((true, PortState::Closed)), "TIME_WAIT does not listen");
}

#[test]
fn a_stranger_on_a_declared_port_is_named_and_one_of_ours_too() {
    let (shell, _) = Guard::shell("echo up");
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = port_of(&socket);
    let mut monitor = Monitor::new().unwrap();
    let me = std::process::id();
    let alone = [target("a", Some(shell.pid()), &[port])];
    let start = Instant::now();
    for second in 0..2 {
        let report = &look(&mut monitor, &alone, start + Duration::from_secs(second))[0];
        assert_eq!(state(report, port), Some((true, PortState::Foreign)));
        let holder = report.ports[0].holder.clone().unwrap();
        assert_eq!((holder.pid, holder.ours), (Some(me), None));
        assert!(holder.command.is_some() && holder.user.is_some());
    }
    let both = [target("a", Some(shell.pid()), &[port]), target("b", Some(me), &[])];
    let reports = look(&mut monitor, &both, start + Duration::from_secs(2));
    let holder = reports[0].ports[0].holder.clone().unwrap();
    assert_eq!((holder.pid, holder.ours), (Some(me), Some(both[1].id.clone())));
    assert_eq!(state(&reports[1], port), Some((false, PortState::Listening)));
    // a server that is not alive sees its port taken as well; one that does not watch does not
    let down = Target { alive: false, ..target("a", None, &[port]) };
    let off = Target { port_check: PortCheck::Off, ..down.clone() };
    let reports = look(&mut monitor, &[down, off], start + Duration::from_secs(3));
    assert_eq!(state(&reports[0], port), Some((true, PortState::Foreign)));
    assert_eq!(state(&reports[1], port), None);
    crate::os::ports::close(socket);
    let report = &look(&mut monitor, &alone, start + Duration::from_secs(4))[0];
    assert_eq!((report.ports[0].state, report.ports[0].holder.clone()), (PortState::Closed, None));
}

#[test]
fn a_socket_that_passed_to_another_process_is_looked_for_again() {
    // a child of this process inherits a copy of the socket; it is the server, this process a stranger
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = port_of(&socket);
    let inherited = rustix::io::dup(&socket).unwrap();
    let mut command = Command::new("sleep");
    command.arg("60").stdin(Stdio::from(inherited)).stdout(Stdio::null());
    let child = Guard(command.spawn().unwrap());
    drop(command);
    let mut monitor = Monitor::new().unwrap();
    let targets = [target("a", Some(child.pid()), &[port])];
    let start = Instant::now();
    assert_eq!(state(&look(&mut monitor, &targets, start)[0], port), Some((true, PortState::Listening)));
    drop(child);
    let ended = [Target { alive: false, main: None, ..targets[0].clone() }];
    let report = &look(&mut monitor, &ended, start + Duration::from_secs(1))[0];
    assert_eq!(state(report, port), Some((true, PortState::Foreign)));
    assert_eq!(report.ports[0].holder.as_ref().unwrap().pid, Some(std::process::id()));
}
