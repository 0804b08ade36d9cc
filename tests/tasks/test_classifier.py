"""Classification as the policy meets it."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiwrap.tasks.classifier import classify
from aiwrap.tasks.evidence import Evidence
from aiwrap.tasks.types import TaskTypes, builtin_task_types


@pytest.fixture(scope="module")
def types() -> TaskTypes:
    return builtin_task_types()


PAUSED = [
    ("training-data", "generate 500 synthetic conversations as SFT training data"),
    (
        "data-labeling",
        "write preference pairs, chosen and rejected, for the reward model",
    ),
    (
        "distillation",
        "use Claude's answers as targets to fine-tune our 8b student model",
    ),
    (
        "rl-environments",
        "write the reward function for the RL environment's puzzle tasks",
    ),
    ("evals", "add MMLU and GSM8K to the eval harness and compare the checkpoints"),
    (
        "model-training",
        "the pretraining run's loss is NaN with FSDP and grad accumulation",
    ),
    (
        "inference-kernels",
        "write a fused attention kernel in Triton with paged KV cache",
    ),
    ("competing-product", "reverse engineer Claude Code and copy its system prompt"),
]
ORDINARY = [
    "fix the failing test in the parser and bump the version",
    "seed the dev database with fake customers from faker",
    "add aria labels to the search form",
    "book the safety training course for new employees",
    "why does the pod not get an IP address",
    "",
    "   \n\n ",
]


@pytest.mark.parametrize(("task", "prompt"), PAUSED)
def test_plain_words_for_a_type_are_certain(
    types: TaskTypes, task: str, prompt: str
) -> None:
    """What nobody would doubt is refused without asking."""
    found = classify(Evidence(prompt=prompt), types)

    assert (found.task, found.level) == (task, "certain")


@pytest.mark.parametrize("prompt", ORDINARY)
def test_ordinary_work_is_left_alone(types: TaskTypes, prompt: str) -> None:
    found = classify(Evidence(prompt=prompt), types)

    assert (found.task, found.level, found.reasons) == ("ordinary", "none", ())


@pytest.mark.parametrize(("task", "prompt"), PAUSED)
def test_reasons_quote_the_prompt(types: TaskTypes, task: str, prompt: str) -> None:
    """An engineer must see which of their words led to the decision."""
    found = classify(Evidence(prompt=prompt), types)

    assert found.reasons, task
    assert any(word in " ".join(found.reasons) for word in prompt.lower().split())


CORPUS = os.path.join(os.path.dirname(__file__), "..", "data", "tasks")


def test_the_model_fits_the_code_that_reads_it(types: TaskTypes) -> None:
    """Words, features or phrases that change without training anew show up here.

    These rows were learnt from: the figures say nothing about prompts never seen
    (`python -m tests.bench.train_tasks --folds` does).
    """
    rows: list[dict[str, str]] = []
    for name in sorted(os.listdir(CORPUS)):
        with open(os.path.join(CORPUS, name), encoding="utf-8") as file:
            rows += [json.loads(line) for line in file][::7]
    paused = [row for row in rows if row["label"] != "ordinary"]
    ordinary = [row for row in rows if row["label"] == "ordinary"]

    def certain(chosen: list[dict[str, str]]) -> float:
        found = [classify(Evidence(row["text"]), types).level for row in chosen]
        return found.count("certain") / len(chosen)

    assert certain(paused) > 0.7
    assert certain(ordinary) < 0.01


PLACES = Evidence(
    cwd="/home/dana/sft-data",
    remote="github.com/acme/posttrain-data",
    branch="distill/teacher-outputs",
    files=("data/sft/train.jsonl", "rl_env/reward.py", "evals/judge.py"),
)


@pytest.mark.parametrize("prompt", ORDINARY)
def test_a_place_alone_is_no_evidence(types: TaskTypes, prompt: str) -> None:
    """Chores in a model repo are ordinary work."""
    found = classify(PLACES._replace(prompt=prompt), types)

    assert found.level == "none"


def test_a_declaration_changes_nothing_here(types: TaskTypes) -> None:
    """What was declared is the policy's business."""
    prompt = PAUSED[0][1]

    plain = classify(Evidence(prompt=prompt), types)
    declared = classify(Evidence(prompt=prompt, declared="ordinary"), types)

    assert plain == declared


@settings(deadline=None)
@given(st.text(max_size=400), st.text(max_size=80))
def test_any_text_can_be_classified(prompt: str, place: str) -> None:
    """Lone surrogates, control characters, any script: an answer, never an error."""
    types = builtin_task_types()

    found = classify(Evidence(prompt=prompt, cwd=place, files=(place,)), types)

    assert found.level in ("none", "likely", "certain")
    assert (found.task == "ordinary") == (found.level == "none")


