//! The user's editor on a project's file, while the terminal is given back.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus};

use super::model::edit::Edit;
use super::terminal::{self, Screen};
use crate::config;
use crate::model::action::Bindings;
use crate::paths;

/// Runs it until it ends. Answers with the keys that the user's file and this one bind then, `None` where one of them
/// can't be read; or with why nothing was edited, which is not sanitized.
pub(super) fn run(edit: &Edit, screen: &mut Screen) -> io::Result<Result<Option<Bindings>, String>> {
    let Some(editor) = ["VISUAL", "EDITOR"].iter().find_map(|name| chosen(std::env::var(name).ok())) else {
        let text = "no editor is set: put one into VISUAL or EDITOR, as in `export EDITOR=nano`";
        return Ok(Err(text.to_owned()));
    };
    if !edit.file.is_file() {
        let text =
            format!("{} is not there any more: `ostler up` where it is now tells", edit.file.display());
        return Ok(Err(text));
    }
    let line = line(edit);
    terminal::restore();
    // As git does it: the variable may hold options, and the shell knows how to split them.
    let ended = Command::new("sh")
        .arg("-c")
        .arg(format!("{editor} \"$@\""))
        .arg(&editor)
        .args(arguments(&editor, &edit.file, line))
        .status();
    screen.retake()?;
    Ok(judge(&editor, ended).map(|()| keys(edit)))
}

fn chosen(value: Option<String>) -> Option<String> {
    value.filter(|value| !value.trim().is_empty())
}

fn judge(editor: &str, ended: io::Result<ExitStatus>) -> Result<(), String> {
    match ended {
        Ok(status) if status.success() => Ok(()),
        Ok(status) if status.code() == Some(127) => Err(format!("the editor `{editor}` is not there")),
        Ok(status) => Err(format!("`{editor}` ended with {status}: the file was not looked at")),
        Err(error) => Err(format!("no editor can be run: {error}")),
    }
}

/// What an editor is given so that it opens a file at a line, from 1.
fn arguments(editor: &str, file: &Path, line: Option<usize>) -> Vec<OsString> {
    let program = editor.split_whitespace().next().unwrap_or_default();
    let name = Path::new(program).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let plain = || vec![file.as_os_str().to_owned()];
    let Some(line) = line else { return plain() };
    let place = || {
        let mut place = file.as_os_str().to_owned();
        place.push(format!(":{line}"));
        place
    };
    match name {
        "vi" | "vim" | "nvim" | "view" | "nano" | "pico" | "emacs" | "emacsclient" | "mg" | "zile" | "hx"
        | "helix" | "kak" | "micro" | "joe" | "jed" | "ne" => {
            vec![format!("+{line}").into(), file.as_os_str().to_owned()]
        }
        "code" | "code-insiders" | "codium" | "vscodium" | "cursor" | "windsurf" => {
            vec!["-w".into(), "-g".into(), place()]
        }
        "subl" => vec!["-w".into(), place()],
        "zed" | "zeditor" => vec!["--wait".into(), place()],
        _ => plain(),
    }
}

/// The line at which the server begins, also in a file that has problems.
fn line(edit: &Edit) -> Option<usize> {
    let name = edit.server.name();
    if let Ok(project) = config::load(&edit.file, edit.profile.as_deref()) {
        return project.lines.get(name).copied();
    }
    let bytes = config::read_limited(&edit.file).ok()?;
    header(&String::from_utf8_lossy(&bytes), name)
}

/// The line of a server's header; a copy has the one of its server.
fn header(text: &str, name: &str) -> Option<usize> {
    let server = name.rsplit_once('.').filter(|(_, number)| number.parse::<u32>().is_ok());
    let names = [Some(name), server.map(|(server, _)| server)];
    names.into_iter().flatten().find_map(|name| {
        let headers = [format!("[servers.{name}]"), format!("[servers.\"{name}\"]")];
        let at =
            text.lines().position(|line| headers.iter().any(|header| line.trim_start().starts_with(header)));
        at.map(|at| at + 1)
    })
}

fn keys(edit: &Edit) -> Option<Bindings> {
    let project = config::load(&edit.file, edit.profile.as_deref()).ok()?.keys;
    let user = match paths::user_config() {
        Some(file) => config::load_user(&file).ok()?.keys,
        None => Bindings::default(),
    };
    Some(user.under(&project))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_editor_is_given_the_line_its_way() {
        let given = |editor: &str, line| {
            let given = arguments(editor, Path::new("/s/o.toml"), line);
            given.into_iter().map(|part| part.into_string().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(given("vim", Some(7)), ["+7", "/s/o.toml"]);
        assert_eq!(given("/usr/bin/nvim -u NONE", Some(7)), ["+7", "/s/o.toml"]);
        assert_eq!(given("code --wait", Some(7)), ["-w", "-g", "/s/o.toml:7"]);
        assert_eq!(given("subl", Some(7)), ["-w", "/s/o.toml:7"]);
        assert_eq!(given("my-own-editor", Some(7)), ["/s/o.toml"]);
        assert_eq!(given("vim", None), ["/s/o.toml"]);
        assert_eq!(chosen(Some(" ".to_owned())), None);
    }

    #[test]
    fn a_server_is_found_in_a_file_that_has_problems() {
        let text = "broken = \n[servers.web]\ncommand = 'x'\n\n  [servers.\"api.v2\"] # here\n";
        assert_eq!(header(text, "web"), Some(2));
        assert_eq!(header(text, "web.3"), Some(2));
        assert_eq!(header(text, "api.v2"), Some(5));
        assert_eq!(header(text, "ap"), None);
    }
}
