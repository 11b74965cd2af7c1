//! The themes that can be had: those that are compiled in, and the user's own from a directory of files. Files are read
//! by [`Library::read`] alone; everything after that is pure.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::file::{self, ThemeError};
use super::{DEFAULT, Depth, SHIPPED, Theme};
use crate::model::server::is_valid_name;

/// Themes that stand one on the other, at most.
const CHAIN: usize = 8;
/// Files of the user's directory that are taken, in the order of their names.
const FILES: usize = 200;
/// Largest file, in bytes.
const LARGEST: u64 = 64 * 1024;

/// Where a theme comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Compiled in.
    Shipped,
    /// This file.
    File(PathBuf),
}

/// A theme's file that was read, or could not be.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Source {
    /// The file's name without `.toml`; for one that was named by its path, the path.
    name: String,
    path: PathBuf,
    text: Result<String, String>,
}

impl Source {
    fn read(name: String, path: PathBuf) -> Self {
        let text = text_of(&path);
        Self { name, path, text }
    }

    /// What it is called in errors.
    fn label(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().escape_debug().to_string()
    }
}

/// See the module. By default the shipped themes only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Library {
    own: Vec<Source>,
}

/// Whether a theme is named by the path of its file.
pub(crate) fn is_path(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "toml")
}

impl Library {
    /// Reads the user's directory, if there is one, and the files of those `named` that are paths.
    pub fn read<'a>(dir: Option<&Path>, named: impl IntoIterator<Item = &'a str>) -> Self {
        let entries = dir.and_then(|dir| std::fs::read_dir(dir).ok()).into_iter().flatten().flatten();
        let stem = |path: PathBuf| {
            let is_theme = path.extension().is_some_and(|extension| extension == "toml");
            let name = path.file_stem()?.to_str().filter(|name| is_theme && is_valid_name(name))?.to_owned();
            Some((name, path))
        };
        let mut found: Vec<_> = entries.filter_map(|entry| stem(entry.path())).collect();
        found.sort();
        found.truncate(FILES);
        let paths = named.into_iter().filter(|name| is_path(name)).map(|name| (name.to_owned(), name.into()));
        found.extend(paths);
        Self { own: found.into_iter().map(|(name, path)| Source::read(name, path)).collect() }
    }

    /// Every theme's name once: the shipped ones in their order, then the user's.
    pub fn names(&self) -> impl Iterator<Item = &str> + '_ {
        let shipped = SHIPPED.iter().map(|(name, _)| *name);
        let own = self.own.iter().map(|source| source.name.as_str());
        shipped.chain(own.filter(|name| SHIPPED.iter().all(|(shipped, _)| shipped != name)))
    }

    /// Where the theme of this name comes from: the user's own comes before a shipped one of the same name.
    pub fn origin(&self, name: &str) -> Origin {
        self.own(name).map_or(Origin::Shipped, |source| Origin::File(source.path.clone()))
    }

    fn own(&self, name: &str) -> Option<&Source> {
        self.own.iter().find(|source| source.name == name)
    }

    /// The text of a theme's file.
    pub fn text(&self, name: &str) -> Result<&str, ThemeError> {
        self.find(name, false).map(|(_, text)| text)
    }

    /// File name and text; with `shipped` only those that are compiled in count.
    fn find(&self, name: &str, shipped: bool) -> Result<(String, &str), ThemeError> {
        if let Some(source) = self.own(name).filter(|_| !shipped) {
            let unreadable =
                |reason: &String| ThemeError::Unreadable { file: source.label(), reason: reason.clone() };
            return Ok((source.label(), source.text.as_ref().map_err(unreadable)?));
        }
        let found = SHIPPED.iter().find(|(known, _)| *known == name);
        let unknown = || ThemeError::Unknown {
            name: name.escape_debug().to_string(),
            known: self.names().filter(|name| !is_path(name)).collect::<Vec<_>>().join(", "),
        };
        found.map(|(name, text)| (format!("{name}.toml"), *text)).ok_or_else(unknown)
    }

    /// A theme for a terminal. Without colours it is always the shipped `mono`.
    pub fn load(&self, name: &str, depth: Depth) -> Result<Theme, ThemeError> {
        let mut styles = Vec::new();
        let is_mono = depth == Depth::Mono;
        let mut name = if is_mono { "mono".to_owned() } else { name.to_owned() };
        // A theme may stand on the shipped one of its own name, but on no other that is beneath it already.
        let mut seen: Vec<(String, bool)> = Vec::new();
        // Where the next one was named.
        let mut from: Option<(String, usize)> = None;
        loop {
            let is_shipped = SHIPPED.iter().any(|(known, _)| *known == name);
            let shipped =
                is_mono || self.own(&name).is_none() || (is_shipped && seen.contains(&(name.clone(), false)));
            let bad = |problem: String| match &from {
                Some((file, line)) => ThemeError::Bad { file: file.clone(), line: *line, problem },
                None => ThemeError::Unreadable { file: name.escape_debug().to_string(), reason: problem },
            };
            if seen.contains(&(name.clone(), shipped)) {
                let round = seen.iter().map(|(name, _)| name.as_str()).chain([name.as_str()]);
                let round = round.collect::<Vec<_>>().join(", ").escape_debug().to_string();
                return Err(bad(format!("the themes inherit in a circle: {round}")));
            }
            if seen.len() >= CHAIN {
                return Err(bad(format!("more than {CHAIN} themes inherit one from the other")));
            }
            let (file, text) = self.find(&name, shipped).map_err(|error| match (&from, error) {
                (Some(_), error @ ThemeError::Unknown { .. }) => bad(error.to_string()),
                (_, error) => error,
            })?;
            let beneath = file::read(&file, text, depth, &mut styles)?;
            seen.push((name, shipped));
            let Some((next, line)) = beneath else { break };
            from = Some((file, line));
            name = next;
        }
        Ok(Theme { styles, depth })
    }
}

