//! Web servers: one process, a master with workers, a tree behind a script runner, and one that goes to the background.

use std::fs;

use super::{QUICK, live_and_die};
use crate::support::{Sandbox, free_port, need};

const HTTP: &str = r#"health = { http = "http://127.0.0.1:${port}/", interval = "200ms" }"#;

/// A project with this one server, asked over HTTP.
fn asked(name: &str, keys: &str) -> Sandbox {
    let keys = format!("{keys}\n{HTTP}\n{QUICK}");
    Sandbox::with_servers([(name, keys.as_str())])
}

#[test]
fn a_python_http_server_on_a_port_that_was_chosen() {
    let Some(python) = need("python3") else { return };
    let keys = format!(
        "command = [{python:?}, \"-u\", \"-m\", \"http.server\", \"--bind\", \"127.0.0.1\", \"${{port}}\"]\n\
         port = \"auto\""
    );
    live_and_die(&asked("files", &keys), "files", 1);
}

/// nginx with two workers. They outlive a master that was killed, and hold the port: ostler has to end them first.
fn nginx(daemon: &str) -> Option<Sandbox> {
    let nginx = need("nginx")?;
    let port = free_port();
    let keys = format!(
        "command = [{nginx:?}, \"-p\", \"${{dir}}\", \"-c\", \"nginx.conf\", \"-e\", \"error.log\"]\n\
         port = {port}\nstop = \"SIGQUIT\""
    );
    let sandbox = asked("front", &keys);
    fs::create_dir(sandbox.project().join("tmp")).unwrap();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path tmp/{kind};\n"))
        .concat();
    let user = if rustix::process::geteuid().is_root() { "user root;\n" } else { "" };
    sandbox.write(
        "nginx.conf",
        &format!(
            "{user}daemon {daemon};\nworker_processes 2;\npid nginx.pid;\nevents {{ worker_connections 64; }}\n\
             http {{\naccess_log off;\n{temporary}\
             server {{ listen 127.0.0.1:{port}; return 200 \"ok\"; }}\n}}\n"
        ),
    );
    Some(sandbox)
}

#[test]
fn nginx_with_its_workers() {
    let Some(sandbox) = nginx("off") else { return };
    live_and_die(&sandbox, "front", 3);
}

#[test]
fn nginx_that_goes_to_the_background() {
    let Some(sandbox) = nginx("on") else { return };
    live_and_die(&sandbox, "front", 3);
    sandbox.wait_for_log("front", "went to the background: pid ");
}

const WSGI: &str = "\
def app(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'ok']
";

#[test]
fn gunicorn_with_workers_that_it_forks() {
    let Some(gunicorn) = need("gunicorn") else { return };
    let port = free_port();
    let keys = format!(
        "command = [{gunicorn:?}, \"--workers\", \"2\", \"--bind\", \"127.0.0.1:${{port}}\", \"app:app\"]\n\
         port = {port}"
    );
    let sandbox = asked("wsgi", &keys);
    sandbox.write("app.py", WSGI);
    live_and_die(&sandbox, "wsgi", 3);
}

const SERVER_JS: &str = "\
require('http').createServer((_, answer) => answer.end('ok')).listen(process.env.PORT, '127.0.0.1');
";

#[test]
fn npm_run_with_its_node_child() {
    let (Some(npm), Some(_)) = (need("npm"), need("node")) else { return };
    let keys = format!("command = [{npm:?}, \"run\", \"dev\"]\nport = {}", free_port());
    let sandbox = asked("vite", &keys);
    sandbox
        .write("package.json", r#"{"name": "shop", "private": true, "scripts": {"dev": "node server.js"}}"#);
    sandbox.write("server.js", SERVER_JS);
    live_and_die(&sandbox, "vite", 2);
}
