//! The way to matches and errors: what is known of a search leads there at once, else the supervisor is asked.

use super::ask_page;
use crate::tui::ansi;
use crate::tui::effect::Effect;
use crate::tui::layout::log_room;
use crate::tui::message::Failure;
use crate::tui::model::log_search::{Found, Next, Search, compile};
use crate::tui::model::log_view::{Hit, LogView, Page, Room, Seek};
use crate::tui::model::log_wanted::Sought;
use crate::tui::model::{Dirty, Level, Model};

/// Searches all that is stored, and goes to the nearest match upwards. Without a pattern the search ends.
pub(super) fn begin(model: &mut Model, pattern: Option<String>, effects: &mut Vec<Effect>) {
    end(model, effects);
    let Some(pattern) = pattern else { return };
    let Ok(regex) = compile(&pattern) else { return };
    let room = log_room(model);
    let log = &mut model.log;
    log.current = None;
    let Some(reading) = log.reading() else { return };
    log.searches += 1;
    log.search = Some(Search::new(log.searches, pattern.clone(), regex));
    effects.push(Effect::SearchLog { number: log.searches, reading, pattern: pattern.clone() });
    let from = here(log, room, false).map(Hit::after);
    ask(model, Seek { what: Sought::Match(pattern), forward: false, from }, effects);
}

/// What is read is another: searches that.
pub(super) fn again(model: &mut Model, effects: &mut Vec<Effect>) {
    let log = &mut model.log;
    let (Some(reading), Some(search)) = (log.reading(), &mut log.search) else { return };
    log.searches += 1;
    search.again(log.searches);
    effects.push(Effect::SearchLog { number: log.searches, reading, pattern: search.pattern.clone() });
}

/// No search any more.
pub(super) fn end(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.log.search.take().is_some() {
        effects.push(Effect::EndSearch);
        model.log.seek = None;
    }
}

/// The search found something.
pub(in crate::tui::update) fn found(model: &mut Model, number: u64, found: Found) {
    if let Some(search) = model.log.search.as_mut().filter(|search| search.number == number) {
        search.take(found);
        model.touch(Dirty::Logs);
    }
}

/// The search ended: there is enough of it, or it broke.
pub(in crate::tui::update) fn ended(model: &mut Model, number: u64, error: Option<Failure>) {
    if let Some(search) = model.log.search.as_mut().filter(|search| search.number == number) {
        search.error = error.map(|failure| ansi::plain(&failure.message));
        model.touch(Dirty::Logs);
    }
}

/// Where the screen is: the line that was gone to if it is on the screen, else its first or its last one.
pub(super) fn here(log: &LogView, room: Room, first: bool) -> Option<Hit> {
    if log.jumping.is_some() {
        return log.jumping;
    }
    let (top, bottom) = log.on_screen(room)?;
    let is_shown = |hit: &Hit| log.number_of(*hit).is_some_and(|number| (top..=bottom).contains(&number));
    log.current.filter(is_shown).or_else(|| {
        let line = log.store.get(if first { top } else { bottom })?;
        Some(log.place_of(line))
    })
}

/// From where the way goes on: beyond the line that was gone to, or from an edge of the screen on.
fn from_here(model: &Model, forward: bool) -> Option<Hit> {
    let log = &model.log;
    let hit = here(log, log_room(model), forward)?;
    Some(match (log.current == Some(hit), forward) {
        (true, _) => hit,
        (false, true) => hit.before(),
        (false, false) => hit.after(),
    })
}

/// To the next match or the one before.
pub(super) fn to_match(model: &mut Model, forward: bool, effects: &mut Vec<Effect>) {
    let from = from_here(model, forward);
    let Some(search) = &mut model.log.search else {
        say(model, "nothing is searched for: `/` does that");
        return;
    };
    search.wrapped = false;
    let next = from.map_or(Next::Unknown, |from| search.next(from, forward));
    match next {
        Next::Here(hit, wrapped) => {
            search.wrapped = wrapped;
            go_to(model, hit, effects);
        }
        Next::None => no_match(model),
        Next::Unknown => {
            let what = Sought::Match(search.pattern.clone());
            ask(model, Seek { what, forward, from }, effects);
        }
    }
}

/// To the next error or the one before.
pub(super) fn to_error(model: &mut Model, forward: bool, effects: &mut Vec<Effect>) {
    let from = from_here(model, forward);
    if from.is_some() {
        ask(model, Seek { what: Sought::Error, forward, from }, effects);
    }
}

fn ask(model: &mut Model, seek: Seek, effects: &mut Vec<Effect>) {
    let Some(reading) = model.log.reading() else { return };
    model.log.seek = Some(seek.clone());
    effects.push(Effect::SeekLog { generation: model.log.generation, reading, seek });
}

/// The supervisor says where it is.
pub(in crate::tui::update) fn sought(
    model: &mut Model,
    seek: &Seek,
    result: Result<Option<Hit>, Failure>,
    effects: &mut Vec<Effect>,
) {
    if model.log.seek.as_ref() != Some(seek) {
        return;
    }
    model.log.seek = None;
    model.touch(Dirty::Now);
    match (result, &seek.what) {
        (Ok(Some(hit)), what) => {
            if let (Some(search), Sought::Match(_)) = (&mut model.log.search, what) {
                search.wrapped = seek.from.is_none();
            }
            go_to(model, hit, effects);
        }
        (Ok(None), Sought::Error) if seek.forward => say(model, "no further error"),
        (Ok(None), Sought::Error) => say(model, "no error before"),
        (Ok(None), Sought::Match(_)) if seek.from.is_some() => {
            ask(model, Seek { from: None, ..seek.clone() }, effects);
        }
        (Ok(None), Sought::Match(_)) => no_match(model),
        (Err(failure), _) => {
            let text = ansi::plain(&failure.message);
            model.toasts.say(model.now.mono, Level::Warning, "search", text, None);
        }
    }
}

fn no_match(model: &mut Model) {
    let pattern = model.log.search.as_ref().map(|search| ansi::plain(&search.pattern)).unwrap_or_default();
    say(model, &format!("no line matches {pattern}"));
}

fn say(model: &mut Model, text: &str) {
    model.toasts.say(model.now.mono, Level::Info, "search", text, None);
}

/// Goes to a line; what stands around it is read where it is not in the window.
fn go_to(model: &mut Model, hit: Hit, effects: &mut Vec<Effect>) {
    let room = log_room(model);
    model.log.current = Some(hit);
    match model.log.number_of(hit) {
        Some(number) => {
            model.log.show(number, room);
            model.log.jumping = None;
        }
        None => ask_page(model, Page::Around(hit), effects),
    }
}
