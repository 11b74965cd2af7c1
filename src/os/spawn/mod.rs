//! How a process begins.

use std::ffi::{CStr, CString, OsStr};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::fd;

mod check;

pub use check::as_check;

/// A server's process to be.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The program's file.
    pub program: &'a Path,
    /// Its arguments, its name first.
    pub argv: &'a [String],
    /// `NAME=value`, all of them.
    pub env: Vec<CString>,
    /// Directory to be in.
    pub dir: &'a Path,
    /// Its standard streams.
    pub streams: Streams<'a>,
    /// Soft limit of open files.
    pub open_files: Option<u64>,
}

/// Standard streams of a process.
#[derive(Clone, Copy, Debug)]
pub enum Streams<'a> {
    /// `/dev/null` and the write ends of two pipes.
    Pipes {
        /// Standard input.
        stdin: BorrowedFd<'a>,
        /// Standard output.
        stdout: BorrowedFd<'a>,
        /// Standard error.
        stderr: BorrowedFd<'a>,
    },
    /// The slave end of a PTY, which becomes its controlling terminal.
    Terminal(BorrowedFd<'a>),
}

/// A process that exists but has executed nothing yet: it waits at a gate, so that it can be put on record before it
/// does anything. If this is dropped, or its owner dies, it ends.
#[derive(Debug)]
pub struct Gated {
    /// Its PID, process group and session.
    pub pid: u32,
    gate: OwnedFd,
    report: File,
}

/// What could not be done in the new process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Getting a session or terminal.
    Session,
    /// Entering the directory.
    Directory,
    /// Executing the program.
    Execute,
}

/// Why nothing was executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotExecuted {
    /// At which step.
    pub step: Step,
    /// What the system said.
    pub errno: i32,
}

impl Gated {
    /// Opens the gate, and waits until the program is executed or is not.
    pub fn open(self) -> io::Result<Result<(), NotExecuted>> {
        match rustix::io::retry_on_intr(|| rustix::io::write(&self.gate, b"!")) {
            // it has failed already, and reported why
            Ok(_) | Err(rustix::io::Errno::PIPE) => {}
            Err(errno) => return Err(errno.into()),
        }
        let mut report = [0; 5];
        let mut length = 0;
        // the end comes by close-on-exec
        while length < report.len() {
            // to give up here would leave a server that nobody has
            match rustix::io::retry_on_intr(|| rustix::io::read(&self.report, &mut report[length..]))? {
                0 => break,
                more => length += more,
            }
        }
        if length < report.len() {
            return Ok(Ok(()));
        }
        let step = match report[0] {
            0 => Step::Session,
            1 => Step::Directory,
            _ => Step::Execute,
        };
        let errno = i32::from_ne_bytes([report[1], report[2], report[3], report[4]]);
        Ok(Err(NotExecuted { step, errno }))
    }
}

fn c_string(text: &OsStr) -> io::Result<CString> {
    CString::new(text.as_bytes()).map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "holds a NUL byte"))
}

fn pointers(strings: &[CString]) -> Vec<*const libc::c_char> {
    strings.iter().map(|s| s.as_ptr()).chain([std::ptr::null()]).collect()
}

/// Forks. The child gets a session and process group of its own, default signal dispositions, an empty mask, its
/// streams and no other descriptor, and waits at the gate. Only for a process with a single thread.
pub fn gated(plan: &Plan<'_>) -> io::Result<Gated> {
    let program = c_string(plan.program.as_os_str())?;
    let dir = c_string(plan.dir.as_os_str())?;
    let arguments: Vec<CString> =
        plan.argv.iter().map(|arg| c_string(OsStr::new(arg))).collect::<io::Result<_>>()?;
    let (argv, env) = (pointers(&arguments), pointers(&plan.env));
    let (gate_read, gate) = fd::pipe()?;
    let (report, report_write) = fd::pipe()?;
    let child = Child {
        program: &program,
        dir: &dir,
        argv: &argv,
        env: &env,
        streams: plan.streams,
        open_files: plan.open_files,
        gate: gate_read.as_raw_fd(),
        gate_writer: gate.as_raw_fd(),
        report: report_write.as_raw_fd(),
    };
    // SAFETY: the caller has a single thread, so the child may run any code; it only makes system calls all the same.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => child.run(),
        pid => Ok(Gated { pid: pid.unsigned_abs(), gate, report: report.into() }),
    }
}

