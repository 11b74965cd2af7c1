//! A question before something is done: whom it is about, what is sent to them, and who else is concerned.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::dialog::{Text, WIDTH, framed, lines, wrapped};
use super::paint::style;
use super::state;
use crate::api::Verb;
use crate::model::action::{Action, Scope};
use crate::model::{Holder, ServerId, Signal, StopPlan};
use crate::text::human;
use crate::text::width::{truncate_with, width};
use crate::tui::ansi;
use crate::tui::model::{Confirm, Deed, Model};
use crate::tui::theme::Token;

/// Cells of the box; it is wider only for long names.
const QUESTION: u16 = 52;
/// Cells of a line beside the name: state, PID, port.
const BESIDE: usize = 9 + 1 + 11 + 1 + 6 + 1;
/// Ways to end servers that are told one by one.
const PLANS: usize = 3;

/// Draws it.
pub(super) fn draw(model: &Model, buffer: &mut Buffer, area: Rect, confirm: &Confirm) {
    let (mut title, word, people, cells) = match &confirm.deed {
        Deed::Act { verb, servers, .. } => {
            let word = word_of(*verb);
            let title = match servers.as_slice() {
                [one] => format!("{word} {}?", one.name()),
                several => format!("{word} {}?", human::plural(several.len(), "server")),
            };
            let names = servers.iter().map(|id| label(model, id).len()).max().unwrap_or(0);
            let cells = (names + BESIDE + 4).clamp(usize::from(QUESTION), usize::from(WIDTH));
            (title, word, servers.len(), cells as u16)
        }
        Deed::KillHolder { port, .. } => (format!("Kill the holder of port {port}?"), "Kill", 3, QUESTION),
    };
    let cells = cells.min(area.width);
    let inner = usize::from(cells.saturating_sub(4));
    let meaning = meaning(model, &confirm.deed, inner);
    // Two lines of the box and the buttons are always there; then the list; the empty lines go first.
    let fixed = 3 + meaning.len();
    let room = usize::from(area.height).saturating_sub(fixed).max(1);
    let shown = people.min(if people > room { room.saturating_sub(1).max(1) } else { room });
    let gaps = room.saturating_sub(people).min(2);
    let top = confirm.top.min(people - shown);
    let mut text: Vec<Text> = match &confirm.deed {
        Deed::Act { servers, .. } => {
            let name = servers.iter().map(|id| label(model, id).len()).max().unwrap_or(0);
            let name = name.max(8).min(inner.saturating_sub(BESIDE).max(4));
            servers[top..top + shown].iter().map(|id| server_line(model, id, name)).collect()
        }
        Deed::KillHolder { holder, .. } => holder_lines(holder).into_iter().take(shown).collect(),
    };
    if shown < people && room > 1 {
        let more = format!("{shown} of {people}, from {}", top + 1);
        text.push(vec![(more, style(model, Token::Muted))]);
    } else if shown < people {
        title = format!("{title} {}/{people}", top + 1);
    } else if gaps > 0 {
        text.push(Vec::new());
    }
    text.extend(meaning);
    if gaps > 1 {
        text.push(Vec::new());
    }
    text.push(buttons(model, word, confirm.yes, inner));
    let body = framed(model, buffer, area, (cells, text.len() as u16 + 2), &title);
    lines(model, buffer, body, &text);
}

const fn word_of(verb: Verb) -> &'static str {
    match verb {
        Verb::Start => "Start",
        Verb::Stop { now: false } => "Stop",
        Verb::Stop { now: true } => "Kill",
        Verb::Restart => "Restart",
        Verb::Signal { .. } => "Signal",
    }
}

fn label(model: &Model, id: &ServerId) -> String {
    model.servers.get(id).map_or_else(|| id.to_string(), |server| state::label(server, false))
}

/// What will happen, in sentences.
fn meaning(model: &Model, deed: &Deed, cells: usize) -> Vec<Text> {
    let mut out = Vec::new();
    let mut say = |sentence: &str, token: Option<Token>| {
        let text_style = token.map_or_else(Style::new, |token| style(model, token));
        out.extend(wrapped(sentence, cells).into_iter().map(|line| vec![(line, text_style)]));
    };
    match deed {
        Deed::KillHolder { now: true, .. } => say("SIGKILL at once: SIGTERM did not end it.", None),
        Deed::KillHolder { now: false, server, .. } => {
            say("SIGTERM. It is no server of ostler's: nothing brings it back.", None);
            say(&format!("{} declares the port.", server.name()), Some(Token::Muted));
        }
        Deed::Act { verb, servers, others } => {
            for sentence in sentences(model, *verb, servers) {
                say(&sentence, None);
            }
            let names = names(others);
            match verb {
                _ if others.is_empty() => {}
                Verb::Start | Verb::Restart => say(&format!("Started along: {names}."), Some(Token::Pending)),
                Verb::Stop { .. } | Verb::Signal { .. } => {
                    let verb = if others.len() == 1 { "needs" } else { "need" };
                    let goes = if others.len() == 1 { "goes" } else { "go" };
                    say(&format!("{names} {verb} what is stopped, and {goes} on."), Some(Token::Warn));
                }
            }
        }
    }
    out
}

