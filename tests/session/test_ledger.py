"""Tests for aiwrap/session/ledger.py, on a real store."""

from __future__ import annotations

from pathlib import Path

from aiwrap.records import chain
from aiwrap.session.ledger import MAX_FLAGS
from aiwrap.wire.format import Usage
from tests.support.sessions import NOW, ORDINARY, PAUSED, open_world, policy

USAGE = Usage("claude-opus-5-5", 10, 5, 3, 2, [("Write", {"file_path": "/r/a.py"})], ())


def test_usage_adds_up_over_the_exchanges_of_a_turn(tmp_path: Path) -> None:
    """One usage record a turn, tied to its prompt."""
    world = open_world(tmp_path, policy())
    judged = world.rules.judge(ORDINARY, now=NOW)
    prompt = world.ledger.decide("prompt", judged, [ORDINARY], fields={"gate": "wire"})
    world.ledger.exchanged(USAGE)
    world.ledger.exchanged(USAGE)
    world.ledger.redacted("names", 4)

    world.ledger.end({"outcome": "ended"})

    fields = world.records("usage")[-1].fields
    assert fields["prompt"] == prompt
    assert (fields["exchanges"], fields["tokens_in"], fields["tokens_out"]) == (
        2,
        20,
        10,
    )
    assert fields["redactions"] == {"names": 1}
    assert fields["files_written"] == [world.ledger.digest("/r/a.py").hex()[:32]]


def test_a_new_prompt_closes_the_turn_before(tmp_path: Path) -> None:
    """What was used belongs to the prompt that used it."""
    world = open_world(tmp_path, policy())
    judged = world.rules.judge(ORDINARY, now=NOW)
    for _ in range(2):
        world.ledger.decide("prompt", judged, [ORDINARY], fields={"gate": "wire"})
        world.ledger.exchanged(USAGE)
    world.ledger.end({"outcome": "ended"})

    kinds = [record.kind for record in world.records()]

    assert kinds == ["prompt", "prompt", "usage", "usage", "session"]
    prompts = [record.fields["prompt"] for record in world.records("usage")]
    assert prompts == [1, 2]


def test_nothing_of_the_prompt_is_in_a_record(tmp_path: Path) -> None:
    """Types, verdicts, sizes and keyed digests; no words."""
    world = open_world(tmp_path, policy())
    judged = world.rules.judge(PAUSED, now=NOW)

    world.ledger.decide("prompt", judged, [PAUSED], fields={"gate": "wire"})

    payloads = b"".join(entry.payload for entry in world.store.entries())
    words = [word for word in PAUSED.split() if len(word) > 3]
    assert not [word for word in words if word.encode() in payloads]
    assert world.records("prompt")[0].fields["prompt_bytes"] == len(PAUSED)


def test_a_flood_of_flags_is_counted(tmp_path: Path) -> None:
    """Somebody who knocks a million times does not fill the disk."""
    world = open_world(tmp_path, policy())
    for _ in range(MAX_FLAGS + 7):
        world.ledger.flag("host")

    world.ledger.end({"outcome": "ended"})

    flags = world.records("flag")
    assert len(flags) == MAX_FLAGS + 1
    assert flags[-1].fields["count"] == 7


def test_digest_ignores_surrounding_space_and_takes_any_string(tmp_path: Path) -> None:
    """A trailing newline is the same prompt; half an emoji must not crash us."""
    world = open_world(tmp_path, policy())

    assert world.ledger.digest(" a \n") == world.ledger.digest("a")
    assert len(world.ledger.digest("\ud83d")) == 32


def test_the_chain_verifies(tmp_path: Path) -> None:
    """Everything the ledger writes is signed and chained."""
    world = open_world(tmp_path, policy())
    world.ledger.flag("host")
    world.ledger.end({"outcome": "ended"})

    problems = chain.verify(world.store.entries(), world.signer.public_key)

    assert list(problems) == []
