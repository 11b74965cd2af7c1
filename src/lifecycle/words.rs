//! Sentences about what happened.

use crate::model::{Exit, Holder};

/// `exited with code 1`, `was ended by SIGKILL`.
pub(super) fn in_words(exit: Exit) -> String {
    match exit {
        Exit::Code(code) => format!("exited with code {code}"),
        Exit::Signal { .. } => format!("was ended by {exit}"),
        Exit::ExecFailed { .. } => format!("was {exit}"),
        Exit::Unknown => "ended, nobody knows how,".to_owned(),
    }
}

/// A sentence: `port 3000 is in use by pid 3921 (postgres, user alice)`
pub(super) fn port_in_use(port: u16, holder: Option<&Holder>) -> String {
    format!("port {port} is in use by {}", who(holder))
}

/// What is waited for: `port 3000, in use by pid 3921 (postgres, user alice)`
pub(super) fn used_port(port: u16, holder: Option<&Holder>) -> String {
    format!("port {port}, in use by {}", who(holder))
}

fn who(holder: Option<&Holder>) -> String {
    holder.map_or_else(|| Holder::UNSEEN.to_owned(), Holder::to_string)
}
