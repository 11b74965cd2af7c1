//! `ostler add`: a new server for the project's file, whose comments and layout stay.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use toml_edit::{Array, DocumentMut, Item, Table, Value};

use super::output::clean;
use super::session::{Register, Session};
use super::{Failure, act, up};
use crate::api::{Problem, ProblemKind, Verb};
use crate::config;
use crate::config::edit::{keeping_line_ends, replace};
use crate::model::server::is_valid_name;
use crate::model::{PortSpec, ServerId};

/// Add a server to the project's file and start it
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Its name
    pub name: String,
    /// Its port, or `auto` for a free one
    #[arg(long, value_parser = parse_port)]
    pub port: Option<PortSpec>,
    /// Its command; one word with blanks in it is run by the shell
    #[arg(last = true, required = true)]
    pub command: Vec<String>,
}

/// What was added, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    /// The file.
    pub file: PathBuf,
    /// The project's name.
    pub project: String,
    /// The server's name.
    pub name: String,
}

/// Reads `--port`.
fn parse_port(text: &str) -> Result<PortSpec, String> {
    match text.parse::<u16>() {
        _ if text == "auto" => Ok(PortSpec::Auto),
        Ok(port) if port > 0 => Ok(PortSpec::Fixed(port)),
        _ => Err("write a number from 1 to 65535, or auto".to_owned()),
    }
}

/// Adds it to the file of the project here, starts it, and waits until it is up or has failed.
pub async fn run(session: &Session, args: Args) -> Result<(), Failure> {
    let file = session.project_file()?.ok_or_else(up::no_project)?;
    let added = add_server(&file, &args.name, &args.command, args.port)?;
    session.out.line(&added_line(&added))?;
    let id = ServerId::new(&added.project, &added.name).map_err(|error| Failure::new(error.to_string()))?;
    session.enter(Register::AnewInProfile).await?;
    act::act(session, Verb::Start, vec![id], true).await
}

/// What is said when it is done: the file by the name that it has, whatever `-c` called it.
fn added_line(added: &Added) -> String {
    let file = added.file.file_name().unwrap_or(added.file.as_os_str()).to_string_lossy();
    format!("added {}/{} to {}", added.project, added.name, clean(&file))
}

/// Adds the server to the file: all of the edit or nothing of it is on disk.
pub fn add_server(
    file: &Path,
    name: &str,
    command: &[String],
    port: Option<PortSpec>,
) -> Result<Added, Problem> {
    let before = config::load(file, None).map_err(|problems| {
        Problem::new(ProblemKind::BadConfig, problems.to_string()).with_hint("correct this first")
    })?;
    let cannot = |error: &io::Error| {
        let message = format!("{} cannot be changed: {error}", file.to_string_lossy().escape_debug());
        Problem::new(ProblemKind::BadRequest, message)
            .with_hint("look at the rights of the file and its directory")
    };
    // A link stays a link: what it points to is replaced.
    let target = fs::canonicalize(file).map_err(|error| cannot(&error))?;
    let text = fs::read_to_string(&target).map_err(|error| cannot(&error))?;
    let edited = edit(&text, name, command, port)?;
    config::parse(&before.file, edited.as_bytes()).map_err(|problems| {
        Problem::new(ProblemKind::BadRequest, format!("with this server the file is not valid:\n{problems}"))
            .with_hint("nothing was changed; add it with an editor")
    })?;
    replace(&target, &edited).map_err(|error| cannot(&error))?;
    Ok(Added { file: before.file, project: before.name, name: name.to_owned() })
}