fn sentences(model: &Model, verb: Verb, servers: &[ServerId]) -> Vec<String> {
    let then = match verb {
        Verb::Start => return vec!["They start at once.".to_owned()],
        Verb::Stop { now: true } => return vec!["SIGKILL at once: no grace, no clean-up.".to_owned()],
        Verb::Signal { signal } => return vec![format!("{signal} to the main process.")],
        Verb::Restart => "; then a start",
        Verb::Stop { now: false } => "",
    };
    let mut plans: Vec<(StopPlan, Vec<ServerId>)> = Vec::new();
    for id in servers {
        let Some(status) = model.servers.get(id).map(|server| &server.status) else { continue };
        if !status.phase.is_alive() {
            continue;
        }
        match plans.iter_mut().find(|(plan, _)| *plan == status.stop) {
            Some((_, of)) => of.push(id.clone()),
            None => plans.push((status.stop, vec![id.clone()])),
        }
    }
    match plans.as_slice() {
        [] if verb == Verb::Restart => vec!["None of them runs: they start.".to_owned()],
        [] => vec!["None of them runs.".to_owned()],
        [(plan, _)] => vec![format!("{}{then}.", plan_words(*plan))],
        several => {
            let one = |(plan, of): &(StopPlan, Vec<ServerId>)| {
                format!("{}: {}{then}.", names(of), plan_words(*plan))
            };
            let mut out: Vec<String> = several.iter().take(PLANS).map(one).collect();
            if several.len() > PLANS {
                out.push("The others as their files say.".to_owned());
            }
            out
        }
    }
}

/// `SIGTERM, then SIGKILL after 10s`
fn plan_words(plan: StopPlan) -> String {
    let StopPlan { signal, grace_s } = plan;
    if signal == Signal::KILL {
        return "SIGKILL at once".to_owned();
    }
    let whole = grace_s as u64;
    let grace = if (grace_s - whole as f64).abs() > f64::EPSILON {
        format!("{grace_s:.1}s")
    } else if whole >= 120 && whole.is_multiple_of(60) {
        format!("{}m", whole / 60)
    } else {
        format!("{whole}s")
    };
    format!("{signal}, then SIGKILL after {grace}")
}

/// `api, web and 3 more`
fn names(of: &[ServerId]) -> String {
    const TOLD: usize = 4;
    let mut names: Vec<&str> = of.iter().map(ServerId::name).take(TOLD).collect();
    let more = format!("{} more", of.len().saturating_sub(TOLD));
    if of.len() > TOLD {
        names.push(&more);
    }
    match names.split_last() {
        None => String::new(),
        Some((one, [])) => (*one).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

fn server_line(model: &Model, id: &ServerId, cells: usize) -> Text {
    let name = label(model, id);
    let (name, used) = truncate_with(&name, cells, model.start.glyphs.pick("…", "~"));
    let name = format!("{name}{} ", " ".repeat(cells.saturating_sub(used)));
    let Some(server) = model.servers.get(id) else {
        return vec![(name, style(model, Token::Muted)), ("gone".to_owned(), style(model, Token::Off))];
    };
    let status = &server.status;
    let pid = status.pid.map_or_else(String::new, |pid| format!("pid {pid}"));
    let port = status.main_port().map_or_else(String::new, |port| format!(":{}", port.port));
    let token = state::token(status);
    vec![
        (name, Style::new()),
        (format!("{:<9} ", state::word(server, model.start.glyphs)), style(model, token)),
        (format!("{pid:<11} {port}"), Style::new()),
    ]
}

fn holder_lines(holder: &Holder) -> [Text; 3] {
    let line = |head: &str, text: String| vec![(format!("{head:<9}{}", ansi::plain(&text)), Style::new())];
    let unknown = || "unknown".to_owned();
    [
        line("pid", holder.pid.map_or_else(unknown, |pid| pid.to_string())),
        line("user", holder.user.clone().unwrap_or_else(unknown)),
        line("command", holder.command.clone().unwrap_or_else(unknown)),
    ]
}

pub(super) fn buttons(model: &Model, word: &str, yes: bool, cells: usize) -> Text {
    let key = model.keymap.hint(Scope::Dialog, Action::Yes, model.start.glyphs).unwrap_or_default();
    let mark = |on: bool| if on { "> " } else { "  " };
    let plain = Style::new();
    let focus = |on: bool| if on { style(model, Token::Selection) } else { plain };
    let used = 2 + 6 + 5 + 2 + width(&key) + 2 + word.len();
    vec![
        (" ".repeat(cells.saturating_sub(used) / 2), plain),
        (mark(!yes).to_owned(), plain),
        ("Cancel".to_owned(), focus(!yes)),
        ("     ".to_owned(), plain),
        (mark(yes).to_owned(), plain),
        (key, style(model, Token::Key)),
        ("  ".to_owned(), plain),
        (word.to_owned(), focus(yes)),
    ]
}
