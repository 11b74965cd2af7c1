use std::collections::BTreeSet;
use std::fs;

use proptest::prelude::*;

use super::*;

fn configs(kind: &str) -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/configs").join(kind);
    let mut files: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ext| ext == "toml"));
    files.sort();
    assert!(!files.is_empty(), "there are no {kind} files");
    files
}

fn example() -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("config.example.toml")).unwrap()
}

/// Parses as if the file lay in `/srv/shop`.
fn parse_here(text: &[u8]) -> Result<Project, Problems> {
    parse(Path::new("/srv/shop/ostler.toml"), text)
}

#[test]
fn every_valid_file_is_taken() {
    for file in configs("valid") {
        let parsed = parse_here(&fs::read(&file).unwrap());
        assert!(parsed.is_ok(), "{}:\n{}", file.display(), parsed.unwrap_err());
    }
}

#[test]
fn every_invalid_file_is_refused_with_the_text_beside_it() {
    for file in configs("invalid") {
        let problems = parse_here(&fs::read(&file).unwrap()).expect_err(&file.display().to_string());
        let told = problems.shown_as(Path::new("ostler.toml")).to_string() + "\n";
        let beside = file.with_extension("txt");
        let expected = fs::read_to_string(&beside).unwrap_or_else(|_| format!("(no {})", beside.display()));
        assert_eq!(told, expected, "{}", file.display());
    }
}

#[test]
fn every_problem_has_a_place_and_a_hint() {
    for file in configs("invalid") {
        for problem in parse_here(&fs::read(&file).unwrap()).unwrap_err().list {
            assert!(problem.line > 0 && problem.column > 0 && !problem.hint.is_empty(), "{problem}");
            assert!(!problem.to_string().replace('\n', "").contains(char::is_control), "{problem:?}");
        }
    }
}

#[test]
fn the_example_is_valid_and_shows_every_key() {
    let text = example();
    let project = parse_here(&text).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(project.name, "example");
    let text = String::from_utf8(text).unwrap();
    let words: BTreeSet<&str> = text
        .lines()
        .flat_map(|line| line.trim_start_matches('#').split(|c: char| !(c.is_alphanumeric() || c == '_')))
        .collect();
    let known = [
        check::TOP,
        check::DASHBOARD,
        server::SERVER,
        server::DEFAULTS,
        policies::RESTART,
        policies::STOP,
        policies::LOG,
        policies::MEMORY,
        probes::STARTUP,
        probes::HEALTH,
        probes::EXPECT,
        server::VERSION,
        notify::NOTIFY,
        &keys::SCOPES,
        profiles::PROFILE,
    ];
    for key in known.concat() {
        assert!(words.contains(key), "config.example.toml does not show `{key}`");
    }
}

#[test]
fn the_example_shows_the_true_defaults() {
    let text = String::from_utf8(example()).unwrap();
    let defaults = text.split("[defaults]").nth(1).unwrap().split("\n[servers").next().unwrap();
    let with = parse_here(format!("[defaults]{defaults}\n[servers.a]\ncommand='x'").as_bytes())
        .unwrap_or_else(|problems| panic!("{problems}"));
    let without = parse_here(b"[servers.a]\ncommand='x'").unwrap();
    assert_eq!(with.servers, without.servers);
}

#[test]
fn servers_keep_the_order_of_the_file_and_know_their_lines() {
    let text = b"\xef\xbb\xbf[servers.z]\r\ncommand='1'\r\n[servers.a.startup]\r\ntimeout='1s'\r\n[servers.m]\r\ncommand='2'\r\n[servers.a]\r\ncommand='3'\r\n";
    let project = parse_here(text).unwrap();
    let names: Vec<&str> = project.servers.iter().map(|server| server.id.name()).collect();
    assert_eq!(names, ["z", "m", "a"], "by their own headers");
    assert_eq!(project.name, "shop");
    assert_eq!(project.lines["m"], 5);
}

#[test]
fn a_server_inherits_key_by_key() {
    let text = "
        [defaults]
        env = { A = 'd', B = 'd' }
        env_file = '.env'
        restart = 'always'
        stop = { signal = 'INT', grace = '3s' }
        startup = { http = 'http://127.0.0.1:${port}/', expect = { status = 204 } }
        [servers.a]
        command = 'x'
        port = 1
        env = { B = 's' }
        restart = { attempts = 9, delay = '2m' }
        stop = { grace = '4s' }
        startup = { timeout = '5s' }
        [servers.b]
        command = ['x']
        startup = { tcp = 2 }
    ";
    let project = parse_here(text.as_bytes()).unwrap();
    let [a, b] = project.servers.as_slice() else { panic!("{project:?}") };
    assert_eq!((a.env.0["A"].as_str(), a.env.0["B"].as_str()), ("d", "s"));
    assert_eq!((a.restart.policy, a.restart.attempts), (crate::model::RestartWhen::Always, 9));
    assert_eq!(a.restart.max_delay, a.restart.delay, "the longest delay follows a longer first one");
    assert_eq!((a.stop.signal.number(), a.stop.grace.as_secs()), (2, 4));
    let Some(crate::model::Probe::Http { expect, .. }) = &a.startup.probe else { panic!("{a:?}") };
    assert_eq!((expect.status.as_slice(), a.startup.timeout.as_secs()), (&[204][..], 5));
    assert_eq!(b.startup.probe, Some(crate::model::Probe::Tcp("2".into())));
    assert_eq!(a.env_files, b.env_files);
}

