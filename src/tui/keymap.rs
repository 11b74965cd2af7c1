//! From a key to an action, and back to the key's name for hints. Made from the one list of
//! [`crate::model::action`] and the user's own keys; on a read-only dashboard the acting ones are not in it at all.
//!
//! Every hint comes from here, so that none names a key that does something else.

use std::collections::HashMap;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::theme::Glyphs;
pub(crate) use crate::model::action::Key;
use crate::model::action::{Action, Bindings, Bound, Code, Scope, Spec, actions, bound};

impl Key {
    /// The key of a terminal's event; `None` for those with Alt and the like, and those that have no name.
    pub(crate) fn of(event: &KeyEvent) -> Option<Self> {
        let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
        if event.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SUPER | KeyModifiers::META) {
            return None;
        }
        let code = match event.code {
            // Shift-Tab comes as either.
            KeyCode::Tab if event.modifiers.contains(KeyModifiers::SHIFT) => Code::BackTab,
            KeyCode::Char(c) if ctrl => Code::Char(c.to_ascii_lowercase()),
            KeyCode::Char(c) => Code::Char(c),
            KeyCode::Enter => Code::Enter,
            KeyCode::Esc => Code::Esc,
            KeyCode::Tab => Code::Tab,
            KeyCode::BackTab => Code::BackTab,
            KeyCode::Backspace => Code::Backspace,
            KeyCode::Delete => Code::Delete,
            KeyCode::Insert => Code::Insert,
            KeyCode::Up => Code::Up,
            KeyCode::Down => Code::Down,
            KeyCode::Left => Code::Left,
            KeyCode::Right => Code::Right,
            KeyCode::Home => Code::Home,
            KeyCode::End => Code::End,
            KeyCode::PageUp => Code::PageUp,
            KeyCode::PageDown => Code::PageDown,
            KeyCode::F(number) => Code::F(number),
            _ => return None,
        };
        Some(Self { code, ctrl })
    }
}

