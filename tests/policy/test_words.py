"""What an engineer reads: what, why, until when, whom to ask, what to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.policy import words
from aiwrap.policy.decision import Decision, decide, decide_uncovered
from aiwrap.policy.model import REPO, Action, Instead, Policy
from aiwrap.policy.parser import parse_policy
from tests.policy.examples import PAUSED, QUESTION, WHOLE

CET = timezone(timedelta(hours=1), "CET")
REFUSAL = """\
Refused: this is training-data work, paused with claude (pause "training-data"). \
Nothing was sent.
Why: Output may enter our training data; the partner agreement is under review.
It holds until 31 Dec 2026, 01:00 CET (00:00 UTC). \
Ask: data-governance@acme.example, https://tickets.acme.example/GOV-112
Instead of it, inhouse: Use the in-house assistant.
`aiwrap why` shows what led to this.
""".splitlines()
UNCOVERED = """\
Refused: claude runs in a way that the policy does not cover. Nothing was sent.
Why: aiwrap cannot see its traffic this way.
Run it without the option that leaves the gateway, or ask your lead.
""".splitlines()
DESIGN = decide(parse_policy(WHOLE.encode()), QUESTION)


def test_a_refusal_says_everything_there_is_to_know() -> None:
    assert words.refusal(DESIGN, vendor="claude", tz=CET).splitlines() == REFUSAL


def test_a_warning_says_that_the_work_goes_on() -> None:
    text = words.warning(DESIGN._replace(level="likely"), vendor="claude", tz=UTC)

    assert text.startswith("Warning: this looks like training-data work")
    assert "The work goes on." in text
    assert "until 31 Dec 2026, 00:00 UTC." in text


@pytest.mark.parametrize(
    ("how", "last"),
    [
        (
            "send the same prompt again to go ahead",
            "To go ahead: send the same prompt again",
        ),
        (
            'add --confirm x --reason "…"',
            'To go ahead: add --confirm x --reason "…"',
        ),
    ],
)
def test_a_confirmation_says_how_to_go_ahead(how: str, last: str) -> None:
    text = words.confirmation(DESIGN, vendor="claude", tz=CET, how=how)

    assert text.startswith("Not sent yet: this is training-data work")
    assert text.splitlines()[-1] == last


def test_a_likely_type_comes_with_the_way_to_say_otherwise() -> None:
    text = words.refusal(DESIGN._replace(level="likely"), vendor="claude", tz=CET)

    assert (
        text.splitlines()[-1] == "If it is other work, say which: aiwrap --task TYPE …"
    )


def test_a_repositorys_own_pause_is_marked_as_unsigned() -> None:
    decision = DESIGN._replace(pause=PAUSED._replace(layer=REPO))

    text = words.refusal(decision, vendor="claude", tz=CET)

    assert "(From this repository's .aiwrap.toml, unsigned.)" in text


def test_a_policy_that_is_too_old_says_so() -> None:
    policy = Policy("a", pauses=(PAUSED,))
    decision = decide(policy, QUESTION._replace(state="expired"))

    text = words.refusal(decision, vendor="claude", tz=CET)

    assert "Note: The policy on this machine is too old" in text


def test_a_launch_that_is_not_covered_is_refused_without_a_pause() -> None:
    decision = decide_uncovered(Policy("a"), QUESTION)

    assert words.refusal(decision, vendor="claude", tz=CET).splitlines() == UNCOVERED


@pytest.mark.parametrize(
    ("when", "tz", "shown"),
    [
        (datetime(2026, 12, 31, tzinfo=UTC), UTC, "31 Dec 2026, 00:00 UTC"),
        (datetime(2026, 6, 1, 9, 5, tzinfo=CET), UTC, "1 Jun 2026, 08:05 UTC"),
        (
            datetime(2026, 12, 31, tzinfo=UTC),
            timezone(timedelta(hours=-8), "PST"),
            "30 Dec 2026, 16:00 PST (31 Dec 2026, 00:00 UTC)",
        ),
    ],
)
def test_times_are_local_with_utc_behind(
    when: datetime, tz: tzinfo, shown: str
) -> None:
    assert words.moment(when, tz) == shown


def test_a_zone_that_is_not_given_is_the_machines_own() -> None:
    when = datetime(2026, 12, 31, tzinfo=UTC)

    assert words.moment(when, None) == words.moment(when, when.astimezone().tzinfo)


def test_a_pause_without_an_end_in_sight_has_no_date() -> None:
    endless = PAUSED._replace(expires=datetime(2099, 12, 31, tzinfo=UTC))

    assert words.end(endless, UTC) == "until the policy changes"


_any_text = st.text(min_size=1, max_size=400) | st.sampled_from(
    ["\x1b]0;title\x07", "a\r\nb\nc", "\x9b2J", "\u202eevil"]
)
_decisions = st.builds(
    Decision,
    action=st.sampled_from(Action),
    pause=st.none()
    | st.builds(
        PAUSED._replace,
        reason=_any_text,
        owner=_any_text,
        ticket=st.none() | _any_text,
        instead=st.none() | st.builds(Instead, st.none() | _any_text, _any_text),
        layer=st.sampled_from((REPO, "org")),
    ),
    task=_any_text,
    level=st.sampled_from(("none", "likely", "certain")),
    exemption=st.none(),
    note=st.sampled_from(("", "The policy is too old.")),
)


@given(_decisions, _any_text, _any_text)
def test_every_text_is_six_plain_lines_at_most(
    decision: Decision, vendor: str, how: str
) -> None:
    for text in (
        words.refusal(decision, vendor=vendor, tz=CET),
        words.warning(decision, vendor=vendor, tz=CET),
        words.confirmation(decision, vendor=vendor, tz=CET, how=how),
    ):
        lines = text.split("\n")
        assert len(lines) <= 6
        assert all(line and line.isprintable() and len(line) < 600 for line in lines)


@pytest.mark.parametrize(
    ("reason", "shown"),
    [("Because.", "Because."), ("Because", "Because."), ("Really?", "Really?")],
)
def test_sentences_end_once(reason: str, shown: str) -> None:
    decision = DESIGN._replace(pause=PAUSED._replace(reason=reason))

    why = words.refusal(decision, vendor="claude", tz=CET).splitlines()[1]

    assert why == f"Why: {shown}"