/// The text with one more server.
fn edit(text: &str, name: &str, command: &[String], port: Option<PortSpec>) -> Result<String, Problem> {
    let refused =
        |message: String, hint: &str| Problem::new(ProblemKind::BadRequest, message).with_hint(hint);
    if !is_valid_name(name) {
        let hint = "use 1 to 64 letters, digits, `.`, `_` or `-`, beginning with a letter or a digit";
        return Err(refused(format!("`{}` cannot be the name of a server", name.escape_debug()), hint));
    }
    let (mark, body) = match text.strip_prefix('\u{feff}') {
        Some(body) => ("\u{feff}", body),
        None => ("", text),
    };
    let edited = keeping_line_ends(body, |body| {
        let mut doc: DocumentMut = body.parse().map_err(|_| {
            refused("the file is not valid".to_owned(), "`ostler check` tells what is wrong with it")
        })?;
        let trailing = doc.trailing().as_str().unwrap_or_default().to_owned();
        doc.set_trailing("");
        let table = server(command, port);
        let block = format!("[servers.{}]\n{table}", toml_edit::Key::new(name));
        insert(&mut doc, name, table)
            .map_err(|message| refused(message, "choose another name, or edit the file"))?;
        Ok(place(&doc.to_string(), &block, &trailing))
    })?;
    Ok(format!("{mark}{edited}"))
}

/// Puts what stood at the end of the file back, where it belongs: a comment there belongs to what is above it, so a
/// new block at the end goes below.
fn place(out: &str, block: &str, trailing: &str) -> String {
    let parts = out.rfind(block).map(|at| (&out[..at], &out[at + block.len()..]));
    match parts {
        Some((head, "")) => {
            let head = format!("{}{trailing}", head.strip_suffix('\n').unwrap_or(head));
            let gap = match head.as_str() {
                "" => "",
                head if head.ends_with('\n') => "\n",
                _ => "\n\n",
            };
            format!("{head}{gap}{block}")
        }
        Some((head, rest)) if rest.starts_with('[') => format!("{head}{block}\n{rest}{trailing}"),
        Some(_) | None => format!("{out}{trailing}"),
    }
}

fn server(command: &[String], port: Option<PortSpec>) -> Table {
    let mut table = Table::new();
    let command = match command {
        // One word with blanks is a line for the shell, as it would be in the file.
        [line] if line.contains(char::is_whitespace) => Value::from(line),
        words => Value::from(words.iter().collect::<Array>()),
    };
    table.insert("command", Item::Value(command));
    match port {
        Some(PortSpec::Fixed(port)) => drop(table.insert("port", toml_edit::value(i64::from(port)))),
        Some(PortSpec::Auto) => drop(table.insert("port", toml_edit::value("auto"))),
        None => {}
    }
    table
}

