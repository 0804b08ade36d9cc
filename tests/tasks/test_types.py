"""The data that comes with aiwrap."""

from __future__ import annotations

import os

import pytest
import tomli

from aiwrap.tasks.types import DIRECTORY, TaskTypes, builtin_rules, builtin_task_types
from aiwrap.tasks.words import check_phrase

FILES = sorted(name for name in os.listdir(DIRECTORY) if name.endswith(".toml"))


def test_the_taxonomy_is_complete() -> None:
    types = builtin_task_types()

    assert types.names == (
        "competing-product",
        "data-labeling",
        "distillation",
        "evals",
        "inference-kernels",
        "model-training",
        "rl-environments",
        "training-data",
    )
    assert all(types.about[name] for name in types.names)


@pytest.mark.parametrize("name", FILES)
def test_every_phrase_is_written_as_it_is_matched(name: str) -> None:
    """The index does not cut phrases of plain letters again: it would cost a launch."""
    with open(os.path.join(DIRECTORY, name), "rb") as file:
        source = tomli.load(file)
    phrases = [*source.get("context", ())]
    for group in source["words"].values():
        phrases += group
    for rule in source.get("rule", ()):
        phrases += rule.get("any", ())
    for exception in source.get("unless", ()):
        phrases += exception["phrases"]

    for phrase in phrases:
        assert not phrase.isascii() or check_phrase(phrase) == phrase
        assert check_phrase(phrase)


@pytest.mark.parametrize("name", [name for name in FILES if name != "words.toml"])
def test_a_file_is_named_after_its_type(name: str) -> None:
    with open(os.path.join(DIRECTORY, name), "rb") as file:
        assert tomli.load(file)["name"] == name.removesuffix(".toml")


def test_every_group_and_rule_has_its_own_name() -> None:
    """The model files weights under these names."""
    _, book = builtin_rules()
    rules = [(rule.task, rule.name) for rule in book.rules]

    assert len(set(book.group_names)) == len(book.group_names)
    assert len(set(rules)) == len(rules)


def test_the_model_was_trained_with_these_types() -> None:
    types: TaskTypes = builtin_task_types()

    assert types.model.tasks == types.names
