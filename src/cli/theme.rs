//! Which theme the dashboard is to have.

use std::path::{Path, PathBuf};

use super::session::ProjectFile;
use crate::config::{self, Problems};
use crate::model::ThemeChoice;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// The theme.
    pub(super) choice: Option<ThemeChoice>,
    /// The project's file, where it names a theme: that comes before the user's own.
    pub(super) project: Option<PathBuf>,
    /// What is wrong with a file that was asked, which is no reason to show no dashboard.
    pub(super) notice: Option<String>,
}

/// The theme that is `given` by `--theme`, else that of the project's file, else that of the user's own.
pub(super) fn wanted(given: Option<String>, project: Option<&ProjectFile>, user: Option<&Path>) -> Wanted {
    // a theme's file is looked for beside the file that names it, wherever the command is typed
    let beside = |file: &Path, theme: String| match file.parent() {
        Some(dir) if Path::new(&theme).extension().is_some_and(|extension| extension == "toml") => {
            dir.join(theme).to_string_lossy().into_owned()
        }
        Some(_) | None => theme,
    };
    let mut notices = Vec::new();
    let mut take = |file: &Path, read: Result<Option<ThemeChoice>, &Problems>| {
        let theme = read.unwrap_or_else(|problems| {
            notices.extend(first(problems));
            None
        });
        theme.map(|choice| choice.map(|theme| beside(file, theme)))
    };
    let of_project =
        project.and_then(|file| take(&file.path, file.read.as_ref().map(|project| project.theme.clone())));
    let names = of_project.as_ref().and(project).map(|file| file.path.clone());
    if let Some(given) = given {
        return Wanted { choice: Some(ThemeChoice::One(given)), project: names, notice: None };
    }
    let choice = of_project.or_else(|| {
        let file = user?;
        let read = config::load_user(file);
        take(file, read.as_ref().map(|user| user.theme.clone()))
    });
    Wanted { choice, project: names, notice: (!notices.is_empty()).then(|| notices.join("; ")) }
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
        let read = |path: &Path| ProjectFile::read(path.to_owned());
        let theme = |project: &Path, user: &Path| {
            let wanted = wanted(None, Some(&read(project)), Some(user));
            (wanted.choice, wanted.notice)
        };
        let some = |name: &str| Some(ThemeChoice::from(name));
        let own = |project: &Path| wanted(Some("own".to_owned()), Some(&read(project)), Some(&broken));
        assert_eq!(own(&broken), Wanted { choice: some("own"), ..Wanted::default() });
        assert_eq!(own(&project).project.as_ref(), Some(&project), "it wins as soon as there is no option");
        assert_eq!(theme(&project, &user), (some("mono"), None));
        assert_eq!(theme(&silent, &user), (some("mine"), None));
        assert_eq!(theme(&silent, &missing), (None, None));
        assert_eq!(wanted(None, None, None), Wanted::default());
        assert_eq!(wanted(None, Some(&read(&silent)), Some(&user)).project, None);
        let path = file("path.toml", &format!("{server}[dashboard]\ntheme = 'own.toml'\n"));
        let own = dir.path().join("own.toml").to_str().map(ThemeChoice::from);
        assert_eq!(theme(&path, &user), (own, None));
        let (found, notice) = theme(&broken, &user);
        assert_eq!(found, some("mine"));
        assert!(notice.unwrap().contains("broken.toml:"));
        let (found, notice) = theme(&silent, &broken);
        assert!(found.is_none() && notice.unwrap().contains("broken.toml"));
    }
}
