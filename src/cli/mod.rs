//! The command line: one file for each subcommand, with its arguments and its `run`.
//!
//! A command asks the supervisor through [`crate::client`], prints through [`output`], and ends with an [`Outcome`] or
//! a [`Failure`], which has the exit code. It never draws a dashboard nor runs a supervisor: where the user asked for
//! one, [`run`] says so and `main` does it.
//!
//! Shared by several commands: [`names`] (which servers are meant), [`session`] (the project here), [`act`] (do and
//! wait), `patience` (say what a stop waits for), [`table`] (the servers), `grid` (other lists), [`time`].

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub mod act;
pub mod add;
pub mod check;
pub mod complete_names;
pub mod completions;
pub mod down;
pub mod events;
pub mod failure;
pub mod grid;
pub mod init;
pub mod keys;
pub mod logs;
pub mod names;
pub mod orphans;
pub mod output;
mod patience;
pub mod ports;
pub mod reload;
pub mod restart;
pub mod screenshot;
pub mod session;
pub mod signal;
pub mod start;
pub mod status;
pub mod stop;
pub mod supervisor;
pub mod table;
mod theme;
pub mod themes;
pub mod time;
pub mod up;
pub mod watch;
pub mod why;

pub use failure::Failure;
pub use output::{ColorWhen, Glyphs};
use session::{ProjectFile, Session};

use crate::client::{Client, Target};
use crate::model::ThemeChoice;
use crate::model::action::Bindings;
use crate::paths::{self, Paths};

/// Looks after the servers of a development box
#[derive(Clone, Debug, Parser)]
#[command(
    name = "ostler",
    version,
    about,
    after_help = "Without a command: the dashboard on a terminal, the status table elsewhere.\n\
                  Exit codes: 0 done, 1 failed, 2 usage, 3 no supervisor, 4 refused.",
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options of every command.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The project's file [default: ostler.toml here or in a directory above]
    #[arg(short, long, value_name = "FILE", global = true, value_hint = clap::ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// The profile of the file that is laid over it [default: none for `up`, else that of the last `up`]
    #[arg(long, value_name = "NAME", global = true)]
    pub profile: Option<String>,
    /// The dashboard's theme
    #[arg(long, value_name = "NAME", global = true)]
    pub theme: Option<String>,
    /// When to use colours: auto, always or never
    #[arg(
        long,
        value_name = "WHEN",
        global = true,
        value_enum,
        default_value_t,
        hide_possible_values = true
    )]
    pub color: ColorWhen,
    /// Characters for signs: unicode or ascii [default: by locale]
    #[arg(long, value_name = "SET", global = true, value_enum, hide_possible_values = true)]
    pub glyphs: Option<Glyphs>,
    /// Write what the program does to a file, and say where that is
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

/// The subcommands.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Start the project's servers and open the dashboard
    Up(up::Args),
    /// Stop servers and wait until they are down
    Down(down::Args),
    /// Start servers
    Start(start::Args),
    /// Stop servers
    Stop(stop::Args),
    /// Restart servers
    Restart(restart::Args),
    /// Send a signal to a server's main process
    Signal(signal::Args),
    /// Show the servers
    #[command(visible_aliases = ["ls", "ps"])]
    Status(status::Args),
    /// Show what servers wrote
    Logs(logs::Args),
    /// Open the dashboard, read-only
    Watch,
    /// Tell why a server is in its phase, and what happens next
    Why(why::Args),
    /// Show what happened
    Events(events::Args),
    /// Show the ports of the servers and who holds them; end a stranger that holds one
    Ports(ports::Args),
    /// Show processes of earlier runs that nobody tracks; end them or take them back
    Orphans(orphans::Args),
    /// Show what the project's file has brought since, and apply it
    Reload(reload::Args),
    /// Check a config file: every problem, with its line and a hint
    Check(check::Args),
    /// Add a server to the project's file and start it
    Add(add::Args),
    /// Write ostler.toml in this directory, from a Procfile if there is one
    Init(init::Args),
    /// Look at the supervisor, run it, end it
    Supervisor(supervisor::Args),
    /// Show the dashboard's themes, or print one
    Themes(themes::Args),
    /// Show the dashboard's keys as they are here
    Keys(keys::Args),
    /// Print a completion script for a shell
    Completions(completions::Args),
    /// Print the dashboard as it looks now, as an SVG picture
    #[command(hide = true)]
    Screenshot(screenshot::Args),
    /// Names for the completion scripts
    #[command(hide = true)]
    CompleteNames,
}

/// How a command ended that did not fail.
#[derive(Debug)]
pub enum Outcome {
    /// It is done.
    Done,
    /// It is done, and this is its exit code.
    Exit(std::process::ExitCode),
    /// To be shown now: the dashboard.
    Dashboard(Box<DashboardRequest>),
    /// To be printed as a picture: the dashboard.
    Screenshot(Box<DashboardRequest>, screenshot::Args),
    /// To be printed: the themes of the dashboard.
    Themes(Box<themes::Request>),
    /// To be run now, in this process: the supervisor.
    Supervisor(supervisor::RunArgs),
}

