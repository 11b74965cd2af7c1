//! Changes to a file that a user wrote: comments and layout stay, and all of a change or nothing of it is on disk.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use toml_edit::{DocumentMut, Item, TableLike, Value};

use super::{decode, parse_user, read_limited};
use crate::model::Ground;

/// Why a file was left as it was. Safe to show.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// What it says is not valid, or would not be.
    #[error("{0}")]
    Invalid(String),
}

impl EditError {
    /// What to do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Io(_) => "look at the rights of the file and its directory",
            Self::Invalid(_) => "correct the file first",
        }
    }
}

/// Writes `[dashboard] theme` into the user's own file, which need not be there. With `half` only that half of a pair
/// is written, where there is a pair.
pub fn save_theme(file: &Path, name: &str, half: Option<Ground>) -> Result<(), EditError> {
    let target = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let bytes = match read_limited(&target) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        read => read?,
    };
    let invalid = |problems: super::Problems| {
        let first = problems.list.first();
        let place = first.map(|problem| format!("line {}: {}", problem.line.max(1), problem.message));
        EditError::Invalid(place.unwrap_or_default())
    };
    parse_user(file, &bytes).map_err(invalid)?;
    let mark = if bytes.starts_with(b"\xef\xbb\xbf") { "\u{feff}" } else { "" };
    let text = decode(file, &bytes).map_err(invalid)?;
    let edited = format!("{mark}{}", keeping_line_ends(text, |text| with_theme(text, name, half))?);
    parse_user(file, edited.as_bytes()).map_err(invalid)?;
    if let Some(dir) = target.parent() {
        fs::create_dir_all(dir)?;
    }
    Ok(replace(&target, &edited)?)
}

fn with_theme(text: &str, name: &str, half: Option<Ground>) -> Result<String, EditError> {
    let mut doc: DocumentMut =
        text.parse().map_err(|_| EditError::Invalid("the file is no TOML".to_owned()))?;
    let Some(dashboard) = doc.get_mut("dashboard") else {
        // behind all that is there, comments as well
        let gap = match text {
            "" => "",
            text if text.ends_with('\n') => "\n",
            _ => "\n\n",
        };
        return Ok(format!("{text}{gap}[dashboard]\ntheme = {}\n", Value::from(name)));
    };
    let no_table = || EditError::Invalid("`dashboard` is not a table".to_owned());
    let dashboard = dashboard.as_table_like_mut().ok_or_else(no_table)?;
    let pair = dashboard.get_mut("theme").and_then(Item::as_table_like_mut);
    match (half, pair) {
        (Some(half), Some(pair)) => set(pair, half.word(), name),
        _ => set(dashboard, "theme", name),
    }
    Ok(doc.to_string())
}

/// A value in the place of another keeps the blanks and the comment around it.
fn set(table: &mut dyn TableLike, key: &str, text: &str) {
    let value = Value::from(text);
    // `insert` would put the key anew
    if let Some(old) = table.get_mut(key).and_then(Item::as_value_mut) {
        let decor = old.decor().clone();
        *old = value;
        *old.decor_mut() = decor;
    } else {
        table.insert(key, Item::Value(value));
    }
}

/// Changes a text in which lines end with `\n`, also where they end with `\r\n`.
pub fn keeping_line_ends<E>(text: &str, change: impl FnOnce(&str) -> Result<String, E>) -> Result<String, E> {
    if text.contains('\n') && text.matches('\n').count() == text.matches("\r\n").count() {
        return Ok(change(&text.replace("\r\n", "\n"))?.replace('\n', "\r\n"));
    }
    change(text)
}

/// Puts the text in the place of the file, whose rights stay: temporary file, write, rename.
pub fn replace(file: &Path, text: &str) -> io::Result<()> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let temporary = file.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let written = OpenOptions::new().write(true).create_new(true).open(&temporary).and_then(|mut out| {
        match fs::metadata(file) {
            Ok(before) => out.set_permissions(before.permissions())?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        out.write_all(text.as_bytes())?;
        out.sync_all()
    });
    let done = written.and_then(|()| fs::rename(&temporary, file));
    if done.is_err() {
        // The first error is the one to tell; a temporary file that cannot be removed either is harmless.
        let _ = fs::remove_file(&temporary);
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved(before: &str, half: Option<Ground>) -> String {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("config.toml");
        fs::write(&file, before).unwrap();
        save_theme(&file, "nord", half).unwrap();
        fs::read_to_string(&file).unwrap()
    }

    #[test]
    fn the_theme_is_written_and_all_else_stays() {
        for (before, after) in [
            ("", "[dashboard]\ntheme = \"nord\"\n"),
            ("# mine", "# mine\n\n[dashboard]\ntheme = \"nord\"\n"),
            ("# a\n[dashboard] # b\n# c\n", "# a\n[dashboard] # b\ntheme = \"nord\"\n# c\n"),
            (
                "[dashboard]\n  theme   =  'old'   # why\n\n# end\n",
                "[dashboard]\n  theme   =  \"nord\"   # why\n\n# end\n",
            ),
            ("dashboard.theme = 'old' # c", "dashboard.theme = \"nord\" # c"),
            ("dashboard = { theme = 'old' } # c\n", "dashboard = { theme = \"nord\" } # c\n"),
            ("[dashboard]\r\ntheme = 'old'\r\n", "[dashboard]\r\ntheme = \"nord\"\r\n"),
            ("\u{feff}[dashboard]\ntheme = 'old'\n", "\u{feff}[dashboard]\ntheme = \"nord\"\n"),
            ("[dashboard]\ntheme = { dark = 'a', light = 'b' } # c\n", "[dashboard]\ntheme = \"nord\" # c\n"),
        ] {
            let out = saved(before, None);
            assert_eq!(out.trim_end(), after.trim_end(), "{before:?}");
        }
    }

    #[test]
    fn of_a_pair_one_half_is_written() {
        let pair = "[dashboard]\ntheme = { dark = 'a', light = 'b' } # c\n";
        let after = "[dashboard]\ntheme = { dark = 'a', light = \"nord\" } # c\n";
        assert_eq!(saved(pair, Some(Ground::Light)), after);
        assert!(saved(pair, Some(Ground::Dark)).contains("dark = \"nord\", light = 'b'"));
        assert_eq!(saved("", Some(Ground::Dark)), "[dashboard]\ntheme = \"nord\"\n");
    }

    #[test]
    fn a_file_and_its_directory_are_made_and_a_link_stays_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("new/ostler/config.toml");
        save_theme(&file, "nord", None).unwrap();
        let link = dir.path().join("link.toml");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        save_theme(&link, "dracula", None).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "[dashboard]\ntheme = \"dracula\"\n");
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1, "no temporary file stays");
    }

    #[test]
    fn what_is_not_valid_is_left_as_it_is_and_said() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("config.toml");
        for text in ["[dashboard", "\n[dashbord]\n", "dashboard = 1"] {
            fs::write(&file, text).unwrap();
            let error = save_theme(&file, "nord", None).unwrap_err();
            assert!(error.to_string().starts_with("line "), "{error}");
            assert_eq!(
                (fs::read_to_string(&file).unwrap().as_str(), error.hint()),
                (text, "correct the file first")
            );
        }
        let error = save_theme(dir.path(), "nord", None).unwrap_err();
        assert_eq!(error.to_string(), "it is not a file");
        fs::write(&file, "").unwrap();
        let below = save_theme(&file.join("config.toml"), "nord", None).unwrap_err();
        assert!(matches!(below, EditError::Io(_)), "{below}");
    }
}
