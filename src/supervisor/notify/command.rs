//! A line for `sh -c` with the project's environment, without what makes a process one of a server's run: `ostler up`
//! may have been typed within one, and the command is none of it. What is told stands in variables: arguments can be
//! seen by every user of the box, and a shell would take them apart. Standard input is the JSON that a webhook would get.

use std::io;
use std::time::Duration;

use super::Notice;
use crate::os::shell::Shell;
use crate::supervisor::checks::NOTIFY_VARIABLES;
use crate::supervisor::orphans::mark::RUN_VARIABLES;

/// It is killed after this time, with its group.
const LIMIT: Duration = Duration::from_secs(10);

/// Where no environment is known, programs are looked for here.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// Runs it. Why it did not succeed, in words.
pub(super) async fn run(line: &str, notice: &Notice) -> Result<(), String> {
    let in_words = |error: io::Error| format!("it could not be run: {error}");
    let server = notice.server.to_string();
    let told =
        [("OSTLER_EVENT", notice.news.word()), ("OSTLER_SERVER", &server), ("OSTLER_TEXT", &notice.text)];
    let env = notice.env.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let env = env.filter(|(name, _)| !is_of_a_run(name));
    let env = [("PATH", PATH)].into_iter().chain(env).chain(told);
    let shell = Shell::start(line, env, &notice.dir, &notice.json).map_err(in_words)?;
    let ended = tokio::time::timeout(LIMIT, shell.end()).await;
    let ended = ended.map_err(|_| format!("it did not end within {} s and was killed", LIMIT.as_secs()))?;
    let status = ended.map_err(in_words)?;
    if status.success() { Ok(()) } else { Err(format!("it ended with {status}")) }
}

/// Whether a variable is one that a server gets for its run.
fn is_of_a_run(name: &str) -> bool {
    name == "OSTLER_REPLICA" || RUN_VARIABLES.contains(&name) || NOTIFY_VARIABLES.contains(&name)
}
