//! What was asked for, on disk: projects, and which of their servers should run.
//!
//! It holds wishes and what can't be derived from the run directories (that a server failed or completed for good,
//! the port that was chosen for `auto`). It is bound to the boot: after a reboot nothing was asked for yet.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::model::{Desired, Environment, Phase, PortSpec, RunId, ServerId, ServerSpec};
use crate::os::file::Durability;
use crate::run_dir::{self, Read};

/// Version of the file's form.
const VERSION: u32 = 1;

/// The file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Registry {
    version: u32,
    boot_id: String,
    /// In the order of their registration.
    pub(super) projects: Vec<ProjectRecord>,
}

/// One project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ProjectRecord {
    /// Its name.
    pub(super) name: String,
    /// Its config file.
    pub(super) file: PathBuf,
    /// The profile that is laid over it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) profile: Option<String>,
    /// Its servers by name.
    pub(super) servers: BTreeMap<String, ServerRecord>,
}

/// One server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ServerRecord {
    /// What was asked for.
    pub(super) desired: Desired,
    /// It failed or completed, and nobody asked since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ended: Option<Phase>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) last_error: Option<String>,
    /// The run of which a restart was asked: as long as it lives, that is not done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) restart: Option<RunId>,
    /// How often it was restarted before it failed or completed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) restarts: u32,
    /// The file does not name it any more; it is forgotten as soon as nothing of it is alive.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) removed: bool,
    /// Its ports as numbers, in the order of its declaration.
    #[serde(default)]
    pub(super) ports: Vec<u16>,
    /// Its specification without the values of its environment, for the case that the file can't be read.
    pub(super) spec: ServerSpec,
}

impl ServerRecord {
    /// The numbers of its ports by a specification that may be newer: what was chosen stays, what is fixed is as the file
    /// says.
    pub(super) fn ports_by(&self, spec: &ServerSpec) -> Vec<u16> {
        let chosen = |(at, port): (usize, &PortSpec)| match port {
            PortSpec::Fixed(number) => Some(*number),
            PortSpec::Auto => self.ports.get(at).filter(|_| self.spec.ports.get(at) == Some(port)).copied(),
        };
        let ports: Option<Vec<u16>> = spec.ports.iter().enumerate().map(chosen).collect();
        ports.unwrap_or_else(|| self.ports.clone())
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// A specification that may be written to disk.
pub(super) fn without_values(spec: &ServerSpec) -> ServerSpec {
    ServerSpec { env: Environment::default(), ..spec.clone() }
}

/// What was read.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) registry: Registry,
    /// Where a file is now that did not parse.
    pub(super) moved_aside: Option<PathBuf>,
}

impl Registry {
    /// An empty one of this boot.
    fn new(boot_id: &str) -> Self {
        Self { version: VERSION, boot_id: boot_id.to_owned(), projects: Vec::new() }
    }

    /// Reads it. One of another boot keeps its projects, and nothing of what was asked for. One of a newer version
    /// is refused: it would be overwritten.
    pub(super) fn load(path: &Path, boot_id: &str) -> io::Result<Loaded> {
        match run_dir::read_json::<Self>(path)? {
            Read::Missing => Ok(Loaded { registry: Self::new(boot_id), moved_aside: None }),
            Read::MovedAside(aside) => Ok(Loaded { registry: Self::new(boot_id), moved_aside: Some(aside) }),
            Read::There(registry) if registry.version > VERSION => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("{} was written by a newer ostler (form {})", path.display(), registry.version),
            )),
            Read::There(mut registry) => {
                if registry.boot_id != boot_id {
                    boot_id.clone_into(&mut registry.boot_id);
                    for server in
                        registry.projects.iter_mut().flat_map(|project| project.servers.values_mut())
                    {
                        server.desired = Desired::Down;
                        server.ended = None;
                        server.restart = None;
                        server.last_error = None;
                        server.restarts = 0;
                    }
                }
                Ok(Loaded { registry, moved_aside: None })
            }
        }
    }

    /// Writes it, and returns when it is on disk.
    pub(super) fn save(&self, path: &Path) -> io::Result<()> {
        run_dir::write_json(path, self, Durability::Power)
    }

    /// The record of a server.
    pub(super) fn server(&self, id: &ServerId) -> Option<&ServerRecord> {
        self.projects.iter().find(|project| project.name == id.project())?.servers.get(id.name())
    }

    /// The same, to be changed.
    pub(super) fn server_mut(&mut self, id: &ServerId) -> Option<&mut ServerRecord> {
        let project = self.projects.iter_mut().find(|project| project.name == id.project())?;
        project.servers.get_mut(id.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    fn spec(ports: &str) -> ServerSpec {
        let text = format!("[servers.a]\ncommand='x'\nports={ports}");
        parse(Path::new("/srv/p/ostler.toml"), text.as_bytes()).unwrap().servers.remove(0)
    }

    #[test]
    fn ports_follow_the_file_and_what_was_chosen_stays() {
        let record = |ports: &str, numbers: &[u16]| ServerRecord {
            desired: Desired::Down,
            ended: None,
            last_error: None,
            restart: None,
            restarts: 0,
            removed: false,
            ports: numbers.to_vec(),
            spec: spec(ports),
        };
        assert_eq!(record("[1, 'auto']", &[1, 50_000]).ports_by(&spec("[2, 'auto']")), [2, 50_000]);
        assert_eq!(record("[1]", &[1]).ports_by(&spec("[2, 3]")), [2, 3]);
        assert_eq!(record("['auto']", &[50_000]).ports_by(&spec("['auto']")), [50_000]);
        // nothing was chosen for it yet: the next `up` does it
        assert_eq!(record("[1]", &[1]).ports_by(&spec("['auto']")), [1]);
    }

    #[test]
    fn a_record_of_before_is_read_and_what_is_not_set_is_not_written() {
        let text = r#"{"name":"p","file":"/srv/p/ostler.toml","servers":{}}"#;
        let record: ProjectRecord = serde_json::from_str(text).unwrap();
        assert_eq!(record.profile, None);
        assert_eq!(serde_json::to_string(&record).unwrap(), text);
    }
}
