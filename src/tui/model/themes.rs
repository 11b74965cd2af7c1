//! Which theme is drawn: what the user chose, what the terminal says of its background, and the picker.

use std::path::{Path, PathBuf};

use crate::model::{Ground, ThemeChoice};
use crate::tui::theme::{DEFAULT, DEFAULT_LIGHT, Depth, Library, Origin, Theme, ThemeError, is_path};

/// What the theme is made from.
#[derive(Clone, Debug)]
pub(crate) struct Themes {
    /// The texts of all themes, as they were read last.
    pub(crate) library: Library,
    /// How many colours there are.
    pub(crate) depth: Depth,
    /// What was chosen, at the start or in the picker; `None`: nothing.
    pub(crate) choice: Option<ThemeChoice>,
    /// The terminal's background, once it has said.
    pub(crate) ground: Option<Ground>,
    /// The project's file, where it names a theme: that comes before the user's own file at the next start.
    pub(crate) project: Option<PathBuf>,
    /// The directory of the user's own themes.
    pub(crate) dir: Option<PathBuf>,
    /// The user's own file, to which a choice is saved.
    pub(crate) config: Option<PathBuf>,
}

impl Themes {
    /// Only the shipped ones, and none chosen.
    pub(crate) fn shipped(depth: Depth) -> Self {
        let library = Library::default();
        Self { library, depth, choice: None, ground: None, project: None, dir: None, config: None }
    }

    /// The name of the theme that is to be drawn.
    pub(crate) fn name(&self) -> &str {
        match &self.choice {
            Some(choice) => choice.name(self.ground),
            None if self.ground == Some(Ground::Light) => DEFAULT_LIGHT,
            None => DEFAULT,
        }
    }

    /// That theme.
    pub(crate) fn theme(&self) -> Result<Theme, ThemeError> {
        self.library.load(self.name(), self.depth)
    }

    /// The names that were chosen: a file among them is read again with the others.
    pub(crate) fn chosen(&self) -> Vec<String> {
        match &self.choice {
            Some(ThemeChoice::One(name)) => vec![name.clone()],
            Some(ThemeChoice::Pair { dark, light }) => vec![dark.clone(), light.clone()],
            None => Vec::new(),
        }
    }

    /// Which half of a pair a new choice takes the place of; `None`: of the whole choice. A pair of the project's file is
    /// not the user's to change.
    pub(crate) fn half(&self) -> Option<Ground> {
        match &self.choice {
            Some(ThemeChoice::Pair { .. }) if self.project.is_none() => self.ground,
            _ => None,
        }
    }

    /// Takes a theme for this one or, see [`Self::half`], for the present background.
    pub(crate) fn choose(&mut self, name: &str) {
        let half = self.half();
        match (&mut self.choice, half) {
            (Some(ThemeChoice::Pair { dark, .. }), Some(Ground::Dark)) => name.clone_into(dark),
            (Some(ThemeChoice::Pair { light, .. }), Some(Ground::Light)) => name.clone_into(light),
            _ => self.choice = Some(name.into()),
        }
    }
}

/// A theme in the picker.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PickerRow {
    /// Its name.
    pub(crate) name: String,
    /// Where it comes from.
    pub(crate) origin: Origin,
    /// The theme at the terminal's depth, or what is wrong with it.
    pub(crate) theme: Result<Theme, ThemeError>,
}

impl PickerRow {
    /// Its name, or that of the file which it was named by.
    pub(crate) fn label(&self) -> String {
        let file = Path::new(&self.name).file_name().filter(|_| is_path(&self.name));
        file.map_or_else(|| self.name.clone(), |file| file.to_string_lossy().into_owned())
    }
}

/// The list of themes; the one at which the user is, is drawn behind it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ThemePicker {
    /// All that there are.
    pub(crate) rows: Vec<PickerRow>,
    /// Index in `rows`.
    pub(crate) at: usize,
    /// What was drawn before it opened.
    pub(crate) before: Theme,
}

impl ThemePicker {
    /// At the theme that is drawn.
    pub(crate) fn new(themes: &Themes, before: Theme) -> Self {
        let mut picker = Self { rows: Vec::new(), at: 0, before };
        picker.fill(themes, themes.name());
        picker
    }

    /// The rows anew, at the theme of this name.
    pub(crate) fn fill(&mut self, themes: &Themes, name: &str) {
        let row = |name: &str| PickerRow {
            name: name.to_owned(),
            origin: themes.library.origin(name),
            theme: themes.library.load(name, themes.depth),
        };
        self.rows = themes.library.names().map(row).collect();
        // one that is gone leaves its neighbour
        let last = self.rows.len().saturating_sub(1);
        self.at = self.rows.iter().position(|row| row.name == name).unwrap_or(self.at.min(last));
    }

    /// The row at which the user is.
    pub(crate) fn row(&self) -> Option<&PickerRow> {
        self.rows.get(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_light_background_has_its_own_default_and_its_half_of_a_pair() {
        let mut themes = Themes::shipped(Depth::Rgb);
        assert_eq!((themes.name(), themes.half()), ("default", None));
        themes.ground = Some(Ground::Light);
        assert_eq!(themes.name(), "default-light");
        themes.choice = Some(ThemeChoice::Pair { dark: "nord".into(), light: "solarized-light".into() });
        assert_eq!((themes.name(), themes.half()), ("solarized-light", Some(Ground::Light)));
        themes.choose("catppuccin-latte");
        assert_eq!(themes.chosen(), ["nord", "catppuccin-latte"]);
        themes.project = Some("/p/ostler.toml".into());
        assert_eq!(themes.half(), None);
        themes.choose("dracula");
        assert_eq!(themes.chosen(), ["dracula"]);
    }
}
