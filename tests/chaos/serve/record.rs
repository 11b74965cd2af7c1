//! The record that a server keeps of itself.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::process;
use std::sync::OnceLock;
use std::thread;

use rustix::process::{Signal, getpid, kill_process};
use tokio::signal::unix::{SignalKind, signal};

use crate::clock::now_us;
use crate::rng::Rng;

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

/// The run that this process belongs to.
pub(crate) fn run() -> &'static str {
    static RUN: OnceLock<String> = OnceLock::new();
    RUN.get_or_init(|| variable("OSTLER_RUN_ID"))
}

/// A directory of this server, which exists now.
fn folder(kind: &str) -> PathBuf {
    let dir = PathBuf::from(variable("CHAOS_DIR")).join(kind).join(variable("OSTLER_NAME"));
    fs::create_dir_all(&dir).unwrap();
    dir
}

/// Ends this process with this code, once that is on record.
pub(crate) fn exit(code: u8) -> ! {
    fs::write(folder("truth").join(run()), format!("code {code}\n")).unwrap();
    process::exit(i32::from(code))
}

/// Ends this process by this signal, once that is on record.
pub(crate) fn die(by: Signal) -> ! {
    fs::write(folder("truth").join(run()), format!("signal {}\n", by.as_raw())).unwrap();
    let _ = kill_process(getpid(), by);
    thread::sleep(std::time::Duration::from_mins(1));
    process::abort()
}

/// Code of a writer that nobody reads any more: a server was hung up on.
pub(crate) const HUNG_UP: u8 = 77;

/// Any other code.
pub(crate) fn any_code(rng: &mut Rng) -> u8 {
    let code = rng.within(0, 256) as u8;
    if code == HUNG_UP { code + 1 } else { code }
}

/// What is done at a SIGTERM.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AtTerm {
    /// It ends with this code.
    Exit(u8),
    /// Nothing.
    Ignore,
}

/// Signals that a process can hear of. Of others it dies or stops, which is seen from outside.
const HEARD: [i32; 11] = [1, 2, 3, 10, 12, 13, 14, 15, 18, 21, 22];

/// From now on signals are put on record as they come.
pub(crate) fn listen(at_term: AtTerm) {
    let file = folder("signals").join("heard");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let context = runtime.enter();
    let mut streams: Vec<_> =
        HEARD.iter().map(|number| (*number, signal(SignalKind::from_raw(*number)).unwrap())).collect();
    drop(context);
    fs::write(folder("ready").join(run()), "").unwrap();
    thread::spawn(move || {
        loop {
            let number = runtime.block_on(next(&mut streams));
            let mut out = OpenOptions::new().append(true).create(true).open(&file).unwrap();
            out.write_all(format!("{} {} {number}\n", now_us(), run()).as_bytes()).unwrap();
            if let (15, AtTerm::Exit(code)) = (number, at_term) {
                exit(code);
            }
        }
    });
}

async fn next(streams: &mut [(i32, tokio::signal::unix::Signal)]) -> i32 {
    std::future::poll_fn(|context| {
        for (number, stream) in &mut *streams {
            if stream.poll_recv(context).is_ready() {
                return std::task::Poll::Ready(*number);
            }
        }
        std::task::Poll::Pending
    })
    .await
}

/// What the kernel has taken of a stream: three numbers of 8 bytes.
pub(crate) struct Sent {
    file: File,
    bytes: u64,
}

/// Where the longest wait of a write stands in a file of [`Sent`]; an observer may set it back to 0.
pub(crate) const WAIT_AT: u64 = 16;

impl Sent {
    /// For this stream of this run.
    pub(crate) fn new(stream: &str) -> Self {
        let path = folder("sent").join(format!("{}.{stream}", run()));
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path).unwrap();
        file.write_all_at(&now_us().to_le_bytes(), 0).unwrap();
        file.write_all_at(&[0; 16], 8).unwrap();
        Self { file, bytes: 0 }
    }

    /// So many more bytes were taken, after `waited_us` for room.
    pub(crate) fn add(&mut self, bytes: usize, waited_us: u64) {
        self.bytes += bytes as u64;
        self.file.write_all_at(&self.bytes.to_le_bytes(), 8).unwrap();
        let mut longest = [0; 8];
        self.file.read_exact_at(&mut longest, WAIT_AT).unwrap();
        if waited_us > u64::from_le_bytes(longest) {
            self.file.write_all_at(&waited_us.to_le_bytes(), WAIT_AT).unwrap();
        }
    }
}
