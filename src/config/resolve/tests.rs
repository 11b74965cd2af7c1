use super::*;
use crate::config::parse;

/// The specification of `[servers.api]` in a file of `root`.
fn spec(root: &Path, keys: &str) -> ServerSpec {
    let text = format!("project = 'shop'\n[servers.api]\n{keys}\n");
    let project = parse(&root.join("ostler.toml"), text.as_bytes()).unwrap_or_else(|p| panic!("{p}"));
    project.servers.into_iter().next().unwrap()
}

struct At {
    base: Environment,
    ports: Vec<u16>,
    root: tempfile::TempDir,
}

impl At {
    fn new(base: &[(&str, &str)], ports: &[u16]) -> Self {
        let base = base.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Self { base: Environment(base), ports: ports.to_vec(), root: tempfile::tempdir().unwrap() }
    }

    fn file(self, name: &str, text: &str) -> Self {
        std::fs::write(self.root.path().join(name), text).unwrap();
        self
    }

    fn resolve(&self, keys: &str) -> Result<Resolved, ResolveError> {
        let siblings = [("web".to_owned(), 4000), ("my-db.x".to_owned(), 5432)];
        let ctx = Context {
            base_env: &self.base,
            ports: &self.ports,
            siblings: &siblings,
            run_id: "run-1",
            bin: Path::new("/opt/ostler"),
        };
        resolve(&spec(self.root.path(), keys), &ctx)
    }

    fn env(&self, keys: &str, name: &str) -> Option<String> {
        self.resolve(keys).unwrap_or_else(|e| panic!("{keys}: {e}")).env.get(name).cloned()
    }
}

