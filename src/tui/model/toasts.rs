//! Short messages above the footer: an information for 3 s, a warning for 6 s, an error until a key. A new message
//! about the same thing replaces the old one; what is more than fits is counted. All that was said is kept for a while.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

/// How long each level stays at least; an error then goes with the next key.
const INFO: Duration = Duration::from_secs(3);
const WARNING: Duration = Duration::from_secs(6);
/// An error is not taken away by a key that was pressed before it could be read.
const READABLE: Duration = Duration::from_millis(700);
/// Messages that are kept; older ones go first.
const KEPT: usize = 8;
/// Messages of before that can be read again.
const PAST: usize = 200;

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

/// A message of before.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Said {
    /// When it was said last.
    pub(crate) at: Timestamp,
    /// How bad it is.
    pub(crate) level: Level,
    /// What was said; safe to show.
    pub(crate) text: String,
    /// How often in a row.
    pub(crate) times: u32,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Toasts {
    list: Vec<Toast>,
    /// Those of a burst for which there was no place.
    folded: usize,
    past: VecDeque<Said>,
    wall: Timestamp,
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
        let (subject, text) = (subject.into(), text.into());
        self.note(level, &text);
        self.list.retain(|toast| toast.subject != subject);
        if self.list.len() >= KEPT {
            self.list.remove(0);
            self.folded += 1;
        }
        self.list.push(Toast { level, subject, text, offer, since: now });
    }

    /// The time of what is said next.
    pub(crate) fn set_time(&mut self, wall: Timestamp) {
        self.wall = wall;
    }

    fn note(&mut self, level: Level, text: &str) {
        if let Some(last) = self.past.front_mut()
            && (last.level, last.text.as_str()) == (level, text)
        {
            last.times = last.times.saturating_add(1);
            last.at = self.wall;
            return;
        }
        self.past.truncate(PAST - 1);
        self.past.push_front(Said { at: self.wall, level, text: text.to_owned(), times: 1 });
    }

    /// All that was said of late, newest first.
    pub(crate) fn past(&self) -> impl ExactSizeIterator<Item = &Said> + '_ {
        self.past.iter()
    }

    /// Messages of a burst that are counted only.
    pub(crate) fn folded(&self) -> usize {
        self.folded
    }

    /// A burst ends when nothing of it is left.
    fn forget_if_empty(&mut self) {
        if self.list.is_empty() {
            self.folded = 0;
        }
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
        self.forget_if_empty();
        before != self.list.len()
    }

    /// A key was pressed: errors that could be read go.
    pub(crate) fn key_pressed(&mut self, now: Duration) {
        self.list.retain(|toast| toast.level != Level::Error || now < toast.since + READABLE);
        self.forget_if_empty();
    }

    /// Takes all away; whether there were any.
    pub(crate) fn dismiss(&mut self) -> bool {
        self.folded = 0;
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
        assert_eq!(toasts.folded(), 101 - KEPT);
        toasts.dismiss();
        assert_eq!(toasts.folded(), 0);
    }

    #[test]
    fn what_was_said_is_kept_with_its_time_and_what_repeats_is_counted() {
        let mut toasts = Toasts::default();
        let at = |second| Timestamp::from_second(second).unwrap();
        for second in 0..3 {
            toasts.set_time(at(second));
            toasts.say(S(0), Level::Info, "web", "stopped", None);
        }
        toasts.set_time(at(9));
        toasts.say(S(0), Level::Error, "web", "failed", None);
        let past: Vec<_> = toasts.past().map(|said| (said.at, said.text.as_str(), said.times)).collect();
        assert_eq!(past, [(at(9), "failed", 1), (at(2), "stopped", 3)]);
        for number in 0..1000 {
            toasts.say(S(0), Level::Info, "x", number.to_string(), None);
        }
        assert_eq!((toasts.past().len(), toasts.past().next().unwrap().text.as_str()), (PAST, "999"));
    }
}
