//! Databases, asked by the tools that come with them.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::Path;
use std::process::Command;

use super::{QUICK, live_and_die};
use crate::support::{Sandbox, free_port, need};

#[test]
fn redis_asked_by_its_own_tool() {
    let (Some(redis), Some(cli)) = (need("redis-server"), need("redis-cli")) else { return };
    let port = free_port();
    let keys = format!(
        "command = [{redis:?}, \"--port\", \"${{port}}\", \"--bind\", \"127.0.0.1\", \"--save\", \"\"]\n\
         port = {port}\n\
         health = {{ exec = [{cli:?}, \"-p\", \"${{port}}\", \"ping\"], interval = \"200ms\" }}\n{QUICK}"
    );
    live_and_die(&Sandbox::with_servers([("cache", keys.as_str())]), "cache", 1);
}

/// The user that a database runs as, which refuses root: `None` where that is this user.
fn other_user() -> Option<(u32, u32)> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let ids = |name: &str| {
        let user = users.lines().find(|user| user.starts_with(&format!("{name}:")))?;
        let mut fields = user.split(':').skip(2).map(|id| id.parse().ok());
        Some((fields.next()??, fields.next()??))
    };
    ids("postgres").or_else(|| ids("nobody"))
}

/// Words before a command that let it be this user's.
fn as_user(user: Option<(u32, u32)>) -> Vec<String> {
    let Some((uid, gid)) = user else { return Vec::new() };
    ["setpriv", &format!("--reuid={uid}"), &format!("--regid={gid}"), "--clear-groups"]
        .map(str::to_owned)
        .to_vec()
}

/// The directory of the server's programs: Debian has only some of them in the PATH.
fn postgres_dir() -> Option<String> {
    let found = need("sh")?;
    let find = "pg_config --bindir 2>/dev/null || ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1";
    let output = Command::new(found).args(["-c", find]).output().unwrap();
    let dir = String::from_utf8(output.stdout).unwrap().trim().to_owned();
    if Path::new(&dir).join("initdb").exists() { Some(dir) } else { need("initdb").map(|_| dir) }
}

#[test]
fn postgres_under_a_user_of_its_own() {
    let Some(dir) = postgres_dir() else { return };
    let user = other_user();
    let prefix = as_user(user);
    let port = free_port();
    let command: Vec<String> = prefix
        .iter()
        .cloned()
        .chain([format!("{dir}/postgres"), "-D".into(), "data".into(), "-p".into(), port.to_string()])
        .chain(
            ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"]
                .map(Into::into),
        )
        .collect();
    // postgres: SIGTERM waits for every client, SIGINT ends them
    let keys = format!(
        "command = {command:?}\nport = {port}\nstop = \"SIGINT\"\n\
         health = {{ exec = [\"{dir}/pg_isready\", \"-q\", \"-h\", \"127.0.0.1\", \"-p\", \"{port}\"], interval = \"200ms\" }}\n{QUICK}"
    );
    let sandbox = Sandbox::with_servers([("db", keys.as_str())]);
    let data = sandbox.project().join("data");
    fs::create_dir(&data).unwrap();
    if let Some((uid, gid)) = user {
        chown(&data, Some(uid), Some(gid)).unwrap();
        // it has to get to its data through directories of another user
        for dir in [sandbox.project().parent().unwrap(), &sandbox.project()] {
            fs::set_permissions(dir, fs::Permissions::from_mode(0o711)).unwrap();
        }
    }
    let words = prefix.into_iter().chain([format!("{dir}/initdb")]).collect::<Vec<_>>();
    let mut initdb = Command::new(&words[0]);
    initdb.args(&words[1..]).args(["--no-sync", "--auth=trust", "--username=me", "-D"]).arg(&data);
    let output = initdb.current_dir(&data).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    live_and_die(&sandbox, "db", 5);
}
