"""Policies for tests, as the files that a team lead would write."""

from __future__ import annotations

from aiwrap.tasks.classifier import classify
from aiwrap.tasks.evidence import Evidence
from aiwrap.tasks.types import builtin_task_types

PAUSED = "write 200 training examples for the fine-tune of our in-house model"
"""Certain to be `training-data`."""
ORDINARY = "clean up the parser"

MAYBE = (
    "extend the dataset with paraphrases",
    "a few synthetic conversations please",
    "clean the corpus",
    "sample a few more dialogues for the dataset",
)

PAUSE = """
[[pause]]
id = "training-data"
tasks = ["training-data", "data-labeling", "distillation"]
action = "{action}"
reason = "The partner agreement is under review."
owner = "data-governance@acme.example"
expires = 2099-01-01T00:00:00Z
instead = {{ say = "Use the in-house assistant." }}
"""
HEAD = """\
schema = "aiwrap.policy/1"
team = "applied-ai"

[defaults]
likely = "confirm"
uncovered = "refuse"
"""
SENSITIVE = """
[[sensitive]]
paths = ["infra/prod/**"]
"""
REASON = "The partner agreement is under review."
INSTEAD = "Use the in-house assistant."

REFUSING = HEAD + PAUSE.format(action="refuse")
CONFIRMING = HEAD + PAUSE.format(action="confirm")
WARNING = HEAD + PAUSE.format(action="warn")
HIDING = HEAD + SENSITIVE
REFUSING_AND_HIDING = REFUSING + SENSITIVE


def likely_prompt() -> str:
    """Return a text that is likely to be `training-data`, and no more than that."""
    types = builtin_task_types()
    judged = {text: classify(Evidence(prompt=text), types) for text in MAYBE}
    return next(
        text
        for text, found in judged.items()
        if (found.task, found.level) == ("training-data", "likely")
    )
