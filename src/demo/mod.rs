//! Servers for the example config and the tests: `ostler demo-server KIND [--option VALUE]…`.
//!
//! Each kind shows one thing that a real server does: serve, talk, start slowly, leak, crash. They use the standard
//! library alone and hold little memory, unless that is what they are for. [`KINDS`] lists them, [`options`] reads
//! what is typed behind, [`talk`] has what is written; the rest is one file for each family.

pub mod http;
pub mod lives;
pub mod options;
pub mod output;
pub mod sockets;
pub mod talk;

use std::process::ExitCode;

use options::{Options, Usage};

/// A kind's name, its options, and what it does.
pub struct Kind {
    /// What is typed.
    pub name: &'static str,
    /// Options it takes, without dashes.
    pub options: &'static [&'static str],
    /// What it does, with its defaults.
    pub help: &'static str,
    run: fn(&Options) -> Result<ExitCode, Usage>,
}

/// All kinds.
pub const KINDS: [Kind; 15] = [
    Kind {
        name: "http",
        options: &["port", "unhealthy-while"],
        help: "serves / and /health on --port [$PORT]; /health answers 503 while the file --unhealthy-while is there",
        run: http::serve,
    },
    Kind {
        name: "slow-start",
        options: &["delay", "port", "unhealthy-while"],
        help: "as http, but listens only after --delay [5s]",
        run: http::slow_start,
    },
    Kind { name: "unix", options: &["path"], help: "serves on the Unix socket --path", run: sockets::unix },
    Kind {
        name: "notify",
        options: &["ready", "every", "mute-while"],
        help: "notifies as systemd's services do: READY=1 after --ready [0s], then WATCHDOG=1 --every [1s], but not \
               while the file --mute-while is there",
        run: sockets::notify,
    },
    Kind {
        name: "chatty",
        options: &["rate"],
        help: "writes --rate [5] log lines a second",
        run: talk::chatty,
    },
    Kind {
        name: "numbered",
        options: &["count", "rate", "length"],
        help: "writes --count [0: without end] numbered lines with a checksum, --rate [1000] a second, \
               --length [40] bytes at most",
        run: talk::numbered,
    },
    Kind {
        name: "flood",
        options: &["bytes", "line"],
        help: "writes --bytes [0: without end] as fast as it can, in lines of --line [100] bytes",
        run: talk::flood,
    },
    Kind {
        name: "tty",
        options: &[],
        help: "tells whether it has a terminal, and draws a bar",
        run: talk::tty,
    },
    Kind {
        name: "leak",
        options: &["rate", "cap"],
        help: "takes --rate [1MiB] more memory each second, up to --cap [256MiB]",
        run: lives::leak,
    },
    Kind {
        name: "crasher",
        options: &["after", "code"],
        help: "works for --after [9s], then fails with --code [1]",
        run: lives::crasher,
    },
    Kind {
        name: "one-shot",
        options: &["after"],
        help: "ends with success --after [1s]",
        run: lives::one_shot,
    },
    Kind {
        name: "exit",
        options: &["after", "code"],
        help: "ends silently with --code [0] --after [0s]",
        run: lives::exit,
    },
    Kind {
        name: "sleep",
        options: &["after"],
        help: "does nothing, until --after [never]",
        run: lives::sleep,
    },
    Kind {
        name: "tree",
        options: &[],
        help: "a parent with two children: one serves, one sleeps",
        run: lives::tree,
    },
    Kind { name: "help", options: &[], help: "this list", run: help },
];

/// Exit code for a command line that makes no sense.
const USAGE: u8 = 2;

/// Is that server until it ends. `args` is what follows `demo-server`.
pub fn run(mut args: impl Iterator<Item = String>) -> ExitCode {
    let name = args.next().unwrap_or_else(|| "help".to_owned());
    let outcome = match KINDS.iter().find(|kind| kind.name == name) {
        Some(kind) => Options::parse(kind.options, args).and_then(|options| (kind.run)(&options)),
        None => Err(Usage(format!("there is no demo server `{}`", name.escape_debug()))),
    };
    outcome.unwrap_or_else(|Usage(what)| {
        output::error(&format!("error: {what}\n  hint: `ostler demo-server help` lists them"));
        ExitCode::from(USAGE)
    })
}

#[allow(clippy::unnecessary_wraps, reason = "it stands in the table")]
fn help(_: &Options) -> Result<ExitCode, Usage> {
    for Kind { name, help, .. } in &KINDS {
        if output::line(&format!("{name:<11} {help}")).is_err() {
            break;
        }
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_option_is_explained_and_no_name_stands_twice() {
        for (i, kind) in KINDS.iter().enumerate() {
            assert!(KINDS[i + 1..].iter().all(|other| other.name != kind.name), "{}", kind.name);
            if kind.name != "slow-start" {
                for option in kind.options {
                    assert!(kind.help.contains(&format!("--{option}")), "{}: {option}", kind.name);
                }
            }
        }
    }

    #[test]
    fn what_makes_no_sense_is_a_usage_error() {
        for line in ["nope", "http --rate 5", "exit --code many", "exit --code", "exit code"] {
            let code = run(line.split(' ').map(str::to_owned));
            assert_eq!(code, ExitCode::from(USAGE), "{line}");
        }
        assert_eq!(run(["exit", "--code", "7"].map(str::to_owned).into_iter()), ExitCode::from(7));
    }
}
