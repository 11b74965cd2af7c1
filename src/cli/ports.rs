//! `ostler ports [NAME…]`, `ostler ports --kill PORT`

use super::Failure;
use super::grid::{self, Align};
use super::names::SomeNames;
use super::output::{Style, clean};
use super::session::Session;
use crate::api::{HolderKilled, KillHolder, PortRow};
use crate::model::{Holder, PortState};

/// Its arguments.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct Args {
    #[command(flatten)]
    names: SomeNames,
    /// As JSON
    #[arg(long)]
    json: bool,
    /// End the stranger that holds this declared port, with SIGTERM
    #[arg(long, value_name = "PORT", conflicts_with_all = ["names", "all"])]
    kill: Option<u16>,
    /// With SIGKILL
    #[arg(long, requires = "kill")]
    now: bool,
}

/// Shows the ports, or ends who holds one.
pub async fn run(session: &Session, args: Args) -> Result<(), Failure> {
    session.client.ensure_supervisor().await?;
    if let Some(port) = args.kill {
        let killed = session.client.kill_holder(port, KillHolder { now: args.now, pid: None }).await?;
        if args.json {
            return session.out.json(&killed, true);
        }
        session.out.print(&told(&killed))?;
        return judge(&killed);
    }
    let wanted =
        args.names.resolve(&session.client.snapshot().await?, session.current_project()?.as_deref())?;
    let mut rows = session.client.ports().await?;
    rows.retain(|row| wanted.contains(&row.server));
    if args.json {
        return session.out.json(&rows, true);
    }
    if rows.is_empty() {
        return session.out.line("no ports: a server declares them with `port = 3000`");
    }
    session.out.print(&table(&rows, session.out.style))
}

fn told(killed: &HolderKilled) -> String {
    let line = |holder: &Holder| format!("{} sent to {}\n", killed.signal, clean(&holder.to_string()));
    killed.holders.iter().map(line).collect()
}

fn judge(killed: &HolderKilled) -> Result<(), Failure> {
    let Some(left) = killed.left.first() else { return Ok(()) };
    let HolderKilled { port, .. } = killed;
    Err(Failure::new(format!("port {port} is still held by {left}"))
        .with_hint(format!("`ostler ports --kill {port}` again, or with `--now`, which it can't ignore")))
}

fn table(rows: &[PortRow], style: Style) -> String {
    let several = rows.iter().any(|row| row.server.project() != rows[0].server.project());
    let headings = [
        ("PORT", Align::Right),
        ("SERVER", Align::Left),
        ("FROM", Align::Left),
        ("STATE", Align::Left),
        ("LATENCY", Align::Right),
        ("HOLDER", Align::Left),
    ];
    let cells = |row: &PortRow| {
        let status = &row.status;
        let state = match (status.state, &status.holder) {
            (PortState::Listening, None) => "listening",
            (PortState::Listening, Some(_)) => "shared",
            (PortState::Closed, _) => "closed",
            (PortState::Foreign, _) => "foreign",
        };
        [
            status.port.to_string(),
            if several { row.server.to_string() } else { row.server.name().to_owned() },
            if status.declared { "declared" } else { "found" }.to_owned(),
            state.to_owned(),
            status.latency_ms.map_or_else(|| "-".to_owned(), |ms| format!("{ms:.1} ms")),
            status.holder.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string),
        ]
    };
    grid::render(headings, &rows.iter().map(cells).collect::<Vec<_>>(), style)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Glyphs;
    use crate::model::{Phase, PortStatus, Signal};

    fn holder(command: &str) -> Holder {
        Holder { pid: Some(7), command: Some(command.to_owned()), user: Some("alice".to_owned()), ours: None }
    }

    #[test]
    fn the_table_says_whose_each_port_is_and_obeys_nothing() {
        let row = |port, declared, state, latency_ms, holder| PortRow {
            server: "shop/api".parse().unwrap(),
            phase: Phase::Running,
            status: PortStatus { port, declared, state, latency_ms, holder },
        };
        let rows = [
            row(3000, true, PortState::Listening, Some(0.44), None),
            row(3001, true, PortState::Foreign, None, Some(holder("a) \x1b[2J\nx"))),
            row(3002, true, PortState::Listening, None, Some(holder("vite"))),
            row(80, false, PortState::Listening, None, None),
            row(3003, true, PortState::Closed, None, None),
        ];
        insta::assert_snapshot!(table(&rows, Style { color: false, glyphs: Glyphs::Ascii }), @r"
        PORT  SERVER  FROM      STATE      LATENCY  HOLDER
        3000  api     declared  listening   0.4 ms  -
        3001  api     declared  foreign          -  pid 7 (a)  x, user alice)
        3002  api     declared  shared           -  pid 7 (vite, user alice)
          80  api     found     listening        -  -
        3003  api     declared  closed           -  -
        ");
    }

    #[test]
    fn who_holds_it_still_is_a_failure_with_what_to_do() {
        let mut killed = HolderKilled {
            port: 80,
            signal: Signal::TERM,
            holders: vec![holder("x\x1b]0;y")],
            left: Vec::new(),
        };
        assert!(!told(&killed).contains('\x1b') && told(&killed).starts_with("SIGTERM sent to pid 7 (x"));
        assert_eq!(judge(&killed), Ok(()));
        killed.left = killed.holders.clone();
        let Err(Failure::Told { what, hint, code: 1 }) = judge(&killed) else { panic!() };
        assert!(
            what.starts_with("port 80 is still held by pid 7") && hint.is_some_and(|it| it.contains("--now"))
        );
    }
}
