//! Keys of the user's own, laid over those of the list.

use super::{Action, Key, Scope, Spec, actions};

/// What takes a key away, in the place of an action's name.
pub const UNBIND: &str = "unbind";

/// What a key means in a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Where.
    pub scope: Scope,
    /// Which.
    pub key: Key,
    /// What it means; `None`: nothing.
    pub action: Option<Action>,
}

/// Keys of the user's own: at most one meaning for each key of a scope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bindings {
    list: Vec<Binding>,
}

/// A key that means something.
#[derive(Clone, Copy, Debug)]
pub struct Bound {
    /// Where.
    pub scope: Scope,
    /// Which.
    pub key: Key,
    /// What it means.
    pub spec: &'static Spec,
}

impl Bindings {
    /// Gives a key a meaning, instead of the one that it had.
    pub fn set(&mut self, binding: Binding) {
        self.list.retain(|known| (known.scope, known.key) != (binding.scope, binding.key));
        self.list.push(binding);
    }

    /// These, and where both say something of a key, what `over` says.
    #[must_use]
    pub fn under(mut self, over: &Self) -> Self {
        over.list.iter().for_each(|binding| self.set(*binding));
        self
    }

    /// What is said of a key; `None`: nothing, so that the list holds.
    pub fn get(&self, scope: Scope, key: Key) -> Option<Binding> {
        self.list.iter().copied().find(|binding| (binding.scope, binding.key) == (scope, key))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The keys of an entry of the list in one of its scopes: the user's own, the newest first, then those of the list
    /// that nothing is said of.
    fn keys(&self, scope: Scope, spec: &Spec) -> Vec<Key> {
        let fits = |binding: &&Binding| binding.scope == scope && binding.action == Some(spec.action);
        let own = self.list.iter().rev().filter(fits).map(|binding| binding.key);
        let listed = spec.keys.iter().filter_map(|key| Key::parse(key));
        own.chain(listed.filter(|key| self.get(scope, *key).is_none())).collect()
    }
}

/// Every key that means something, by scope and in the order of the list; without those that act where nothing can be
/// done but look.
pub fn bound(read_only: bool, bindings: &Bindings) -> Vec<Bound> {
    let mut all = Vec::new();
    for scope in Scope::ALL {
        for spec in actions().filter(|spec| spec.scopes.contains(&scope) && !(read_only && spec.acting)) {
            all.extend(bindings.keys(scope, spec).into_iter().map(|key| Bound { scope, key, spec }));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding(scope: Scope, key: &str, action: Option<Action>) -> Binding {
        Binding { scope, key: Key::parse(key).unwrap(), action }
    }

    fn keys(bindings: &Bindings, action: Action) -> Vec<String> {
        let of = |bound: &Bound| bound.scope == Scope::Table && bound.spec.action == action;
        bound(false, bindings).iter().filter(|bound| of(bound)).map(|bound| bound.key.to_string()).collect()
    }

    #[test]
    fn a_key_has_the_meaning_that_was_said_last() {
        let mut user = Bindings::default();
        user.set(binding(Scope::Table, "t", Some(Action::Restart)));
        user.set(binding(Scope::Table, "s", Some(Action::Stop)));
        user.set(binding(Scope::Table, "X", None));
        assert_eq!(keys(&user, Action::Restart), ["t", "r"]);
        assert_eq!(keys(&user, Action::Stop), ["s", "x"]);
        assert!(keys(&user, Action::Start).is_empty() && keys(&user, Action::Kill).is_empty());
        let mut project = Bindings::default();
        project.set(binding(Scope::Table, "s", Some(Action::Start)));
        project.set(binding(Scope::Table, "t", None));
        let both = user.under(&project);
        assert_eq!(keys(&both, Action::Start), ["s"]);
        assert_eq!(keys(&both, Action::Stop), ["x"]);
        assert_eq!(keys(&both, Action::Restart), ["r"]);
    }

    #[test]
    fn nothing_that_acts_is_bound_where_one_can_only_look() {
        let mut own = Bindings::default();
        own.set(binding(Scope::Table, "t", Some(Action::Restart)));
        assert!(bound(true, &own).iter().all(|bound| !bound.spec.acting));
        assert!(bound(false, &own).iter().any(|bound| bound.spec.acting));
    }
}
