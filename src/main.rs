//! The `ostler` program: the only file that knows all roles.

use std::env;
use std::process::ExitCode;

use clap::Parser;
use ostler::cli::supervisor::RunArgs;
use ostler::cli::{self, Cli, DashboardRequest, Failure, Outcome, output};
use ostler::demo;
use ostler::paths::Paths;

fn main() -> ExitCode {
    // roles that must start lean come before anything that parses
    match env::args().nth(1).as_deref() {
        Some("keeper") => keeper(),
        Some("demo-server") => demo::run(env::args().skip(2)),
        Some(_) | None => command(Cli::parse()),
    }
}

fn command(cli: Cli) -> ExitCode {
    let outcome = Paths::from_env()
        .map_err(|error| Failure::new(error.to_string()).with_hint("set HOME to your home directory"))
        .and_then(|paths| {
            let runtime = runtime()?;
            let outcome = runtime.block_on(cli::run(cli, paths.clone()))?;
            Ok((outcome, paths))
        })
        .and_then(|(outcome, paths)| match outcome {
            Outcome::Done => Ok(ExitCode::SUCCESS),
            Outcome::Exit(code) => Ok(code),
            Outcome::Dashboard(request) => dashboard(*request),
            Outcome::Supervisor(args) => supervisor(paths, args),
        });
    outcome.unwrap_or_else(|failure| {
        output::tell(&failure);
        ExitCode::from(failure.code())
    })
}

/// One thread is enough for a command.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("cannot start: {error}")))
}

fn keeper() -> ExitCode {
    output::tell(&Failure::new("the keeper is not built in"));
    ExitCode::FAILURE
}

fn supervisor(_paths: Paths, _args: RunArgs) -> Result<ExitCode, Failure> {
    Err(Failure::new("the supervisor is not built in"))
}

fn dashboard(_request: DashboardRequest) -> Result<ExitCode, Failure> {
    Err(Failure::new("the dashboard is not built in"))
}
