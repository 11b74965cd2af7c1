//! `ostler check`: every problem of a config file at once.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::{Failure, up};
use crate::config::{self, Project};
use crate::model::PortSpec;
use crate::text::human::plural;

/// Tell every problem of a config file, with its line and a hint
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The file; otherwise the nearest ostler.toml, from this directory upwards
    pub file: Option<PathBuf>,
}

/// Checks the file, with this profile of it laid over. Problems in it go to stderr and make exit code 1; without a file it is a usage error.
pub fn run(args: &Args, profile: Option<&str>) -> Result<ExitCode, Failure> {
    let found = match &args.file {
        Some(file) => Some(file.clone()),
        None => std::env::current_dir().ok().and_then(|here| nearest(&here)),
    };
    let file = found.ok_or_else(up::no_project)?;
    match config::load(&file, profile) {
        Ok(project) => {
            writeln!(io::stdout(), "{}", summary(&project))?;
            Ok(ExitCode::SUCCESS)
        }
        Err(problems) => match problems.list.as_slice() {
            // nothing in the file is wrong, the file itself is: it can't be read
            [whole] if whole.line == 0 => {
                let what = format!("{}: {}", whole.file.display(), whole.message);
                Err(Failure::new(what).with_hint(&whole.hint))
            }
            _ => {
                writeln!(io::stderr(), "{problems}")?;
                Ok(ExitCode::FAILURE)
            }
        },
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
        assert_eq!(
            summary(&config::load(&file, None).unwrap()),
            "ok: project p: 1 server, 2 ports (1 automatic)"
        );
        assert_eq!(run(&Args { file: Some(file.clone()) }, None).unwrap(), ExitCode::SUCCESS);
        assert_eq!(nearest(dir.path()).as_deref(), Some(Path::new("ostler.toml")));
        std::fs::write(&file, "[servers.a]\n").unwrap();
        assert_eq!(run(&Args { file: Some(file) }, None).unwrap(), ExitCode::FAILURE);
        let missing = dir.path().join("nope.toml");
        let failure = run(&Args { file: Some(missing) }, None).unwrap_err();
        let Failure::Told { what, hint: Some(_), code: 1 } = &failure else { panic!("{failure:?}") };
        assert!(what.contains("nope.toml: cannot be read"), "{what}");
    }
}
