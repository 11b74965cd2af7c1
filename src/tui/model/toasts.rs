//! Short messages above the footer: an information for 3 s, a warning for 6 s, an error until a key. A new message
//! about the same thing replaces the old one; what is more than fits is counted.

use std::time::Duration;

/// How long each level stays at least; an error then goes with the next key.
const INFO: Duration = Duration::from_secs(3);
const WARNING: Duration = Duration::from_secs(6);
/// An error is not taken away by a key that was pressed before it could be read.
const READABLE: Duration = Duration::from_millis(700);
/// Messages that are kept; older ones go first.
const KEPT: usize = 8;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// It went well.
    Info,
    /// It was asked for.
    Asked,
    /// Something to know.
    Warning,
    /// It went wrong.
    Error,
}

/// One message.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Toast {
    /// How bad it is.
    pub(crate) level: Level,
    /// What it is about: a new one on the same subject takes its place.
    pub(crate) subject: String,
    /// What to say; safe to show.
    pub(crate) text: String,
    /// A key and what it does now.
    pub(crate) offer: Option<(String, String)>,
    since: Duration,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Toasts {
    list: Vec<Toast>,
}

impl Toasts {
    /// Says something.
    pub(crate) fn say(
        &mut self,
        now: Duration,
        level: Level,
        subject: impl Into<String>,
        text: impl Into<String>,
        offer: Option<(String, String)>,
    ) {
        let subject = subject.into();
        self.list.retain(|toast| toast.subject != subject);
        if self.list.len() >= KEPT {
            self.list.remove(0);
        }
        self.list.push(Toast { level, subject, text: text.into(), offer, since: now });
    }

    /// Newest first.
    pub(crate) fn newest(&self) -> impl ExactSizeIterator<Item = &Toast> + '_ {
        self.list.iter().rev()
    }

    /// When the next one ends by itself.
    pub(crate) fn next_end(&self) -> Option<Duration> {
        self.list.iter().filter_map(Toast::end).min()
    }

    /// Takes away what has ended; whether that was something.
    pub(crate) fn tick(&mut self, now: Duration) -> bool {
        let before = self.list.len();
        self.list.retain(|toast| toast.end().is_none_or(|end| now < end));
        before != self.list.len()
    }

    /// A key was pressed: errors that could be read go.
    pub(crate) fn key_pressed(&mut self, now: Duration) {
        self.list.retain(|toast| toast.level != Level::Error || now < toast.since + READABLE);
    }

    /// Takes all away; whether there were any.
    pub(crate) fn dismiss(&mut self) -> bool {
        !std::mem::take(&mut self.list).is_empty()
    }
}

impl Toast {
    fn end(&self) -> Option<Duration> {
        match self.level {
            // what can be taken back can be read a while longer
            Level::Info | Level::Asked if self.offer.is_some() => Some(self.since + WARNING),
            Level::Info | Level::Asked => Some(self.since + INFO),
            Level::Warning => Some(self.since + WARNING),
            Level::Error => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: fn(u64) -> Duration = Duration::from_secs;

    #[test]
    fn an_information_ends_by_itself_and_an_error_with_a_key() {
        let mut toasts = Toasts::default();
        toasts.say(S(0), Level::Info, "a", "fine", None);
        toasts.say(S(0), Level::Error, "b", "bad", None);
        assert_eq!(toasts.next_end(), Some(S(3)));
        assert!(!toasts.tick(S(2)));
        assert!(toasts.tick(S(3)));
        assert_eq!(toasts.next_end(), None);
        toasts.key_pressed(Duration::from_millis(100));
        assert_eq!(toasts.newest().len(), 1, "not yet readable");
        toasts.key_pressed(S(4));
        assert_eq!(toasts.newest().len(), 0);
    }

    #[test]
    fn a_subject_has_one_message_and_the_list_is_bounded() {
        let mut toasts = Toasts::default();
        toasts.say(S(0), Level::Info, "web", "stopping", None);
        toasts.say(S(1), Level::Info, "web", "stopped", None);
        assert_eq!(toasts.newest().map(|toast| toast.text.as_str()).collect::<Vec<_>>(), ["stopped"]);
        for n in 0..100 {
            toasts.say(S(1), Level::Error, n.to_string(), "x", None);
        }
        assert_eq!(toasts.newest().len(), KEPT);
    }
}
