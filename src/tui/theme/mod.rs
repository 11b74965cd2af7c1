//! Colours by meaning. A theme is a TOML file of tokens ([`file`]), shipped or the user's own ([`library`]); what it
//! leaves out falls back to a kindred token.
//! The terminal's depth and `NO_COLOR` are resolved here ([`depth`]) and nowhere else: the views know tokens only.

pub(crate) mod contrast;
pub(crate) mod depth;
mod file;
mod library;
mod listing;

#[cfg(test)]
mod tests;

use ratatui::style::{Color, Style};

pub use depth::{ColorChoice, Depth};
pub use file::ThemeError;
pub(crate) use library::is_path;
pub use library::{Library, Origin};
pub(crate) use listing::samples;
pub use listing::{Listed, list, text};

pub use crate::model::{Glyphs, Ground, ThemeChoice};

/// What a style is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Token {
    /// Behind everything.
    Bg,
    /// Text.
    Fg,
    /// Text of less weight.
    Muted,
    /// What stands out: the program's name, a title.
    Accent,
    /// Rules between panes.
    Border,
    /// The rule of the pane that has the focus.
    BorderFocus,
    /// Top bar and footer.
    Bar,
    /// A key in a hint.
    Key,
    /// The selected row.
    Selection,
    /// Something that was searched.
    Match,
    /// The one among them that the user is at.
    MatchCurrent,
    /// It is well.
    Ok,
    /// It is on its way.
    Pending,
    /// Look at it.
    Warn,
    /// It is broken.
    Fail,
    /// It is off, as wished.
    Off,
    /// CPU graph: low, middle or high.
    Cpu(u8),
    /// Memory graph: low, middle or high.
    Mem(u8),
    /// Axes of the charts.
    GraphAxis,
    /// A log line of this level.
    LogError,
    /// A log line of this level.
    LogWarn,
    /// A log line of this level.
    LogInfo,
    /// A log line of this level.
    LogDebug,
    /// A log line's time.
    LogTime,
    /// A server's own colour, one of 8.
    Server(u8),
}

/// Tokens with a single value, by their names in a file.
const SINGLE: [(&str, Token); 22] = [
    ("bg", Token::Bg),
    ("fg", Token::Fg),
    ("muted", Token::Muted),
    ("accent", Token::Accent),
    ("border", Token::Border),
    ("border_focus", Token::BorderFocus),
    ("bar", Token::Bar),
    ("key", Token::Key),
    ("selection", Token::Selection),
    ("match", Token::Match),
    ("match_current", Token::MatchCurrent),
    ("ok", Token::Ok),
    ("pending", Token::Pending),
    ("warn", Token::Warn),
    ("fail", Token::Fail),
    ("off", Token::Off),
    ("graph_axis", Token::GraphAxis),
    ("log_error", Token::LogError),
    ("log_warn", Token::LogWarn),
    ("log_info", Token::LogInfo),
    ("log_debug", Token::LogDebug),
    ("log_time", Token::LogTime),
];

/// A token by its place in a list.
type List = fn(u8) -> Token;

/// Tokens with a list of values, and how many.
const LISTS: [(&str, List, u8); 3] =
    [("cpu", Token::Cpu, 3), ("mem", Token::Mem, 3), ("servers", Token::Server, 8)];

impl Token {
    /// The token whose style it takes where a theme does not name it.
    const fn fallback(self) -> Option<Self> {
        match self {
            Self::Bg | Self::Fg => None,
            Self::Muted
            | Self::Accent
            | Self::Bar
            | Self::Selection
            | Self::Ok
            | Self::Pending
            | Self::Warn
            | Self::Fail
            | Self::LogInfo => Some(Self::Fg),
            Self::Border | Self::Off | Self::GraphAxis | Self::LogDebug | Self::LogTime => Some(Self::Muted),
            Self::BorderFocus | Self::Key | Self::Mem(0) | Self::Server(_) => Some(Self::Accent),
            Self::Match => Some(Self::Selection),
            Self::MatchCurrent => Some(Self::Match),
            Self::Cpu(0) => Some(Self::Ok),
            Self::Cpu(1) | Self::Mem(1) | Self::LogWarn => Some(Self::Warn),
            Self::Cpu(_) | Self::Mem(_) | Self::LogError => Some(Self::Fail),
        }
    }
}

/// A theme, ready for one terminal's depth.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    styles: Vec<(Token, Style)>,
    depth: Depth,
}

macro_rules! shipped {
    ($($name:literal),+ $(,)?) => {
        [$(($name, include_str!(concat!("../../../themes/", $name, ".toml")))),+]
    };
}

/// The themes that are compiled in: name and text. The second is the first for a light background.
const SHIPPED: [(&str, &str); 12] = shipped![
    "default",
    "default-light",
    "mono",
    "catppuccin-mocha",
    "catppuccin-latte",
    "gruvbox-dark",
    "gruvbox-light",
    "nord",
    "dracula",
    "tokyo-night",
    "solarized-light",
    "colour-blind",
];

/// The theme that is taken where none is chosen.
pub(crate) const DEFAULT: &str = SHIPPED[0].0;
/// The same where the terminal says that its background is light.
pub(crate) const DEFAULT_LIGHT: &str = SHIPPED[1].0;

impl Theme {
    /// `default`, or without colours `mono`: what is left when a theme can't be loaded.
    pub fn fallback(depth: Depth) -> Self {
        Library::default().load(DEFAULT, depth).unwrap_or(Self { styles: Vec::new(), depth })
    }

    /// A token's style, over nothing: without the background of [`Token::Bg`].
    pub(crate) fn style(&self, token: Token) -> Style {
        let mut next = Some(token);
        while let Some(token) = next {
            if let Some((_, style)) = self.styles.iter().find(|(known, _)| *known == token) {
                return *style;
            }
            next = token.fallback();
        }
        Style::new()
    }

    /// What stands behind everything.
    pub(crate) fn base(&self) -> Style {
        Style::reset().patch(self.style(Token::Fg)).patch(self.style(Token::Bg))
    }

    /// Whether it is made for a light or a dark background: what it paints behind everything. `None`: the terminal's own.
    pub fn ground(&self) -> Option<Ground> {
        depth::rgb(self.style(Token::Bg).bg?).map(contrast::ground)
    }

    /// A colour that a server chose, as this terminal can show it.
    pub(crate) fn color(&self, color: Color) -> Option<Color> {
        self.depth.fit(color)
    }
}
