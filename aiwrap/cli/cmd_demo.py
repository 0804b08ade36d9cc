"""`aiwrap demo`: play the main job in a directory of its own, in under 20 seconds.

Everything is real except the model: the launch, the gateway, the redaction, the
signed records, and a central log on loopback.  Nothing of the user's is touched:
own HOME, own data directory, no keyring, no network beyond loopback.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import timedelta
from importlib import import_module
from typing import NamedTuple

from aiwrap import files
from aiwrap.cli import terminal
from aiwrap.cli.demo_model import DemoModel
from aiwrap.errors import EXIT_FAILED, EXIT_REFUSED, AiwrapError
from aiwrap.session import clock
from aiwrap.vendors import executable, registry

STEP_TIMEOUT_SECONDS = 60
PAUSED_FOR = timedelta(days=30)
SECRET_PATH = "infra/prod/nightingale.tf"  # noqa: S105 - the demo's sensitive path
POLICY = """\
schema = "aiwrap.policy/1"
team = "demo"
trust = "local"

[defaults]
refresh = "60s"
offline = "24h"
likely = "warn"
uncovered = "warn"

[[pause]]
id = "training-data"
tasks = ["training-data", "distillation"]
action = "refuse"
reason = "Output may enter our training data; the agreement is under review."
owner = "data-governance@acme.example"
expires = @EXPIRES@
instead = { say = "Use the in-house assistant." }

[[pause]]
id = "data-labeling"
tasks = ["data-labeling"]
action = "warn"
reason = "Labels may enter our training data."
owner = "data-governance@acme.example"
expires = @EXPIRES@

