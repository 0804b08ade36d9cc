"""Tests for aiwrap/session/submissions.py, on a real store and policy."""

from __future__ import annotations

from pathlib import Path

from aiwrap.policy.model import Action
from aiwrap.session.submissions import Confirmation
from tests.support.sessions import NOW, ORDINARY, PAUSED, open_world, policy

HOOK = ("hook", "p1")


def test_refused_prompt_is_recorded_and_remembered(tmp_path: Path) -> None:
    """The record is there when the verdict is; the digest outlives the process."""
    world = open_world(tmp_path, policy("refuse"))

    verdict = world.submissions().submit([PAUSED], key=HOOK, gate="hook")

    assert verdict.action is Action.REFUSE
    assert "data-governance@acme.example" in verdict.message
    record = world.records("prompt")[-1]
    assert record.seq == verdict.record
    assert record.fields["action"] == "refuse"
    assert record.fields["pause"] == "training-data"
    again = open_world(tmp_path, policy("refuse"), session="s2")
    assert again.submissions().is_refused(PAUSED)


def test_ordinary_prompt_is_recorded_without_a_message(tmp_path: Path) -> None:
    """The engineer is not disturbed, the record is complete."""
    world = open_world(tmp_path, policy("refuse"))

    verdict = world.submissions().submit([ORDINARY], key=HOOK, gate="hook")

    assert (verdict.action, verdict.message) == (Action.ALLOW, "")
    assert world.records("prompt")[-1].fields["action"] == "allow"


def test_a_new_submission_of_the_same_words_confirms(tmp_path: Path) -> None:
    """Sending it again is the confirmation; a retry of the first is none."""
    world = open_world(tmp_path, policy("confirm"))
    submissions = world.submissions()

    first = submissions.submit([PAUSED], key=("turn", "c#1"), gate="wire")
    retry = submissions.submit([PAUSED], key=("turn", "c#1"), gate="wire")
    title = submissions.submit([PAUSED], key=None, gate="wire")
    second = submissions.submit([PAUSED], key=("turn", "c#2"), gate="wire")

    assert first.action is Action.CONFIRM
    assert (retry.record, title.record) == (first.record, first.record)
    assert second.action is Action.WARN
    assert not submissions.is_refused(PAUSED)
    fields = [record.fields for record in world.records("prompt")]
    assert [each.get("confirmed") for each in fields] == [None, True]
    assert not world.store.refused_digests()


def test_one_shot_never_confirms_by_sending_again(tmp_path: Path) -> None:
    """Nobody answers there: a certain type is refused."""
    world = open_world(tmp_path, policy("confirm"))
    submissions = world.submissions(can_resubmit=False)

    verdict = submissions.submit([PAUSED], key=HOOK, gate="hook")

    assert verdict.action is Action.REFUSE


def test_confirmation_at_launch_covers_the_session(tmp_path: Path) -> None:
    """`--confirm PAUSE --reason TEXT` is not asked again at the prompt."""
    world = open_world(tmp_path, policy("confirm"))
    given = [Confirmation("training-data", "public benchmark only")]
    submissions = world.submissions(can_resubmit=False, confirmations=given)

    verdict = submissions.submit([PAUSED], key=HOOK, gate="hook")

    assert verdict.action is Action.WARN
    fields = world.records("prompt")[-1].fields
    assert (fields["confirmed"], fields["reason"]) == (True, "public benchmark only")


def test_warning_is_shown_once_per_session_and_pause(tmp_path: Path) -> None:
    """The second prompt of the same kind goes on without a word, recorded."""
    world = open_world(tmp_path, policy("warn"))
    submissions = world.submissions()

    first = submissions.submit([PAUSED], key=HOOK, gate="hook")
    other = submissions.submit([f"{PAUSED} please"], key=("hook", "p2"), gate="hook")

    assert first.message.startswith("Warning")
    assert (other.action, other.message) == (Action.WARN, "")
    assert len(world.records("prompt")) == 2


def test_history_that_a_new_policy_refuses_is_refused(tmp_path: Path) -> None:
    """A pushed pause reaches what was said before it, and the running turn."""
    world = open_world(tmp_path, policy("observe"))
    submissions = world.submissions()
    key = ("turn", "c#1")
    assert submissions.submit([PAUSED], key=key, gate="wire").action is Action.OBSERVE
    assert not submissions.is_refused(PAUSED)

    world.push(policy("refuse"))
    assert world.rules.refresh(NOW)

    assert submissions.is_refused(PAUSED)
    assert submissions.submit([PAUSED], key=key, gate="wire").action is Action.REFUSE


def test_a_lifted_pause_lets_the_prompt_go(tmp_path: Path) -> None:
    """What was refused before is forgotten once it is allowed."""
    world = open_world(tmp_path, policy("refuse"))
    submissions = world.submissions()
    submissions.submit([PAUSED], key=HOOK, gate="hook")

    world.push(policy("observe"))
    world.rules.refresh(NOW)
    verdict = submissions.submit([PAUSED], key=("hook", "p2"), gate="hook")

    assert verdict.action is Action.OBSERVE
    assert not submissions.is_refused(PAUSED)
    assert not world.store.refused_digests()


def test_a_changed_policy_does_not_turn_a_retry_into_a_confirmation(
    tmp_path: Path,
) -> None:
    """Only a new submission confirms, whatever happens in between."""
    world = open_world(tmp_path, policy("confirm"))
    submissions = world.submissions()
    key = ("turn", "c#1")
    submissions.submit([PAUSED], key=key, gate="wire")

    world.push(policy("confirm", extra="# edited"))
    world.rules.refresh(NOW)

    assert submissions.submit([PAUSED], key=key, gate="wire").action is Action.CONFIRM
