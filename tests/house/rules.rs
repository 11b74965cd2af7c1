//! Sizes, and words that have their one place.

use std::collections::BTreeSet;

use super::source::{Source, below, root};

/// Longest file, in lines.
const LONGEST: usize = 500;

/// What may stand only in a folder below `src`, and why.
const PLACES: [(&str, &[&str], &str); 5] = [
    ("unsafe", &["os"], "one folder to audit"),
    ("target_os", &["os"], "one folder to port"),
    ("libc::kill", &["os"], "signals go through pidfds"),
    ("kill_process", &["os"], "signals go through pidfds"),
    ("pidfd_send_signal", &["os"], "a signal needs a checked identity"),
];

fn is_word(code: &str, at: usize, word: &str) -> bool {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    let goes_on = word != "kill_process" && code[at + word.len()..].starts_with(part_of_word);
    !code[..at].ends_with(part_of_word) && !goes_on
}

fn lines_with(source: &Source, code: &str, word: &str) -> Vec<String> {
    lines_where(source, code, word, |_, _| true)
}

/// The same, if what stands before and after the word `is` so.
fn lines_where(source: &Source, code: &str, word: &str, is: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let before = source.code.len() - code.len();
    code.match_indices(word)
        .filter(|(at, _)| is_word(code, *at, word) && is(&code[..*at], &code[at + word.len()..]))
        .map(|(at, _)| {
            let line = source.code[..before + at].lines().count().max(1);
            format!("{}:{line}: {word}", source.path.display())
        })
        .collect()
}

#[test]
fn what_is_dangerous_stands_in_its_place_only() {
    let mut found = Vec::new();
    for source in below("src") {
        for (word, places, why) in PLACES {
            if !source.module().first().is_some_and(|module| places.contains(module)) {
                let lines = lines_with(&source, &source.code, word);
                found.extend(lines.into_iter().map(|line| format!("{line} ({why})")));
            }
        }
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// Who sends signals: keepers; the supervisor to strangers and orphans on request, and to what is left of checks.
const SENDERS: [&[&str]; 4] =
    [&["os"], &["keeper"], &["supervisor", "strangers"], &["supervisor", "monitor", "prober", "sweep"]];

#[test]
fn few_send_signals() {
    let mut found = Vec::new();
    for source in below("src") {
        if !SENDERS.iter().any(|sender| source.module().starts_with(sender)) {
            found.extend(lines_where(&source, &source.code, "pidfd", |_, after| after.starts_with("::send")));
            found.extend(lines_with(&source, &source.code, "process_kill"));
            found.extend(lines_with(&source, &source.code, "signal::kill_group"));
        }
    }
    assert!(found.is_empty(), "see ARCHITECTURE.md, section 2:\n{}", found.join("\n"));
}

/// Where `code` sleeps, a thread or a task: a call, or the function by its path.
fn sleeps(source: &Source, code: &str) -> Vec<String> {
    let is = |before: &str, after: &str| before.ends_with("::") || after.trim_start().starts_with('(');
    ["sleep", "sleep_until"].iter().flat_map(|word| lines_where(source, code, word, is)).collect()
}

#[test]
fn a_sleep_is_found_however_it_is_written() {
    let found = |text: &str| {
        let source = Source::new("tests/x.rs".into(), text.to_owned());
        sleeps(&source, source.tests()).len()
    };
    for sleeping in [
        "thread::sleep(second);",
        "std::thread::sleep (second);",
        "tokio::time::sleep(second).await;",
        "use tokio::time::sleep;",
        "sleep(second).await;",
        "wait_with(thread::sleep);",
        "sleep_until(then).await;",
    ] {
        assert_eq!(found(sleeping), 1, "{sleeping}");
    }
    for waking in ["let sleep = 1;", "asleep(x);", "\"thread::sleep(1)\"", "// sleep(1)", "sleeper(1);"] {
        assert_eq!(found(waking), 0, "{waking}");
    }
    let module = |tests: &str| {
        let text = format!("#[cfg(test)]\nmod a;\nfn x() {{ sleep(1) }}\n#[cfg(test)]\nmod tests {tests}");
        let source = Source::new("src/x.rs".into(), text);
        sleeps(&source, source.tests())
    };
    assert_eq!(module("{ fn y() { sleep(1) } }"), ["src/x.rs:5: sleep"]);
    assert_eq!(module(";"), Vec::<String>::new(), "tests that are elsewhere");
}

#[test]
fn no_test_sleeps() {
    let mut found = Vec::new();
    for source in below("src").into_iter().chain(below("tests")) {
        // the one place that waits for a condition by looking again; and the program that acts at random moments
        let may = ["tests/support", "tests/house", "tests/chaos"];
        if !may.iter().any(|folder| source.path.starts_with(folder)) {
            found.extend(sleeps(&source, source.tests()));
        }
    }
    assert!(found.is_empty(), "wait for a condition instead:\n{}", found.join("\n"));
}

#[test]
fn no_file_is_long() {
    let mut sizes = Vec::new();
    let mut long = Vec::new();
    for source in below("src").into_iter().chain(below("tests")) {
        let lines = source.text.lines().count();
        if lines > LONGEST {
            long.push(format!("{}: {lines} lines", source.path.display()));
        }
        sizes.push(lines);
    }
    sizes.sort_unstable();
    let at = |percent: usize| sizes[(sizes.len() - 1) * percent / 100];
    println!("{} files, lines: median {}, 90th percentile {}", sizes.len(), at(50), at(90));
    assert!(long.is_empty(), "more than {LONGEST} lines:\n{}", long.join("\n"));
}

#[test]
fn every_folder_says_what_it_is() {
    let sources: Vec<_> = below("src").into_iter().chain(below("tests")).collect();
    let folders: BTreeSet<_> = sources.iter().filter_map(|source| source.path.parent()).collect();
    for folder in folders {
        let name = folder.display();
        if folder.components().count() > 1 {
            let read = |file: &str| std::fs::read_to_string(root().join(folder).join(file));
            // the folder of a program begins with its `main.rs`
            let guide = read("mod.rs").or_else(|error| read("main.rs").map_err(|_| error));
            let guide = guide.unwrap_or_else(|error| panic!("{name}/mod.rs: {error}"));
            assert!(guide.starts_with("//!"), "{name}/mod.rs does not begin with `//!`");
            let rival = root().join(folder).with_extension("rs");
            assert!(!rival.exists(), "{}: its place is {name}/mod.rs", rival.display());
        }
    }
}
