//! Which of the dashboard's themes is wanted, as people write it.

/// What a terminal's background is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// Light text on it.
    Dark,
    /// Dark text on it.
    Light,
}

impl Ground {
    /// Its word in the config.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
        }
    }
}

/// `theme = "NAME"`, or `theme = { dark = "NAME", light = "NAME" }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ThemeChoice {
    /// This one.
    One(String),
    /// As the terminal's background is.
    Pair {
        /// Where it is dark, or does not say.
        dark: String,
        /// Where it is light.
        light: String,
    },
}

impl ThemeChoice {
    /// The theme for a background; `None`: it is not known.
    pub fn name(&self, ground: Option<Ground>) -> &str {
        match self {
            Self::One(name) => name,
            Self::Pair { light, .. } if ground == Some(Ground::Light) => light,
            Self::Pair { dark, .. } => dark,
        }
    }

    /// The same with every name changed.
    #[must_use]
    pub fn map(self, mut change: impl FnMut(String) -> String) -> Self {
        match self {
            Self::One(name) => Self::One(change(name)),
            Self::Pair { dark, light } => Self::Pair { dark: change(dark), light: change(light) },
        }
    }
}

impl From<&str> for ThemeChoice {
    fn from(name: &str) -> Self {
        Self::One(name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_light_only_where_the_background_is() {
        let pair = ThemeChoice::Pair { dark: "d".into(), light: "l".into() };
        assert_eq!((pair.name(None), pair.name(Some(Ground::Dark))), ("d", "d"));
        assert_eq!(pair.name(Some(Ground::Light)), "l");
        assert_eq!(ThemeChoice::from("one").name(Some(Ground::Light)), "one");
    }
}
