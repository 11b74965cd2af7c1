//! `ostler check`: every problem of a config file at once.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::api::{Problem, ProblemKind};
use crate::config::{self, Project};
use crate::model::PortSpec;
use crate::text::human::plural;

/// Tell every problem of a config file, with its line and a hint
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The file; otherwise the nearest ostler.toml, from this directory upwards
    pub file: Option<PathBuf>,
}

/// Checks the file. Problems go to stderr and make exit code 1.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let found = match &args.file {
        Some(file) => Some(file.clone()),
        None => nearest(&std::env::current_dir()?),
    };
    let Some(file) = found else {
        let message = "there is no ostler.toml here or in a directory above";
        return Err(Problem::new(ProblemKind::NotFound, message)
            .with_hint("`ostler init` writes one")
            .into());
    };
    match config::load(&file) {
        Ok(project) => {
            writeln!(io::stdout(), "{}", summary(&project))?;
            Ok(ExitCode::SUCCESS)
        }
        Err(problems) => {
            writeln!(io::stderr(), "{problems}")?;
            Ok(ExitCode::FAILURE)
        }
    }
}

/// The nearest file, by the short name that it has from `here`.
fn nearest(here: &Path) -> Option<PathBuf> {
    let file = config::find(here)?;
    Some(file.strip_prefix(here).map(Path::to_owned).unwrap_or(file))
}

fn summary(project: &Project) -> String {
    let ports = || project.servers.iter().flat_map(|server| &server.ports);
    let auto = ports().filter(|port| matches!(port, PortSpec::Auto)).count();
    let auto = if auto > 0 { format!(" ({auto} automatic)") } else { String::new() };
    format!(
        "ok: project {}: {}, {}{auto}",
        project.name,
        plural(project.servers.len(), "server"),
        plural(ports().count(), "port"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_file_is_summed_up_and_a_bad_one_fails() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("ostler.toml");
        std::fs::write(&file, "project='p'\n[servers.a]\ncommand='x'\nports=[1,'auto']\n").unwrap();
        assert_eq!(summary(&config::load(&file).unwrap()), "ok: project p: 1 server, 2 ports (1 automatic)");
        assert_eq!(run(&Args { file: Some(file.clone()) }).unwrap(), ExitCode::SUCCESS);
        assert_eq!(nearest(dir.path()).as_deref(), Some(Path::new("ostler.toml")));
        std::fs::write(&file, "[servers.a]\n").unwrap();
        assert_eq!(run(&Args { file: Some(file) }).unwrap(), ExitCode::FAILURE);
    }
}
