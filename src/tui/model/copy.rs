//! What can be copied of a server.

use crate::model::action::Action;
use crate::model::{PortState, ServerId, ServerStatus};
use crate::tui::ansi;

/// The question what to copy.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CopyMenu {
    /// Of whom.
    pub(crate) server: ServerId,
}

/// A thing that can be copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    /// By this.
    pub(crate) action: Action,
    /// What it is, in a word.
    pub(crate) word: &'static str,
    /// It, without control characters; or why there is none.
    pub(crate) value: Result<String, &'static str>,
}

/// All of them.
pub(crate) fn items(status: &ServerStatus) -> [Item; 4] {
    let item = |action, word, value| Item { action, word, value };
    let url = match status.main_port() {
        // A port that was found and is closed again leads nowhere; one of the config will be open some time.
        Some(port) if port.declared || port.state == PortState::Listening => {
            Ok(format!("http://127.0.0.1:{}", port.port))
        }
        Some(_) => Err("its port is closed"),
        None => Err("it has no port"),
    };
    let pid = status.pid.map(|pid| pid.to_string()).ok_or("it does not run");
    let command = Some(ansi::plain(&status.command)).filter(|command| !command.is_empty());
    [
        item(Action::CopyUrl, "url", url),
        item(Action::CopyPid, "pid", pid),
        item(Action::CopyCommand, "command", command.ok_or("it is not known")),
        item(Action::CopyName, "name", Ok(status.id.name().to_owned())),
    ]
}
