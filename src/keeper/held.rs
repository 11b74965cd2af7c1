//! Descriptors that travel with a line, so that a run has two holders: the keeper that reads, and the supervisor that
//! only holds.
//!
//! In the line stand their names, in the order in which they come beside it (`SCM_RIGHTS`, unix(7)). A peer that does
//! not know of them reads the line without; what comes and is not named is closed.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a descriptor is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Name {
    /// Read end of the pipe that is standard output.
    Stdout,
    /// Read end of the pipe that is standard error.
    Stderr,
    /// Master of the PTY.
    Terminal,
    /// Pidfd of the main process.
    Process,
    /// Something of a newer version.
    #[serde(other)]
    Unknown,
}

/// Descriptors by name. As long as it lives they are open.
#[derive(Debug, Default)]
pub struct Held {
    names: Vec<Name>,
    /// As many as there are names; none where they were announced and have not come.
    descriptors: Vec<OwnedFd>,
}

impl Held {
    /// Adds one.
    pub fn put(&mut self, name: Name, descriptor: OwnedFd) {
        if self.descriptors.is_empty() {
            self.names.clear();
        }
        self.names.push(name);
        self.descriptors.push(descriptor);
    }

    /// Adds a copy. Without a free descriptor it is left out: then the run has one holder less.
    pub fn put_copy(&mut self, name: Name, descriptor: impl AsFd) {
        if let Ok(copy) = descriptor.as_fd().try_clone_to_owned() {
            self.put(name, copy);
        }
    }

    /// Takes the one of this name out.
    pub fn take(&mut self, name: Name) -> Option<OwnedFd> {
        let place = self.place(name)?;
        self.names.remove(place);
        Some(self.descriptors.remove(place))
    }

    /// The one of this name.
    pub fn get(&self, name: Name) -> Option<BorrowedFd<'_>> {
        self.place(name).map(|place| self.descriptors[place].as_fd())
    }

    /// Copies of all.
    #[must_use]
    pub fn copies(&self) -> Self {
        let mut copies = Self::default();
        for (name, descriptor) in self.names.iter().zip(&self.descriptors) {
            copies.put_copy(*name, descriptor);
        }
        copies
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.descriptors.is_empty()
    }

    /// All, in the order of their names.
    pub fn descriptors(&self) -> Vec<BorrowedFd<'_>> {
        self.descriptors.iter().map(AsFd::as_fd).collect()
    }

    /// All, in the order of their names.
    pub(super) fn into_descriptors(self) -> Vec<OwnedFd> {
        self.descriptors
    }

    /// Whether a line named some that have not been put to their names yet.
    pub(super) fn is_announced(&self) -> bool {
        !self.names.is_empty() && self.descriptors.is_empty()
    }

    /// Takes what came with the line: exactly those that it names, or none.
    pub(super) fn fill(&mut self, came: Vec<OwnedFd>) {
        if came.len() == self.names.len() {
            self.descriptors = came;
        } else {
            self.names.clear();
        }
    }

    fn place(&self, name: Name) -> Option<usize> {
        let place = self.names.iter().position(|known| *known == name)?;
        (place < self.descriptors.len()).then_some(place)
    }
}

impl Serialize for Held {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.names.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Held {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { names: Vec::deserialize(deserializer)?, descriptors: Vec::new() })
    }
}
