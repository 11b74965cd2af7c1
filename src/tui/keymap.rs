//! From a key to an action, and back to the key's name for hints. Made from the one list of
//! [`crate::model::action`]; on a read-only dashboard the acting ones are not in it at all.

use std::collections::HashMap;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::theme::Glyphs;
use crate::model::action::{Action, Scope, Spec, actions};

/// A key with Ctrl or without. Shift is part of a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    code: KeyCode,
    ctrl: bool,
}

impl Key {
    /// Reads a key as the list of actions and the config write it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (ctrl, rest) = match text.strip_prefix("ctrl-") {
            Some(rest) if !rest.is_empty() => (true, rest),
            Some(_) | None => (false, text),
        };
        let mut characters = rest.chars();
        let code = match (characters.next(), characters.next()) {
            (Some(c), None) => KeyCode::Char(c),
            _ => match rest {
                "enter" => KeyCode::Enter,
                "esc" => KeyCode::Esc,
                "tab" => KeyCode::Tab,
                "shift-tab" => KeyCode::BackTab,
                "backspace" => KeyCode::Backspace,
                "space" => KeyCode::Char(' '),
                "up" => KeyCode::Up,
                "down" => KeyCode::Down,
                "left" => KeyCode::Left,
                "right" => KeyCode::Right,
                "home" => KeyCode::Home,
                "end" => KeyCode::End,
                "pgup" => KeyCode::PageUp,
                "pgdn" => KeyCode::PageDown,
                _ => KeyCode::F(rest.strip_prefix('f')?.parse().ok().filter(|n| (1..=12).contains(n))?),
            },
        };
        Some(Self { code, ctrl })
    }

    /// The key of a terminal's event; `None` for those with Alt and the like.
    pub(crate) fn of(event: &KeyEvent) -> Option<Self> {
        let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
        if event.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SUPER | KeyModifiers::META) {
            return None;
        }
        let code = match event.code {
            // Shift-Tab comes as either.
            KeyCode::Tab if event.modifiers.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
            KeyCode::Char(c) if ctrl => KeyCode::Char(c.to_ascii_lowercase()),
            code => code,
        };
        Some(Self { code, ctrl })
    }

    /// The character that it types.
    pub(crate) fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if !self.ctrl && !c.is_control() => Some(c),
            _ => None,
        }
    }
}

/// A key's name in hints.
pub(crate) fn shown(key: &str, glyphs: Glyphs) -> String {
    if let Some(rest) = key.strip_prefix("ctrl-") {
        return format!("^{}", rest.to_uppercase());
    }
    match (key, glyphs) {
        ("enter", Glyphs::Unicode) => "↵".to_owned(),
        ("up", Glyphs::Unicode) => "↑".to_owned(),
        ("down", Glyphs::Unicode) => "↓".to_owned(),
        ("left", Glyphs::Unicode) => "←".to_owned(),
        ("right", Glyphs::Unicode) => "→".to_owned(),
        ("f1", _) => "F1".to_owned(),
        _ => key.to_owned(),
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Keymap {
    keys: HashMap<(Scope, Key), Action>,
    specs: Vec<&'static Spec>,
}

impl Keymap {
    /// The default keys.
    pub(crate) fn new(read_only: bool) -> Self {
        let specs: Vec<_> = actions().filter(|spec| !(read_only && spec.acting)).collect();
        let mut keys = HashMap::new();
        for spec in &specs {
            for key in spec.keys.iter().filter_map(|key| Key::parse(key)) {
                for scope in spec.scopes {
                    keys.insert((*scope, key), spec.action);
                }
            }
        }
        Self { keys, specs }
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

    /// Everything that can be had in a scope, in the list's order.
    pub(crate) fn specs(&self, scope: Scope) -> impl Iterator<Item = &'static Spec> + '_ {
        self.specs.iter().copied().filter(move |spec| spec.scopes.contains(&scope))
    }

    /// The first key of an action in a scope or everywhere, by its name for hints.
    pub(crate) fn hint(&self, scope: Scope, action: Action, glyphs: Glyphs) -> Option<String> {
        let fits = |spec: &&&Spec| {
            spec.action == action && (spec.scopes.contains(&scope) || spec.scopes.contains(&Scope::Global))
        };
        self.specs.iter().find(fits).and_then(|spec| spec.keys.first()).map(|key| shown(key, glyphs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_list_can_be_read() {
        for spec in actions() {
            for key in spec.keys {
                assert!(Key::parse(key).is_some(), "{key}");
            }
        }
        for bad in ["", "ctrl-", "hyper-x", "f13", "enterr"] {
            assert!(Key::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_read_only_keymap_has_no_acting_key_in_any_scope() {
        let keymap = Keymap::new(true);
        for scope in Scope::ALL {
            assert!(keymap.specs(scope).all(|spec| !spec.acting));
            for spec in actions().filter(|spec| spec.acting) {
                for key in spec.keys {
                    let found = keymap.action(scope, Key::parse(key).unwrap());
                    assert_ne!(found, Some(spec.action));
                }
                assert_eq!(keymap.hint(scope, spec.action, Glyphs::Ascii), None);
            }
        }
    }

    #[test]
    fn a_pane_comes_before_the_global_keys_and_a_dialog_shuts_most_of_them_out() {
        let keymap = Keymap::new(false);
        let key = |text| Key::parse(text).unwrap();
        assert_eq!(keymap.action(Scope::Table, key("w")), Some(Action::Why));
        assert_eq!(keymap.action(Scope::Logs, key("w")), Some(Action::Wrap));
        assert_eq!(keymap.action(Scope::Logs, key("q")), Some(Action::BackOrQuit));
        assert_eq!(keymap.action(Scope::Dialog, key("q")), Some(Action::No));
        assert_eq!(keymap.action(Scope::Dialog, key("z")), None);
        assert_eq!(keymap.action(Scope::Prompt, key("ctrl-c")), Some(Action::Quit));
    }
}
