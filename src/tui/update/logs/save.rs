//! The log is written into a file, after one question.

use crate::api::LogQuery;
use crate::model::LogCursor;
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

/// Asks how.
pub(super) fn ask(model: &mut Model) {
    if let Some(server) = model.log.server.clone() {
        model.dialog = Some(Dialog::Save(SaveQuestion { server }));
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
        Action::SaveRaw => SaveForm::Raw,
        Action::SaveShown => shown(model),
        Action::No => return,
        _ => {
            model.dialog = Some(Dialog::Save(question));
            return;
        }
    };
    let server = question.server;
    let stem = format!("{}-{}-{}", server.project(), server.name(), stamp(model));
    model.toasts.say(model.now.mono, Level::Asked, SUBJECT, format!("saving {}'s log", server.name()), None);
    effects.push(Effect::SaveLog(SaveJob { server, stem, form }));
}

fn shown(model: &Model) -> SaveForm {
    let times = matches!(model.log.look.times, Times::Time | Times::Date);
    let query = LogQuery { from: Some(LogCursor::default()), ..LogQuery::default() };
    SaveForm::Shown { query: Box::new(query), times: times.then(|| model.start.zone.clone()) }
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
            (Level::Asked, format!("saving {name}'s log: {}{share}", bytes(written)))
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
            (Level::Error, format!("{name}'s log is not saved: {message}{hint}"))
        }
    };
    model.toasts.say(model.now.mono, level, SUBJECT, ansi::plain(&text), None);
    model.touch(crate::tui::model::Dirty::Now);
}
