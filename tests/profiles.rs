//! `--profile NAME`: which one is laid over the file, and for how long.

use ostler::model::Phase;

use crate::support::{Sandbox, one};

const CONFIG: &str = r#"
project = "shop"
[servers.api]
command = 'echo "mode ${MODE:-plain}"; exec sleep 600'
[servers.idle]
command = "exec sleep 600"
[profiles.production.servers.api]
env = { MODE = "production" }
[profiles.production.servers.extra]
command = "exec sleep 601"
[profiles.quiet.servers.idle]
autostart = false
"#;

fn names(sandbox: &Sandbox) -> Vec<String> {
    sandbox.status().servers.into_iter().map(|server| server.name).collect()
}

#[test]
fn up_takes_the_profile_that_is_named_or_none() {
    let sandbox = Sandbox::new(CONFIG);
    sandbox.ostler(&["--profile", "production", "up", "-d"]).ok();
    assert_eq!(names(&sandbox), ["api", "idle", "extra"]);
    sandbox.wait_for_log("api", "mode production");
    let pid = sandbox.server("idle").pid;
    // the supervisor remembers it
    sandbox.kill_supervisor();
    let again = sandbox.wait_until("all again", |all| {
        all.servers.len() == 3 && all.servers.iter().all(|server| server.phase == Phase::Running)
    });
    assert!(again.servers.iter().all(|server| !server.config_changed), "{again:#?}");
    sandbox.ostler(&["restart", "api"]).ok();
    assert_eq!(sandbox.log("api").matches("mode production").count(), 2);
    let said = sandbox.ostler(&["reload"]).ok().out;
    assert_eq!(said, "shop, profile production: nothing has changed\n");

    sandbox.ostler(&["up", "-d"]).ok();
    let plain = sandbox.status();
    assert!(one(&plain, "api").config_changed && one(&plain, "extra").config_changed);
    assert_eq!(one(&plain, "idle").pid, pid);
    sandbox.ostler(&["restart", "api"]).ok();
    sandbox.wait_for_log("api", "mode plain");
}

#[test]
fn other_commands_keep_it_unless_they_name_another() {
    let sandbox = Sandbox::new(CONFIG);
    sandbox.ostler(&["up", "-d", "--profile", "quiet"]).ok();
    assert_eq!(sandbox.server("idle").phase, Phase::Stopped);
    sandbox.ostler(&["add", "late", "--", "sleep", "602"]).ok();
    assert_eq!(names(&sandbox), ["api", "idle", "late"]);
    let said = sandbox.ostler(&["reload"]).ok().out;
    assert_eq!(said, "shop, profile quiet: nothing has changed\n");
    let other = sandbox.ostler(&["reload", "--profile", "production"]).ok().out;
    assert!(other.contains("+ shop/extra") && other.contains("env.MODE: not set -> (hidden)"), "{other}");
    let pid = sandbox.server("idle").pid;
    sandbox.ostler(&["start", "extra", "--profile", "production"]).ok();
    let all = sandbox.status();
    assert!(one(&all, "api").config_changed && one(&all, "extra").phase == Phase::Running);
    assert_eq!(one(&all, "idle").pid, pid);
    sandbox.ostler(&["restart", "api", "--profile", "production"]).ok();
    sandbox.wait_for_log("api", "mode production");
    assert!(sandbox.ostler(&["reload"]).ok().out.starts_with("shop, profile production: nothing"));
}

#[test]
fn a_profile_that_the_file_does_not_have_is_told_with_those_that_it_has() {
    let sandbox = Sandbox::new(CONFIG);
    let known = "it has: production, quiet";
    for args in [&["up", "-d", "--profile", "prodution"][..], &["check", "--profile", "prodution"]] {
        let said = sandbox.ostler(args).fails(1, "there is no profile `prodution`");
        assert!(said.err.contains(known), "{said:#?}");
    }
    sandbox.ostler(&["--profile", "production", "check"]).ok();
    sandbox.ostler(&["up", "-d"]).ok();
    sandbox.ostler(&["reload", "--profile", "none"]).fails(1, "there is no profile `none`");
    assert_eq!(names(&sandbox), ["api", "idle"]);
}
