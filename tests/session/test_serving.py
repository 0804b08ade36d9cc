"""Tests for aiwrap/session/serving.py: the gateway of a session, without a child."""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.launches import Vendor, vendor
from tests.support.model import Model
from tests.support.sessions import ORDINARY, PAUSED, policy


@contextmanager
def gateway(
    stage: Vendor, upstream: str
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run `aiwrap gateway` and yield its base URL."""
    command = stage.command()[:-1]
    arguments = ["gateway", "--vendor", "claude", "--upstream", upstream]
    with subprocess.Popen(
        [*command, *arguments],
        env=stage.environment,
        cwd=stage.path.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        base_url = json.loads(running.stdout.readline())["base_url"]
        try:
            yield base_url, running
        finally:
            running.terminate()
            running.wait(20)


def post(base_url: str, prompt: str, **members: object) -> tuple[int, str]:
    """Send one prompt; return status and body."""
    body = {"model": "m", "messages": [{"role": "user", "content": prompt}], **members}
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{base_url}/v1/messages",
        json.dumps(body).encode(),
        {"content-type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_the_gateway_alone_applies_the_policy(tmp_path: Path, model: Model) -> None:
    """SDK programs and editors get the same rules; it ends when it is told to."""
    stage = vendor(tmp_path, "")
    stage.push(policy())

    with gateway(stage, model.url) as (base_url, running):
        allowed = post(base_url, ORDINARY)
        refused = post(base_url, PAUSED)

    assert allowed[0] == 200
    assert "Output may enter our training data" in refused[1]
    assert len(model.calls) == 1
    assert running.returncode == 0
    kinds = [record.kind for record in stage.records()]
    assert kinds == ["launch", "prompt", "prompt", "usage", "session"]


def test_a_program_s_own_system_prompt_is_judged(tmp_path: Path, model: Model) -> None:
    """Without Claude Code's own words around it, it is what a person wrote."""
    stage = vendor(tmp_path, "")
    stage.push(policy())

    with gateway(stage, model.url) as (base_url, _):
        _, text = post(base_url, "next", system=PAUSED)

    assert "Output may enter our training data" in text
    assert model.calls == []


def test_a_caller_without_the_secret_is_refused_and_recorded(
    tmp_path: Path, model: Model
) -> None:
    """Another local program cannot spend the engineer's credentials."""
    stage = vendor(tmp_path, "")
    stage.push(policy())

    with gateway(stage, model.url) as (base_url, _):
        status, _ = post(base_url[:-4] + "0000", ORDINARY)

    assert status == 403
    assert model.calls == []
    assert stage.records("flag")[0].fields["what"] == "secret"


def test_two_gateways_share_one_chain(tmp_path: Path, model: Model) -> None:
    """Two sessions in the same repo at once: all records, one chain."""
    stage = vendor(tmp_path, "")
    stage.push(policy())

    with (
        gateway(stage, model.url) as (one, _),
        gateway(stage, model.url) as (other, _),
    ):
        for number in range(5):
            post(one, f"{ORDINARY} {number}")
            post(other, f"{ORDINARY} again {number}")

    assert len(stage.records("prompt")) == 10
    assert [each.seq for each in stage.records()] == list(
        range(1, len(stage.records()) + 1)
    )
