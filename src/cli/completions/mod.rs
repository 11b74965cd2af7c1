//! `ostler completions SHELL`: clap's script, and what is missing in it: the names of servers, groups and projects,
//! which `ostler complete-names` tells at the moment of the key press.

use clap::{CommandFactory, ValueEnum};
use clap_complete::Shell as Generator;

use super::session::Session;
use super::{Cli, Failure};

/// Its arguments.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The shell
    shell: Shell,
}

/// The shells that names are completed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shell {
    /// Write it to ~/.local/share/bash-completion/completions/ostler
    Bash,
    /// Write it to _ostler in a directory of $fpath
    Zsh,
    /// Write it to ~/.config/fish/completions/ostler.fish
    Fish,
}

/// Subcommands that take a NAME wherever an argument may stand.
const NAMED: [&str; 12] =
    ["up", "down", "start", "stop", "restart", "signal", "status", "ls", "ps", "logs", "why", "ports"];

/// Prints the script.
pub fn run(session: &Session, args: &Args) -> Result<(), Failure> {
    session.out.print(&script(args.shell))
}

fn script(shell: Shell) -> String {
    let generator = match shell {
        Shell::Bash => Generator::Bash,
        Shell::Zsh => Generator::Zsh,
        Shell::Fish => Generator::Fish,
    };
    let mut bytes = Vec::new();
    clap_complete::generate(generator, &mut Cli::command(), "ostler", &mut bytes);
    let script = String::from_utf8_lossy(&bytes);
    match shell {
        Shell::Bash => format!("{script}\n{}", include_str!("names.bash").replace("NAMED", &NAMED.join("|"))),
        // `_hosts` stands where an argument is marked with `NAME_HINT`
        Shell::Zsh => {
            let (head, body) = script.split_once('\n').unwrap_or(("", &script));
            format!("{head}\n{}\n{}", include_str!("names.zsh"), body.replace("_hosts", "_ostler_names"))
        }
        Shell::Fish => format!("{script}\n{}", include_str!("names.fish").replace("NAMED", &NAMED.join(" "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_subcommand_with_a_name_completes_names() {
        let cli = Cli::command();
        let takes_name = |command: &&clap::Command| {
            command
                .get_positionals()
                .any(|argument| argument.get_value_hint() == super::super::names::NAME_HINT)
        };
        let mut expected: Vec<&str> = Vec::new();
        for command in cli.get_subcommands().filter(takes_name) {
            expected.push(command.get_name());
            expected.extend(command.get_visible_aliases());
        }
        expected.sort_unstable();
        let mut named = NAMED;
        named.sort_unstable();
        assert_eq!(named.as_slice(), expected);
    }

    #[test]
    fn each_script_asks_for_names() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let script = script(shell);
            assert!(script.contains("ostler complete-names"), "{shell:?}");
            assert!(!script.contains("NAMED") && !script.contains("_hosts"), "{shell:?}");
        }
        let zsh = script(Shell::Zsh);
        assert!(zsh.starts_with("#compdef ostler\n"));
        assert!(zsh.matches(":_ostler_names").count() >= 9);
    }
}
