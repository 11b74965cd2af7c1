//! NAME on the command line: which servers are meant.

use clap::{Args, ValueHint};

use super::Failure;
use super::session::{Register, Session};
use crate::model::select::{self, Pattern};
use crate::model::{ServerId, Snapshot};

/// `ValueHint` of a NAME. `completions` puts live names where clap's scripts would offer this.
pub(super) const NAME_HINT: ValueHint = ValueHint::Hostname;

/// `[NAME…]`, by default the current project.
#[derive(Args, Clone, Debug, Default)]
pub struct SomeNames {
    /// A server, `project/server`, a glob as in `api*`, or `@group`; without any: the current project
    #[arg(value_name = "NAME", value_hint = NAME_HINT)]
    pub names: Vec<String>,
    /// Every server of every project
    #[arg(long, conflicts_with = "names")]
    pub all: bool,
}

/// `NAME…` or `--all`.
#[derive(Args, Clone, Debug, Default)]
pub struct Names {
    /// A server, `project/server`, a glob as in `api*`, or `@group`
    #[arg(value_name = "NAME", value_hint = NAME_HINT, required_unless_present = "all")]
    pub names: Vec<String>,
    /// Every server of every project
    #[arg(long, conflicts_with = "names")]
    pub all: bool,
}

impl From<Names> for SomeNames {
    fn from(Names { names, all }: Names) -> Self {
        Self { names, all }
    }
}

impl SomeNames {
    /// The servers that are meant.
    pub fn resolve(&self, snapshot: &Snapshot, current: Option<&str>) -> Result<Vec<ServerId>, Failure> {
        let patterns: Vec<Pattern> = if self.all {
            vec![Pattern::All]
        } else {
            self.names.iter().map(|name| Pattern::parse(name)).collect()
        };
        Ok(select::select(&patterns, &snapshot.servers, current)?)
    }

    /// The servers that are meant, as the supervisor knows them; the project here is registered first.
    pub async fn enter(&self, session: &Session, how: Register) -> Result<Vec<ServerId>, Failure> {
        session.client.ensure_supervisor().await?;
        let project = self.register(session, how).await?;
        self.resolve(&session.client.snapshot().await?, project.as_deref())
    }

    /// Makes the project here known, if there is one, and tells its name. Where all names are clear without it, what is
    /// wrong with it is only noted.
    pub async fn register(&self, session: &Session, how: Register) -> Result<Option<String>, Failure> {
        if self.are_clear_anywhere() {
            session.register_or_note(how).await
        } else {
            Ok(session.register(how).await?.map(|registered| registered.project))
        }
    }

    /// Every name has its project with it.
    fn are_clear_anywhere(&self) -> bool {
        self.all || (!self.names.is_empty() && self.names.iter().all(|name| name.contains('/')))
    }

    /// Nothing was named, so the current project decides.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && !self.all
    }
}

/// For a command that would be far-reaching if it took "nothing named, no project here" for "everything".
pub fn need_a_project(names: &SomeNames, current: Option<&str>) -> Result<(), Failure> {
    if names.is_empty() && current.is_none() {
        let what = "there is no ostler.toml here or in a directory above";
        return Err(Failure::usage(what).with_hint("name the servers, or say `--all`"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ServerStatus, SupervisorInfo};

    fn snapshot() -> Snapshot {
        Snapshot {
            seq: 0,
            host: "box".into(),
            supervisor: SupervisorInfo { pid: 1, version: "0".into(), uptime_s: 0.0 },
            servers: ["shop/api", "shop/web", "blog/api"]
                .map(|id| ServerStatus::blank(id.parse().unwrap()))
                .to_vec(),
        }
    }

    fn resolved(names: &[&str], all: bool, current: Option<&str>) -> Result<Vec<String>, Failure> {
        let names = SomeNames { names: names.iter().map(|&name| name.to_owned()).collect(), all };
        Ok(names.resolve(&snapshot(), current)?.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn names_become_servers() {
        assert_eq!(resolved(&[], false, Some("shop")).unwrap(), ["shop/api", "shop/web"]);
        assert_eq!(resolved(&[], true, Some("shop")).unwrap().len(), 3);
        assert_eq!(resolved(&["api"], false, Some("blog")).unwrap(), ["blog/api"]);
        assert_eq!(resolved(&["*/api"], false, None).unwrap(), ["shop/api", "blog/api"]);
    }

    #[test]
    fn what_can_not_be_meant_is_a_failure_with_a_hint() {
        let Err(Failure::Told { hint: Some(hint), code: 1, .. }) = resolved(&["api"], false, None) else {
            panic!()
        };
        assert_eq!(hint, "write `shop/api`");
        assert!(resolved(&["nope"], false, None).is_err());
    }

    #[test]
    fn what_names_its_project_does_not_need_the_one_here() {
        let clear = |names: &[&str], all: bool| {
            SomeNames { names: names.iter().map(|&name| name.to_owned()).collect(), all }.are_clear_anywhere()
        };
        assert!(clear(&[], true) && clear(&["shop/api", "shop/@back", "*/web"], false));
        assert!(!clear(&[], false) && !clear(&["shop/api", "web"], false) && !clear(&["@back"], false));
    }

    #[test]
    fn without_a_project_nothing_is_not_everything() {
        let nothing = SomeNames::default();
        assert_eq!(need_a_project(&nothing, None).unwrap_err().code(), 2);
        assert!(need_a_project(&nothing, Some("shop")).is_ok());
        assert!(need_a_project(&SomeNames { all: true, ..nothing }, None).is_ok());
    }
}
