//! What earlier versions left on disk and say to each other is read by this one. `tests/fixtures/README.md` tells of it.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};

use ostler::keeper::handle;
use ostler::keeper::protocol::{Order, PROTOCOL, Report};
use ostler::model::{EventKind, LogPolicy, Phase, StopPolicy};
use serde_json::json;

use crate::support::{PATIENCE, Sandbox, one};

const VERSION: &str = env!("CARGO_PKG_VERSION");
const ZERO_BOOT: &str = "00000000-0000-0000-0000-000000000000";

const PROJECT: &str = r#"
[servers.talker]
command = "echo one; echo two >&2; exec sleep 1000"

[servers.job]
command = "echo migrated"
restart = "never"

[servers.sick]
command = "echo sorry; exit 3"
restart = { attempts = 1, delay = "1ms" }

[servers.idle]
command = ["sleep", "1000"]
tty = true
"#;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn is_writing() -> bool {
    std::env::var_os("OSTLER_WRITE_FIXTURES").is_some()
}

/// Those of all versions: directories with this beginning.
fn of_all_versions(prefix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(fixtures()).unwrap().map(|entry| entry.unwrap().path());
    let of = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with(prefix);
    let mut found: Vec<PathBuf> = entries.filter(of).collect();
    found.sort();
    assert!(!found.is_empty(), "no fixture {prefix}…");
    found
}

/// Copies a tree; of files that are text, with these words replaced.
fn copy(from: &Path, to: &Path, words: &[(String, String)], leave: &impl Fn(&str) -> bool) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        let (path, copied) = (entry.path(), to.join(&name));
        let kind = entry.file_type().unwrap();
        if leave(&name) {
        } else if kind.is_dir() {
            copy(&path, &copied, words, leave);
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(&path).unwrap(), copied).unwrap();
        } else {
            let bytes = fs::read(&path).unwrap();
            let bytes = match String::from_utf8(bytes) {
                Ok(text) => words.iter().fold(text, |text, (from, to)| text.replace(from, to)).into_bytes(),
                Err(error) => error.into_bytes(),
            };
            fs::write(copied, bytes).unwrap();
        }
    }
}

/// Words of this box and this sandbox, and what stands for them in a fixture.
fn neutral(sandbox: &Sandbox) -> Vec<(String, String)> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    let run = sandbox.paths().run().file_name().unwrap().to_string_lossy().into_owned();
    let dir = sandbox.project().parent().unwrap().display().to_string();
    vec![
        (boot.trim().to_owned(), ZERO_BOOT.to_owned()),
        (run, "run-00000000".to_owned()),
        (dir, "/FIXTURE".to_owned()),
    ]
}

fn write_state() {
    let to = fixtures().join(format!("state-{VERSION}"));
    let _ = fs::remove_dir_all(&to);
    let sandbox = Sandbox::new(PROJECT);
    sandbox.ostler(&["up", "-d"]).exits(1);
    sandbox.wait_for("sick", Phase::Failed);
    sandbox.wait_for("job", Phase::Completed);
    sandbox.ostler(&["restart", "talker"]).ok();
    sandbox.kill_supervisor();
    sandbox.ostler(&["stop", "talker"]).ok();
    // it is at rest: only `idle` is alive, and says nothing
    let leave = |name: &str| {
        name.starts_with("run-") || ["keeper.lock", "supervisor.log", "diagnostics.log"].contains(&name)
    };
    copy(sandbox.paths().home(), &to.join("home"), &neutral(&sandbox), &leave);
    fs::write(to.join("ostler.toml"), PROJECT).unwrap();
}

