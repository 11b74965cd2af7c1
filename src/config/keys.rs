//! `[dashboard.keys.<scope>]`: keys of the user's own, as in `r = "restart"`.

use crate::model::action::{Action, Binding, Bindings, Code, Key, Scope, UNBIND, actions, bound};

use super::fields::{Fields, table, text};
use super::problem::{Sink, quote, suggest};
use super::raw::Entry;

/// The scopes' names.
pub(super) const SCOPES: [&str; Scope::ALL.len()] = {
    let mut words = [""; Scope::ALL.len()];
    let mut at = 0;
    while at < words.len() {
        words[at] = Scope::ALL[at].word();
        at += 1;
    }
    words
};

const KEY_HINT: &str =
    "a character, or `enter`, `esc`, `tab`, `space`, `up`, `pgdn`, `home`, `f2`, with `ctrl-` before";

/// The keys of `[dashboard]`.
pub(super) fn read(dashboard: &Fields<'_>, sink: &mut Sink<'_>) -> Bindings {
    let mut bindings = Bindings::default();
    let mut places = Vec::new();
    let scopes = dashboard.get("keys").and_then(|entry| table(entry, sink)).unwrap_or_default();
    for entry in scopes {
        let Some(scope) = Scope::ALL.into_iter().find(|scope| scope.word() == entry.key) else {
            sink.add(entry.at, format!("unknown scope {}", quote(&entry.key)), suggest(&entry.key, &SCOPES));
            continue;
        };
        let mut seen: Vec<(Key, &Entry)> = Vec::new();
        for entry in table(entry, sink).unwrap_or_default() {
            let Some(binding) = one(scope, entry, sink) else { continue };
            if let Some((_, before)) = seen.iter().find(|(key, _)| *key == binding.key) {
                let message = format!("{} is the same key as {}", quote(&entry.key), quote(&before.key));
                sink.add(entry.at, message, "a key means one thing in a scope: keep one of them");
                continue;
            }
            seen.push((binding.key, entry));
            places.push((binding, entry.at));
            bindings.set(binding);
        }
    }
    shadows(&bindings, &places, sink);
    bindings
}

/// A key that is bound everywhere and in a pane means two things, and one of them can't be reached there.
fn shadows(bindings: &Bindings, places: &[(Binding, usize)], sink: &mut Sink<'_>) {
    let all = bound(false, bindings);
    let meant = |scope: Scope, key: Key| {
        all.iter().find(|bound| bound.scope == scope && bound.key == key).map(|bound| bound.spec.name)
    };
    for (Binding { scope, key, action }, at) in places {
        if action.is_none() {
            continue;
        }
        let others: &[Scope] = match scope {
            Scope::Table | Scope::Logs | Scope::Detail => &[Scope::Global],
            // Where both are the user's own, the pane's is told of.
            Scope::Global => &[Scope::Table, Scope::Logs, Scope::Detail],
            Scope::Dialog | Scope::Prompt | Scope::Copy | Scope::Save => &[],
        };
        let is_told = |other: Scope| *scope == Scope::Global && bindings.get(other, *key).is_some();
        let other = others.iter().find_map(|other| {
            meant(*other, *key).filter(|_| !is_told(*other)).map(|name| (other.word(), name))
        });
        if let Some((other, name)) = other {
            let message = format!("{} is `{name}` in the scope `{other}`", quote(&key.to_string()));
            let hint = format!("take another key, or set it to \"{UNBIND}\" in [dashboard.keys.{other}]");
            sink.add(*at, message, hint);
        }
    }
}

fn one(scope: Scope, entry: &Entry, sink: &mut Sink<'_>) -> Option<Binding> {
    let key = Key::parse(&entry.key);
    let Some(key) = key else {
        sink.add(entry.at, format!("{} is not a key", quote(&entry.key)), not_a_key(&entry.key));
        return None;
    };
    let name = text(entry, sink)?;
    if key == (Key { code: Code::Char('c'), ctrl: true }) {
        sink.add(entry.at, "`ctrl-c` always quits", "take another key, so that there is always a way out");
        return None;
    }
    if name == UNBIND {
        return Some(Binding { scope, key, action: None });
    }
    let action = action(scope, name, entry.value.at, sink)?;
    if scope == Scope::Prompt && key.typed().is_some() {
        let message = format!("{} is typed at a prompt", quote(&entry.key));
        sink.add(entry.at, message, "take a key that types nothing, as `ctrl-n` or `tab`");
        return None;
    }
    Some(Binding { scope, key, action: Some(action) })
}

fn not_a_key(text: &str) -> &'static str {
    match text.to_ascii_lowercase().replace('+', "-").as_str() {
        "ctrl-i" => "a terminal sends `tab` for it",
        "ctrl-m" => "a terminal sends `enter` for it",
        "ctrl-[" => "a terminal sends `esc` for it",
        lower if lower.starts_with("alt-") => "Alt can't be told from Esc everywhere: take another key",
        lower if lower.starts_with("shift-") => "write the character that it types, as in `R`",
        _ => KEY_HINT,
    }
}

fn action(scope: Scope, name: &str, at: usize, sink: &mut Sink<'_>) -> Option<Action> {
    let known: Vec<_> = actions().filter(|spec| spec.name == name).collect();
    if let Some(spec) = known.iter().find(|spec| spec.scopes.contains(&scope)) {
        return Some(spec.action);
    }
    if known.is_empty() {
        let here: Vec<&str> = actions()
            .filter(|spec| spec.scopes.contains(&scope))
            .map(|spec| spec.name)
            .chain([UNBIND])
            .collect();
        sink.add(at, format!("there is no action {}", quote(name)), suggest(name, &here));
    } else {
        let scopes: Vec<&str> = known.iter().flat_map(|spec| spec.scopes).map(|scope| scope.word()).collect();
        let message = format!("{} can't be done in the scope `{}`", quote(name), scope.word());
        sink.add(at, message, format!("it belongs into: {}", scopes.join(", ")));
    }
    None
}
