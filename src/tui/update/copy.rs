//! What is copied of a server, and what came of it.

use crate::model::action::Action;
use crate::text::human;
use crate::tui::ansi;
use crate::tui::effect::Effect;
use crate::tui::message::{Copied, Failure};
use crate::tui::model::copy::items;
use crate::tui::model::{CopyMenu, Dialog, Dirty, Level, Model};

/// What the message is about: the next one replaces it.
const SUBJECT: &str = "copy";

/// Asks what.
pub(super) fn ask(model: &mut Model) {
    if let Some(server) = model.selected_id().cloned() {
        model.dialog = Some(Dialog::Copy(CopyMenu { server }));
    }
}

/// A key while that is asked. What is not there is said, and asked for again.
pub(super) fn perform(model: &mut Model, menu: &CopyMenu, action: Action, effects: &mut Vec<Effect>) {
    let Some(server) = model.servers.get(&menu.server) else { return };
    let name = menu.server.name();
    let Some(item) = items(&server.status).into_iter().find(|item| item.action == action) else {
        if action != Action::Cancel {
            model.dialog = Some(Dialog::Copy(menu.clone()));
        }
        return;
    };
    match item.value {
        Ok(text) => effects.push(Effect::Copy { what: format!("the {} of {name}", item.word), text }),
        Err(why) => {
            let text = format!("{name} has no {} now: {why}", item.word);
            model.toasts.say(model.now.mono, Level::Warning, SUBJECT, text, None);
            model.dialog = Some(Dialog::Copy(menu.clone()));
        }
    }
}

/// It is in the clipboard, or it is not.
pub(super) fn copied(model: &mut Model, what: &str, result: Result<Copied, Failure>) {
    let (level, text) = match result {
        Ok(Copied { by, cut: None, .. }) => (Level::Info, format!("copied {what} ({by})")),
        Ok(Copied { by, cut: Some((copied, all)), kept }) => {
            let file = kept.map_or_else(String::new, |file| format!("; all of it is in {}", file.display()));
            let (copied, all) = (human::bytes(copied), human::bytes(all));
            (Level::Warning, format!("copied the first {copied} of {what}, which has {all} ({by}){file}"))
        }
        Err(Failure { message, hint }) => {
            let hint = hint.map_or_else(String::new, |hint| format!("; {hint}"));
            (Level::Error, format!("{what} was not copied: {message}{hint}"))
        }
    };
    model.toasts.say(model.now.mono, level, SUBJECT, ansi::plain(&text), None);
    model.touch(Dirty::Now);
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyCode;

    use super::*;
    use crate::tui::message::Message;
    use crate::tui::tests::fixture::Stage;

    fn copies(stage: &mut Stage) -> Vec<(String, String)> {
        let of = |effect| match effect {
            Effect::Copy { what, text } => Some((what, text)),
            _ => None,
        };
        stage.wanted().into_iter().filter_map(of).collect()
    }

    #[test]
    fn each_key_copies_its_thing_and_closes() {
        for (keys, what, text) in [
            ("yu", "the url of api", "http://127.0.0.1:3000"),
            ("yp", "the pid of api", "41213"),
            ("yc", "the command of api", "node api.js --queue mail"),
            ("yn", "the name of api", "api"),
        ] {
            let mut stage = Stage::at((80, 24));
            stage.keys("g");
            stage.keys(keys);
            assert_eq!(copies(&mut stage), [(what.to_owned(), text.to_owned())]);
            assert_eq!(stage.model.dialog, None);
        }
    }

    #[test]
    fn the_values_are_shown_and_what_is_missing_with_its_reason() {
        for size in [(40, 8), (80, 24), (200, 60)] {
            let mut stage = Stage::at(size);
            stage.keys("gy");
            for text in ["Copy of api", "u  url     http://127.0.0.1:", "p  pid     41213", "n  name    api"]
            {
                assert!(stage.screen().contains(text), "{text}\n{}", stage.screen());
            }
        }
        // of payments, which has failed
        let mut stage = Stage::at((80, 24));
        stage.keys("jjyp");
        assert!(stage.screen().contains("p  pid     - it does not run"), "{}", stage.screen());
        assert_eq!(copies(&mut stage), []);
        let toast = stage.model.toasts.newest().next().unwrap();
        assert_eq!(toast.text, "payments has no pid now: it does not run");
        stage.keys("n");
        assert_eq!(copies(&mut stage), [("the name of payments".to_owned(), "payments".to_owned())]);
    }

    #[test]
    fn it_can_be_left_and_no_other_key_does_anything() {
        for leave in [KeyCode::Esc, KeyCode::Char('q')] {
            let mut stage = Stage::at((80, 24));
            stage.keys("y");
            stage.wanted();
            stage.keys("xsrX");
            assert_eq!(stage.wanted(), []);
            assert!(stage.model.dialog.is_some());
            stage.key(leave);
            assert_eq!(stage.wanted(), []);
            assert_eq!(stage.model.dialog, None);
        }
    }

    #[test]
    fn a_message_says_what_was_copied_and_how_or_why_not() {
        let copied = |cut, kept| Copied { by: "OSC 52".into(), cut, kept };
        let failure = Failure { message: "the terminal takes nothing".into(), hint: None };
        for (result, expected) in [
            (Ok(copied(None, None)), "copied it (OSC 52)"),
            (
                Ok(copied(Some((1024, 4096)), Some("/s/clipboard".into()))),
                "copied the first 1K of it, which has 4K (OSC 52); all of it is in /s/clipboard",
            ),
            (Err(failure), "it was not copied: the terminal takes nothing"),
        ] {
            let mut stage = Stage::at((120, 24));
            stage.send(Message::Copied { what: "it".into(), result });
            assert_eq!(stage.model.toasts.newest().next().unwrap().text, expected);
            assert!(stage.screen().contains(expected));
        }
    }
}