#[test]
fn the_environment_is_laid_in_order() {
    let at = At::new(
        &[("A", "base"), ("B", "base"), ("C", "base"), ("PORT", "1"), ("OSTLER_PORT_OLD", "9")],
        &[3000],
    )
    .file("one", "A=file\nB=file\n")
    .file("two", "B=second\n");
    let keys =
        "command='x'\nport=3000\nenv_file=['one','?missing','two']\nenv={ C='typed', OSTLER_NAME='no' }";
    let env = at.resolve(keys).unwrap().env;
    for (name, value) in [
        ("A", "file"),
        ("B", "second"),
        ("C", "typed"),
        ("PORT", "3000"),
        ("OSTLER_NAME", "api"),
        ("OSTLER_PROJECT", "shop"),
        ("OSTLER_REPLICA", "1"),
        ("OSTLER_BIN", "/opt/ostler"),
        ("OSTLER_RUN_ID", "run-1"),
        ("OSTLER_PORT_WEB", "4000"),
        ("OSTLER_PORT_MY_DB_X", "5432"),
    ] {
        assert_eq!(env.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert_eq!(env.get("OSTLER_PORT_OLD"), None);
}

#[test]
fn a_shell_command_is_left_alone_and_a_list_is_expanded() {
    let at = At::new(&[("A", "1 2")], &[3000]);
    let shell = at.resolve("command='echo ${A} $$ ${NOPE'").unwrap();
    assert_eq!(shell.argv, ["/bin/sh", "-c", "echo ${A} $$ ${NOPE"]);
    let list = at.resolve(
        "port=3000\ncommand=['${OSTLER_BIN}', '${A}', '$A', '$$', '${port}', '${name}.${replica}', '${dir}', '${OSTLER_PORT_WEB}', '${NO:-d}']",
    );
    let dir = at.root.path().to_str().unwrap();
    assert_eq!(list.unwrap().argv, ["/opt/ostler", "1 2", "$A", "$", "3000", "api.1", dir, "4000", "d"]);
}

#[test]
fn directories_start_at_the_file() {
    let at = At::new(&[("SUB", "s"), ("ABS", "/srv")], &[]).file("env", "FROM_FILE=f\n");
    let root = at.root.path();
    for (keys, dir) in [
        ("", root.to_owned()),
        ("dir='.'", root.to_owned()),
        ("dir='./api'", root.join("api")),
        ("dir='api/${SUB}'", root.join("api/s")),
        ("dir='${SUB}'", root.join("s")),
        ("dir='${ABS}/x'", "/srv/x".into()),
        ("dir='/srv'", "/srv".into()),
        ("dir='${FROM_FILE}'\nenv_file='env'", root.join("f")),
        ("dir='${TYPED}'\nenv={ TYPED='t' }", root.join("t")),
        ("dir='a$$b'", root.join("a$b")),
    ] {
        assert_eq!(at.resolve(&format!("command='x'\n{keys}")).unwrap().dir, dir, "{keys}");
    }
}

#[test]
fn a_root_with_dollars_is_taken_as_it_is() {
    let mut spec = spec(Path::new("/srv/a${b}$$c"), "command='x'\ndir='api'");
    assert_eq!(spec.dir, "/srv/a$${b}$$$$c/api");
    spec.env_files.clear();
    let ctx = Context {
        base_env: &Environment::default(),
        ports: &[],
        siblings: &[],
        run_id: "r",
        bin: Path::new("/o"),
    };
    assert_eq!(resolve(&spec, &ctx).unwrap().dir, Path::new("/srv/a${b}$$c/api"));
}

#[test]
fn env_sees_what_is_below_it_and_not_its_neighbours() {
    let at = At::new(&[("PATH", "/bin"), ("B", "base")], &[]).file("env", "F=file\n");
    let keys =
        "command='x'\nenv_file='env'\nenv={ PATH='/x:${PATH}', A='${B}', B='typed', F='${F}!', D='${dir}' }";
    assert_eq!(at.env(keys, "PATH").as_deref(), Some("/x:/bin"));
    assert_eq!(at.env(keys, "A").as_deref(), Some("base"));
    assert_eq!(at.env(keys, "F").as_deref(), Some("file!"));
    assert_eq!(at.env(keys, "D").as_deref(), at.root.path().to_str());
}

#[test]
fn env_file_paths_are_expanded() {
    let at = At::new(&[("STAGE", "dev")], &[]).file(".env.dev", "A=1\nNEXT=more\n").file("more", "B=2\n");
    let keys = "command='x'\nenv_file=['.env.${STAGE}', '${dir}/${NEXT}']";
    assert_eq!(at.env(keys, "A").as_deref(), Some("1"));
    assert_eq!(at.env(keys, "B").as_deref(), Some("2"));
}

#[test]
fn nothing_loops_and_nothing_explodes() {
    let at = At::new(&[("LOOP", "${LOOP}"), ("BIG", &"x".repeat(100_000))], &[]);
    assert_eq!(at.env("command='x'\nenv={ V='${LOOP}' }", "V").as_deref(), Some("${LOOP}"));
    let list = format!("command=['x'{}]", ",'${BIG}'".repeat(100));
    assert!(matches!(at.resolve(&list), Err(ResolveError::TooLong { key }) if key == "command"));
}

#[test]
fn probes_are_expanded_and_checked() {
    let at = At::new(&[("BAD", "x y"), ("P", "3001")], &[3000]);
    let probe = |startup: &str| at.resolve(&format!("command='x'\nport=3000\nstartup={{ {startup} }}"));
    let http = probe("http='http://127.0.0.1:${port}/health'").unwrap().probe;
    assert!(matches!(http, Some(Probe::Http { url, .. }) if url == "http://127.0.0.1:3000/health"));
    assert_eq!(probe("tcp='${P}'").unwrap().probe, Some(Probe::Tcp("3001".into())));
    assert_eq!(probe("tcp=3002").unwrap().probe, Some(Probe::Tcp("3002".into())));
    assert_eq!(probe("timeout='5s'").unwrap().probe, None);
    assert!(matches!(probe("tcp='${BAD}'"), Err(ResolveError::Senseless { .. })));
    assert!(matches!(probe("http='http://${BAD}/'"), Err(ResolveError::Senseless { .. })));
}

#[test]
fn what_is_missing_is_named_with_a_hint() {
    let at = At::new(&[("EMPTY", "")], &[]).file("bad", "A=1\nSECRET=\"hunter2\n").file("latin", "A=1\n");
    std::fs::write(at.root.path().join("latin"), b"A=\xff").unwrap();
    for (keys, message) in [
        ("command=['${NOPE}']", "`command` uses `${NOPE}`, which is not set"),
        ("command='x'\nenv={ A='${NOPE}' }", "`env.A` uses `${NOPE}`, which is not set"),
        ("command='x'\ndir='${NOPE}'", "`dir` uses `${NOPE}`, which is not set"),
        ("command='x'\nenv_file='${NOPE}'", "`env_file` uses `${NOPE}`, which is not set"),
        ("command=['${EMPTY}']", "`command` is empty when"),
        ("command='x'\ndir='${EMPTY}'", "`dir` is empty when"),
        ("command='x'\nenv_file='missing'", "missing cannot be read"),
        ("command='x'\nenv_file='.'", "it is not a file"),
        ("command='x'\nenv_file='?latin'", "it is not UTF-8"),
        ("command='x'\nenv_file='bad'", "bad:2: `SECRET`: the closing quote is missing"),
    ] {
        let error = at.resolve(keys).unwrap_err();
        assert!(error.to_string().contains(message), "{keys}: {error}");
        assert!(!error.hint().is_empty());
        assert!(!error.to_string().contains("hunter2"));
    }
}

#[test]
fn debug_output_hides_values() {
    let at = At::new(&[("TOKEN", "hunter2")], &[]);
    let shown = format!("{:?}", at.resolve("command=['x', '${TOKEN}']").unwrap());
    assert!(shown.contains("TOKEN") && !shown.contains("hunter2"), "{shown}");
}

#[test]
fn each_copy_knows_its_number() {
    let text = "project='shop'\n[servers.web]\ncommand=['x', '${name}', '${replica}', '${port}']\nport=3000\nreplicas=2\n";
    let project = parse(Path::new("/srv/shop/ostler.toml"), text.as_bytes()).unwrap();
    let context = Context {
        base_env: &Environment::default(),
        ports: &[3001],
        siblings: &[],
        run_id: "r",
        bin: Path::new("/o"),
    };
    let second = resolve(&project.servers[1], &context).unwrap();
    assert_eq!(second.argv, ["x", "web.2", "2", "3001"]);
    assert_eq!((second.env["OSTLER_REPLICA"].as_str(), second.env["OSTLER_NAME"].as_str()), ("2", "web.2"));
}

#[test]
fn health_checks_and_versions_are_expanded_and_their_paths_made_absolute() {
    let at = At::new(&[("V", "--version")], &[3000]);
    let keys = "command='x'\nport=3000\nversion={ exec=['x', '${V}'] }\nhealth={ unix='run/${name}.sock' }\nstartup={ exec='test $PORT' }";
    let resolved = at.resolve(keys).unwrap();
    let socket = at.root.path().join("run/api.sock");
    assert_eq!(resolved.health, Some(Probe::Unix(socket.to_str().unwrap().to_owned())));
    assert_eq!(resolved.version.unwrap(), ["x", "--version"]);
    let argv = ["/bin/sh", "-c", "test $PORT"].map(str::to_owned).to_vec();
    assert_eq!(resolved.probe, Some(Probe::Exec(Command::Exec(argv))));
}
