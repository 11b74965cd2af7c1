//! `ostler status [NAME…]`

use std::io::IsTerminal;
use std::time::Duration;

use jiff::Timestamp;

use super::names::SomeNames;
use super::session::Session;
use super::{Failure, table};
use crate::client::ClientError;
use crate::model::Snapshot;
use crate::text;

/// Its arguments.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct Args {
    #[command(flatten)]
    names: SomeNames,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Repeat in place, until Ctrl-C
    #[arg(long)]
    watch: bool,
}

/// How often `--watch` looks: as often as the supervisor measures.
const EVERY: Duration = Duration::from_secs(1);

/// Prints the table, or the JSON. Starts nothing.
pub async fn run(session: &Session, args: Args) -> Result<(), Failure> {
    let project = session.current_project()?;
    if args.watch {
        return watch(session, &args, project.as_deref()).await;
    }
    let chosen = chosen(session.client.snapshot().await?, &args.names, project.as_deref())?;
    if args.json {
        return session.out.json(&chosen, true);
    }
    session.out.print(&shown(&chosen, session, project.as_deref()))
}

fn chosen(mut snapshot: Snapshot, names: &SomeNames, project: Option<&str>) -> Result<Snapshot, Failure> {
    let ids = names.resolve(&snapshot, project)?;
    snapshot.servers.retain(|server| ids.contains(&server.id));
    Ok(snapshot)
}

fn shown(snapshot: &Snapshot, session: &Session, project: Option<&str>) -> String {
    match (snapshot.servers.is_empty(), project) {
        (false, _) => table::render(&snapshot.servers, Timestamp::now(), session.out.style),
        (true, Some(project)) => format!("no servers of {project}: `ostler up` registers and starts them\n"),
        (true, None) => "no servers: `ostler up` in a project registers and starts them\n".to_owned(),
    }
}

/// Prints again and again, also while no supervisor runs; only when something changed.
async fn watch(session: &Session, args: &Args, project: Option<&str>) -> Result<(), Failure> {
    let terminal = std::io::stdout().is_terminal();
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let mut before = String::new();
    loop {
        ticks.tick().await;
        let snapshot = match session.client.snapshot().await {
            Ok(snapshot) => Some(chosen(snapshot, &args.names, project)?),
            Err(error @ ClientError::NoSupervisor) if args.json => return Err(error.into()),
            Err(ClientError::NoSupervisor) => None,
            Err(error) => return Err(error.into()),
        };
        if let (Some(snapshot), true) = (&snapshot, args.json) {
            session.out.json(snapshot, false)?;
            continue;
        }
        let text = match &snapshot {
            Some(snapshot) => shown(snapshot, session, project),
            None => "no supervisor is running\n".to_owned(),
        };
        let text = if terminal { fit(&text, screen()) } else { text };
        if text != before {
            let sequence = if terminal { in_place(&before, &text) } else { text.clone() };
            session.out.print(&sequence)?;
            before = text;
        }
    }
}

/// Columns and rows; those of old where the terminal does not know its size.
fn screen() -> (u16, u16) {
    match crossterm::terminal::size() {
        Ok((columns, rows)) if columns > 0 && rows > 0 => (columns, rows),
        Ok(_) | Err(_) => (80, 24),
    }
}

/// The text cut to a screen of (columns, rows), so that the cursor finds back to its beginning.
fn fit(text: &str, (columns, rows): (u16, u16)) -> String {
    let lines = text.lines().take(usize::from(rows).saturating_sub(1));
    lines.map(|line| cut(line, usize::from(columns)) + "\n").collect()
}

/// As much of a line of our own as fits into the width. Its SGR sequences are kept: they take no room.
fn cut(line: &str, width: usize) -> String {
    let (mut kept, mut used, mut escape) = (String::new(), 0, false);
    for c in line.chars() {
        let takes = if escape || c == '\x1b' { 0 } else { text::width::width(c.encode_utf8(&mut [0; 4])) };
        escape = (escape && c != 'm') || c == '\x1b';
        used += takes;
        if takes == 0 || used <= width {
            kept.push(c);
        }
    }
    kept
}

/// Sequences that put `now` where `before` stood: up, then each line anew, then nothing below.
fn in_place(before: &str, now: &str) -> String {
    let up = match before.lines().count() {
        0 => String::new(),
        lines => format!("\x1b[{lines}A"),
    };
    format!("{up}{}\x1b[J", now.replace('\n', "\x1b[K\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_cut_to_the_screen_with_its_colours_closed() {
        let text = "\x1b[2mNAME\x1b[0m  STATE\napi  \x1b[32mrunning\x1b[0m\nweb\n";
        assert_eq!(fit(text, (8, 3)), "\x1b[2mNAME\x1b[0m  ST\napi  \x1b[32mrun\x1b[0m\n");
        assert_eq!(fit(text, (80, 1)), "");
    }

    #[test]
    fn a_repetition_takes_the_place_of_the_one_before() {
        assert_eq!(in_place("", "a\n"), "a\x1b[K\n\x1b[J");
        assert_eq!(in_place("a\nb\n", "c\n"), "\x1b[2Ac\x1b[K\n\x1b[J");
    }
}
