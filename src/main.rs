//! The `ostler` program: the only file that knows all roles.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Duration;

use clap::Parser;
use ostler::cli::failure::USAGE;
use ostler::cli::screenshot::Args;
use ostler::cli::supervisor::RunArgs;
use ostler::cli::{self, Cli, ColorWhen, DashboardRequest, Failure, Outcome, output, themes};
use ostler::model::ThemeChoice;
use ostler::os::file;
use ostler::os::rotate::Rotating;
use ostler::paths::Paths;
use ostler::tui::screenshot::Shot;
use ostler::{demo, keeper, supervisor, tui};

fn main() -> ExitCode {
    // roles that must start lean come before anything that parses
    let mut args = env::args_os().skip(1);
    match args.next().as_deref().and_then(OsStr::to_str) {
        Some(keeper::handle::WORD) => keep(),
        Some("demo-server") => demo::run(args.map(|arg| arg.to_string_lossy().into_owned())),
        Some(_) | None => command(Cli::parse()),
    }
}

fn command(cli: Cli) -> ExitCode {
    let outcome = Paths::from_env()
        .map_err(|error| {
            Failure::new(error.to_string()).with_hint("set it to a directory of your own, as in /home/me")
        })
        .and_then(|paths| {
            if cli.global.verbose {
                diagnose(&paths)?;
            }
            let runtime = runtime()?;
            let outcome = runtime.block_on(cli::run(cli, paths.clone()))?;
            Ok((outcome, paths))
        })
        .and_then(|(outcome, paths)| match outcome {
            Outcome::Done => Ok(ExitCode::SUCCESS),
            Outcome::Exit(code) => Ok(code),
            Outcome::Dashboard(request) => dashboard(*request),
            Outcome::Screenshot(request, args) => screenshot(*request, &args),
            Outcome::Themes(request) => themes(&request),
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

/// `-v`: what the program does goes to a file, and where that is to standard error.
fn diagnose(paths: &Paths) -> Result<(), Failure> {
    let path = paths.diagnostics();
    let file = file::private_dir(paths.home()).and_then(|()| Rotating::append(&path)).map_err(|error| {
        Failure::new(format!("no diagnostics can be written: {error}")).with_hint("leave out `-v`")
    })?;
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .with_writer(Mutex::new(file))
        .init();
    eprintln!("diagnostics: {}", output::clean(&path.display().to_string()));
    Ok(())
}

/// `nursery`, started by the supervisor, and the keepers that it forks. Nobody reads what they say; no log goes through
/// here.
fn keep() -> ExitCode {
    let Ok(paths) = Paths::from_env() else {
        return ExitCode::from(USAGE);
    };
    match keeper::run(paths) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::tell(&Failure::new(format!("keeper: {error}")));
            ExitCode::FAILURE
        }
    }
}

fn supervisor(paths: Paths, args: RunArgs) -> Result<ExitCode, Failure> {
    let RunArgs { started_with_lock, revived, takes_over } = args;
    supervisor::run(paths, supervisor::Options { started_with_lock, revived, takes_over })
        .map(|()| ExitCode::SUCCESS)
        .map_err(|error| {
            Failure::new(format!("{error:#}")).with_hint("`ostler supervisor status` tells whether one runs")
        })
}

fn dashboard(request: DashboardRequest) -> Result<ExitCode, Failure> {
    tui::run(tui_options(request))
        .map(|()| ExitCode::SUCCESS)
        .map_err(|error| Failure::new(format!("{error:#}")))
}

fn screenshot(request: DashboardRequest, args: &Args) -> Result<ExitCode, Failure> {
    let shot = Shot {
        size: (args.columns, args.rows),
        keys: args.keys.clone(),
        patience: Duration::from_millis(args.patience_ms),
    };
    if let Some(dir) = &args.gallery {
        return gallery(&tui_options(request), &shot, dir);
    }
    let picture = tui::screenshot::take(&tui_options(request), &shot)
        .and_then(|picture| Ok(io::stdout().write_all(picture.as_bytes())?));
    picture.map(|()| ExitCode::SUCCESS).map_err(|error| Failure::new(format!("{error:#}")))
}

fn gallery(options: &tui::Options, shot: &Shot, dir: &Path) -> Result<ExitCode, Failure> {
    let failure = |error: &dyn std::fmt::Display| Failure::new(format!("no gallery: {error}"));
    let gallery = tui::screenshot::gallery(options, shot).map_err(|error| failure(&error))?;
    let write = || {
        let themes = dir.join("themes");
        fs::create_dir_all(&themes)?;
        for picture in &gallery.pictures {
            fs::write(themes.join(format!("{}.svg", picture.name)), &picture.svg)?;
        }
        fs::write(dir.join("themes.svg"), &gallery.sheet)
    };
    write().map(|()| ExitCode::SUCCESS).map_err(|error: io::Error| failure(&error))
}

fn tui_options(request: DashboardRequest) -> tui::Options {
    let DashboardRequest {
        client,
        read_only,
        project,
        config,
        theme,
        theme_project,
        keys,
        notice,
        color,
        glyphs,
    } = request;
    tui::Options {
        client,
        read_only,
        current_project: project,
        current_file: config,
        theme,
        theme_project,
        keys,
        color: color_choice(color),
        glyphs,
        notice,
    }
}

fn color_choice(color: ColorWhen) -> tui::ColorChoice {
    match color {
        ColorWhen::Auto => tui::ColorChoice::Auto,
        ColorWhen::Always => tui::ColorChoice::Always,
        ColorWhen::Never => tui::ColorChoice::Never,
    }
}

fn themes(request: &themes::Request) -> Result<ExitCode, Failure> {
    let dir = request.dir.as_deref();
    if let Some(name) = &request.args.name {
        let text = tui::theme::text(dir, name).map_err(|error| {
            Failure::new(error.to_string()).with_hint("`ostler themes` lists them with their files")
        })?;
        request.out.print(&text)?;
        return Ok(ExitCode::SUCCESS);
    }
    let depth = tui::Depth::choose(color_choice(request.color), |name| env::var(name).ok());
    let listed = tui::theme::list(dir, depth, request.out.style.glyphs).into_iter().map(|theme| {
        let chosen = match &request.choice {
            Some(ThemeChoice::One(name)) => *name == theme.name,
            Some(ThemeChoice::Pair { dark, light }) => [dark, light].contains(&&theme.name),
            None => false,
        };
        themes::Theme {
            chosen,
            background: themes::background(theme.ground),
            name: theme.name,
            file: theme.file,
            problem: theme.problem,
            swatch: theme.swatch,
        }
    });
    request.show(&listed.collect::<Vec<_>>())?;
    Ok(ExitCode::SUCCESS)
}
