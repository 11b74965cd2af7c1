//! `ostler init`: writes `ostler.toml`, a template or what a Procfile says.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;

use crate::api::{Problem, ProblemKind};
use crate::config;
use crate::model::server::is_valid_name;
use crate::text::human::plural;

/// Write ostler.toml in this directory, from a Procfile if there is one
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The Procfile to read
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
}

const TEMPLATE: &str = r#"# The servers of this project. `ostler up` starts them; `ostler check` looks for mistakes.

# project = "shop"              # default: the name of this directory

[servers.web]
command = "echo replace this by what starts your server; sleep 3600"
# dir = "web"                   # from this file's directory
# port = 3000                   # or "auto": a free one; the command sees it as PORT, the others as OSTLER_PORT_WEB
# env = { LOG_LEVEL = "debug" }
# env_file = "?.env"            # with `?` it may be missing
# group = "frontend"            # `ostler restart @frontend`
# restart = "on-failure"        # always | on-failure | never
# stop = { signal = "SIGTERM", grace = "10s" }

# [servers.web.startup]         # when it counts as up; default: its port answers
# http = "http://127.0.0.1:${port}/health"
# timeout = "30s"
"#;

/// Writes the file; one that is there stays as it is.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let here = std::env::current_dir().context("the current directory cannot be read")?;
    let file = here.join(config::FILE_NAME);
    let mut text = match source(args, &here) {
        Some(procfile) => from_file(&procfile)?,
        None => TEMPLATE.to_owned(),
    };
    if config::parse(&file, text.as_bytes()).is_err() {
        // The one thing that can be missing is a directory whose name can be the project's.
        text.insert_str(0, "project = \"main\"\n\n");
    }
    let project = config::parse(&file, text.as_bytes())?;
    write_new(&file, &text)?;
    let servers = plural(project.servers.len(), "server");
    let mut out = io::stdout().lock();
    writeln!(out, "wrote {}: {servers}", config::FILE_NAME)?;
    writeln!(out, "  next: edit it, then `ostler up`")?;
    Ok(ExitCode::SUCCESS)
}

fn source(args: &Args, here: &Path) -> Option<PathBuf> {
    let present = || Some(here.join("Procfile")).filter(|file| file.is_file());
    args.from.clone().or_else(present)
}

fn refused(message: String, hint: &str) -> Problem {
    Problem::new(ProblemKind::BadRequest, message).with_hint(hint)
}

fn from_file(file: &Path) -> Result<String, Problem> {
    let shown = file.display().to_string();
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if !name.to_lowercase().contains("procfile") {
        let message = format!("{} is not a Procfile, and only a Procfile is read", shown.escape_debug());
        return Err(refused(message, "name a file as in `ostler init --from Procfile.dev`"));
    }
    let bytes = config::read_limited(file).map_err(|error| {
        refused(format!("{} cannot be read: {error}", shown.escape_debug()), "name a file that can be read")
    })?;
    let text = String::from_utf8(bytes)
        .map_err(|_| refused(format!("{} is not UTF-8", shown.escape_debug()), "save it as UTF-8"))?;
    from_procfile(&text, &name).map_err(|bad| {
        let message = format!("{}:{}: {}", shown.escape_debug(), bad.line, bad.message);
        refused(message, "each line is `name: command` or a `# comment`")
    })
}

/// Why a Procfile cannot be read.
#[derive(Debug, PartialEq, Eq)]
struct BadLine {
    line: usize,
    message: String,
}

/// The config that does what this Procfile does: its comments stay, `web` and whoever uses `$PORT` gets a port.
fn from_procfile(text: &str, name: &str) -> Result<String, BadLine> {
    let mut out = format!("# Written by `ostler init` from {}.\n\n", name.escape_debug());
    out.push_str("[defaults]\nenv_file = \"?.env\"           # as Procfile runners do\n");
    let mut names = BTreeSet::new();
    let mut comments = String::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            comments.push_str(line);
            comments.push('\n');
            continue;
        }
        let bad = |message: String| BadLine { line: index + 1, message };
        let (name, command) = line
            .split_once(':')
            .map(|(name, command)| (name.trim(), command.trim()))
            .filter(|(name, command)| !command.is_empty() && is_valid_name(name))
            .ok_or_else(|| bad("this is no `name: command`".to_owned()))?;
        if !names.insert(name) {
            return Err(bad(format!("`{name}` is there twice")));
        }
        out.push_str(if comments.starts_with('\n') { "" } else { "\n" });
        out.push_str(&std::mem::take(&mut comments));
        server(&mut out, name, command);
    }
    out.push_str(comments.trim_end_matches('\n'));
    Ok(out.trim_end().to_owned() + "\n")
}