#[test]
fn a_state_directory_of_every_version_is_read() {
    if is_writing() {
        write_state();
    }
    for fixture in of_all_versions("state-") {
        let sandbox = Sandbox::new(&fs::read_to_string(fixture.join("ostler.toml")).unwrap());
        let dir = sandbox.project().parent().unwrap().display().to_string();
        copy(&fixture.join("home"), sandbox.paths().home(), &[("/FIXTURE".to_owned(), dir)], &|_| false);
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        fs::set_permissions(sandbox.paths().home(), private).unwrap();

        // the box was started again since: nothing is wanted, and every end that was seen is known
        sandbox.ostler(&["events"]).ok();
        let all = sandbox.status();
        let names: Vec<_> = all.servers.iter().map(|server| (server.name.as_str(), server.phase)).collect();
        let stopped = ["talker", "job", "sick", "idle"].map(|name| (name, Phase::Stopped));
        assert_eq!(names, stopped, "{}", fixture.display());
        let code = |name: &str| one(&all, name).exit.as_ref().unwrap().code;
        assert_eq!((code("job"), code("sick"), code("idle")), (Some(0), Some(3), None));

        let kept = fs::read_dir(fixture.join("home/events")).unwrap().map(|file| file.unwrap().path());
        let lines: usize = kept.map(|file| fs::read_to_string(file).unwrap().lines().count()).sum();
        let out = sandbox.ostler(&["events", "--json"]).ok().out;
        assert!(lines > 20 && out.lines().count() > lines, "{lines} were kept:\n{out}");
        let revived = |kind: &EventKind| matches!(kind, EventKind::SupervisorStarted { revived: true, .. });
        assert!(sandbox.events(None).iter().any(|event| revived(&event.kind)));
        assert!(!out.contains(r#""kind":"other""#), "{out}");

        let log = sandbox.ostler(&["logs", "talker"]).ok().out;
        assert_eq!(log.matches("one").count(), 2, "{log}");
        assert_eq!(log.matches("two").count(), 2, "{log}");
        assert!(sandbox.ostler(&["logs", "job"]).ok().out.contains("migrated"));

        sandbox.ostler(&["up", "-d"]).exits(1);
        assert_eq!(sandbox.server("talker").phase, Phase::Running);
        let home = fs::read_dir(sandbox.paths().home()).unwrap().flatten();
        let aside: Vec<_> =
            home.filter(|entry| entry.file_name().to_string_lossy().contains("corrupt")).collect();
        assert!(aside.is_empty(), "{aside:?}");
    }
}

/// The recorded parts of a talk with a keeper: what was ordered, and what it reported.
#[derive(Debug, Default)]
struct Talk {
    orders: Vec<String>,
    reports: Vec<String>,
}

/// What a supervisor of this protocol orders a keeper whose run is alive, in this order.
fn orders(dir: &Path) -> Vec<String> {
    let hello = json!({"hello": {"protocol": PROTOCOL}});
    let stop = json!({"stop": StopPolicy::default()});
    let launch = |run: &str, program: &str| {
        json!({"launch": {
            "run": run,
            "typed": {"command": [program, "1000"], "dir": "."},
            "argv": [program, "1000"],
            "dir": dir,
            "env": {"PATH": "/usr/bin:/bin", "OSTLER_RUN_ID": run},
            "tty": false,
            "stop": StopPolicy::default(),
            "log": LogPolicy::default(),
            "open_files": 1024,
            "memo": {"for": "the next supervisor"},
        }})
    };
    let orders = [
        hello.clone(),
        json!({"follow": {"on": true}}),
        json!({"signal": {"signal": "SIGCONT"}}),
        json!("up"),
        stop.clone(),
        launch("run-1", "no-such-program"),
        launch("run-2", "sleep"),
        hello.clone(),
        stop,
        json!({"seen": {"run": "run-2"}}),
        hello,
        json!("release"),
    ];
    orders.iter().map(ToString::to_string).collect()
}

/// Gives the orders to the keeper of this server, one after the other, each when the one before was answered.
fn talk(sandbox: &Sandbox, name: &str, orders: Vec<String>) -> Talk {
    let socket = handle::socket_path(sandbox.paths(), &format!("shop/{name}"));
    let mut stream = handle::connect(&socket).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let mut talk = Talk::default();
    for order in orders {
        writeln!(stream, "{order}").unwrap();
        let answers: &[&str] = match order.split('"').nth(1).unwrap() {
            "hello" => &["hello"],
            "launch" => &["started", "not_started"],
            "stop" => &["ended"],
            _ => &[],
        };
        let is_answer = |line: &String| answers.iter().any(|word| line.starts_with(&format!("{{\"{word}\"")));
        if !answers.is_empty() {
            let answer = lines.find(is_answer).unwrap_or_else(|| panic!("no answer to {order}"));
            talk.reports.push(answer);
        }
        talk.orders.push(order);
    }
    assert_eq!(lines.find(|line| line != "\"bell\""), None, "it was released");
    talk
}

/// A keeper whose server runs and whom no supervisor has.
fn left_alone() -> Sandbox {
    let mut sandbox = Sandbox::new(PROJECT);
    // it comes back with the memo
    sandbox.set_env("PATH", "/usr/bin:/bin");
    sandbox.ostler(&["up", "-d", "idle"]).ok();
    sandbox.ostler(&["supervisor", "stop"]).ok();
    sandbox
}

fn write_talk() {
    let to = fixtures().join(format!("keeper-{PROTOCOL}"));
    fs::create_dir_all(&to).unwrap();
    let sandbox = left_alone();
    let Talk { orders, reports } = talk(&sandbox, "idle", orders(&sandbox.project()));
    for (name, lines) in [("orders", orders), ("reports", reports)] {
        let text = lines.join("\n") + "\n";
        let text = neutral(&sandbox).iter().fold(text, |text, (from, to)| text.replace(from, to));
        fs::write(to.join(name).with_extension("jsonl"), text).unwrap();
    }
}

#[test]
fn keepers_of_every_protocol_are_understood_and_understand() {
    if is_writing() {
        write_talk();
    }
    for fixture in of_all_versions("keeper-") {
        let name = fixture.display();
        let lines = |file: &str| -> Vec<String> {
            fs::read_to_string(fixture.join(file)).unwrap().lines().map(str::to_owned).collect()
        };
        let kept = Talk { orders: lines("orders.jsonl"), reports: lines("reports.jsonl") };
        for line in &kept.reports {
            let report: Report =
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{name}: {error}: {line}"));
            assert!(!matches!(report, Report::Unknown), "{name}: {line}");
        }
        for line in &kept.orders {
            let order: Order =
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{name}: {error}: {line}"));
            assert!(!matches!(order, Order::Unknown), "{name}: {line}");
        }
        // a keeper of this version does what a supervisor of that one wants
        let sandbox = left_alone();
        let dir = sandbox.project().parent().unwrap().display().to_string();
        let orders = kept.orders.iter().map(|line| line.replace("/FIXTURE", &dir)).collect();
        let now = talk(&sandbox, "idle", orders);
        let words = |reports: &[String]| -> Vec<String> {
            reports.iter().map(|line| line.split('"').nth(1).unwrap().to_owned()).collect()
        };
        assert_eq!(words(&now.reports), words(&kept.reports), "{name}: {now:#?}");
        assert_eq!(sandbox.run_of("idle"), []);
    }
}
