//! `ostler logs --raw`: the bytes as a server wrote them.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use super::args::Args;
use super::follow::Wanted;
use super::sink::Sink;
use crate::cli::Failure;
use crate::cli::session::Session;
use crate::client::ClientError;
use crate::model::ServerId;
use crate::text::human::grouped;

/// A terminal would do whatever the bytes tell it.
pub(super) fn refuse_terminal(args: &Args) -> Result<(), Failure> {
    if args.save.is_none() && !args.force && io::stdout().is_terminal() {
        return Err(Failure::usage(
            "`--raw` does not write to a terminal: it would obey what the server wrote",
        )
        .with_hint("`ostler logs --raw NAME > FILE`, or `--force`"));
    }
    Ok(())
}

/// Copies the bytes of one server.
pub(super) async fn run(
    session: &Session,
    servers: &[ServerId],
    wanted: &Wanted,
    save: Option<PathBuf>,
) -> Result<(), Failure> {
    let [server] = servers else {
        let what = format!("`--raw` is for one server, these are {}", servers.len());
        return Err(Failure::usage(what).with_hint("name one: `ostler logs --raw api > FILE`"));
    };
    let mut bytes = session.client.raw_log(server, &wanted.of_one()).await?;
    let mut sink = Sink::open(save)?;
    let mut count = 0;
    while let Some(chunk) = bytes.next().await {
        let chunk = chunk.map_err(broken_off)?;
        sink.write(&chunk)?;
        count += chunk.len() as u64;
    }
    sink.done(&format!("{} byte{}", grouped(count), if count == 1 { "" } else { "s" }));
    if wanted.follow {
        // bytes have no places, so it can't go on where it was
        return Err(ClientError::Broken("the supervisor ended".to_owned()).into());
    }
    Ok(())
}

/// What ends the bytes early may be the log itself: then to ask again does not help.
fn broken_off(error: ClientError) -> Failure {
    match error {
        ClientError::Broken(_) => Failure::from(error).with_hint(
            "what came until then is written; if a part of the log is lost, `ostler logs` without `--raw` tells which, and shows the rest",
        ),
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_break_off_do_not_only_say_try_again() {
        let failure = broken_off(ClientError::Broken("reset".to_owned()));
        assert!(
            matches!(failure, Failure::Told { hint: Some(hint), .. } if hint.contains("without `--raw`"))
        );
    }
}