[[sensitive]]
paths = ["infra/prod/**"]
"""
FILES = {
    "src/parser.py": "def parse(text):\n    return text.split()\n",
    SECRET_PATH: 'resource "database" "main" {\n  size = "large"\n}\n',
}


class Step(NamedTuple):
    """One scene: what is said about it, the prompt, and how it must end."""

    title: str
    prompt: str
    exit_code: int = 0


STEPS = (
    Step("An ordinary prompt goes through", "Rename parse to split_words in src."),
    Step(
        "A paused kind of work, with a warning",
        "Compare response A and response B and pick the better one for our "
        "preference data.",
    ),
    Step(
        "A paused kind of work, refused: nothing leaves, exit code 77",
        "Generate 500 instruction/response pairs for the SFT mix of our model.",
        EXIT_REFUSED,
    ),
    Step(
        "A sensitive path: hidden on the wire, real for the tools and on the screen",
        f"Read {SECRET_PATH} and say what it is.",
    ),
)


def run(argv: Sequence[str]) -> int:
    """Run the command; 0 if every scene went as it should."""
    # argparse only here: the launch path does without it.
    import argparse

    argparse.ArgumentParser(prog="aiwrap demo", description=__doc__).parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="aiwrap-demo-") as folder:
        return _Demo(folder).play()


class _Demo:
    def __init__(self, folder: str) -> None:
        self._repo = os.path.join(folder, "repo")
        self._folder = folder
        self._model = DemoModel()
        for name, text in FILES.items():
            path = os.path.join(self._repo, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        self._client = self._find_client()
        self._environ = self._environment()

    def play(self) -> int:
        log = _start_central_log(self._folder)
        try:
            self._say(f"vendor CLI    {self._client}")
            self._say(
                "model         a stand-in on loopback; nothing leaves this machine"
            )
            self._run("enroll", log.url, stdin=log.token)
            self._push_policy()
            results = [self._play_step(step) for step in STEPS]  # each one is played
            return 0 if self._show_records() and all(results) else EXIT_FAILED
        finally:
            log.stop()
            self._model.stop()

    def _play_step(self, step: Step) -> bool:
        self._say("")
        self._say(f"== {step.title}", terminal.BOLD)
        before = len(self._model.received)
        shown = self._launch(step.prompt)
        seen = "".join(self._model.received[before:])
        if step.exit_code == EXIT_REFUSED:
            self._say(f"   exit code {shown.returncode}; the model received nothing")
            return shown.returncode == EXIT_REFUSED and not seen
        if SECRET_PATH in step.prompt:
            return self._show_redaction(shown, seen)
        return shown.returncode == 0 and step.prompt[:20] in seen

    def _show_redaction(
        self, shown: subprocess.CompletedProcess[str], seen: str
    ) -> bool:
        hidden = [word for word in seen.split() if word.startswith("infra/zq")]
        self._say(
            f"   on the wire    {hidden[0] if hidden else '(nothing was hidden)'}"
        )
        self._say(f"   on the screen  {SECRET_PATH}")
        is_hidden = "nightingale" not in seen and "infra/prod" not in seen
        return is_hidden and bool(hidden) and SECRET_PATH in shown.stdout

    def _show_records(self) -> bool:
        self._say("")
        self._say(
            "== What was recorded: signed, chained, free of prompt text", terminal.BOLD
        )
        # First, so that it says of each record that it was delivered; some of them
        # were already, in the background.
        done = [self._run("sync"), self._run("log", "list"), self._run("log", "verify")]
        is_delivered = " 0 delivered" not in done[-1].stdout
        return is_delivered and all(each.returncode == 0 for each in done)

    def _launch(self, prompt: str) -> subprocess.CompletedProcess[str]:
        self._say(f'$ aiwrap claude -p "{prompt}"', terminal.DIM)
        return self._run("claude", "--allowedTools=Read", "-p", prompt)

    def _push_policy(self) -> None:
        path = os.path.join(self._folder, "policy.toml")
        with open(path, "w", encoding="utf-8") as file:
            expires = clock.now() + PAUSED_FOR
            file.write(POLICY.replace("@EXPIRES@", f"{expires:%Y-%m-%dT00:00:00Z}"))
        self._run("policy", "push", path)

    def _run(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "aiwrap", *words],
            cwd=self._repo,
            env=self._environ,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=STEP_TIMEOUT_SECONDS,
            check=False,
        )
        for line in done.stdout.splitlines():
            self._say(f"   {line}")
        return done

    def _find_client(self) -> str:
        vendor = registry.find("claude")
        if vendor is None:
            raise AiwrapError("the description of Claude Code is missing")
        shims = files.locate(os.environ).shims
        try:
            found = executable.find_executable(vendor.facts, os.environ, shims)
        except AiwrapError:
            return self._make_client()
        # Alone in a directory: nothing else of the user's PATH is asked first.
        self._link(found)
        return f"{found} (your Claude Code)"

    def _link(self, found: str) -> None:
        os.makedirs(os.path.join(self._folder, "bin"))
        os.symlink(found, os.path.join(self._folder, "bin", "claude"))

    def _make_client(self) -> str:
        path = os.path.join(self._folder, "bin", "claude")
        os.makedirs(os.path.dirname(path))
        with open(path, "w", encoding="utf-8") as file:
            module = "aiwrap.cli.demo_client"
            file.write(f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n')
        os.chmod(path, 0o700)
        return "a small client of our own (Claude Code is not on your PATH)"

    def _environment(self) -> dict[str, str]:
        home = os.path.join(self._folder, "home")
        os.makedirs(home)
        path = os.environ.get("PATH", os.defpath)
        keep = ("LANG", "LC_ALL", "TERM", "TMPDIR", "PYTHONPATH")
        return {
            **{name: os.environ[name] for name in keep if name in os.environ},
            "PATH": os.pathsep.join([os.path.join(self._folder, "bin"), path]),
            "HOME": home,
            "XDG_DATA_HOME": os.path.join(home, "data"),
            "CLAUDE_CONFIG_DIR": os.path.join(home, "claude"),
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
            "ANTHROPIC_BASE_URL": self._model.url,
            "ANTHROPIC_API_KEY": "demo",
            # The demo's key must not end in the user's keyring.
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "PYTHONIOENCODING": "utf-8",
        }

    @staticmethod
    def _say(text: str, style: str = "") -> None:
        if style and sys.stdout.isatty() and terminal.is_colourful():
            text = f"{style}{text}{terminal.PLAIN}"
        terminal.print_out(text)
        sys.stdout.flush()


class _CentralLog(NamedTuple):
    """A central log that runs in this process."""

    url: str
    token: str
    stop: Callable[[], None]


def _start_central_log(folder: str) -> _CentralLog:
    try:
        # By name: the command line and the central log do not know each other.
        app = import_module("aiwrap.central.app")
        database = import_module("aiwrap.central.database")
        server = import_module("aiwrap.central.server")
    except ImportError as error:
        raise AiwrapError(
            f"the demo needs the central log, which is not installed ({error.name})",
            hint="Install it: pip install 'aiwrap[central]'.",
        ) from error
    store = database.Database(os.path.join(folder, "central.db"))
    token = store.create_token("demo@acme.example")
    running = server.serve_in_thread(app.create_app(store, clock=clock.now))

    def stop() -> None:
        running.stop()
        store.close()

    return _CentralLog(running.url, token, stop)
