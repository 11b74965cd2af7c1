//! What a terminal shows.

use std::num::NonZeroU16;

/// A terminal's screen, made from the bytes that came.
pub(super) struct Screen(vt100::Parser);

impl Screen {
    pub(super) fn new(width: u16, height: u16) -> Self {
        Self(vt100::Parser::new(size(height), size(width), 0))
    }

    pub(super) fn show(&mut self, bytes: &[u8]) {
        self.0.process(bytes);
    }

    pub(super) fn resize(&mut self, width: u16, height: u16) {
        self.0.screen_mut().set_size(size(height), size(width));
    }

    /// All of it.
    pub(super) fn text(&self) -> String {
        self.0.screen().contents()
    }

    pub(super) fn contains(&self, text: &str) -> bool {
        self.text().contains(text)
    }

    /// Its rows from the top.
    pub(super) fn rows(&self) -> Vec<String> {
        let (_, width) = self.0.screen().size();
        self.0.screen().rows(0, width.get()).collect()
    }

    /// The row of the table for this server.
    pub(super) fn row_of(&self, server: &str) -> Option<String> {
        // mark, sign, space
        let is = |row: &String| row.chars().skip(3).collect::<String>().starts_with(&format!("{server} "));
        self.rows().into_iter().find(is)
    }

    /// Whether a server's row contains this.
    pub(super) fn says(&self, server: &str, text: &str) -> bool {
        self.row_of(server).is_some_and(|row| row.contains(text))
    }

    /// Whether the selection is on this server.
    pub(super) fn selects(&self, server: &str) -> bool {
        self.row_of(server).is_some_and(|row| row.starts_with('>'))
    }

    pub(super) fn is_alternate(&self) -> bool {
        self.0.screen().alternate_screen()
    }

    pub(super) fn shows_cursor(&self) -> bool {
        !self.0.screen().hide_cursor()
    }
}

fn size(cells: u16) -> NonZeroU16 {
    NonZeroU16::new(cells).unwrap()
}
