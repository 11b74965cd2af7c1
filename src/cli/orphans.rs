//! `ostler orphans`

use super::Failure;
use super::grid::{self, Align};
use super::output::Style;
use super::session::Session;
use crate::api::{Orphan, OrphanKilled};
use crate::text::human::{age, plural};

/// Its arguments.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct Args {
    /// As JSON
    #[arg(long)]
    json: bool,
    /// End these and everything that belongs to them: SIGTERM, after 5 s SIGKILL
    #[arg(long, value_name = "ID", num_args = 1.., conflicts_with_all = ["kill_all", "adopt"])]
    kill: Vec<String>,
    /// End all of them
    #[arg(long, conflicts_with = "adopt")]
    kill_all: bool,
    /// Make this one its server's run again, as far as its main process is on record
    #[arg(long, value_name = "ID")]
    adopt: Option<String>,
}

/// Shows them, ends them, or takes one back.
pub async fn run(session: &Session, args: Args) -> Result<(), Failure> {
    session.client.ensure_supervisor().await?;
    if let Some(id) = &args.adopt {
        session.client.adopt_orphan(id).await?;
        return session.out.line(&format!("{id} is its server's run again"));
    }
    let orphans = session.client.orphans().await?;
    let ids = if args.kill_all { orphans.iter().map(|it| it.id.clone()).collect() } else { args.kill };
    if !ids.is_empty() {
        return kill(session, &ids, args.json).await;
    }
    if args.json {
        return session.out.json(&orphans, true);
    }
    if orphans.is_empty() {
        return session.out.line("no orphans: every process of every run is tracked");
    }
    session.out.print(&table(&orphans, session.out.style))
}

/// Ends each, and fails in the end if one could not be ended: the others are none the worse for it.
async fn kill(session: &Session, ids: &[String], json: bool) -> Result<(), Failure> {
    let (mut all, mut failure): (Vec<OrphanKilled>, Option<Failure>) = (Vec::new(), None);
    for id in ids {
        match session.client.kill_orphan(id).await {
            Ok(killed) if json => all.push(killed),
            Ok(OrphanKilled { server, pids }) => {
                session.out.line(&format!("{id} of {server}: {} ended", plural(pids.len(), "process")))?;
            }
            Err(error) => failure = failure.or(Some(error.into())),
        }
    }
    if json {
        session.out.json(&all, true)?;
    }
    failure.map_or(Ok(()), Err)
}

fn table(orphans: &[Orphan], style: Style) -> String {
    let headings = [
        ("ID", Align::Left),
        ("PID", Align::Right),
        ("COMMAND", Align::Left),
        ("USER", Align::Left),
        ("AGE", Align::Right),
        ("SERVER", Align::Left),
        ("WHY", Align::Left),
        ("RUN", Align::Left),
    ];
    let cells = |orphan: &Orphan| {
        let more = match orphan.pids.len() {
            0 | 1 => String::new(),
            several => format!(" +{}", several - 1),
        };
        [
            orphan.id.clone(),
            orphan.pid.to_string(),
            format!("{}{more}", orphan.command),
            orphan.user.clone().unwrap_or_else(|| "-".to_owned()),
            age(orphan.age_s),
            orphan.server.to_string(),
            orphan.reason.words().to_owned(),
            orphan.run.to_string(),
        ]
    };
    let table = grid::render(headings, &orphans.iter().map(cells).collect::<Vec<_>>(), style);
    let adopt = orphans.iter().find(|orphan| orphan.adoptable);
    let adopt = adopt.map(|orphan| format!(", `--adopt {}` takes it back", orphan.id));
    let first = orphans.first().map_or("", |orphan| &orphan.id);
    format!("{table}`ostler orphans --kill {first}` ends it{}\n", adopt.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::OrphanReason;
    use crate::cli::Glyphs;
    use crate::model::RunId;

    #[test]
    fn the_table_says_what_each_is_why_and_what_to_do() {
        let orphan = |id: &str, pids: &[u32], command: &str, reason, adoptable| Orphan {
            id: id.to_owned(),
            server: "shop/api".parse().unwrap(),
            run: RunId("20261120T100501.1-8-3-0a1b2c3d".to_owned()),
            pid: pids[0],
            pids: pids.to_vec(),
            command: command.to_owned(),
            user: Some("alice".to_owned()),
            age_s: 8040.0,
            reason,
            adoptable,
        };
        let orphans = [
            orphan("2hw-21i", &[811, 812], "node", OrphanReason::StateLost, false),
            orphan("3x-21k", &[820], "evil\x1b[2J\n", OrphanReason::KeeperGone, true),
        ];
        insta::assert_snapshot!(table(&orphans, Style { color: false, glyphs: Glyphs::Ascii }), @r"
        ID       PID  COMMAND  USER     AGE  SERVER    WHY                 RUN
        2hw-21i  811  node +1  alice  2h14m  shop/api  its state was lost  20261120T100501.1-8-3-0a1b2c3d
        3x-21k   820  evil     alice  2h14m  shop/api  its keeper is gone  20261120T100501.1-8-3-0a1b2c3d
        `ostler orphans --kill 2hw-21i` ends it, `--adopt 3x-21k` takes it back
        ");
    }
}
