//! Which theme the dashboard is to have.

use std::path::Path;

use crate::config::{self, Problems};

/// The theme that is `given` by `--theme`, else that of the project's file, else that of the user's own; and what is
/// wrong with a file that was asked, which is no reason to show no dashboard.
pub(super) fn wanted(
    given: Option<String>,
    project: Option<&Path>,
    user: Option<&Path>,
) -> (Option<String>, Option<String>) {
    if given.is_some() {
        return (given, None);
    }
    // a theme's file is looked for beside the file that names it, wherever the command is typed
    let beside = |file: &Path, theme: String| match file.parent() {
        Some(dir) if Path::new(&theme).extension().is_some_and(|extension| extension == "toml") => {
            dir.join(theme).to_string_lossy().into_owned()
        }
        Some(_) | None => theme,
    };
    let mut notices = Vec::new();
    let mut take = |read: Result<Option<String>, Problems>| {
        read.unwrap_or_else(|problems| {
            notices.extend(first(&problems));
            None
        })
    };
    let mut theme = project.and_then(|file| {
        take(config::load(file, None).map(|project| project.theme)).map(|theme| beside(file, theme))
    });
    if theme.is_none() {
        theme = user.and_then(|file| {
            take(config::load_user(file).map(|user| user.theme)).map(|theme| beside(file, theme))
        });
    }
    (theme, (!notices.is_empty()).then(|| notices.join("; ")))
}

/// The first problem of a file, in a line.
pub(super) fn first(problems: &Problems) -> Option<String> {
    problems.list.first().map(|first| {
        let line = if first.line > 0 { format!(":{}", first.line) } else { String::new() };
        format!("{}{line}: {}", first.file.display(), first.message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_counts_and_a_broken_file_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let server = "[servers.a]\ncommand = 'x'\n";
        let project = file("project.toml", &format!("{server}[dashboard]\ntheme = 'mono'\n"));
        let silent = file("silent.toml", server);
        let user = file("user.toml", "[dashboard]\ntheme = 'mine'\n");
        let broken = file("broken.toml", "[servers.a]\ncomand = 'x'\n");
        let missing = dir.path().join("missing.toml");
        let theme = |project: &Path, user: &Path| wanted(None, Some(project), Some(user));
        let some = |name: &str| Some(name.to_owned());
        assert_eq!(wanted(some("own"), Some(&broken), Some(&broken)), (some("own"), None));
        assert_eq!(theme(&project, &user), (some("mono"), None));
        assert_eq!(theme(&silent, &user), (some("mine"), None));
        assert_eq!(theme(&silent, &missing), (None, None));
        assert_eq!(wanted(None, None, None), (None, None));
        let path = file("path.toml", &format!("{server}[dashboard]\ntheme = 'own.toml'\n"));
        let own = dir.path().join("own.toml").to_str().map(str::to_owned);
        assert_eq!(theme(&path, &user), (own, None));
        let (found, notice) = theme(&broken, &user);
        assert_eq!(found, some("mine"));
        assert!(notice.unwrap().contains("broken.toml:"));
        let (found, notice) = theme(&silent, &broken);
        assert!(found.is_none() && notice.unwrap().contains("broken.toml"));
    }
}
