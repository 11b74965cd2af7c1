//! The config file: TOML to [`ServerSpec`]s.
//!
//! It promises that every problem of a file is told at once, each with its line, column and a hint; that no input
//! makes it panic or run away; and that nothing a user typed reaches a message unescaped.
//!
//! # From bytes to a process
//!
//! 1. [`find`] the file, [`load`] it (or [`parse`] bytes: the same without a disk).
//! 2. `raw` keeps what was typed, in its order and with its places. It judges the grammar of TOML only.
//! 3. `check` judges: the file as a whole; `servers` what its servers share, once as the file stands and once with each
//!    of its `profiles`; `server` one server, laid over `[defaults]`, with its `values`, `policies`, `probes`, `needs`;
//!    `notify` whom to tell, `keys` the dashboard's keys. `fields` reads a key and notes what is wrong with it, `units` knows durations and sizes,
//!    `problem` collects.
//! 4. At each start the supervisor calls [`resolve`]: it reads the env files (`dotenv`) and expands `${…}`
//!    (`expand`) with the environment and the ports of that moment.
//!
//! Start with [`parse`], then `server::Draft`. A new key goes into a list of known keys (`server::SERVER` and the
//! like), is read in `apply` or `policies`, and must appear in `config.example.toml`: a test says so. A case for a
//! mistake is a pair of files in `tests/configs/invalid`.

mod check;
mod dotenv;
pub mod edit;
mod expand;
mod fields;
mod keys;
mod needs;
mod notify;
mod policies;
mod probes;
mod problem;
mod profiles;
mod raw;
mod resolve;
mod server;
mod servers;
mod units;
mod values;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::model::action::Bindings;
use crate::model::{NotifyPolicy, ServerSpec, ThemeChoice};

pub use probes::line_regex;
pub use problem::{ConfigProblem, MAX_LISTED, Problems};
pub use resolve::{Context, ResolveError, Resolved, resolve};
pub use servers::MAX_SERVERS;
pub use units::show_duration;

use fields::Fields;
use problem::Sink;

/// Name of a project's file.
pub const FILE_NAME: &str = "ostler.toml";

/// Largest file that is read, in bytes; env files as well.
pub const MAX_FILE: u64 = 1024 * 1024;

/// What a project's file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Its name: `project`, else made of the directory's name.
    pub name: String,
    /// The file, absolute when it was loaded.
    pub file: PathBuf,
    /// Its servers in the order of the file.
    pub servers: Vec<ServerSpec>,
    /// `[dashboard] theme`.
    pub theme: Option<ThemeChoice>,
    /// `[dashboard.keys]`
    pub keys: Bindings,
    /// The line of the file, from 1, at which each server begins.
    pub lines: BTreeMap<String, usize>,
    /// Who is told of what happens.
    pub notify: NotifyPolicy,
    /// The profile that is laid over the file.
    pub profile: Option<String>,
    /// The profiles that the file has, in its order.
    pub profiles: Vec<String>,
}

/// What the user's own file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserConfig {
    /// `[dashboard] theme`.
    pub theme: Option<ThemeChoice>,
    /// `[dashboard.keys]`
    pub keys: Bindings,
}

/// The nearest `ostler.toml`, from `start` upwards.
pub fn find(start: &Path) -> Option<PathBuf> {
    let start = std::path::absolute(start).ok()?;
    start.ancestors().map(|dir| dir.join(FILE_NAME)).find(|file| file.is_file())
}

/// Reads and checks a project's file, with this profile of it laid over. A profile that it does not have is an error.
pub fn load(path: &Path, profile: Option<&str>) -> Result<Project, Problems> {
    let cannot =
        |error: &io::Error| Problems::whole(path, format!("cannot be read: {error}"), read_hint(error));
    let absolute = std::path::absolute(path).map_err(|error| cannot(&error))?;
    let bytes = read_limited(&absolute).map_err(|error| cannot(&error))?;
    parse_profile(&absolute, &bytes, profile).map_err(|problems| problems.shown_as(path))
}

/// Checks the bytes of a project's file. Touches no disk; relative paths start at the directory of `path`.
pub fn parse(path: &Path, bytes: &[u8]) -> Result<Project, Problems> {
    parse_profile(path, bytes, None)
}

/// [`parse`] with a profile of the file laid over.
pub fn parse_profile(path: &Path, bytes: &[u8], profile: Option<&str>) -> Result<Project, Problems> {
    if path.to_str().is_none() {
        let hint = "give its directory a name in UTF-8";
        return Err(Problems::whole(path, "the path of this file is not UTF-8", hint));
    }
    let text = decode(path, bytes)?;
    let mut sink = Sink::new(path, text);
    let entries = raw::read(text, &mut sink);
    let project = entries.map(|entries| check::project(&entries, path, profile, &mut sink));
    let broken = || Problems::whole(path, "the file is no TOML", "see https://toml.io");
    let project = sink.finish(project)?.ok_or_else(broken)?;
    match profile {
        Some(wanted) if !project.profiles.iter().any(|known| known == wanted) => {
            Err(profiles::unknown(path, wanted, &project.profiles))
        }
        Some(_) | None => Ok(project),
    }
}

/// Reads and checks the user's own file. One that is not there says nothing.
pub fn load_user(path: &Path) -> Result<UserConfig, Problems> {
    let bytes = match read_limited(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(UserConfig::default()),
        Err(error) => {
            return Err(Problems::whole(path, format!("cannot be read: {error}"), read_hint(&error)));
        }
        Ok(bytes) => bytes,
    };
    parse_user(path, &bytes)
}

/// Checks the bytes of the user's own file.
fn parse_user(path: &Path, bytes: &[u8]) -> Result<UserConfig, Problems> {
    let text = decode(path, bytes)?;
    let mut sink = Sink::new(path, text);
    let entries = raw::read(text, &mut sink).unwrap_or_default();
    let fields = Fields::new(&entries, check::USER, &mut sink);
    let (theme, keys) = check::dashboard(&fields, &mut sink);
    sink.finish(UserConfig { theme, keys })
}

/// The text of a file: UTF-8, at most [`MAX_FILE`] bytes, without its byte order mark.
fn decode<'a>(path: &Path, bytes: &'a [u8]) -> Result<&'a str, Problems> {
    if bytes.len() as u64 > MAX_FILE {
        let hint = "at most 1 MiB is read; is this the right file?";
        return Err(Problems::whole(path, "the file is too large", hint));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => {
            let good = str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
            let good = good.strip_prefix('\u{feff}').unwrap_or(good);
            let mut sink = Sink::new(path, good);
            sink.add(good.len(), "the file is not UTF-8 from here on", "save it as UTF-8");
            sink.finish("")
        }
    }
}

/// The bytes of a file; one more than [`MAX_FILE`] at most, which shows that it is too large.
pub fn read_limited(path: &Path) -> io::Result<Vec<u8>> {
    // Looked at before it is opened: opening a named pipe would wait for its writer.
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn read_hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "`ostler init` writes one",
        io::ErrorKind::PermissionDenied => "give yourself the right to read it",
        _ => "name a file that can be read",
    }
}

#[cfg(test)]
mod tests;
