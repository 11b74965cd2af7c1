//! What every command needs: the supervisor, the project here, and where to print.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::output::{Output, Style, note};
use super::{Failure, Global};
use crate::api::{RegisterRequest, Registered};
use crate::client::{Client, ClientError, Target};
use crate::config::{self, Problems, Project};
use crate::model::Environment;
use crate::paths::Paths;

/// What this program calls itself in events.
const WORD: &str = "cli";

/// What registering a project takes along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Register {
    /// `up`: the file is read again, this process's environment is the servers' from now on, and so is `--profile` or
    /// none.
    Anew,
    /// `add`: the same, but without `--profile` that of before stays.
    AnewInProfile,
    /// `start`: the environment, too; the file only if it is not known yet.
    WithEnvironment,
    /// Other acts: the file only if it is not known yet.
    IfUnknown,
}

/// The project's file as it was read once: one of a thousand servers takes its time.
#[derive(Clone, Debug)]
pub struct ProjectFile {
    /// Where it is.
    pub path: PathBuf,
    /// What it says, or what is wrong with it.
    pub read: Result<Project, Problems>,
}

impl ProjectFile {
    /// Reads it.
    pub fn read(path: PathBuf) -> Self {
        let read = config::load(&path, None);
        Self { path, read }
    }

    /// The project's name; none where the file has problems, which the acting commands tell.
    pub fn name(&self) -> Option<String> {
        self.read.as_ref().ok().map(|project| project.name.clone())
    }
}

/// One run of the program.
#[derive(Clone, Debug)]
pub struct Session {
    /// Asks the supervisor.
    pub client: Client,
    /// The options before or after the subcommand.
    pub global: Global,
    /// Where to print.
    pub out: Output,
}

impl Session {
    /// For these options.
    pub fn new(global: Global, paths: Paths) -> Self {
        let style = Style::detect(global.color, global.glyphs);
        let client = Client::new(paths, Target::Local { read_only: false }, WORD)
            .telling(|other| note(&other.to_string()));
        Self { client, global, out: Output { style } }
    }

    /// The project's file: that of `--config`, or the one found from the current directory upwards.
    pub fn project_file(&self) -> Result<Option<PathBuf>, Failure> {
        if let Some(file) = &self.global.config {
            return absolute(file).map(Some);
        }
        let here = std::env::current_dir()
            .map_err(|error| Failure::new(format!("cannot tell the current directory: {error}")))?;
        config::find(&here).map(|file| absolute(&file)).transpose()
    }

    /// The project's file, read.
    pub fn read_project(&self) -> Result<Option<ProjectFile>, Failure> {
        Ok(self.project_file()?.map(ProjectFile::read))
    }

    /// The name of the project here; see [`ProjectFile::name`].
    pub fn current_project(&self) -> Result<Option<String>, Failure> {
        Ok(self.read_project()?.and_then(|file| file.name()))
    }

    /// Makes the project here known to the supervisor, if there is one here.
    pub async fn register(&self, how: Register) -> Result<Option<Registered>, Failure> {
        let Some(file) = self.project_file()? else { return Ok(None) };
        Ok(Some(self.client.register(&self.request(file, how)).await?))
    }

    /// The same for a command that means other projects: it tells the name, and a file found here that the supervisor
    /// does not take is no more than noted. One that `--config` names is wanted, so that its problems are failures.
    pub async fn register_or_note(&self, how: Register) -> Result<Option<String>, Failure> {
        let Some(file) = self.project_file()? else { return Ok(None) };
        match self.client.register(&self.request(file, how)).await {
            Ok(registered) => Ok(Some(registered.project)),
            Err(ClientError::Problem(problem)) if self.global.config.is_none() => {
                let first = problem.message.lines().next().unwrap_or_default();
                note(&format!("the project here is left out: {first}"));
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Starts the supervisor if none runs, makes the project here known, and tells its name.
    pub async fn enter(&self, how: Register) -> Result<Option<String>, Failure> {
        self.client.ensure_supervisor().await?;
        Ok(self.register(how).await?.map(|registered| registered.project))
    }

    fn request(&self, file: PathBuf, how: Register) -> RegisterRequest {
        request(file, self.global.profile.clone(), how)
    }
}

fn request(file: PathBuf, profile: Option<String>, how: Register) -> RegisterRequest {
    let (env, reread) = match how {
        Register::Anew | Register::AnewInProfile => (Some(environment()), true),
        Register::WithEnvironment => (Some(environment()), false),
        Register::IfUnknown => (None, false),
    };
    RegisterRequest { file, env, reread, profile, keep_profile: how == Register::AnewInProfile }
}

/// The variables of this process, but for those that are no UTF-8.
pub(super) fn environment() -> Environment {
    let text = |text: std::ffi::OsString| text.into_string().ok();
    let pairs = std::env::vars_os().filter_map(|(name, value)| Some((text(name)?, text(value)?)));
    Environment(pairs.collect::<BTreeMap<_, _>>())
}

/// The same file has the same name whatever the way to it, so that a project is one project.
fn absolute(file: &Path) -> Result<PathBuf, Failure> {
    std::fs::canonicalize(file).map_err(|error| {
        Failure::new(format!("cannot read {}: {error}", file.display()))
            .with_hint("`ostler init` writes an ostler.toml")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_up_and_start_bring_an_environment_and_only_up_reads_again() {
        let file = || PathBuf::from("/x/ostler.toml");
        let anew = request(file(), None, Register::Anew);
        assert!(anew.reread && anew.env.is_some_and(|env| env.0.contains_key("PATH")));
        assert!(!anew.keep_profile && request(file(), None, Register::AnewInProfile).keep_profile);
        let start = request(file(), Some("quiet".into()), Register::WithEnvironment);
        assert_eq!(start.profile.as_deref(), Some("quiet"));
        assert!(!start.reread && start.env.is_some());
        assert_eq!(
            request(file(), None, Register::IfUnknown),
            RegisterRequest { file: file(), env: None, reread: false, profile: None, keep_profile: false }
        );
    }

    #[test]
    fn a_file_that_is_not_there_is_a_failure_that_names_it() {
        let Failure::Told { what, .. } = absolute(Path::new("/nowhere/ostler.toml")).unwrap_err() else {
            panic!()
        };
        assert!(what.contains("/nowhere/ostler.toml"), "{what}");
    }
}
