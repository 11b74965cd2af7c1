//! `ostler why NAME`

use std::fmt::Write as _;

use jiff::Timestamp;

use super::Failure;
use super::names::{NAME_HINT, SomeNames};
use super::output::{Output, Style, Tint, clean};
use super::session::Session;
use super::time::{lasted, seconds_since};
use crate::api;

/// Its arguments.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// A server, `project/server`, a glob as in `api*`, or `@group`
    #[arg(value_name = "NAME", value_hint = NAME_HINT)]
    name: String,
}

/// Tells it in sentences.
pub async fn run(session: &Session, args: Args) -> Result<(), Failure> {
    session.client.ensure_supervisor().await?;
    let names = SomeNames { names: vec![args.name], all: false };
    let ids = names.resolve(&session.client.snapshot().await?, session.current_project()?.as_deref())?;
    for id in ids {
        let why = session.client.why(&id).await?;
        let Output { style } = session.out;
        session.out.print(&render(&why, Timestamp::now(), style))?;
    }
    Ok(())
}

fn render(why: &api::Why, now: Timestamp, style: Style) -> String {
    let since = lasted(seconds_since(why.since, now));
    let name = style.paint(Tint::Strong, &why.id.to_string());
    let mut text = format!("{name}: {}, for {since}\n", why.phase);
    for sentence in &why.because {
        let _ = writeln!(text, "  {}", clean(sentence));
    }
    for what in &why.waiting_for {
        let _ = writeln!(text, "  It waits for {}.", clean(what).trim_end_matches('.'));
    }
    let when = match why.next_at {
        Some(at) if at > now => format!(" (in {})", lasted(seconds_since(now, at))),
        Some(_) | None => String::new(),
    };
    if !why.next.is_empty() {
        let _ = writeln!(text, "  Next: {}{when}.", clean(&why.next).trim_end_matches('.'));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Glyphs;
    use crate::model::Phase;

    #[test]
    fn it_is_told_in_sentences_and_without_escapes() {
        let now: Timestamp = "2026-11-20T08:00:09Z".parse().unwrap();
        let why = api::Why {
            id: "shop/payments".parse().unwrap(),
            phase: Phase::Backoff,
            since: "2026-11-20T08:00:00Z".parse().unwrap(),
            because: vec!["It exited with code 1 after 0.2 s.".into(), "It wrote: \x1b[2Jno db".into()],
            waiting_for: vec!["port 3000".into()],
            next: "attempt 3 of 5".into(),
            next_at: Some("2026-11-20T08:00:13Z".parse().unwrap()),
        };
        let text = render(&why, now, Style { color: false, glyphs: Glyphs::Ascii });
        assert!(!text.contains('\x1b'));
        assert!(text.starts_with("shop/payments: backoff, for 9 s\n  It exited with code 1 after 0.2 s.\n"));
        assert!(text.ends_with("  It waits for port 3000.\n  Next: attempt 3 of 5 (in 4 s).\n"), "{text}");
    }
}
