//! A line on the terminal whose end has not come: a server that asks for something, and waits.

/// What stands on the terminal's last row without a newline behind it.
#[derive(Debug, Default)]
pub(super) struct Prompt(Option<String>);

impl Prompt {
    /// What to print of a line that has not ended. Only what goes on with what stands there: a progress bar, which writes
    /// over itself, is shown as it was first.
    pub(super) fn unfinished(&mut self, text: &str) -> String {
        let more = match &self.0 {
            Some(shown) => text.strip_prefix(shown.as_str()).unwrap_or_default(),
            None => text,
        };
        if !more.is_empty() {
            self.0 = Some(text.to_owned());
        }
        more.to_owned()
    }

    /// What to print of a whole line: its rest, where its beginning stands there, or all of it, in a row of its own.
    pub(super) fn whole(&mut self, text: &str) -> String {
        match self.0.take() {
            None => format!("{text}\n"),
            Some(shown) => match text.strip_prefix(&shown) {
                Some(rest) => format!("{rest}\n"),
                None => format!("\n{text}\n"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_is_shown_once_and_gets_its_rest() {
        let mut prompt = Prompt::default();
        assert_eq!(prompt.whole("ready"), "ready\n");
        assert_eq!(prompt.unfinished("Pass"), "Pass");
        assert_eq!(prompt.unfinished("Pass"), "");
        assert_eq!(prompt.unfinished("Password: "), "word: ");
        assert_eq!(prompt.whole("Password: thanks"), "thanks\n");
        assert_eq!(prompt.whole("next"), "next\n");
    }

    #[test]
    fn whatever_does_not_go_on_with_it_gets_a_row_of_its_own() {
        let mut prompt = Prompt::default();
        assert_eq!(prompt.unfinished("10 %"), "10 %");
        assert_eq!(prompt.unfinished("20 %"), "", "no row for each step of a progress bar");
        assert_eq!(prompt.whole("100 %"), "\n100 %\n");
    }
}
