//! Which servers a command means, and what it says of those that are not there.

use std::fs;

use ostler::model::Phase;

use crate::support::Sandbox;

fn three() -> Sandbox {
    let sleeper = r#"command = ["${OSTLER_BIN}", "demo-server", "sleep"]"#;
    let grouped = format!("{sleeper}\ngroup = \"back\"");
    Sandbox::with_servers([
        ("api1", grouped.as_str()),
        ("api2", sleeper),
        ("db", grouped.as_str()),
        ("web", sleeper),
    ])
}

/// The names of those that run.
fn running(sandbox: &Sandbox) -> Vec<String> {
    let all = sandbox.status();
    let up = all.servers.into_iter().filter(|server| server.phase == Phase::Running);
    up.map(|server| server.name).collect()
}

#[test]
fn names_globs_groups_and_all_mean_what_they_say() {
    let sandbox = three();
    sandbox.ostler(&["start", "api*"]).ok();
    assert_eq!(running(&sandbox), ["api1", "api2"]);
    sandbox.ostler(&["stop", "@back"]).ok();
    assert_eq!(running(&sandbox), ["api2"]);
    sandbox.ostler(&["start", "@back", "shop/web"]).ok();
    assert_eq!(running(&sandbox), ["api1", "api2", "db", "web"]);
    sandbox.ostler(&["stop", "--all"]).ok();
    assert_eq!(running(&sandbox), Vec::<String>::new());
    let table = sandbox.ostler(&["status", "api*"]).ok().out;
    assert!(table.contains("api1") && table.contains("api2") && !table.contains("web"), "{table}");
}

#[test]
fn a_project_elsewhere_is_reached_by_its_name_and_not_by_accident() {
    let sandbox = three();
    let other = sandbox.project().with_file_name("other");
    fs::create_dir(&other).unwrap();
    let keys = r#"command = ["${OSTLER_BIN}", "demo-server", "sleep"]"#;
    fs::write(other.join("ostler.toml"), format!("[servers.web]\n{keys}\n[servers.only]\n{keys}\n")).unwrap();
    sandbox.ostler(&["start", "web"]).ok();
    sandbox.ostler_in(&other, &["up", "-d"]).ok();
    // a bare name means the project here, elsewhere it must be clear
    sandbox.ostler(&["stop", "web"]).ok();
    let all = sandbox.status();
    let phase = |id: &str| all.servers.iter().find(|server| server.id.to_string() == id).unwrap().phase;
    assert_eq!((phase("shop/web"), phase("other/web")), (Phase::Stopped, Phase::Running));
    let nowhere = sandbox.paths().home().to_owned();
    let said = sandbox.ostler_in(&nowhere, &["stop", "web"]).fails(1, "web");
    assert!(said.err.contains("shop") && said.err.contains("other"), "{said:?}");
    sandbox.ostler_in(&nowhere, &["stop", "other/web", "only"]).ok();
    sandbox.ostler_in(&nowhere, &["down"]).fails(2, "no ostler.toml");
    sandbox.ostler(&["down", "--forget"]).ok();
    assert!(sandbox.status().servers.iter().all(|server| server.project == "other"));
}

#[test]
fn each_failure_has_its_exit_code_and_a_hint() {
    let sandbox = three();
    sandbox.ostler(&["status"]).fails(3, "supervisor");
    assert_eq!(sandbox.ostler(&["down"]).ok().out, "nothing is running\n");
    sandbox.ostler(&["bogus"]).fails(2, "bogus");
    sandbox.ostler(&["stop"]).fails(2, "NAME");
    sandbox.ostler(&["start", "nope"]).fails(1, "nope");
    sandbox.ostler(&["start", "no*"]).fails(1, "no*");
    sandbox.ostler(&["logs", "nope"]).fails(1, "nope");
    sandbox.ostler(&["signal", "web", "SIGNOPE"]).fails(2, "SIGNOPE");
    sandbox.ostler(&["logs", "web", "--grep", "("]).fails(2, "(");
    sandbox.ostler(&["-c", "/nonexistent/ostler.toml", "up", "-d"]).fails(1, "/nonexistent");
    let home = sandbox.paths().home().to_owned();
    sandbox.ostler_in(&home, &["up", "-d"]).fails(2, "no ostler.toml");
    sandbox.write("ostler.toml", "[servers.web]\ncomand = \"x\"\n");
    let bad = sandbox.ostler(&["up", "-d"]).fails(1, "comand");
    assert!(bad.err.contains("command"), "{bad:?}");
}

#[test]
fn a_broken_file_here_keeps_nobody_from_other_projects() {
    let sandbox = three();
    sandbox.ostler(&["up", "-d"]).ok();
    let broken = sandbox.project().with_file_name("broken");
    fs::create_dir(&broken).unwrap();
    fs::write(broken.join("ostler.toml"), "[servers.x]\ncomand = \"x\"\n").unwrap();
    for args in [
        &["stop", "shop/web", "shop/api1"][..],
        &["start", "shop/web"],
        &["restart", "shop/web"],
        &["signal", "shop/web", "SIGCONT"],
        &["down", "shop/db"],
        &["stop", "--all"],
        &["down", "--all"],
    ] {
        let said = sandbox.ostler_in(&broken, args).ok();
        assert!(said.err.contains("left out") && said.err.contains("broken/ostler.toml"), "{said:?}");
    }
    assert_eq!(running(&sandbox), Vec::<String>::new());
    for args in [&["stop", "web"][..], &["down"], &["-c", "ostler.toml", "stop", "shop/web"]] {
        sandbox.ostler_in(&broken, args).fails(1, "comand");
    }
}
