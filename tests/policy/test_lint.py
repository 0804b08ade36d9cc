"""What is valid and still not what its author wanted is said before it is pushed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.policy.cache import starter_policy
from aiwrap.policy.lint import MAX_FINDINGS, check, lint
from aiwrap.policy.model import Policy
from tests.policy.examples import HEAD, NOW, PAUSE, WHOLE
from tests.policy.strategies import policies

NAMES = ("training-data", "data-labeling", "distillation")


def found(text: str) -> list[tuple[int, int, bool, str]]:
    return [
        (line, column, is_error, message)
        for line, column, message, hint, is_error in check(
            text.encode(), now=NOW, task_names=NAMES
        )
    ]


@pytest.mark.parametrize("data", [starter_policy(), WHOLE.encode(), HEAD.encode()])
def test_a_good_policy_gives_no_trouble(data: bytes) -> None:
    assert check(data, now=NOW, task_names=NAMES) == ()


OTHER = PAUSE.replace('"training-data"\n', '"other"\n')


@pytest.mark.parametrize(
    ("text", "line", "column", "is_error", "message"),
    [
        (PAUSE.replace("distillation", "destillation"), 5, 1, True, "destillation"),
        (PAUSE.replace("distillation", "ordinary"), 5, 1, True, "cannot be paused"),
        (PAUSE.replace("2026-12-31", "2026-11-01"), 9, 1, False, "ended on 2026-11-01"),
        (PAUSE.replace("2026-12-31", "2027-12-31"), 9, 1, False, "more than 90 days"),
        (PAUSE + 'repos = ["acme/site"]\n', 10, 1, False, "does not begin with a host"),
        (
            PAUSE + 'vendors = ["codex"]\ninstead = { vendor = "codex", say = "x" }\n',
            11,
            1,
            False,
            'recommends "codex", which it pauses',
        ),
        (PAUSE + OTHER, 10, 1, False, 'pause "other" never decides: "training-data"'),
        (
            PAUSE
            + OTHER.replace('"refuse"', '"warn"')
            + 'repos = ["github.com/a/*"]\n',
            10,
            1,
            False,
            'pause "other" never decides',
        ),
        (
            PAUSE.replace('"refuse"', '"warn"') + OTHER,
            10,
            1,
            False,
            'pause "training-data" never decides: "other"',
        ),
        (
            PAUSE
            + 'vendors = ["claude"]\n'
            + OTHER.replace('"refuse"', '"warn"').replace(
                '"training-data", "distillation"', '"distillation", "data-labeling"'
            ),
            11,
            1,
            False,
            'both match distillation: the stricter "refuse" of "training-data" wins',
        ),
        (
            PAUSE + "[[exempt]]\npause = 'trainig-data'\nwho = ['d']\n"
            "until = 2026-12-05T00:00:00Z\nreason = 'x'\n",
            11,
            1,
            False,
            'no pause of this policy is called "trainig-data"',
        ),
        (
            PAUSE + "[[exempt]]\npause = 'training-data'\nwho = ['d']\n"
            "until = 2026-11-05T00:00:00Z\nreason = 'x'\n",
            13,
            1,
            False,
            "ended on 2026-11-05",
        ),
        (
            '[[sensitive]]\nterms = [\n  "Nightingale",\n  "Data" ]\n',
            6,
            3,
            False,
            'the term "Data" is a common word',
        ),
        ('[[sensitive]]\nterms = ["abc"]\n', 4, 10, False, "very short"),
        (
            '[task_types.x]\nphrases = ["model"]\n',
            4,
            12,
            False,
            'the phrase "model" is a common word',
        ),
        (PAUSE.replace("action", "actoin"), 6, 1, True, 'unknown key "actoin"'),
    ],
)
def test_finds_what_is_doubtful(
    text: str, line: int, column: int, is_error: bool, message: str
) -> None:
    (complaint,) = found(HEAD + text)

    assert complaint[:3] == (line, column, is_error)
    assert message in complaint[3]


@pytest.mark.parametrize(
    "second",
    [
        OTHER.replace('["training-data", "distillation"]', '["data-labeling"]'),
        OTHER + "starts = 2026-12-30T00:00:00Z\n",
        OTHER + 'vendors = ["codex"]\n',
        OTHER + 'repos = ["gitlab.com/*"]\n',
    ],
)
def test_pauses_that_never_meet_or_agree_are_fine(second: str) -> None:
    first = PAUSE.replace("2026-12-31", "2026-12-30") + (
        'vendors = ["claude"]\nrepos = ["github.com/*"]\n'
    )

    assert found(HEAD + first + second) == []


def test_a_teams_own_type_is_known() -> None:
    own = '[task_types.chips]\nphrases = ["tape out"]\n'

    assert found(HEAD + PAUSE.replace("distillation", "chips") + own) == []


def test_a_mild_pause_may_last() -> None:
    """A warning stops nobody, so nobody has to remember to lift it."""
    pause = PAUSE.replace("2026-12-31", "2099-12-31").replace('"refuse"', '"warn"')

    assert found(HEAD + pause) == []


def test_stops_after_what_anybody_would_read() -> None:
    """Each of these pauses covers all the others: millions of findings."""
    pauses = (PAUSE.replace('"training-data"\n', f'"p{n}"\n') for n in range(1500))

    assert len(found(HEAD + "".join(pauses))) == MAX_FINDINGS


@given(policies(), st.lists(st.sampled_from(("evals", "distillation")), min_size=1))
def test_every_policy_can_be_looked_over(policy: Policy, names: list[str]) -> None:
    for finding in lint(policy, now=NOW, task_names=names):
        assert finding.message
        assert finding.hint