#[test]
fn checks_are_laid_over_defaults_key_by_key() {
    use crate::model::{OnFailure, Probe};
    let text = "
        [defaults.health]
        http = 'http://127.0.0.1:${port}/'
        expect = { body = 'ok' }
        interval = '1s'
        retries = 7
        [servers.a]
        command = 'x'
        port = 1
        health = { retries = 2, on_failure = 'mark' }
        [servers.b]
        command = 'x'
        health = { notify = true }
        [servers.c]
        command = 'x'
        health = { exec = 'true', interval = '3s' }
    ";
    let project = parse_here(text.as_bytes()).unwrap();
    let checks: Vec<_> = project.servers.iter().map(|server| server.health.clone().unwrap()).collect();
    let [a, b, c] = checks.as_slice() else { panic!("{project:?}") };
    assert!(matches!(&a.probe, Probe::Http { expect, .. } if expect.body.as_deref() == Some("ok")));
    assert_eq!((a.interval.as_secs(), a.timeout.as_secs(), a.retries), (1, 5, 2));
    assert_eq!((a.on_failure, b.on_failure), (OnFailure::Mark, OnFailure::Restart));
    assert_eq!((&b.probe, b.interval.as_secs(), b.retries), (&Probe::Notify, 1, 7));
    assert_eq!(c.interval.as_secs(), 3);
    let alone = parse_here(b"[servers.a]\ncommand='x'\nhealth={ notify = true }").unwrap();
    assert_eq!(alone.servers[0].health.as_ref().unwrap().interval.as_secs(), 60, "a heartbeat is slower");
}

#[test]
fn copies_have_numbers_ports_and_all_the_needs() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/configs/valid/needs-and-replicas.toml");
    let project = parse_here(&fs::read(file).unwrap()).unwrap();
    let names: Vec<&str> = project.servers.iter().map(|server| server.id.name()).collect();
    assert_eq!(names, ["web.1", "web.2", "web.3", "api.1", "api.2", "one", "db", "migrate", "web-assets"]);
    let ports: Vec<_> = project.servers.iter().take(3).map(|server| server.ports[0]).collect();
    assert_eq!(ports, [3000, 3001, 3002].map(crate::model::PortSpec::Fixed));
    let needs = |name: &str| -> Vec<String> {
        let server = project.servers.iter().find(|server| server.id.name() == name).unwrap();
        server.needs.iter().map(ToString::to_string).collect()
    };
    assert_eq!(needs("web.2"), ["api.1:started", "api.2:started", "migrate:completed"]);
    assert_eq!(needs("one"), ["web.2:healthy"]);
    let replica = project.servers[4].replica.as_ref().map(|r| (r.of.as_str(), r.number));
    assert_eq!(replica, Some(("api", 2)));
    assert!(project.servers[5].replica.is_none(), "one copy is the server itself");
    assert_eq!((project.lines["web.1"], project.lines["web.3"], project.lines["one"]), (1, 1, 11));
}

#[test]
fn a_profile_is_laid_over_the_file() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/configs/valid/profiles.toml");
    let bytes = fs::read(&path).unwrap();
    let at = Path::new("/srv/shop/ostler.toml");
    let with = |profile: &str| parse_profile(at, &bytes, Some(profile));
    let plain = parse_here(&bytes).unwrap();
    assert_eq!(plain.profiles, ["production", "empty", "v1.0-b"]);
    assert_eq!((plain.servers.len(), plain.profile), (2, None));
    let production = with("production").unwrap();
    assert_eq!(production.profile.as_deref(), Some("production"));
    let [api, db, cache] = production.servers.as_slice() else { panic!("{production:?}") };
    assert_eq!(api.command.to_string(), "./api");
    assert_eq!((api.ports.len(), api.needs.len()), (2, 2));
    assert_eq!(api.startup.probe, Some(crate::model::Probe::Tcp("80".into())));
    assert_eq!((api.restart.policy, api.restart.attempts), (crate::model::RestartWhen::Always, 9));
    for server in [api, db, cache] {
        assert_eq!((server.env.0["LEVEL"].as_str(), server.group.as_deref()), ("warn", Some("prod")));
    }
    assert_eq!(with("empty").unwrap().servers, plain.servers);
    assert!(!with("v1.0-b").unwrap().servers[1].autostart);
    let unknown = with("prodcution\u{1b}").unwrap_err().to_string();
    assert!(unknown.contains("there is no profile `prodcution\\u{1b}`"), "{unknown}");
    assert!(with("prodction").unwrap_err().to_string().contains("did you mean `production`?"));
    assert!(unknown.contains("it has: production, empty, v1.0-b"), "{unknown}");
    let none = parse_profile(at, b"", Some("x")).unwrap_err();
    assert!(none.to_string().contains("it has none"), "{none}");
}

