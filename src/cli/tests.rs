//! The command line as a whole.

use clap::CommandFactory;

use super::*;

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(line.split(' '))
}

#[test]
fn the_definition_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn what_users_type_is_understood() {
    for line in [
        "ostler",
        "ostler up",
        "ostler up -d api web",
        "ostler down --all --forget",
        "ostler down --forget shop/*",
        "ostler start api --no-wait",
        "ostler stop --now api",
        "ostler restart --all",
        "ostler signal api hup",
        "ostler ps",
        "ostler ls --json",
        "ostler status --watch @back",
        "ostler logs -n 50 -f -t --since 10m --grep ERR api web",
        "ostler logs --exclude GET -C 3 --level warn --stream err --until 1h api",
        "ostler logs --json --save api.json api",
        "ostler logs --raw --force -n 5 -f api",
        "ostler logs --pretty -t --stream stdout",
        "ostler watch",
        "ostler why shop/api",
        "ostler events -f --since 10m --server api --kind failed,exited --json",
        "ostler supervisor run",
        "ostler supervisor run --started-with-lock --revived",
        "ostler supervisor stop --with-servers",
        "ostler completions zsh",
        "ostler check x/ostler.toml",
        "ostler reload",
        "ostler reload --apply --no-wait --json --profile quiet",
        "ostler --profile quiet up -d",
        "ostler init --from Procfile",
        "ostler add web --port auto -- npm run dev --watch",
        "ostler -c x/ostler.toml --color never --glyphs ascii --theme default status",
        "ostler status -c x/ostler.toml",
    ] {
        assert!(parse(line).is_ok(), "{line}: {}", parse(line).unwrap_err());
    }
}

#[test]
fn what_makes_no_sense_is_a_usage_error() {
    for line in [
        "ostler start",
        "ostler restart --all api",
        "ostler signal api",
        "ostler signal api SIGNOPE",
        "ostler events --kind exploded",
        "ostler logs -n many",
        "ostler logs -C 1001 --grep x",
        "ostler logs --level loud",
        "ostler logs --stream both",
        "ostler logs --raw --grep x",
        "ostler logs --raw --json",
        "ostler logs --json --pretty",
        "ostler logs --json -t",
        "ostler logs --force",
        "ostler logs -f --until 1h",
        "ostler supervisor",
        "ostler completions csh",
        "ostler --color blue",
        "ostler -H box status",
    ] {
        let error = parse(line).expect_err(line);
        assert_eq!(error.exit_code(), i32::from(failure::USAGE), "{line}");
    }
}

#[test]
fn the_name_completion_is_hidden_and_every_other_command_is_explained() {
    let mut cli = Cli::command();
    let help = cli.render_help().to_string();
    assert!(!help.contains("complete-names"), "{help}");
    for command in cli.get_subcommands() {
        assert!(command.get_about().is_some(), "{}", command.get_name());
    }
}