impl Theme {
    /// A shipped theme by its name; `None`: the default one.
    pub fn load(name: Option<&str>, depth: Depth) -> Result<Self, ThemeError> {
        Library::default().load(name.unwrap_or(DEFAULT), depth)
    }
}

/// The text of a file, or why not. Never waits for one that is a pipe.
fn text_of(path: &Path) -> Result<String, String> {
    let told = |error: std::io::Error| error.to_string();
    if !std::fs::metadata(path).map_err(told)?.is_file() {
        return Err("it is no file".to_owned());
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(told)?;
    if bytes.len() as u64 > LARGEST {
        return Err(format!("it is larger than {} KiB", LARGEST / 1024));
    }
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())
}

#[cfg(test)]
mod tests {
    use ratatui::style::{Color, Style};

    use super::*;
    use crate::tui::theme::Token;

    fn library(files: &[(&str, &str)]) -> Library {
        let source = |(name, text): &(&str, &str)| Source {
            name: (*name).to_owned(),
            path: format!("/themes/{name}.toml").into(),
            text: Ok((*text).to_owned()),
        };
        Library { own: files.iter().map(source).collect() }
    }

    fn error(library: &Library, name: &str) -> String {
        library.load(name, Depth::Rgb).unwrap_err().to_string()
    }

    #[test]
    fn an_own_theme_stands_on_a_shipped_one_or_on_another_own_one() {
        let library = library(&[
            ("mine", "inherits = \"base\"\nok = \"blue\"\n"),
            ("base", "inherits = \"dracula\"\nfail = \"magenta\"\nok = \"white\"\n"),
        ]);
        let theme = library.load("mine", Depth::Rgb).unwrap();
        assert_eq!(theme.style(Token::Ok), Style::new().fg(Color::Blue));
        assert_eq!(theme.style(Token::Fail), Style::new().fg(Color::Magenta));
        assert_eq!(theme.style(Token::Bg).bg, Some(Color::Rgb(0x28, 0x2a, 0x36)));
        assert_eq!(library.origin("mine"), Origin::File("/themes/mine.toml".into()));
        assert_eq!(library.names().last(), Some("base"));
    }