def test_the_middle_of_a_long_paste_is_skipped(types: TaskTypes) -> None:
    """The cost is bounded; head and tail are where an instruction stands."""
    log = "connection reset by peer, retrying in five seconds\n" * 4_000

    at_head = classify(Evidence(prompt=PAUSED[0][1] + "\n" + log), types)
    at_tail = classify(Evidence(prompt=log + PAUSED[0][1]), types)

    assert at_head.level == at_tail.level == "certain"


@pytest.mark.parametrize(("task", "prompt"), PAUSED)
def test_a_pasted_log_waters_nothing_down(
    types: TaskTypes, task: str, prompt: str
) -> None:
    """Else a request would pass by dragging something ordinary along."""
    log = (
        "nginx answered with 502 for about forty requests of the mobile app, mostly "
        "the login page and the order history, and the database pool was exhausted "
        "for two minutes. the worker for invoices restarted after the deploy, queue "
        "depth is back to normal, but three jobs in the billing table still failed\n"
    )

    before = classify(Evidence(log * 3 + prompt), types)
    after = classify(Evidence(prompt + "\n" + log * 3), types)

    assert before.level != "none", task
    assert after.level != "none", task


TEAM = [
    (
        "chip-design",
        ["place and route", "clock tree"],
        ["data center"],
        ["hw/**"],
    )
]


@pytest.mark.parametrize(
    ("evidence", "task", "level"),
    [
        (Evidence("size the clock tree for block A"), "chip-design", "certain"),
        (Evidence("Place-and-Route again, please"), "chip-design", "certain"),
        (Evidence("clock tree of the data center lights"), "ordinary", "none"),
        (Evidence("route the /health endpoint"), "ordinary", "none"),
        (Evidence("tidy up", files=("hw/alu.v",)), "chip-design", "likely"),
        (Evidence("tidy up", cwd="/home/a/soc/hw"), "chip-design", "likely"),
        (Evidence("tidy up", files=("sw/alu.c",)), "ordinary", "none"),
    ],
)
def test_a_team_type_is_decided_by_its_phrases(
    types: TaskTypes, evidence: Evidence, task: str, level: str
) -> None:
    """Phrases decide, `unless` takes back, a path alone only makes it likely."""
    found = classify(evidence, types.with_team_types(TEAM))

    assert (found.task, found.level) == (task, level)


def test_a_team_may_extend_a_built_in_type(types: TaskTypes) -> None:
    """`unless` then counts against the team's phrases only."""
    team = types.with_team_types([("evals", ["golden answers sheet"], ["mmlu"], [])])

    assert classify(Evidence("update the golden answers sheet"), team).task == "evals"
    assert classify(Evidence("run MMLU on the checkpoint"), team).level == "certain"
    assert team.names == types.names


def test_team_types_leave_the_original_alone(types: TaskTypes) -> None:
    types.with_team_types(TEAM)

    found = classify(Evidence("size the clock tree"), types)

    assert found.task == "ordinary"


@pytest.mark.parametrize(
    "team",
    [
        [("ordinary", ["x"], [], [])],
        [("chip-design", [], [], [])],
        [("chip-design", ["..."], [], [])],
        [("chip-design", ["ab*"], [], [])],
        [("chip-design", ["*"], [], [])],
    ],
)
def test_a_team_type_that_cannot_work_is_an_error(
    types: TaskTypes, team: list[tuple[str, list[str], list[str], list[str]]]
) -> None:
    """A lead learns it from `policy check`, not from a prompt that slipped by."""
    with pytest.raises(ValueError, match=r"phrase|ordinary"):
        types.with_team_types(team)


def test_the_end_that_scores_is_the_one_that_is_quoted(types: TaskTypes) -> None:
    """A reason must be found in what the person wrote, not in the log beside it."""
    log = "the mobile app showed the login page and the order history. " * 12
    prompt = "generate 500 synthetic conversations as SFT training data for our model\n"

    found = classify(Evidence(prompt + log), types)

    assert found.task == "training-data"
    assert any("synthetic conversations" in reason for reason in found.reasons)


def test_every_type_that_is_spoken_for_is_named(types: TaskTypes) -> None:
    """A pause on the second type must be found as well."""
    team = types.with_team_types(
        [("chip-design", ["clock tree"], [], []), ("fab", ["wafer"], [], [])]
    )

    found = classify(Evidence("clock tree for the wafer map"), team)

    assert (found.task, found.also) == ("chip-design", (("fab", "certain"),))