/// A key's name in hints.
pub(crate) fn shown(key: Key, glyphs: Glyphs) -> String {
    let name = match (key.code, glyphs) {
        (Code::Enter, Glyphs::Unicode) => "↵".to_owned(),
        (Code::Up, Glyphs::Unicode) => "↑".to_owned(),
        (Code::Down, Glyphs::Unicode) => "↓".to_owned(),
        (Code::Left, Glyphs::Unicode) => "←".to_owned(),
        (Code::Right, Glyphs::Unicode) => "→".to_owned(),
        (Code::F(number), _) => format!("F{number}"),
        (Code::Char(c), _) if key.ctrl && c != ' ' => c.to_uppercase().to_string(),
        // What the user's file may hold besides is shown only where the terminal can.
        (Code::Char(c), Glyphs::Ascii) if !c.is_ascii() => "?".to_owned(),
        _ => Key { ctrl: false, ..key }.to_string(),
    };
    if key.ctrl { format!("^{name}") } else { name }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Keymap {
    keys: HashMap<(Scope, Key), Action>,
    all: Vec<Bound>,
    specs: Vec<&'static Spec>,
}

impl Keymap {
    /// The keys of the list with the user's own over them.
    pub(crate) fn new(read_only: bool, bindings: &Bindings) -> Self {
        let specs = actions().filter(|spec| !(read_only && spec.acting)).collect();
        let all = bound(read_only, bindings);
        let keys = all.iter().map(|bound| ((bound.scope, bound.key), bound.spec.action)).collect();
        Self { keys, all, specs }
    }

    /// What a key means in a scope. In a dialog and at a prompt only what must always work comes from the global keys.
    pub(crate) fn action(&self, scope: Scope, key: Key) -> Option<Action> {
        let global = || self.keys.get(&(Scope::Global, key)).copied();
        let own = self.keys.get(&(scope, key)).copied();
        match scope {
            Scope::Global => own,
            Scope::Table | Scope::Logs | Scope::Detail => own.or_else(global),
            Scope::Dialog | Scope::Prompt | Scope::Copy | Scope::Save => own.or_else(|| {
                global().filter(|action| matches!(action, Action::Quit | Action::Suspend | Action::Repaint))
            }),
        }
    }

    /// Everything that can be had in a scope, in the list's order, whether it has a key or none.
    pub(crate) fn specs(&self, scope: Scope) -> impl Iterator<Item = &'static Spec> + '_ {
        self.specs.iter().copied().filter(move |spec| spec.scopes.contains(&scope))
    }

    /// The keys that mean this in a scope, the first choice first.
    pub(crate) fn keys(&self, scope: Scope, action: Action) -> impl Iterator<Item = Key> + '_ {
        let here = move |wanted: Scope| {
            self.all
                .iter()
                .filter(move |bound| bound.scope == wanted && bound.spec.action == action)
                .map(|bound| bound.key)
                .filter(move |key| self.action(scope, *key) == Some(action))
        };
        let global = (scope != Scope::Global).then(|| here(Scope::Global));
        here(scope).chain(global.into_iter().flatten())
    }

    /// The first key of an action in a scope or everywhere, by its name for hints.
    pub(crate) fn hint(&self, scope: Scope, action: Action, glyphs: Glyphs) -> Option<String> {
        self.keys(scope, action).next().map(|key| shown(key, glyphs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::action::Binding;

    fn key(text: &str) -> Key {
        Key::parse(text).unwrap()
    }

    #[test]
    fn a_read_only_keymap_has_no_acting_key_in_any_scope() {
        let keymap = Keymap::new(true, &Bindings::default());
        for scope in Scope::ALL {
            assert!(keymap.specs(scope).all(|spec| !spec.acting));
            for spec in actions().filter(|spec| spec.acting) {
                for text in spec.keys {
                    assert_ne!(keymap.action(scope, key(text)), Some(spec.action));
                }
                assert_eq!(keymap.hint(scope, spec.action, Glyphs::Ascii), None);
            }
        }
    }

    #[test]
    fn a_pane_comes_before_the_global_keys_and_a_dialog_shuts_most_of_them_out() {
        let keymap = Keymap::new(false, &Bindings::default());
        assert_eq!(keymap.action(Scope::Table, key("w")), Some(Action::Why));
        assert_eq!(keymap.action(Scope::Logs, key("w")), Some(Action::Wrap));
        assert_eq!(keymap.action(Scope::Logs, key("q")), Some(Action::BackOrQuit));
        assert_eq!(keymap.action(Scope::Dialog, key("q")), Some(Action::No));
        assert_eq!(keymap.action(Scope::Dialog, key("z")), None);
        assert_eq!(keymap.action(Scope::Prompt, key("ctrl-c")), Some(Action::Quit));
    }

    #[test]
    fn every_hint_is_a_key_that_does_it() {
        let mut own = Bindings::default();
        for (scope, text, action) in [
            (Scope::Table, "t", Some(Action::Restart)),
            (Scope::Table, "x", None),
            (Scope::Logs, "z", Some(Action::Wrap)),
            (Scope::Global, "ctrl-t", Some(Action::Zoom)),
        ] {
            own.set(Binding { scope, key: key(text), action });
        }
        let keymap = Keymap::new(false, &own);
        let hint = |scope, action| keymap.hint(scope, action, Glyphs::Ascii);
        assert_eq!(hint(Scope::Table, Action::Restart).as_deref(), Some("t"));
        assert_eq!(hint(Scope::Table, Action::Stop), None, "it has no key any more");
        assert_eq!(hint(Scope::Detail, Action::Stop).as_deref(), Some("x"));
        assert_eq!(hint(Scope::Table, Action::Zoom).as_deref(), Some("^T"));
        assert_eq!(hint(Scope::Logs, Action::Wrap).as_deref(), Some("z"));
        assert!(
            keymap.keys(Scope::Logs, Action::Zoom).all(|zoom| zoom != key("z")),
            "the pane's own comes first"
        );
        for scope in Scope::ALL {
            for spec in keymap.specs(scope) {
                for key in keymap.keys(scope, spec.action) {
                    assert_eq!(keymap.action(scope, key), Some(spec.action));
                }
            }
        }
    }

    #[test]
    fn names_for_hints_fit_the_terminal() {
        for (text, unicode, ascii) in [
            ("enter", "↵", "enter"),
            ("ctrl-r", "^R", "^R"),
            ("ctrl-space", "^space", "^space"),
            ("f2", "F2", "F2"),
            ("é", "é", "?"),
            ("R", "R", "R"),
            ("up", "↑", "up"),
        ] {
            assert_eq!(shown(key(text), Glyphs::Unicode), unicode);
            assert_eq!(shown(key(text), Glyphs::Ascii), ascii);
        }
    }
}
