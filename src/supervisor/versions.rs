//! Keepers of other versions. A keeper outlives upgrades, so a supervisor meets those of versions before and, where
//! somebody went back, after its own.
//!
//! It speaks the protocol of its own version and the one before. A keeper that says another is left alone: its server
//! is shown as unverified, with the reason. What no version changes is that `hello` and `goodbye` are understood, so
//! such a keeper starts no supervisor of its own. One of another version whose protocol is spoken serves its run as
//! ever, and is replaced before the next one.

use super::actor::Actor;
use super::entry::Entry;
use crate::api::{self, KeeperCount, Version};
use crate::keeper::protocol::{Hello, PROTOCOL, Report};
use crate::lifecycle::Effect;
use crate::model::ServerId;
use crate::paths;
use crate::run_dir::KeeperFile;

/// What a keeper says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeeperVersion {
    protocol: u32,
    version: String,
}

impl From<&Hello> for KeeperVersion {
    fn from(hello: &Hello) -> Self {
        Self { protocol: hello.protocol, version: hello.version.clone() }
    }
}

impl From<&KeeperFile> for KeeperVersion {
    fn from(file: &KeeperFile) -> Self {
        Self { protocol: file.protocol, version: file.version.clone() }
    }
}

impl KeeperVersion {
    fn is_spoken(&self) -> bool {
        speaks(self.protocol)
    }

    fn is_ours(&self) -> bool {
        self.version == paths::version()
    }
}

/// Whether this supervisor speaks that protocol: its own, and the one before.
fn speaks(protocol: u32) -> bool {
    protocol == PROTOCOL || protocol + 1 == PROTOCOL
}

impl Entry {
    /// Whether its keeper speaks a protocol that this supervisor does not.
    pub(super) fn is_foreign(&self) -> bool {
        self.keeper_version.as_ref().is_some_and(|version| !version.is_spoken())
    }

    /// Why nothing is known of it for now, if that is so. A clause without a full stop.
    pub(super) fn unverified_because(&self) -> Option<String> {
        let foreign = self.keeper_version.as_ref().filter(|version| !version.is_spoken());
        match foreign {
            _ if !self.unverified => None,
            None => Some("its keeper does not answer".to_owned()),
            Some(KeeperVersion { protocol, version }) => Some(format!(
                "its keeper is of version {version} and speaks protocol {protocol}, which this supervisor of \
                 version {} does not",
                paths::version()
            )),
        }
    }

    /// What a user may do about it.
    pub(super) fn unverified_hint(&self) -> String {
        match &self.keeper_version {
            Some(KeeperVersion { version, .. }) if self.is_foreign() => {
                format!("`ostler supervisor restart` with ostler {version} takes it over")
            }
            Some(_) | None => "is it stopped (SIGSTOP)?".to_owned(),
        }
    }

    /// A sentence on a keeper that will be replaced.
    pub(super) fn keeper_to_replace(&self) -> Option<String> {
        let other =
            self.keeper_version.as_ref().filter(|version| version.is_spoken() && !version.is_ours())?;
        Some(format!(
            "Its keeper is of version {}; it is replaced when the server starts again.",
            other.version
        ))
    }
}

impl Actor {
    /// Takes what a keeper is from its hello. `false`: this report means nothing here.
    pub(super) fn understands(&mut self, id: &ServerId, report: &Report) -> bool {
        let Some(entry) = self.entries.get_mut(id) else { return false };
        let Report::Hello(hello) = report else { return !entry.is_foreign() };
        entry.keeper_version = Some(KeeperVersion::from(&**hello));
        if !entry.is_foreign() {
            return true;
        }
        entry.unverified = true;
        let (protocol, version) = (hello.protocol, hello.version.as_str());
        tracing::warn!(%id, %version, protocol, "a keeper speaks an unknown protocol and is left alone");
        self.dirty.insert(id.clone());
        false
    }

    /// Lets a keeper of another version go before a run begins: the run gets one of this version. Call it only while
    /// no run is alive.
    pub(super) fn release_other_version(&mut self, id: &ServerId) {
        let is_other = |entry: &Entry| {
            let ours = entry.keeper_version.as_ref().is_none_or(KeeperVersion::is_ours);
            !ours && entry.run.is_none() && entry.link.as_ref().is_some_and(|link| !link.released)
        };
        if self.entries.get(id).is_some_and(is_other) {
            self.perform(id, Effect::Release);
        }
    }

    /// Who this supervisor is, and of which versions its keepers are.
    pub(super) fn version(&self) -> Version {
        let mut keepers: Vec<KeeperCount> = Vec::new();
        for keeper in self.entries.values().filter_map(|entry| entry.keeper_version.as_ref()) {
            let spoken = keeper.is_spoken();
            match keepers.iter_mut().find(|known| (&known.version, known.spoken) == (&keeper.version, spoken))
            {
                Some(known) => known.count += 1,
                None => keepers.push(KeeperCount { version: keeper.version.clone(), count: 1, spoken }),
            }
        }
        keepers.sort_by(|a, b| a.version.cmp(&b.version));
        Version {
            protocol: api::PROTOCOL,
            version: paths::version().to_owned(),
            pid: std::process::id(),
            uptime_s: self.began.elapsed().as_secs_f64(),
            revived: self.options.revived,
            keepers,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_own_protocol_and_the_one_before_are_spoken() {
        assert!(speaks(PROTOCOL) && speaks(PROTOCOL - 1));
        assert!(!speaks(PROTOCOL + 1));
        assert!(PROTOCOL < 2 || !speaks(PROTOCOL - 2));
    }
}