#[test]
fn a_webhook_is_told_of_without_its_address() {
    for name in ["notify", "webhook"] {
        let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/configs/invalid/{name}.txt"));
        assert!(!fs::read_to_string(beside).unwrap().contains("T0KEN"));
    }
}

#[test]
fn what_multiplies_is_bounded() {
    let big = format!("[defaults]\nenv = {{ A = '{}' }}\n", "x".repeat(900_000));
    let copies =
        (0..40).fold(big.clone(), |text, i| text + &format!("[servers.s{i}]\ncommand='x'\nreplicas=64\n"));
    let problems = parse_here(copies.as_bytes()).unwrap_err().to_string();
    assert!(
        problems.contains("more than a project can have") && problems.contains("too large together"),
        "{problems}"
    );
    let profiles = (0..32).fold(big, |text, i| text + &format!("[profiles.p{i}.servers.a]\nport=1{i}\n"));
    let few = parse_here(format!("{profiles}[servers.a]\ncommand='x'\n").as_bytes());
    assert!(few.is_ok(), "{few:?}");
    let servers = (0..1900).fold(String::new(), |text, i| {
        text + &format!(
            "[servers.s{i}]\ncommand='x'\nneeds=[{}]\n",
            (0..i.min(60)).map(|n| format!("'s{n}'")).collect::<Vec<_>>().join(",")
        )
    });
    let needs = parse_here(servers.as_bytes()).unwrap_err();
    assert_eq!(needs.list.len(), 1, "{needs}");
    assert!(needs.to_string().contains("need each other more often"), "{needs}");
    let chain = (0..MAX_SERVERS).fold(String::new(), |text, i| {
        text + &format!("[servers.s{i}]\ncommand='x'\nneeds='s{}'\n", (i + 1) % MAX_SERVERS)
    });
    let ring = parse_here(chain.as_bytes()).unwrap_err();
    assert!(ring.list.len() == 1 && ring.to_string().contains("s0 → s1 → "), "{ring}");
    let nobody = (0..MAX_SERVERS).fold(String::new(), |text, i| {
        text + &format!("[servers.s{i}]\ncommand='x'\nneeds=['x{i}','y{i}']\n")
    });
    assert_eq!(parse_here(nobody.as_bytes()).unwrap_err().more, 2 * MAX_SERVERS - MAX_LISTED);
}

#[test]
fn what_stands_at_the_limits() {
    let servers =
        |count| (0..count).fold(String::new(), |text, i| text + &format!("[servers.s{i}]\ncommand='x'\n"));
    assert_eq!(parse_here(servers(MAX_SERVERS).as_bytes()).unwrap().servers.len(), MAX_SERVERS);
    let many = parse_here(servers(10_000).as_bytes()).unwrap_err();
    assert_eq!(many.list.len(), 1);
    assert!(many.to_string().contains("10000 servers are more"), "{many}");
    let huge = parse_here(&vec![b'#'; MAX_FILE as usize + 1]).unwrap_err();
    assert!(huge.to_string().contains("too large"), "{huge}");
    assert!(parse_here(&vec![b'#'; MAX_FILE as usize]).is_ok());
    let unknown = (0..90_000).fold(String::new(), |text, i| text + &format!("k{i}=1\n"));
    assert!(parse_here(unknown.as_bytes()).unwrap_err().more > 80_000);
    let deep = format!("a = {}", "[".repeat(100_000));
    assert!(parse_here(deep.as_bytes()).is_err());
    assert!(parse_here(b"").unwrap().servers.is_empty());
}

#[test]
fn a_file_of_100_mb_is_not_read_to_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join(FILE_NAME);
    fs::File::create(&file).unwrap().set_len(100 << 20).unwrap();
    assert_eq!(read_limited(&file).unwrap().len() as u64, MAX_FILE + 1);
    assert!(load(&file, None).unwrap_err().to_string().contains("too large"));
}

