//! Two specifications, compared field by field. Pure.
//!
//! Fields are found in the JSON of a specification, so that one that is added to it is compared without a word here;
//! what is told here is how a few of them are written in the config file.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::api::FieldChange;
use crate::config::show_duration;
use crate::model::{Need, NotifyPolicy, ServerSpec};

/// Stands for a value that is not told.
const HIDDEN: &str = "(hidden)";

/// Every field by its name in the config file, as text. One that is not set is not there.
type Fields = BTreeMap<String, String>;

/// What is different in `after`, by name. Of a variable the name is told, never its value.
pub(super) fn changes(before: &ServerSpec, after: &ServerSpec) -> Vec<FieldChange> {
    let (old, new) = (fields(before), fields(after));
    let variables = variables(before, after);
    let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let changed = names.into_iter().filter_map(|name| {
        let (before, after) = (old.get(name).cloned(), new.get(name).cloned());
        (before != after).then(|| FieldChange { name: name.clone(), before, after })
    });
    changed.chain(variables).collect()
}

/// What is different of who is told of what happens. An address is not told: it may hold a token.
pub(super) fn of_notify(before: &NotifyPolicy, after: &NotifyPolicy) -> Vec<FieldChange> {
    let NotifyPolicy { webhook, command, bell } = after;
    let hidden = |value: &Option<String>| value.as_ref().map(|_| HIDDEN.to_owned());
    let rows = [
        (before.webhook != *webhook, "webhook", hidden(&before.webhook), hidden(webhook)),
        (before.command != *command, "command", before.command.clone(), command.clone()),
        (before.bell != *bell, "bell", Some(before.bell.to_string()), Some(bell.to_string())),
    ];
    let changed = rows.into_iter().filter(|(changed, ..)| *changed);
    changed
        .map(|(_, key, before, after)| FieldChange { name: format!("notify.{key}"), before, after })
        .collect()
}

fn variables(before: &ServerSpec, after: &ServerSpec) -> Vec<FieldChange> {
    let (old, new) = (&before.env.0, &after.env.0);
    let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let changed = names.into_iter().filter(|name| old.get(*name) != new.get(*name));
    let hidden = |value: Option<&String>| value.map(|_| HIDDEN.to_owned());
    changed
        .map(|name| FieldChange {
            name: format!("env.{name}"),
            before: hidden(old.get(name)),
            after: hidden(new.get(name)),
        })
        .collect()
}

fn fields(spec: &ServerSpec) -> Fields {
    let mut fields = Fields::new();
    let needs: Vec<String> = spec.needs.iter().map(Need::to_string).collect();
    set(&mut fields, "needs", needs.join(", "));
    let files = spec.env_files.iter();
    let files: Vec<String> =
        files.map(|file| format!("{}{}", if file.optional { "?" } else { "" }, file.path)).collect();
    set(&mut fields, "env_file", files.join(", "));
    // it fails for no specification; and where it did, a change of what is left out would be told as nothing
    let Ok(Value::Object(mut all)) = serde_json::to_value(spec) else { return fields };
    for told in ["id", "env", "env_files", "needs"] {
        all.remove(told);
    }
    for (name, value) in &all {
        let name = if name == "ports" { "port" } else { name };
        walk(name, value, &mut fields);
    }
    fields
}

fn set(fields: &mut Fields, name: &str, text: String) {
    if !text.is_empty() {
        fields.insert(name.to_owned(), text);
    }
}

