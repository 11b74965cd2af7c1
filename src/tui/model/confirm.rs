//! A question before something is done, and the list to choose the order from.

use crate::api::Verb;
use crate::model::{Holder, ServerId};

use super::servers::{Sort, SortKey};

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Deed {
    /// A verb for servers.
    Act {
        /// What.
        verb: Verb,
        /// With whom.
        servers: Vec<ServerId>,
        /// Of a start: who is started along. Of a stop: who needs one of these, and goes on.
        others: Vec<ServerId>,
    },
    /// A signal to whoever holds a port.
    KillHolder {
        /// Whose port it is.
        server: ServerId,
        /// Which.
        port: u16,
        /// Who holds it; not sanitized.
        holder: Holder,
        /// SIGKILL instead of SIGTERM.
        now: bool,
    },
}

impl Deed {
    /// Whether something ends by it.
    pub(crate) const fn ends_something(&self) -> bool {
        !matches!(self, Self::Act { verb: Verb::Start, .. })
    }
}

/// Shall this be done?
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Confirm {
    /// What.
    pub(crate) deed: Deed,
    /// The button that does it has the focus; where something ends by it, at first Cancel has it.
    pub(crate) yes: bool,
    /// First server on the screen.
    pub(crate) top: usize,
}

impl Confirm {
    /// As it is at first.
    pub(crate) const fn new(deed: Deed) -> Self {
        let yes = !deed.ends_something();
        Self { deed, yes, top: 0 }
    }
}

/// What shall the rows be sorted by?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SortPicker {
    /// Place in [`SortKey::ALL`].
    pub(crate) at: usize,
    /// The other end first.
    pub(crate) reversed: bool,
}

impl SortPicker {
    /// On what holds now.
    pub(crate) fn new(sort: Sort) -> Self {
        let at = SortKey::ALL.iter().position(|key| *key == sort.key).unwrap_or(0);
        Self { at, reversed: sort.reversed }
    }

    /// What it stands on.
    pub(crate) fn chosen(self) -> Sort {
        let key = SortKey::ALL.get(self.at).copied().unwrap_or_default();
        Sort { key, reversed: self.reversed }
    }
}