#[test]
fn bytes_that_are_no_text_are_refused_at_their_place() {
    let problems = parse_here(b"\xef\xbb\xbf# \xc3\xa9\nab\xff").unwrap_err();
    assert_eq!((problems.list[0].line, problems.list[0].column), (2, 3));
}

#[test]
fn a_directory_without_a_usable_name_needs_a_project() {
    let problems = parse(Path::new("/…/ostler.toml"), b"").unwrap_err();
    assert!(problems.list[0].hint.contains("project = "), "{problems}");
    assert_eq!(parse(Path::new("/…/ostler.toml"), b"project='x'").unwrap().name, "x");
}

#[test]
fn a_file_is_found_upwards_and_loaded() {
    let dir = tempfile::tempdir().unwrap();
    let (file, deep) = (dir.path().join(FILE_NAME), dir.path().join("a/b"));
    fs::create_dir_all(deep.join(FILE_NAME)).unwrap();
    assert_eq!(find(&deep), None, "a directory is no file");
    let missing = load(&file, None).unwrap_err().to_string();
    assert!(missing.contains("cannot be read") && missing.contains("ostler init"), "{missing}");
    assert!(load(&deep, None).unwrap_err().to_string().contains("not a file"));
    fs::write(&file, "project='x'\n[servers.a]\ncommand='y'\ndir='z'").unwrap();
    assert_eq!(find(&deep).as_deref(), Some(file.as_path()));
    let project = load(&file, None).unwrap();
    assert_eq!(Path::new(&project.servers[0].dir), dir.path().join("z"));
    fs::write(&file, "x=1").unwrap();
    assert!(
        load(&file, None).unwrap_err().to_string().starts_with(&format!("{}:1:1: unknown", file.display()))
    );
}

#[test]
fn the_users_own_file_has_a_theme() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("config.toml");
    assert_eq!(load_user(&file).unwrap(), UserConfig::default());
    fs::write(&file, "[dashboard]\ntheme = 'night'").unwrap();
    assert_eq!(load_user(&file).unwrap().theme, Some("night".into()));
    fs::write(&file, "[dashboard]\ntheme = { dark = 'night', light = 'day' }").unwrap();
    let pair = ThemeChoice::Pair { dark: "night".into(), light: "day".into() };
    assert_eq!(load_user(&file).unwrap().theme, Some(pair));
    fs::write(&file, "[dashbord]\ntheme = 'night'").unwrap();
    assert!(load_user(&file).unwrap_err().to_string().contains("did you mean `dashboard`?"));
    fs::write(&file, "[dashboard").unwrap();
    assert!(load_user(&file).is_err());
}

/// The files of both folders and the example: what mutations start from.
fn seeds() -> Vec<Vec<u8>> {
    let files = configs("valid").into_iter().chain(configs("invalid"));
    files.map(|file| fs::read(file).unwrap()).chain([example()]).collect()
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse_here(&bytes);
    }

    #[test]
    fn no_mutation_makes_it_panic(
        seed in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 1..12),
    ) {
        let seeds = seeds();
        let mut bytes = seeds[seed.index(seeds.len())].clone();
        for (place, byte, kind) in edits {
            if bytes.is_empty() {
                break;
            }
            let at = place.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, b"\"'[]{}=.,\n#$\\"[usize::from(byte) % 13]),
                2 => drop(bytes.remove(at)),
                _ => bytes.truncate(at),
            }
        }
        if let Err(problems) = parse_here(&bytes) {
            prop_assert!(!problems.list.is_empty());
            prop_assert!(!problems.to_string().replace('\n', "").contains(char::is_control));
        }
    }
}

#[test]
fn keys_of_the_project_go_over_those_of_the_user() {
    use crate::model::action::{Action, Key, Scope, bound};
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("config.toml");
    fs::write(&file, "[dashboard.keys.table]\nt = 'restart'\ns = 'stop'").unwrap();
    let user = load_user(&file).unwrap().keys;
    let text = "[servers.a]\ncommand = 'x'\n[dashboard.keys.table]\ns = 'start'\nX = 'unbind'";
    let both = user.under(&parse_here(text.as_bytes()).unwrap().keys);
    let meant = |key: &str| {
        let key = Key::parse(key).unwrap();
        let all = bound(false, &both);
        all.iter().find(|b| b.scope == Scope::Table && b.key == key).map(|b| b.spec.action)
    };
    let expected =
        [("t", Some(Action::Restart)), ("s", Some(Action::Start)), ("X", None), ("x", Some(Action::Stop))];
    for (key, action) in expected {
        assert_eq!(meant(key), action, "{key}");
    }
    fs::write(&file, "\n[dashboard.keys.table]\nt = 'nothing'").unwrap();
    let problems = load_user(&file).unwrap_err();
    assert_eq!((problems.list[0].line, problems.list[0].column), (3, 5), "{problems}");
}
