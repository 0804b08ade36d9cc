"""Errors carry a sentence, a next step and an exit code."""

from __future__ import annotations

import pytest

from aiwrap import errors


def all_errors() -> list[type[errors.AiwrapError]]:
    found = [errors.AiwrapError]
    for kind in found:
        found += kind.__subclasses__()
    return [kind for kind in found if kind.__module__ == errors.__name__]


@pytest.mark.parametrize("kind", all_errors(), ids=lambda kind: kind.__name__)
def test_every_error_says_what_it_is(kind: type[errors.AiwrapError]) -> None:
    """The message is the caller's, the class says when it is raised."""
    assert str(kind("what and why")) == "what and why"
    assert kind.__doc__
    assert kind.exit_code in range(76, 128)


def test_a_hint_given_at_the_raise_wins() -> None:
    """The class's hint is the general one."""
    assert errors.UsageError("x").hint == "Run `aiwrap --help`."
    assert errors.UsageError("x", hint="Say which.").hint == "Say which."


def test_exit_codes_are_the_published_ones() -> None:
    """Scripts rely on them (README, exit codes)."""
    assert errors.LaunchRefusedError("x").exit_code == 77
    assert errors.VendorNotExecutableError("x").exit_code == 126
    assert errors.VendorNotFoundError("x").exit_code == 127
    assert errors.AiwrapError("x").exit_code == 125


def test_a_policy_error_says_where() -> None:
    """A person looks for the line, an editor for the column too."""
    error = errors.PolicySyntaxError("unknown key", line=3, column=7)
    assert (error.line, error.column) == (3, 7)
