"""Policies and questions at random, drawn so that conditions often meet."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from aiwrap.policy.model import (
    LOCAL,
    ORG,
    REPO,
    TEAM,
    Action,
    Defaults,
    Pause,
    Policy,
    Sensitive,
)
from tests.policy.examples import EXEMPT, NOW, QUESTION

TASKS = ("training-data", "distillation", "evals")
REPOS = ("github.com/acme/site", "github.com/acme/*", "gitlab.com/*")

actions = st.sampled_from(Action)
days = st.integers(-30, 30).map(lambda n: NOW + timedelta(days=n))
layers = st.sampled_from((ORG, TEAM, REPO, LOCAL))
some_tasks = st.lists(st.sampled_from(TASKS), min_size=1, max_size=3, unique=True).map(
    tuple
)


def maybe(*words: str) -> st.SearchStrategy[tuple[str, ...] | None]:
    """Return a condition: none, or some of `words`."""
    return st.none() | st.lists(
        st.sampled_from(words), min_size=1, max_size=2, unique=True
    ).map(tuple)


pauses: st.SearchStrategy[Pause] = st.builds(
    Pause,
    id=st.sampled_from(("training-data", "other")),
    tasks=some_tasks,
    vendors=maybe("claude", "codex"),
    repos=maybe(*REPOS),
    paths=maybe("hw/**", "*.jsonl"),
    branches=maybe("main", "release/*"),
    action=actions,
    reason=st.just("Under review."),
    owner=st.just("owner@acme.example"),
    ticket=st.none(),
    starts=st.none() | days,
    expires=days,
    instead=st.none(),
    layer=layers,
    team=st.sampled_from(("", "a", "b")),
)

exemptions = st.builds(
    EXEMPT._replace,
    pause=st.sampled_from(("training-data", "other")),
    until=days,
    layer=layers,
    team=st.sampled_from(("", "a", "b")),
)

questions = st.builds(
    QUESTION._replace,
    vendor=st.sampled_from(("claude", "gemini")),
    external=st.booleans(),
    task=st.sampled_from((*TASKS, "ordinary")),
    level=st.sampled_from(("none", "likely", "certain")),
    declared=st.none() | st.sampled_from((*TASKS, "ordinary")),
    repos=st.sampled_from(
        (None, (), ("github.com/acme/site",), ("bitbucket.org/x/y",))
    ),
    branch=st.sampled_from((None, "main", "release/1.0")),
    paths=st.sampled_from(((), ("hw/core/alu.v",), ("data/sft.jsonl", "src"))),
    person=st.none() | st.just("Dana@acme.example"),
    state=st.sampled_from(("fresh", "stale", "expired")),
)

defaults = st.builds(
    Defaults,
    refresh_seconds=st.sampled_from((1.0, 60.0)),
    offline_seconds=st.sampled_from((3600.0, 86_400.0)),
    likely=actions,
    uncovered=actions,
)

_stated = st.frozensets(st.sampled_from(Defaults._fields))
_sensitive = st.sampled_from(
    (Sensitive(("infra/**",), ()), Sensitive((), ("Nightingale",)))
)


@st.composite
def policies(draw: st.DrawFn, layer: str | None = None) -> Policy:
    """Return a policy of one layer, whose pauses and exemptions are its own."""
    of_layer = draw(layers) if layer is None else layer
    team = draw(st.sampled_from(("a", "b")))
    stated = draw(_stated)
    drawn = draw(defaults)
    return Policy(
        team=team,
        defaults=Defaults(**{name: getattr(drawn, name) for name in stated}),
        pauses=tuple(
            pause._replace(layer=of_layer, team=team)
            for pause in draw(st.lists(pauses, max_size=3))
        ),
        exemptions=tuple(
            exemption._replace(layer=of_layer, team=team)
            for exemption in draw(st.lists(exemptions, max_size=2))
        ),
        sensitive=tuple(draw(st.lists(_sensitive, max_size=2, unique=True))),
        local_tools=tuple(draw(st.lists(st.sampled_from("xyz"), unique=True))),
        layer=of_layer,
        stated=stated,
    )
