//! The log is written into a file, after one question.

use crate::model::action::Action;
use crate::text::human::bytes;
use crate::tui::effect::Effect;
use crate::tui::message::{Failure, SaveNews};
use crate::tui::model::log_look::Times;
use crate::tui::model::saving::{SaveForm, SaveJob, SaveQuestion};
use crate::tui::model::{Dialog, Level, Model};
use crate::tui::{ansi, log_time};

/// Of the messages about it: the newer takes the place of the older.
const SUBJECT: &str = "save";

/// Whose log is shown, as people call it.
pub(super) fn subject(model: &Model) -> String {
    let log = &model.log;
    match log.merged.first().or(log.server.as_ref()) {
        Some(_) if log.is_merged() => format!("{} servers", log.merged.len()),
        Some(id) => id.name().to_owned(),
        None => String::new(),
    }
}

/// Asks how.
pub(super) fn ask(model: &mut Model) {
    if let Some(reading) = model.log.reading() {
        model.dialog = Some(Dialog::Save(SaveQuestion { reading, name: subject(model) }));
    }
}

/// An answer, or not.
pub(in crate::tui::update) fn answer(
    model: &mut Model,
    question: SaveQuestion,
    action: Action,
    effects: &mut Vec<Effect>,
) {
    let form = match action {
        Action::SaveRaw if !question.reading.is_merged() => SaveForm::Raw,
        Action::SaveShown => {
            let times = matches!(model.log.look.times, Times::Time | Times::Date);
            SaveForm::Shown { times: times.then(|| model.start.zone.clone()) }
        }
        Action::No => return,
        _ => {
            model.dialog = Some(Dialog::Save(question));
            return;
        }
    };
    let SaveQuestion { reading, name } = question;
    let of = match reading.servers.as_slice() {
        [one] => format!("{}-{}", one.project(), one.name()),
        several => format!("ostler-{}-servers", several.len()),
    };
    let stem = format!("{of}-{}", stamp(model));
    model.toasts.say(model.now.mono, Level::Asked, SUBJECT, format!("saving the log of {name}"), None);
    effects.push(Effect::SaveLog(SaveJob { reading, name, stem, form }));
}

/// Of a file's name: `20261120-140214`.
fn stamp(model: &Model) -> String {
    let date = model.now.wall.to_zoned(model.start.zone.clone()).date();
    let clock = log_time::clock(model.now.wall, &model.start.zone, false).replace(':', "");
    format!("{:04}{:02}{:02}-{clock}", date.year(), date.month(), date.day())
}

/// How it goes on.
pub(in crate::tui::update) fn news(model: &mut Model, name: &str, news: SaveNews) {
    let (level, text) = match news {
        SaveNews::Going { written, share } => {
            let share = share.map_or(String::new(), |share| format!(", {share} % searched"));
            (Level::Asked, format!("saving the log of {name}: {}{share}", bytes(written)))
        }
        SaveNews::Ended(Ok((path, written))) => {
            let home = model.start.home.as_ref().and_then(|home| path.strip_prefix(home).ok());
            let path = match home {
                Some(rest) => format!("~/{}", rest.display()),
                None => path.display().to_string(),
            };
            (Level::Info, format!("saved {path} ({})", bytes(written)))
        }
        SaveNews::Ended(Err(Failure { message, hint })) => {
            let hint = hint.map_or(String::new(), |hint| format!(": {hint}"));
            (Level::Error, format!("the log of {name} is not saved: {message}{hint}"))
        }
    };
    model.toasts.say(model.now.mono, level, SUBJECT, ansi::plain(&text), None);
    model.touch(crate::tui::model::Dirty::Now);
}