fn server(out: &mut String, name: &str, command: &str) {
    let key = toml_edit::Key::new(name);
    let command_value = toml_edit::Value::from(command);
    // Writing to a string cannot fail.
    let _ = writeln!(out, "[servers.{key}]\ncommand = {command_value}");
    if name == "web" || command.contains("$PORT") || command.contains("${PORT") {
        out.push_str("port = \"auto\"                  # exported as PORT\n");
    }
}

fn write_new(file: &Path, text: &str) -> anyhow::Result<()> {
    let opened = OpenOptions::new().write(true).create_new(true).open(file);
    let mut opened = match opened {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let message = format!("{} is already here", config::FILE_NAME);
            let hint = "`ostler add NAME -- COMMAND` adds a server to it; or move it away first";
            return Err(Problem::new(ProblemKind::Conflict, message).with_hint(hint).into());
        }
        opened => opened.with_context(|| format!("{} cannot be written", file.display()))?,
    };
    opened.write_all(text.as_bytes()).with_context(|| format!("{} cannot be written", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Command, PortSpec};

    fn read(text: &str) -> config::Project {
        config::parse(Path::new("/srv/shop/ostler.toml"), text.as_bytes())
            .unwrap_or_else(|problems| panic!("{text}\n{problems}"))
    }

    #[test]
    fn the_template_is_valid_and_so_is_each_line_that_it_offers() {
        assert_eq!(read(TEMPLATE).servers.len(), 1);
        let offered: String = TEMPLATE
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(rest) if rest.contains(" = ") || rest.starts_with('[') => rest,
                _ => line,
            })
            .flat_map(|line| [line, "\n"])
            .collect();
        let server = &read(&offered).servers[0];
        assert_eq!(server.ports, [PortSpec::Fixed(3000)]);
        assert!(server.startup.probe.is_some());
    }

    #[test]
    fn a_procfile_becomes_servers_with_its_comments() {
        let procfile = "\u{feff}# the shop\r\nweb: bundle exec puma -p $PORT\r\n\r\n# jobs: all of them\nworker: sidekiq -q \"a\" -c 'b\\n'\napi:./run --port=${PORT}\nrelease-1: true\n# end\n";
        let text = from_procfile(procfile, "Procfile").unwrap();
        for comment in ["\n# the shop\n[servers.web]", "\n# jobs: all of them\n[servers.worker]", "\n# end\n"]
        {
            assert!(text.contains(comment), "{text}");
        }
        let servers = read(&text).servers;
        let shown: Vec<_> =
            servers.iter().map(|s| (s.id.name(), s.command.clone(), !s.ports.is_empty())).collect();
        let shell = |line: &str| Command::Shell(line.to_owned());
        assert_eq!(
            shown,
            [
                ("web", shell("bundle exec puma -p $PORT"), true),
                ("worker", shell("sidekiq -q \"a\" -c 'b\\n'"), false),
                ("api", shell("./run --port=${PORT}"), true),
                ("release-1", shell("true"), false),
            ]
        );
        assert!(servers.iter().all(|server| server.env_files[0].optional));
    }

    #[test]
    fn a_bad_line_is_told_by_its_number() {
        for (text, line) in [("web: x\nnonsense", 2), ("web:", 1), ("a b: x", 1), ("a: x\n\na: y", 3)] {
            assert_eq!(from_procfile(text, "Procfile").unwrap_err().line, line, "{text}");
        }
    }

    #[test]
    fn only_a_procfile_is_read() {
        let problem = from_file(Path::new("compose.yaml")).unwrap_err();
        assert!(problem.message.contains("only a Procfile"), "{problem}");
        assert!(problem.hint.is_some());
        assert!(
            from_file(Path::new("/nonexistent/Procfile")).unwrap_err().message.contains("cannot be read")
        );
    }

    #[test]
    fn a_file_that_is_there_stays() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("ostler.toml");
        write_new(&file, "one").unwrap();
        let error = write_new(&file, "two").unwrap_err();
        assert!(error.downcast_ref::<Problem>().unwrap().hint.is_some());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "one");
    }
}