/// Everything that the child needs after the fork.
struct Child<'a> {
    program: &'a CStr,
    dir: &'a CStr,
    argv: &'a [*const libc::c_char],
    env: &'a [*const libc::c_char],
    streams: Streams<'a>,
    open_files: Option<u64>,
    gate: i32,
    gate_writer: i32,
    report: i32,
}

impl Child<'_> {
    fn run(&self) -> ! {
        // SAFETY: system calls on descriptors and strings that live in this process until exec or _exit. Their
        // failures are reported or, where the program can do without, passed over.
        unsafe {
            libc::close(self.gate_writer);
            if libc::setsid() < 0 {
                self.fail(Step::Session);
            }
            reset_signals();
            self.connect_streams();
            let mut byte = 0_u8;
            if libc::read(self.gate, (&raw mut byte).cast(), 1) != 1 {
                libc::_exit(127);
            }
            if let Some(soft) = self.open_files {
                let mut limit: libc::rlimit = std::mem::zeroed();
                if libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) == 0 {
                    limit.rlim_cur = soft.min(limit.rlim_max);
                    libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit);
                }
            }
            if libc::chdir(self.dir.as_ptr()) != 0 {
                self.fail(Step::Directory);
            }
            libc::syscall(libc::SYS_close_range, 3_u32, u32::MAX, libc::CLOSE_RANGE_CLOEXEC);
            libc::execve(self.program.as_ptr(), self.argv.as_ptr(), self.env.as_ptr());
            self.fail(Step::Execute)
        }
    }

    /// # Safety
    /// Only in the child.
    unsafe fn connect_streams(&self) {
        let (stdin, stdout, stderr) = match self.streams {
            Streams::Pipes { stdin, stdout, stderr } => (stdin, stdout, stderr),
            Streams::Terminal(slave) => (slave, slave, slave),
        };
        // SAFETY: see `run`. None of the three is below 3, since the parent has 0, 1 and 2 open.
        unsafe {
            libc::dup2(stdin.as_raw_fd(), 0);
            libc::dup2(stdout.as_raw_fd(), 1);
            libc::dup2(stderr.as_raw_fd(), 2);
            if matches!(self.streams, Streams::Terminal(_)) && libc::ioctl(0, libc::TIOCSCTTY, 0) < 0 {
                self.fail(Step::Session);
            }
        }
    }

    /// # Safety
    /// Only in the child: it ends here.
    unsafe fn fail(&self, step: Step) -> ! {
        let errno = io::Error::last_os_error().raw_os_error().unwrap_or(0).to_ne_bytes();
        let code = match step {
            Step::Session => 0,
            Step::Directory => 1,
            Step::Execute => 2,
        };
        let report = [code, errno[0], errno[1], errno[2], errno[3]];
        // SAFETY: see `run`.
        unsafe {
            libc::write(self.report, report.as_ptr().cast(), report.len());
            libc::_exit(127)
        }
    }
}

/// Default dispositions and an empty mask: an ignored signal and the mask survive exec, signal(7). By the system call
/// and not by libc, which refuses the two signals that it uses itself (32 and 33) although they can be inherited.
///
/// # Safety
/// Only in a child between fork and exec.
unsafe fn reset_signals() {
    /// The kernel's `struct sigaction`, all zero: `SIG_DFL`, no flags, an empty mask.
    const DEFAULT: [u64; 4] = [0; 4];
    const MASK_BYTES: usize = 8;
    let none = 0_u64;
    // SAFETY: the kernel reads from live locals of the sizes that it expects. Numbers that can't be set (SIGKILL,
    // SIGSTOP) fail without effect.
    unsafe {
        for signal in 1..=64 {
            libc::syscall(libc::SYS_rt_sigaction, signal, DEFAULT.as_ptr(), 0_usize, MASK_BYTES);
        }
        libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK, &raw const none, 0_usize, MASK_BYTES);
    }
}

