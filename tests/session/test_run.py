"""Tests for aiwrap/session/run.py: whole launches of small programs."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.launches import ASK, answer_of, vendor
from tests.support.model import Model
from tests.support.sessions import ORDINARY, PAUSED, policy

LINGER = f"""{ASK}
import time
sys.stdout.flush()
if "--verbose" in sys.argv:
    time.sleep(60)
"""


def test_a_launch_is_recorded_from_start_to_end(tmp_path: Path, model: Model) -> None:
    """Launch, prompt, usage, session: one chain, one session."""
    wrapped = vendor(tmp_path, ASK, upstream=model.url)
    wrapped.push(policy())

    done = wrapped.launch("-p", ORDINARY)

    assert answer_of(done)[0] == 200
    records = wrapped.records()
    assert [each.kind for each in records] == ["launch", "prompt", "usage", "session"]
    assert len({each.session for each in records}) == 1
    assert records[0].fields["coverage"] == {
        "launch": True,
        "hooks": True,
        "wire": True,
    }
    assert records[-1].fields["exit"] == 0


def test_a_refused_launch_starts_nothing(tmp_path: Path) -> None:
    """Exit code 77, a signed record, and the vendor CLI never ran."""
    wrapped = vendor(tmp_path, "open('started', 'w')")
    wrapped.push(policy())

    done = wrapped.launch("-p", PAUSED)

    assert done.returncode == 77
    assert "Output may enter our training data" in done.stderr
    assert done.stdout == ""
    assert not (wrapped.path.parent / "started").exists()
    assert wrapped.records("launch")[0].fields["action"] == "refuse"


@pytest.mark.parametrize("code", [0, 7, 77, 126, 255])
def test_the_exit_code_is_the_vendors(tmp_path: Path, code: int) -> None:
    """Scripts go on as before."""
    wrapped = vendor(tmp_path, f"raise SystemExit({code})")
    wrapped.push(policy())

    assert wrapped.launch("--verbose", ORDINARY, "-p").returncode == code


def test_a_pin_that_failed_does_not_look_like_enforcement(tmp_path: Path) -> None:
    """The vendor CLI worked and no request came by: say so, and record it."""
    wrapped = vendor(tmp_path, "print('an answer from somewhere')")
    wrapped.push(policy())

    done = wrapped.launch("-p", ORDINARY)

    assert "NOT covered" in done.stderr
    assert wrapped.records("flag")[0].fields["what"] == "gateway-unused"
    session = wrapped.records("session")[0]
    assert session.fields["coverage"] == {"launch": True, "hooks": True, "wire": False}


def test_an_uncovered_mode_is_refused_where_the_policy_says_so(tmp_path: Path) -> None:
    """`--bg` outlives the gateway, so nothing could screen it."""
    wrapped = vendor(tmp_path, "open('started', 'w')")
    wrapped.push(policy())

    done = wrapped.launch("--bg", ORDINARY)

    assert done.returncode == 77
    assert "--bg" in done.stderr
    assert not (wrapped.path.parent / "started").exists()


def test_an_uncovered_mode_runs_with_a_warning_where_it_may(tmp_path: Path) -> None:
    """Its coverage is recorded; nothing pretends."""
    wrapped = vendor(tmp_path, "import sys; print(sys.argv[1:])")
    wrapped.push(policy().replace(b'uncovered = "refuse"', b'uncovered = "warn"'))

    done = wrapped.launch("--bg", ORDINARY)

    assert done.returncode == 0
    assert done.stdout.strip() == str(["--bg", ORDINARY])
    assert "--bg" in done.stderr
    coverage = wrapped.records("session")[0].fields["coverage"]
    assert coverage == {"launch": True, "hooks": False, "wire": False}


def test_without_its_key_nothing_is_sent(tmp_path: Path, model: Model) -> None:
    """An exchange that cannot be recorded does not leave; the message says why."""
    wrapped = vendor(tmp_path, ASK, upstream=model.url)
    wrapped.push(policy())
    wrapped.launch("-p", ORDINARY)
    before = len(model.calls)
    shutil.rmtree(wrapped.locations.keys)

    done = wrapped.launch("-p", ORDINARY)

    assert answer_of(done)[0] == 451
    assert "signing key" in done.stderr
    assert len(model.calls) == before


def test_a_killed_session_is_closed_by_the_next_launch(
    tmp_path: Path, model: Model
) -> None:
    """Its child is gone with it, and the chain says that it was interrupted."""
    wrapped = vendor(tmp_path, LINGER, upstream=model.url)
    wrapped.push(policy())
    running = subprocess.Popen(
        wrapped.command("--verbose", "-p", ORDINARY),
        env=wrapped.environment,
        cwd=wrapped.path.parent,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    with running, running.stdout:
        assert running.stdout.readline().startswith("200")
        os.kill(running.pid, signal.SIGKILL)

    wrapped.launch("-p", ORDINARY)

    outcomes = [each.fields["outcome"] for each in wrapped.records("session")]
    assert "interrupted" in outcomes


def test_the_task_can_be_declared(tmp_path: Path) -> None:
    """A declared paused type refuses before anything starts."""
    wrapped = vendor(tmp_path, "print('started')")
    wrapped.push(policy())

    done = wrapped.launch(before=("--task", "distillation"))

    assert done.returncode == 77
    assert wrapped.records("launch")[0].fields["declared"] == "distillation"


def test_a_confirmation_on_the_command_line_is_recorded(
    tmp_path: Path, model: Model
) -> None:
    """The reason is the one free text of a record."""
    wrapped = vendor(tmp_path, ASK, upstream=model.url)
    wrapped.push(policy("confirm"))
    options = ("--confirm", "training-data", "--reason", "public benchmark only")

    refused = wrapped.launch("-p", PAUSED)
    confirmed = wrapped.launch("-p", PAUSED, before=options)

    assert refused.returncode == 77
    assert "--confirm training-data" in refused.stderr
    assert answer_of(confirmed)[0] == 200
    assert wrapped.records("launch")[-1].fields["reason"] == "public benchmark only"
    assert wrapped.records("prompt")[-1].fields["confirmed"] is True


@pytest.mark.parametrize("task", ["evls", "any free text"])
def test_a_task_that_no_type_is_called_by_is_an_error(
    tmp_path: Path, task: str
) -> None:
    """A typo must not look like a declaration."""
    wrapped = vendor(tmp_path, "print('started')")
    wrapped.push(policy())

    done = wrapped.launch(before=("--task", task))

    assert done.returncode == 125
    assert "is not a task type" in done.stderr
    assert done.stdout == ""


def test_a_reason_is_redacted_before_it_is_shared(tmp_path: Path, model: Model) -> None:
    """It is the one free text of a record, and goes to the central log."""
    wrapped = vendor(tmp_path, ASK, upstream=model.url)
    wrapped.push(policy("confirm", extra='[[sensitive]]\npaths = ["infra/prod/**"]'))
    reason = "only touches infra/prod/kestrel.tf"

    wrapped.launch(
        "-p", PAUSED, before=("--confirm", "training-data", "--reason", reason)
    )

    reasons = [
        each.fields["reason"] for each in wrapped.records() if "reason" in each.fields
    ]
    assert len(reasons) == 2
    assert not [each for each in reasons if "kestrel" in str(each)]


def test_a_local_command_is_no_failed_pin(tmp_path: Path) -> None:
    """`-p /cost` rightly sends nothing."""
    wrapped = vendor(tmp_path, "print('cost: nothing')")
    wrapped.push(policy())

    done = wrapped.launch("-p", "/cost")

    assert "NOT covered" not in done.stderr
    assert wrapped.records("flag") == []