fn insert(doc: &mut DocumentMut, name: &str, mut server: Table) -> Result<(), String> {
    let servers = doc.entry("servers").or_insert_with(|| {
        let mut table = Table::new();
        table.set_implicit(true);
        Item::Table(table)
    });
    let Some(servers) = servers.as_table_like_mut() else {
        return Err("`servers` is not a table".to_owned());
    };
    if servers.contains_key(name) {
        return Err(format!("there is already a server `{name}`"));
    }
    if servers.is_dotted() {
        server.set_dotted(true);
    }
    servers.insert(name, Item::Table(server));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str, command: &[&str], port: Option<PortSpec>) -> String {
        let command: Vec<String> = command.iter().map(ToString::to_string).collect();
        let out = edit(text, "new", &command, port).unwrap_or_else(|e| panic!("{text}: {e}"));
        let project = config::parse(Path::new("/srv/shop/ostler.toml"), out.as_bytes());
        let project = project.unwrap_or_else(|problems| panic!("{out}\n{problems}"));
        assert!(project.servers.iter().any(|server| server.id.name() == "new"), "{out}");
        out
    }

    #[test]
    fn what_was_there_stays_and_the_server_comes_last() {
        let before = "# top\nproject = \"p\"   # why\n\n\n[servers.a]   # one\ncommand  =  'x'\n\n[servers.a.startup]\ntimeout = \"5s\"\n# the end\n";
        assert_eq!(
            edited(before, &["npm start"], Some(PortSpec::Fixed(3000))),
            format!("{before}\n[servers.new]\ncommand = \"npm start\"\nport = 3000\n")
        );
    }

    #[test]
    fn words_become_a_list_and_a_line_stays_a_line() {
        assert!(edited("", &["npm", "run dev"], None).ends_with("command = [\"npm\", \"run dev\"]\n"));
        assert!(edited("", &["npm"], None).ends_with("command = [\"npm\"]\n"));
        assert!(
            edited("", &["a && b"], Some(PortSpec::Auto))
                .ends_with("command = \"a && b\"\nport = \"auto\"\n")
        );
        assert_eq!(edited("", &["a b"], None), "[servers.new]\ncommand = \"a b\"\n");
    }

    #[test]
    fn every_layout_can_be_added_to() {
        for before in [
            "project = \"p\"",
            "servers = { a = { command = 'x' } }\n",
            "servers.a.command = 'x' # c\n",
            "[servers]\na.command = 'x' # c\n",
            "[servers.a]\ncommand = 'x' # c\n[dashboard]\ntheme = 't' # c\n# end c",
            "[dashboard]\ntheme = 't'\n[servers.a]\ncommand = 'x' # c",
            "# only a comment c\n",
            "\n\n# c first\n\n[servers.a]\ncommand = 'x'",
        ] {
            let after = edited(before, &["a b"], None);
            assert_eq!(after.matches("# c").count(), before.matches("# c").count(), "{after}");
            assert_eq!(after.contains("end c"), before.contains("end c"), "{after}");
        }
    }

    #[test]
    fn a_comment_stays_above_and_a_table_apart() {
        let new = "[servers.new]\ncommand = \"a b\"\n";
        for (before, after) in [
            ("", new.to_owned()),
            ("# c", format!("# c\n\n{new}")),
            ("\n# c\n\n[servers.a]\ncommand='x'", format!("\n# c\n\n[servers.a]\ncommand='x'\n\n{new}")),
            ("[servers.a]\ncommand='x'\n# c", format!("[servers.a]\ncommand='x'\n# c\n\n{new}")),
            (
                "[servers.a]\ncommand='x'\n[dashboard]\n# c",
                format!("[servers.a]\ncommand='x'\n\n{new}\n[dashboard]\n# c"),
            ),
        ] {
            assert_eq!(edited(before, &["a b"], None), after);
        }
    }

    #[test]
    fn line_ends_and_mark_stay() {
        let after = edited("\u{feff}[servers.a]\r\ncommand = 'x'\r\n", &["a b"], None);
        assert_eq!(
            after,
            "\u{feff}[servers.a]\r\ncommand = 'x'\r\n\r\n[servers.new]\r\ncommand = \"a b\"\r\n"
        );
    }

    #[test]
    fn a_name_that_is_there_or_is_none_is_refused_with_a_hint() {
        for (text, name) in [("[servers.a]\ncommand='x'", "a"), ("", "a/b"), ("", ""), ("", "\u{1b}[m")] {
            let problem = edit(text, name, &["x".to_owned()], None).unwrap_err();
            assert!(problem.hint.is_some() && !problem.message.contains('\u{1b}'), "{problem}");
        }
    }

    #[test]
    fn the_file_that_was_changed_is_named() {
        let added =
            |file: &str| added_line(&Added { file: file.into(), project: "p".into(), name: "z".into() });
        assert_eq!(added("/srv/p/other.toml"), "added p/z to other.toml");
        let hostile = added("/srv/p/a\u{1b}[2J\u{9b}2J.toml");
        assert!(!hostile.contains(['\u{1b}', '\u{9b}']), "{hostile:?}");
    }

    #[test]
    fn the_file_is_replaced_as_a_whole_through_a_link_with_its_rights() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let (real, link) = (dir.path().join("real.toml"), dir.path().join("ostler.toml"));
        fs::write(&real, "project='p'\n[servers.a]\ncommand='x'\nport=1\n").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let command = ["x".to_owned()];
        let added = add_server(&link, "b", &command, Some(PortSpec::Fixed(2))).unwrap();
        assert_eq!((added.project.as_str(), added.name.as_str()), ("p", "b"));
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(config::load(&link, None).unwrap().servers.len(), 2);
        let before = fs::read(&real).unwrap();
        let clash = add_server(&link, "c", &command, Some(PortSpec::Fixed(1))).unwrap_err();
        assert!(clash.message.contains("port 1 is already"), "{clash}");
        assert_eq!(fs::read(&real).unwrap(), before);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "no temporary file stays");
    }
}
