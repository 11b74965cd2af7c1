//! What a server will be from its next start on, where that is not what it is.

use super::super::entry::Entry;
use super::diff::changes;

/// Most changed fields that are named in a sentence.
const NAMED: usize = 8;

impl Entry {
    /// The numbers of its ports when it is started the next time.
    pub(in super::super) fn ports_of_next_run(&self) -> &[u16] {
        self.next_ports.as_ref().unwrap_or(&self.ports)
    }

    /// From now on it has the ports that its file says; nothing of it is alive.
    pub(in super::super) fn take_next_ports(&mut self) {
        if let Some(ports) = self.next_ports.take() {
            self.ports = ports;
        }
    }

    /// It was found alive with these ports, whatever the file says by now.
    pub(in super::super) fn take_ports_of_run(&mut self, ports: &[u16]) {
        let before = std::mem::replace(&mut self.ports, ports.to_vec());
        self.next_ports = (before != ports && before.len() == self.spec.ports.len()).then_some(before);
    }

    /// What is to be said of a server whose config has changed since it was launched.
    pub(in super::super) fn change_in_words(&self) -> String {
        if self.removed {
            return "The file does not name it any more: it is forgotten when it is stopped.".to_owned();
        }
        let changed = changes(self.current_spec(), &self.spec);
        let more = changed.len().saturating_sub(NAMED);
        let mut names: Vec<String> = changed.into_iter().take(NAMED).map(|change| change.name).collect();
        if more > 0 {
            names.push(format!("{more} more"));
        }
        let names = names.join(", ");
        format!("Its config has changed since it was launched ({names}): restart to apply.")
    }
}
