"""Tests for aiwrap/records/record.py."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.records import record
from aiwrap.records.fields import KINDS
from tests.support.machines import NOW

DEVICE = "0123456789abcdef"


def build(
    kind: str = "prompt",
    fields: Mapping[str, object] | None = None,
    *,
    session: str = "s1",
    time: datetime = NOW,
) -> bytes:
    return record.build(
        kind,
        seq=1,
        prev=record.GENESIS,
        device=DEVICE,
        time=time,
        session=session,
        fields=fields or {},
    )


def altered(**changes: object) -> bytes:
    """Return a record with some of its common fields replaced."""
    return json.dumps({**json.loads(build()), **changes}).encode()


def test_what_was_built_reads_back() -> None:
    payload = build("prompt", {"action": "warn", "prompt_bytes": 7, "pause": None})

    found = record.parse(payload)

    assert found.kind == "prompt"
    assert (found.seq, found.prev, found.device) == (1, record.GENESIS, DEVICE)
    assert found.time == "2026-11-24T15:30:00.000Z"
    assert found.fields == {"action": "warn", "prompt_bytes": 7}


def test_the_same_record_is_the_same_bytes() -> None:
    """Compact and sorted: a digest of it means something."""
    assert build("flag", {"what": "x", "count": 1}) == build(
        "flag", {"count": 1, "what": "x"}
    )
    assert b" " not in build()


def test_times_are_utc() -> None:
    """Two devices in two time zones write comparable times."""
    tokyo = NOW.astimezone(timezone(timedelta(hours=9)))

    assert build(time=tokyo) == build(time=NOW)


@pytest.mark.parametrize(
    ("kind", "fields", "message"),
    [
        ("prompt", {"text": "secret words"}, "has no field 'text'"),
        ("prompt", {"task": "secret words"}, "'task' of a prompt record"),
        ("prompt", {"reason": "secret words " * 20}, "'reason' of a prompt record"),
        ("secret words", {}, "no kind of record"),
        ("usage", {"files_written": ["/secret words"]}, "'files_written'"),
    ],
)
def test_content_is_refused_and_not_repeated(
    kind: str, fields: dict[str, object], message: str
) -> None:
    """The error may end in a log, so it must not hold the value either."""
    with pytest.raises(ValueError, match=message) as caught:
        build(kind, fields)

    assert kind == "secret words" or "secret words" not in str(caught.value)


def test_a_session_id_is_a_name() -> None:
    with pytest.raises(ValueError, match="session id"):
        build(session="two words")


def test_a_record_that_fits_no_envelope_is_refused() -> None:
    digests = ["0" * 64] * 500
    rules = {f"rule-{number:03}" + "x" * 100: 1 for number in range(500)}

    with pytest.raises(ValueError, match="at most 40000 bytes"):
        build("usage", {"files_written": digests, "redactions": rules})


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b"\xff",
        b"[" * 30_000,
        b"{" + b'"a":1,' * 7_000 + b'"a":1}',
        altered(schema="aiwrap.record/2"),
        altered(seq=0),
        altered(seq=True),
        altered(seq=2**60),
        altered(prev="00"),
        altered(prev="Z" * 64),
        altered(device="../../etc/passwd"),
        altered(time="yesterday"),
        altered(time="2026-11-24T15:30:00+00:00"),
        altered(session="\x1b[2J"),
        altered(kind="two words"),
        altered(extra=1.5),
        build().replace(b'"seq":1', b'"seq":1,"seq":2'),
        build().replace(b'"seq":1', b'"seq":NaN'),
    ],
)
def test_what_is_not_a_record_is_refused(payload: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - every message is fine
        record.parse(payload)


def test_a_field_of_a_newer_version_passes() -> None:
    """A central log must not refuse the records of a client that was updated."""
    found = record.parse(altered(kind="weather", degrees=21))

    assert found.kind == "weather"
    assert found.fields == {"degrees": 21}


@given(st.binary(max_size=200))
def test_any_bytes_are_a_record_or_a_value_error(data: bytes) -> None:
    """A stored or received payload never crashes the reader."""
    try:
        record.parse(data)
    except ValueError:
        return
    raise AssertionError("random bytes became a record")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=10,
)


@given(
    kind=st.sampled_from(sorted(KINDS)),
    fields=st.dictionaries(
        st.sampled_from(sorted({name for table in KINDS.values() for name in table})),
        JSON,
        max_size=6,
    ),
)
def test_whatever_can_be_built_can_be_read(
    kind: str, fields: dict[str, object]
) -> None:
    """`build` and `parse` agree, whatever values they are handed."""
    try:
        payload = build(kind, fields)
    except ValueError:
        return

    kept = {name: value for name, value in fields.items() if value is not None}
    assert record.parse(payload).fields == kept


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(1970, 1, 1)))  # noqa: DTZ001 - hypothesis wants it naive
def test_every_time_reads_back(time: datetime) -> None:
    found = record.parse(build(time=time))

    assert abs(datetime.fromisoformat(found.time) - time) < timedelta(milliseconds=1)