/// What the dashboard needs to know.
#[derive(Clone, Debug)]
pub struct DashboardRequest {
    /// Asks the supervisor; says that it is a dashboard.
    pub client: Client,
    /// Started as `watch`.
    pub read_only: bool,
    /// The project here, to be shown first.
    pub project: Option<String>,
    /// Its file.
    pub config: Option<PathBuf>,
    /// The theme that is wanted, by `--theme` or a file.
    pub theme: Option<ThemeChoice>,
    /// The project's file, where it names a theme.
    pub theme_project: Option<PathBuf>,
    /// The dashboard's keys that the files bind.
    pub keys: Bindings,
    /// What is wrong with a file that may name a theme or keys: to be shown, not sanitized.
    pub notice: Option<String>,
    /// `--color`
    pub color: ColorWhen,
    /// `--glyphs`
    pub glyphs: Option<Glyphs>,
}

impl DashboardRequest {
    fn new(session: &Session, project: Option<String>, read_only: bool) -> Result<Self, Failure> {
        Ok(Self::with(session, session.read_project()?, project, read_only))
    }

    /// With the project here first.
    fn here(session: &Session, read_only: bool) -> Result<Self, Failure> {
        let file = session.read_project()?;
        let project = file.as_ref().and_then(ProjectFile::name);
        Ok(Self::with(session, file, project, read_only))
    }

    fn with(session: &Session, file: Option<ProjectFile>, project: Option<String>, read_only: bool) -> Self {
        let paths = session.client.paths().clone();
        let given = session.global.theme.clone();
        let user = paths::user_config();
        let wanted = theme::wanted(given, file.as_ref(), user.as_deref());
        let (keys, of_keys) = keys::bindings(file.as_ref(), user.as_deref());
        Self {
            client: Client::new(paths, Target::Local { read_only }, "dashboard"),
            read_only,
            project,
            config: file.map(|file| file.path),
            theme: wanted.choice,
            theme_project: wanted.project,
            keys,
            notice: of_keys.or(wanted.notice),
            color: session.global.color,
            glyphs: session.global.glyphs,
        }
    }
}

/// Does what the command line says. Must run within a tokio runtime with I/O and time.
pub async fn run(cli: Cli, paths: Paths) -> Result<Outcome, Failure> {
    let (pid, version) = (std::process::id(), paths::version());
    tracing::debug!(pid, version, home = %paths.home().display(), "a command begins");
    let session = Session::new(cli.global, paths);
    let Some(command) = cli.command else { return bare(&session).await };
    match command {
        Command::Up(args) => return up::run(&session, args).await,
        Command::Watch => return watch::run(&session).await,
        Command::Screenshot(args) => return screenshot::run(&session, args).await,
        Command::Themes(args) => return themes::run(&session, args),
        Command::Supervisor(args) => return supervisor::run(&session, args).await,
        Command::Check(check::Args { file }) => {
            let file = file.or_else(|| session.global.config.clone());
            let profile = session.global.profile.as_deref();
            return Ok(Outcome::Exit(check::run(&check::Args { file }, profile)?));
        }
        Command::Init(args) => return Ok(Outcome::Exit(init::run(&args)?)),
        Command::Add(args) => add::run(&session, args).await?,
        Command::Down(args) => down::run(&session, args).await?,
        Command::Start(args) => start::run(&session, args).await?,
        Command::Stop(args) => stop::run(&session, args).await?,
        Command::Restart(args) => restart::run(&session, args).await?,
        Command::Signal(args) => signal::run(&session, args).await?,
        Command::Status(args) => status::run(&session, args).await?,
        Command::Logs(args) => logs::run(&session, args).await?,
        Command::Why(args) => why::run(&session, args).await?,
        Command::Events(args) => events::run(&session, args).await?,
        Command::Ports(args) => ports::run(&session, args).await?,
        Command::Orphans(args) => orphans::run(&session, args).await?,
        Command::Reload(args) => reload::run(&session, args).await?,
        Command::Keys(args) => keys::run(&session, &args)?,
        Command::Completions(args) => completions::run(&session, &args)?,
        Command::CompleteNames => complete_names::run(&session).await?,
    }
    Ok(Outcome::Done)
}

/// `ostler` alone: the dashboard where it can be shown, else the status table.
async fn bare(session: &Session) -> Result<Outcome, Failure> {
    if !output::is_interactive() {
        status::run(session, status::Args::default()).await?;
        return Ok(Outcome::Done);
    }
    session.client.ensure_supervisor().await?;
    Ok(Outcome::Dashboard(Box::new(DashboardRequest::here(session, false)?)))
}

#[cfg(test)]
mod tests;