    #[test]
    fn an_own_theme_takes_the_place_of_a_shipped_one_and_may_stand_on_it() {
        let library = library(&[("nord", "inherits = \"nord\"\nok = \"blue\"\n")]);
        let theme = library.load("nord", Depth::Rgb).unwrap();
        assert_eq!(theme.style(Token::Ok), Style::new().fg(Color::Blue));
        assert_eq!(theme.style(Token::Bg).bg, Some(Color::Rgb(0x2e, 0x34, 0x40)));
        assert_eq!(library.names().filter(|name| *name == "nord").count(), 1);
        assert_eq!(library.origin("dracula"), Origin::Shipped);
    }

    #[test]
    fn what_inherits_wrongly_is_said_with_its_line() {
        let round = library(&[("a", "\ninherits = \"b\""), ("b", "inherits = \"a\"")]);
        assert_eq!(error(&round, "a"), "b.toml:1: the themes inherit in a circle: a, b, a");
        let own = library(&[("own", "inherits = \"own\"")]);
        assert_eq!(error(&own, "own"), "own.toml:1: the themes inherit in a circle: own, own");
        let lost = library(&[("a", "\n\ninherits = \"nope\"")]);
        assert!(error(&lost, "a").starts_with("a.toml:3: there is no theme `nope`; there are default, "));
        let names: Vec<String> = (0..12).map(|number| format!("t{number}")).collect();
        let texts: Vec<String> = (1..13).map(|number| format!("inherits = \"t{number}\"")).collect();
        let pairs: Vec<_> = names.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect();
        assert_eq!(error(&library(&pairs), "t0"), "t7.toml:1: more than 8 themes inherit one from the other");
        let bad = library(&[("a", "inherits = \"b\""), ("b", "\nok = \"grean\"")]);
        assert_eq!(error(&bad, "a"), "b.toml:2: unknown colour `grean`");
    }

    #[test]
    fn an_unknown_theme_is_an_error_that_names_the_known() {
        let error = error(&Library::default(), "no\x1bpe");
        assert!(error.contains("`no\\u{1b}pe`") && error.contains("default, default-light, mono"), "{error}");
    }

    #[test]
    fn files_are_read_by_name_and_by_path_and_strange_ones_are_left_or_told() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| std::fs::write(dir.path().join(name), bytes).unwrap();
        write("b.toml", b"ok = \"blue\"");
        write("a.toml", &[0xff]);
        write("big.toml", &vec![b'#'; 70_000]);
        write("bad name.toml", b"");
        write("notes.txt", b"");
        std::fs::create_dir(dir.path().join("dir.toml")).unwrap();
        let (path, missing) = (dir.path().join("b.toml"), dir.path().join("c.toml"));
        let (path, missing) = (path.to_str().unwrap(), missing.to_str().unwrap());
        let library = Library::read(Some(dir.path()), [path, missing, "nord"]);
        let own: Vec<_> = library.names().skip(SHIPPED.len()).collect();
        assert_eq!(own, ["a", "b", "big", "dir", path, missing]);
        assert!(library.load("b", Depth::Rgb).is_ok() && library.load(path, Depth::Rgb).is_ok());
        for (name, start) in [
            ("a", "a.toml: it is not UTF-8"),
            ("big", "big.toml: it is larger than 64 KiB"),
            ("dir", "dir.toml: it is no file"),
            (missing, "c.toml: No such file"),
        ] {
            assert!(error(&library, name).starts_with(start), "{}", error(&library, name));
        }
        assert_eq!(Library::read(Some(&dir.path().join("none")), []), Library::default());
    }
}
