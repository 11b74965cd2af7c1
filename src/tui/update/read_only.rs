//! Acting keys away, or back.

use crate::model::action::{Action, Scope};
use crate::tui::effect::Effect;
use crate::tui::keymap::Keymap;
use crate::tui::model::{Level, Model};

/// The other way round; a dashboard that was started as `watch` stays as it is.
pub(super) fn toggle(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.start.read_only {
        let text = "started as `watch`: it can only look; `ostler` opens one that acts";
        model.toasts.say(model.now.mono, Level::Warning, "read-only", text, None);
        return;
    }
    let read_only = !model.read_only;
    model.read_only = read_only;
    model.keymap = Keymap::new(read_only, &model.start.keys);
    effects.push(Effect::Access { read_only });
    let text = match (read_only, model.keymap.hint(Scope::Global, Action::ReadOnly, model.start.glyphs)) {
        (true, Some(key)) => format!("read-only: acting keys are gone; {key} brings them back"),
        (true, None) => {
            "read-only: acting keys are gone; `read-only` in the palette brings them back".to_owned()
        }
        (false, _) => "acting keys are back".to_owned(),
    };
    model.toasts.say(model.now.mono, Level::Info, "read-only", text, None);
}
