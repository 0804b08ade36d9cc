"""Who may talk to the gateway: the vendor CLI of this session, and nobody else."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support import components
from tests.support.answers import Message, tools
from tests.support.claude import ALLOW_TOOLS, STREAM_JSON, Claude, user_line
from tests.support.model import Model
from tests.support.policies import ORDINARY, REFUSING

KNOCK = """
import http.client, sys
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=10)
try:
    connection.request("POST", sys.argv[2], b"{}", {"content-type": "application/json"})
    print(connection.getresponse().status)
except OSError as error:
    print(type(error).__name__)
"""
"""Post to a port as somebody else; print the status, or how it was cut off."""


@contextmanager
def running_session(claude: Claude, model: Model) -> Iterator[tuple[int, str]]:
    """Run an editor's session; yield the gateway's port and its secret path."""
    claude.push_policy(REFUSING)
    with claude.start("-p", *STREAM_JSON) as running:
        assert running.stdin is not None
        running.stdin.write(user_line(ORDINARY))
        running.stdin.flush()
        model.wait_for_calls(1)
        (folder,) = (claude.data / "sessions").iterdir()
        session = json.loads((folder / "session.json").read_text())
        address = urlsplit(session["base_url"])
        assert address.port is not None
        yield address.port, address.path
        running.stdin.close()
        running.wait(60)


def knock(port: int, path: str, headers: Mapping[str, str]) -> int:
    """Post a prompt to the gateway; return the status."""
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "hi"}]})
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(
        "POST", path, body, {"content-type": "application/json", **headers}
    )
    status = connection.getresponse().status
    connection.close()
    return status


def flags(claude: Claude) -> set[object]:
    return {each.fields["what"] for each in claude.records if each.kind == "flag"}


@pytest.mark.parametrize(
    ("headers", "what"),
    [
        ({"Host": "evil.example"}, "host"),
        ({"Origin": "https://evil.example"}, "browser"),
        ({"Sec-Fetch-Site": "cross-site"}, "browser"),
    ],
    ids=["a rebound name", "another origin", "a browser's request"],
)
def test_a_web_page_is_refused_and_recorded(
    claude: Claude, model: Model, headers: dict[str, str], what: str
) -> None:
    """Even one that has learnt the secret path."""
    with running_session(claude, model) as (port, secret):
        status = knock(port, f"{secret}/v1/messages", headers)

    assert status == 403
    assert len(model.messages) == 1
    assert flags(claude) == {what}


@pytest.mark.parametrize("path", ["/v1/messages", "/s/0000/v1/messages", "/"])
def test_a_request_without_the_secret_is_refused_and_recorded(
    claude: Claude, model: Model, path: str
) -> None:
    """Another program on this machine cannot spend the engineer's credentials."""
    with running_session(claude, model) as (port, _):
        status = knock(port, path, {})

    assert status == 403
    assert len(model.messages) == 1
    assert flags(claude) == {"secret"}


def test_another_user_is_refused_and_recorded(claude: Claude, model: Model) -> None:
    """The peer's uid decides, whatever it knows."""
    setpriv = components.require("setpriv")
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    with running_session(claude, model) as (port, secret):
        done = subprocess.run(
            [
                *(setpriv, "--reuid=65534", "--regid=65534", "--clear-groups"),
                *("/usr/bin/python3", "-I", "-c", KNOCK),
                *(str(port), f"{secret}/v1/messages"),
            ],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )

    assert done.stdout.strip() != "200"
    assert len(model.messages) == 1
    assert "peer" in flags(claude)


def test_the_models_own_bash_cannot_post_to_the_hook(
    claude: Claude, model: Model
) -> None:
    """Its environment holds the session's address, not the hook's secret."""
    claude.push_policy(REFUSING)
    script = (
        f'base="${{ANTHROPIC_BASE_URL%/s/*}}"; for path in /h/0000 /h/ "/h/'
        f"${{ANTHROPIC_BASE_URL##*/s/}}\"; do {sys.executable} -I -c '"
        "import sys, urllib.request, urllib.error\n"
        "try:\n"
        '    urllib.request.urlopen(sys.argv[1], b"{}")\n'
        '    print("TAK" + "EN")\n'
        "except urllib.error.HTTPError as error:\n"
        '    print("GOT", error.code)\' "$base$path"; done'
    )
    model.answers += [tools(("Bash", {"command": script})), Message("done")]

    done = claude.run(*ALLOW_TOOLS, "-p", ORDINARY)

    assert done.code == 0, done.stderr
    results = model.messages[-1].body.decode()
    assert results.count("GOT 403") == 3
    assert "TAKEN" not in results
    assert "hook" in flags(claude)


FIND_THE_HOOK = """
import json, os, sys, urllib.request, urllib.error
pid = os.getpid()
while True:
    words = open(f"/proc/{pid}/cmdline").read().split("\\0")
    if "--settings" in words:
        break
    pid = int(open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[1])
settings = json.load(open(words[words.index("--settings") + 1]))
url = settings["hooks"]["UserPromptSubmit"][0]["hooks"][0]["url"]
event = {"hook_event_name": "UserPromptSubmit", "prompt": "hi", "prompt_id": "1"}
request = urllib.request.Request(
    url, json.dumps(event).encode(), {"content-type": "application/json"})
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
try:
    print("ANSWERED", opener.open(request).status)
except urllib.error.HTTPError as error:
    print("GOT", error.code)
"""


def test_a_model_that_finds_the_hooks_secret_is_refused_and_recorded(
    claude: Claude, model: Model, tmp_path: Path
) -> None:
    """It is the same user; but it is not the process that was started."""
    claude.push_policy(REFUSING)
    script = tmp_path / "find.py"
    script.write_text(FIND_THE_HOOK)
    command = f"{sys.executable} -I {script}"
    model.answers += [tools(("Bash", {"command": command})), Message("done")]

    done = claude.run(*ALLOW_TOOLS, "-p", ORDINARY)

    assert done.code == 0, done.stderr
    assert b"GOT 403" in model.messages[-1].body
    assert flags(claude) == {"hook"}
    assert [
        each.fields["gate"] for each in claude.records if each.kind == "prompt"
    ] == ["hook"]