/// Puts a value down under its name; of a table, each of its keys.
fn walk(name: &str, value: &Value, fields: &mut Fields) {
    match value {
        Value::Null => {}
        Value::Object(table) => match duration(table) {
            Some(length) => set(fields, name, show_duration(length)),
            None => table.iter().for_each(|(key, value)| walk_key(name, key, value, fields)),
        },
        // a command: a list is not what a line with the same words is
        Value::Array(items) if name != "port" && items.iter().any(Value::is_string) => {
            set(fields, name, value.to_string());
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(item).collect();
            set(fields, name, items.join(", "));
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => set(fields, name, item(value)),
    }
}

/// A key of a table. A check stands in the table of what it is for, as `health.http` does.
fn walk_key(table: &str, key: &str, value: &Value, fields: &mut Fields) {
    match (key, value) {
        ("probe", Value::String(kind)) => set(fields, &format!("{table}.{kind}"), "true".to_owned()),
        ("probe", Value::Object(kinds)) => {
            for (kind, asked) in kinds {
                let http = asked.as_object().filter(|_| kind == "http");
                match http.map(|http| (http.get("url"), http.get("expect"))) {
                    Some((url, expect)) => {
                        walk(&format!("{table}.http"), url.unwrap_or(&Value::Null), fields);
                        walk(&format!("{table}.expect"), expect.unwrap_or(&Value::Null), fields);
                    }
                    None => walk(&format!("{table}.{kind}"), asked, fields),
                }
            }
        }
        _ => walk(&format!("{table}.{key}"), value, fields),
    }
}

/// As serde writes one.
fn duration(table: &Map<String, Value>) -> Option<Duration> {
    let (secs, nanos) = (table.get("secs")?.as_u64()?, table.get("nanos")?.as_u64()?);
    (table.len() == 2).then(|| Duration::new(secs, u32::try_from(nanos).unwrap_or_default()))
}

/// One value as text; a port as its number.
fn item(value: &Value) -> String {
    let fixed = value.as_object().and_then(|table| table.get("fixed"));
    match fixed.unwrap_or(value) {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::parse;

    fn server(keys: &str) -> ServerSpec {
        let text = format!("project='p'\n[servers.a]\n{keys}\n[servers.db]\ncommand='x'\n");
        let project = parse(Path::new("/srv/p/ostler.toml"), text.as_bytes());
        let mut servers = project.unwrap_or_else(|problems| panic!("{text}\n{problems}")).servers;
        servers.remove(0)
    }

    fn told(before: &str, after: &str) -> Vec<String> {
        let shown = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let all = changes(&server(before), &server(after)).into_iter();
        all.map(|change| format!("{}: {} > {}", change.name, shown(change.before), shown(change.after)))
            .collect()
    }

    #[test]
    fn the_same_is_no_change() {
        assert_eq!(told("command='x'\nport=1", "port=[1]\ncommand='x'"), [""; 0]);
    }

    #[test]
    fn each_field_is_told_by_its_name_in_the_file() {
        let before = "command='x'";
        for (after, changed) in [
            ("command='y z'", "command: x > y z"),
            ("command=['y', 'z']", r#"command: x > ["y","z"]"#),
            ("command='x'\ndir='d'", "dir: /srv/p > /srv/p/d"),
            ("command='x'\nport=3000", "port: - > 3000"),
            ("command='x'\nports=[3000, 3001]", "port: - > 3000, 3001"),
            ("command='x'\nport='auto'", "port: - > auto"),
            ("command='x'\ntty=true", "tty: false > true"),
            ("command='x'\ngroup='g'", "group: - > g"),
            ("command='x'\nneeds=['db:started']", "needs: - > db:started"),
            ("command='x'\nenv_file=['.env', '?b']", "env_file: - > .env, ?b"),
            ("command='x'\nrestart={attempts=9}", "restart.attempts: 5 > 9"),
            ("command='x'\nrestart={delay='2s'}", "restart.delay: 1s > 2s"),
            ("command='x'\nrestart={success_codes=[0, 3]}", "restart.success_codes: 0 > 0, 3"),
            ("command='x'\nstop={signal='SIGINT'}", "stop.signal: SIGTERM > SIGINT"),
            ("command='x'\nlog={keep=7}", "log.keep: 5 > 7"),
            ("command='x'\nstartup={timeout='5s'}", "startup.timeout: 30s > 5s"),
            ("command='x'\nstartup={log='up'}", "startup.log: - > up"),
            ("command='x'\nmemory={limit='64KiB'}", "memory.limit: - > 65536"),
        ] {
            assert_eq!(told(before, after), [changed], "{after}");
        }
    }

    #[test]
    fn checks_stand_in_their_table() {
        let http = "command='x'\nhealth={http='http://127.0.0.1/h', interval='10s', timeout='5s', retries=3}";
        assert_eq!(
            told("command='x'", http),
            [
                "health.http: - > http://127.0.0.1/h",
                "health.interval: - > 10s",
                "health.on_failure: - > restart",
                "health.retries: - > 3",
                "health.timeout: - > 5s",
            ]
        );
        let expecting = http.replace("retries=3", "retries=4, expect={status=[200, 204], body='ok'}");
        assert_eq!(
            told(http, &expecting),
            ["health.expect.body: - > ok", "health.expect.status: - > 200, 204", "health.retries: 3 > 4",]
        );
        assert!(
            told("command='x'", "command='x'\nhealth={notify=true}")
                .contains(&"health.notify: - > true".to_owned())
        );
    }

    #[test]
    fn of_a_variable_only_the_name_is_told() {
        let before = "command='x'\nenv={SAME='1', GONE='hunter1', OTHER='hunter2'}";
        let after = "command='x'\nenv={SAME='1', NEW='hunter3', OTHER='hunter4'}";
        let told = told(before, after);
        assert_eq!(
            told,
            ["env.GONE: (hidden) > -", "env.NEW: - > (hidden)", "env.OTHER: (hidden) > (hidden)",]
        );
    }

    #[test]
    fn of_a_webhook_the_address_is_not_told() {
        let before = NotifyPolicy { webhook: Some("http://a/secret".into()), ..NotifyPolicy::default() };
        let after = NotifyPolicy { webhook: Some("http://b/secret".into()), bell: true, ..before.clone() };
        let told = of_notify(&before, &after);
        let names: Vec<&str> = told.iter().map(|change| change.name.as_str()).collect();
        assert_eq!(names, ["notify.webhook", "notify.bell"]);
        assert!(!format!("{told:?}").contains("secret"), "{told:?}");
        assert_eq!(of_notify(&after, &after), []);
    }

    #[test]
    fn no_field_of_a_specification_is_forgotten() {
        let spec = server("command='x'");
        let Value::Object(all) = serde_json::to_value(&spec).unwrap() else { panic!() };
        for name in all.keys().filter(|name| !matches!(name.as_str(), "id" | "env")) {
            let mut other = serde_json::to_value(&spec).unwrap();
            let changed = match (name.as_str(), &all[name]) {
                ("ports", _) => serde_json::json!([{"fixed": 1}]),
                ("env_files", _) => serde_json::json!([{"path": "f", "optional": false}]),
                ("port_check", _) => "off".into(),
                (_, Value::Bool(value)) => (!value).into(),
                (_, Value::Object(_)) => continue,
                (_, Value::Null | Value::String(_)) => "something".into(),
                (name, value) => panic!("{name}: {value}"),
            };
            other[name] = changed;
            let other: ServerSpec = serde_json::from_value(other).unwrap();
            assert_eq!(changes(&spec, &other).len(), 1, "{name}");
        }
    }
}
