#!/usr/bin/env python3
"""Runs `ostler up` as a person would, in a terminal and with a state directory of its own.

    pty_run.py COMMAND…

Waits until the dashboard shows every server that should be up as running, presses q, and checks that the dashboard
ends well, says what is still running, and that after `down --all` and `supervisor stop` no process is left.
"""

import fcntl
import json
import os
import pathlib
import pty
import re
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time

ROWS, COLUMNS = 60, 160
PATIENCE = 120  # seconds for each thing that is waited for
LEAVING = 10  # seconds that processes may take to end once told
OSTLER = str(pathlib.Path(os.environ.get("CARGO_TARGET_DIR", "target"), "release", "ostler").resolve())

# an escape sequence: CSI with its parameters and final byte, a string (OSC, DCS, APC), or a short one
ESCAPE = re.compile(
    r"\x1b\[([<-?]?)([\d;:]*)[ -/]*([@-~])|\x1b[\]P_^X].*?(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]|[^\x1b]+|\x1b", re.S
)


def screen(output):
    """The rows of the terminal after this output; knows what a full-screen program needs."""
    rows = [[" "] * COLUMNS for _ in range(ROWS)]
    y = x = 0
    for match in ESCAPE.finditer(output):
        text = match.group()
        if not text.startswith("\x1b"):
            for char in text:
                if char == "\r":
                    x = 0
                elif char == "\n":
                    y = min(y + 1, ROWS - 1)
                elif char >= " " and x < COLUMNS:
                    rows[y][x] = char
                    x += 1
        elif not match.group(1) and match.group(3):
            numbers = [int(n) for n in match.group(2).split(";") if n.isdigit()]
            count = max(numbers[0], 1) if numbers else 1
            match match.group(3):
                case "H" | "f":
                    y = min(count, ROWS) - 1
                    x = min(numbers[1] if len(numbers) > 1 else 1, COLUMNS) - 1
                case "C":
                    x = min(x + count, COLUMNS - 1)
                case "D":
                    x = max(x - count, 0)
                case "A":
                    y = max(y - count, 0)
                case "B":
                    y = min(y + count, ROWS - 1)
                case "G":
                    x = min(count, COLUMNS) - 1
                case "J" if numbers == [2]:
                    rows = [[" "] * COLUMNS for _ in range(ROWS)]
                case "K":
                    rows[y][x:] = [" "] * (COLUMNS - x)
    return ["".join(row).rstrip() for row in rows]


class Terminal:
    """A command on a PTY."""

    def __init__(self, command, environment):
        self.output, self.status = "", None
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], command, environment)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))

    def read(self):
        """Takes what comes within a moment; False when there will be no more."""
        if not select.select([self.master], [], [], 0.1)[0]:
            return True
        try:
            data = os.read(self.master, 65536)
        except OSError:  # EIO: all that had the other end are gone
            data = b""
        self.output += data.decode(errors="replace")
        return bool(data)

    def wait_until(self, what, condition):
        """Reads until the condition holds; ends the script when it does not in time."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if not self.read() or time.monotonic() > deadline:
                fail(f"{what}; the screen:\n" + "\n".join(screen(self.output)))

    def exit_code(self):
        """Reads until the command has ended, and what it still said."""
        deadline = time.monotonic() + PATIENCE
        while self.status is None:
            self.read()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > deadline:
                fail("the dashboard did not end; the screen:\n" + "\n".join(screen(self.output)))
        while select.select([self.master], [], [], 0)[0] and self.read():
            pass
        return self.status

    def end(self):
        """Does not leave the command behind."""
        if self.status is None:
            os.kill(self.pid, 9)
            os.waitpid(self.pid, 0)


def fail(message):
    sys.exit(f"error: {message}")


def processes_of(home):
    """PIDs that carry this state directory in their environment."""
    mark = f"OSTLER_HOME={home}".encode()
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            pass  # gone meanwhile, or another user's
    return found


def all_shown_running(terminal, environment):
    """Whether every server that should be up is, and the screen says so."""
    listed = subprocess.run([OSTLER, "status", "--all", "--json"], env=environment, capture_output=True)
    if listed.returncode != 0:
        return False
    wanted = [server for server in json.loads(listed.stdout)["servers"] if server["desired"] == "up"]
    rows = screen(terminal.output)
    return bool(wanted) and all(
        server["phase"] in ("running", "completed")
        and any(server["name"] in row and server["phase"] in row for row in rows)
        for server in wanted
    )


def journey(terminal, environment, home):
    terminal.wait_until("the servers did not come up", lambda: all_shown_running(terminal, environment))
    os.write(terminal.master, b"q")
    code = terminal.exit_code()
    if code != 0:
        fail(f"the dashboard ended with {code}:\n{terminal.output[-2000:]}")
    if "still running" not in terminal.output:
        fail(f"the dashboard did not say what is still running:\n{terminal.output[-2000:]}")
    for command in (["down", "--all"], ["supervisor", "stop"]):
        subprocess.run([OSTLER, *command], env=environment, check=True, timeout=PATIENCE)
    deadline = time.monotonic() + LEAVING
    while left := processes_of(home):
        if time.monotonic() > deadline:
            fail(f"processes left behind: {left}")
        time.sleep(0.05)


def main():
    with tempfile.TemporaryDirectory(prefix="ostler-run-") as home:
        environment = os.environ | {"OSTLER_HOME": home, "TERM": "xterm-256color"}
        terminal = Terminal(sys.argv[1:], environment)
        try:
            journey(terminal, environment, home)
        except BaseException:
            for command in (["down", "--all"], ["supervisor", "stop"]):
                subprocess.run([OSTLER, *command], env=environment, capture_output=True, timeout=PATIENCE)
            raise
        finally:
            terminal.end()
    print("the dashboard came up, left its servers running, and nothing was left behind")


if __name__ == "__main__":
    main()