/// Starts a program that has nothing to do with this process any more: double-forked, in a session of its own, with
/// `input` as standard input and `output` as standard output and error. Fails if it could not be executed. With
/// `escape` this process is a subreaper and stops being one for just that moment, or the program would be its
/// descendant.
pub fn detached(
    program: &Path,
    argv: &[&str],
    env: &[CString],
    input: BorrowedFd<'_>,
    output: BorrowedFd<'_>,
    escape: bool,
) -> io::Result<()> {
    let program = c_string(program.as_os_str())?;
    let arguments: Vec<CString> =
        argv.iter().map(|arg| c_string(OsStr::new(arg))).collect::<io::Result<_>>()?;
    let (argv, env) = (pointers(&arguments), pointers(env));
    let (report, report_write) = fd::pipe()?;
    if escape {
        set_subreaper(false)?;
    }
    // SAFETY: between fork and exec the children make only async-signal-safe system calls, on descriptors and
    // strings that were made before; nothing is allocated.
    let child = unsafe {
        match libc::fork() {
            -1 => Err(io::Error::last_os_error()),
            0 => {
                libc::setsid();
                match libc::fork() {
                    0 => {}
                    -1 => tell(report_write.as_raw_fd()),
                    _ => libc::_exit(0),
                }
                reset_signals();
                libc::chdir(c"/".as_ptr());
                libc::dup2(input.as_raw_fd(), 0);
                libc::dup2(output.as_raw_fd(), 1);
                libc::dup2(output.as_raw_fd(), 2);
                libc::syscall(libc::SYS_close_range, 3_u32, u32::MAX, libc::CLOSE_RANGE_CLOEXEC);
                libc::execve(program.as_ptr(), argv.as_ptr(), env.as_ptr());
                tell(report_write.as_raw_fd())
            }
            child => Ok(child),
        }
    };
    drop(report_write);
    let waited = child.and_then(wait_for);
    if escape {
        set_subreaper(true)?;
    }
    waited?;
    let mut errno = [0; 4];
    match File::from(report).read_exact(&mut errno) {
        Ok(()) => Err(io::Error::from_raw_os_error(i32::from_ne_bytes(errno))),
        Err(_) => Ok(()),
    }
}

fn wait_for(child: i32) -> io::Result<()> {
    let mut status = 0;
    // SAFETY: a child of this process and a live local.
    while unsafe { libc::waitpid(child, &raw mut status, 0) } < 0 {
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    Ok(())
}

/// # Safety
/// Only in a child between fork and exec: it ends here.
unsafe fn tell(report: i32) -> ! {
    let errno = io::Error::last_os_error().raw_os_error().unwrap_or(0).to_ne_bytes();
    // SAFETY: writes from a live local.
    unsafe {
        libc::write(report, errno.as_ptr().cast(), errno.len());
        libc::_exit(127)
    }
}

/// Forks. `None` in the child, which may go on with any code: a process with more than one thread is refused.
pub fn fork() -> io::Result<Option<u32>> {
    if std::fs::read_dir("/proc/self/task")?.count() != 1 {
        return Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "a process with several threads can't be forked",
        ));
    }
    // SAFETY: this is the only thread, so nothing is left half done by another one in the child.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => Ok(None),
        pid => Ok(Some(pid.unsigned_abs())),
    }
}

/// Descendants that lose their parent become children of this process (`true`), or of the next such ancestor.
pub fn set_subreaper(on: bool) -> io::Result<()> {
    // SAFETY: prctl with plain numbers.
    let result = unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, libc::c_ulong::from(on), 0, 0, 0) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// `NAME=value` as a C string, for [`Plan::env`] and [`detached`].
pub fn variable(name: &OsStr, value: &OsStr) -> io::Result<CString> {
    let mut pair = name.to_owned();
    pair.push("=");
    pair.push(value);
    c_string(&pair)
}

/// Becomes the leader of a session of its own.
pub fn own_session() -> io::Result<()> {
    rustix::process::setsid()?;
    Ok(())
}

/// Timers of this process fire as exactly as the kernel can, instead of up to 50 µs late, prctl(2).
pub fn exact_timers() {
    // SAFETY: prctl with plain numbers. Without it timers are only less exact.
    unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, 1_u64, 0, 0, 0) };
}

/// Gives freed memory back to the system.
pub fn trim_memory() {
    #[cfg(target_env = "gnu")]
    // SAFETY: malloc_trim may be called at any time.
    unsafe {
        libc::malloc_trim(0);
    }
}

#[cfg(test)]
mod tests;
