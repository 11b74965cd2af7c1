//! The theme picker, and what the terminal says of its colours. A theme that can't be had never takes the place of one
//! that is drawn.

use std::path::Path;

use super::dialogs;
use crate::model::action::Action;
use crate::tui::ansi;
use crate::tui::effect::Effect;
use crate::tui::format;
use crate::tui::message::{Failure, TerminalAnswer};
use crate::tui::model::themes::ThemePicker;
use crate::tui::model::{Dialog, Dirty, Level, Model};
use crate::tui::theme::{Depth, Library, contrast, is_path};

/// What messages about it are about.
const SUBJECT: &str = "theme";

/// Opens the picker at once; the user's files are read again meanwhile.
pub(super) fn open(model: &mut Model, effects: &mut Vec<Effect>) {
    let picker = ThemePicker::new(&model.themes, model.theme.clone());
    model.dialog = Some(Dialog::Themes(picker));
    read_again(model, effects);
}

fn read_again(model: &Model, effects: &mut Vec<Effect>) {
    let themes = &model.themes;
    effects.push(Effect::ReadThemes { dir: themes.dir.clone(), named: themes.chosen() });
}

/// A key in the picker.
pub(super) fn perform(model: &mut Model, mut picker: ThemePicker, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::No => {
            model.theme = picker.before;
            // A file may be another one since.
            redraw(model);
            return;
        }
        Action::Press => return accept(model, picker, effects),
        Action::ReloadThemes => read_again(model, effects),
        Action::First => picker.at = 0,
        Action::Last => picker.at = usize::MAX,
        _ => picker.at = dialogs::moved(picker.at, action, 5),
    }
    picker.at = picker.at.min(picker.rows.len().saturating_sub(1));
    show(model, picker);
}

/// Draws the dashboard in the theme at which the user is.
fn show(model: &mut Model, picker: ThemePicker) {
    if let Some(Ok(theme)) = picker.row().map(|row| &row.theme) {
        model.theme = theme.clone();
    }
    model.dialog = Some(Dialog::Themes(picker));
}

/// Takes the theme, and has it saved.
fn accept(model: &mut Model, picker: ThemePicker, effects: &mut Vec<Effect>) {
    let Some((name, theme)) = picker.row().map(|row| (row.name.clone(), row.theme.clone())) else { return };
    let Ok(theme) = theme else {
        // its row says what is wrong
        return show(model, picker);
    };
    let half = model.themes.half();
    model.themes.choose(&name);
    model.theme = theme;
    let place = model.themes.config.clone().ok_or("there is no place to save it to: HOME is not set");
    match place {
        Ok(_) if is_path(&name) => {
            let hint =
                model.themes.dir.as_deref().map(|dir| format!("; put its file in {}", path(model, dir)));
            let hint = hint.unwrap_or_default();
            let label = picker.row().map(super::super::model::themes::PickerRow::label).unwrap_or_default();
            not_saved(model, &label, &format!("a file can't be chosen for good{hint}"));
        }
        Ok(file) => effects.push(Effect::SaveTheme { file, name, half }),
        Err(why) => not_saved(model, &name, why),
    }
}

fn not_saved(model: &mut Model, name: &str, why: &str) {
    let text = ansi::plain(&format!("theme {name} is only for this session: {why}"));
    model.toasts.say(model.now.mono, Level::Error, SUBJECT, text, None);
}

/// A theme was saved, or could not be: then it stays all the same, until the dashboard ends.
pub(super) fn saved(model: &mut Model, name: &str, file: &Path, result: Result<(), Failure>) {
    model.touch(Dirty::Now);
    let place = path(model, file);
    if let Err(failure) = result {
        let hint = failure.hint.map_or_else(String::new, |hint| format!("; {hint}"));
        not_saved(model, name, &format!("{place}: {}{hint}", failure.message));
        return;
    }
    let (level, text) = match &model.themes.project {
        Some(project) => {
            let project = path(model, project);
            (Level::Warning, format!("theme {name} saved, but that of {project} wins here"))
        }
        None => (Level::Info, format!("theme {name} saved to {place}")),
    };
    let text = ansi::plain(&text);
    model.toasts.say(model.now.mono, level, SUBJECT, text, None);
}

/// The user's themes were read.
pub(super) fn read(model: &mut Model, library: Library) {
    model.themes.library = library;
    refill(model);
}

/// The terminal said something of itself. What the user chose stays.
pub(super) fn said(model: &mut Model, answer: TerminalAnswer) {
    match answer {
        TerminalAnswer::Background(red, green, blue) => {
            model.themes.ground = Some(contrast::ground([red, green, blue]));
        }
        // Without colours it is because they were not wanted, and with 16 because of a terminal that has no more.
        TerminalAnswer::TrueColor if model.themes.depth == Depth::Ansi256 => model.themes.depth = Depth::Rgb,
        TerminalAnswer::TrueColor => return,
    }
    refill(model);
}

/// Something changed that a theme is made from.
fn refill(model: &mut Model) {
    if let Some(Dialog::Themes(mut picker)) =
        model.dialog.take_if(|dialog| matches!(dialog, Dialog::Themes(_)))
    {
        let name = picker.row().map(|row| row.name.clone()).unwrap_or_default();
        picker.fill(&model.themes, &name);
        if let Ok(theme) = model.themes.theme() {
            picker.before = theme;
        }
        show(model, picker);
        model.touch(Dirty::Now);
    } else {
        redraw(model);
    }
}

/// Draws in the theme that is chosen; if that can't be had any more, the one before stays, and it is said.
fn redraw(model: &mut Model) {
    match model.themes.theme() {
        Ok(theme) if theme == model.theme => return,
        Ok(theme) => model.theme = theme,
        Err(error) => {
            model.toasts.say(model.now.mono, Level::Warning, SUBJECT, ansi::plain(&error.to_string()), None);
        }
    }
    model.touch(Dirty::Now);
}

fn path(model: &Model, path: &Path) -> String {
    format::path(path, model.start.home.as_deref())
}
