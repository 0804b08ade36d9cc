"""Tests for aiwrap/session/hiding.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiwrap.policy.parser import parse_policy
from aiwrap.session.hiding import Hiding, sensitive_names, strings_in
from tests.support.sessions import policy

SENSITIVE = '[[sensitive]]\npaths = ["infra/prod/**"]\n'
PATH = "infra/prod/kestrel.tf"


def make(
    root: Path, extra: str = SENSITIVE, head: str = ""
) -> tuple[Hiding, list[int]]:
    """Return the hiding of a repo with one sensitive file, and what it counts."""
    file = root / PATH
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("x = 1\n")
    counted: list[int] = []
    data = policy(extra=extra).replace(b"[defaults]", f"{head}[defaults]".encode())
    hiding = Hiding(
        parse_policy(data),
        root=str(root),
        cwd=str(root),
        key=b"k" * 32,
        count=lambda _rule, size: counted.append(size),
    )
    return hiding, counted


def test_a_name_is_hidden_counted_and_restored(tmp_path: Path) -> None:
    """Out with a pseudonym, in with the name."""
    hiding, counted = make(tmp_path)

    hidden = hiding.hide(f"read {PATH} now")

    assert "kestrel" not in hidden
    assert len(counted) == 1
    restorer = hiding.new_restorer(False)
    assert restorer.feed(hidden) + restorer.flush() == f"read {PATH} now"


def test_an_echo_leaves_as_the_vendor_wrote_it(tmp_path: Path) -> None:
    """The vendor's cache still matches what the client sends back."""
    hiding, _ = make(tmp_path)
    original = hiding.hide(f"see {PATH}").replace("see ", "")

    hiding.remember_echoes([("kestrel.tf is fine", f"{original} is fine")])

    assert hiding.hide("kestrel.tf is fine") == f"{original} is fine"


def test_a_name_that_the_vendor_guessed_does_not_go_back(tmp_path: Path) -> None:
    """The reverse memo is no way around redaction."""
    hiding, _ = make(tmp_path)

    hiding.remember_echoes([(f"I guess {PATH}", f"I guess {PATH}")])

    assert "kestrel" not in hiding.hide(f"I guess {PATH}")


@pytest.mark.parametrize("tool", ["WebFetch", "WebSearch", "mcp__jira__search"])
def test_tools_that_carry_out_get_no_names(tmp_path: Path, tool: str) -> None:
    """Neither a real name nor a pseudonym leaves in such a call; it fails visibly."""
    hiding, _ = make(tmp_path)
    pseudonym = hiding.hide(PATH)

    assert not hiding.stays_here(tool)
    for text in (PATH, pseudonym):
        objection = hiding.objection(tool, {"query": [f"what is {text}"]})
        assert objection is not None
        assert "kestrel" not in objection
    assert hiding.objection(tool, {"query": "what is terraform"}) is None


def test_a_listed_tool_stays_here(tmp_path: Path) -> None:
    """The policy may say that an MCP server is local."""
    hiding, _ = make(tmp_path, head='local_tools = ["mcp__files__read"]\n')

    assert hiding.stays_here("mcp__files__read")
    assert hiding.objection("mcp__files__read", {"path": PATH}) is None


def test_an_invented_pseudonym_stops_a_local_tool(tmp_path: Path) -> None:
    """Better a visible failure than a stray file with an odd name."""
    hiding, _ = make(tmp_path)
    pseudonym = hiding.hide(PATH).rpartition("/")[2].removesuffix(".tf")
    damaged = pseudonym[:-2] + ("a" if pseudonym[-2] != "a" else "b") + pseudonym[-1]

    assert hiding.objection("Write", {"file_path": f"infra/{damaged}.tf"}) is not None
    assert hiding.objection("Write", {"file_path": f"infra/{pseudonym}.tf"}) is None


def test_nothing_sensitive_means_nothing_to_do(tmp_path: Path) -> None:
    """Then every byte passes untouched."""
    hiding, _ = make(tmp_path, extra="")

    assert not hiding.is_active


def test_patterns_and_terms_are_collected_once() -> None:
    """Several tables, one list each."""
    data = policy(extra=f'{SENSITIVE}{SENSITIVE}[[sensitive]]\nterms = ["Kestrel"]\n')

    assert sensitive_names(parse_policy(data)) == (("infra/prod/**",), ("Kestrel",))


def test_strings_in_sees_keys_and_depth() -> None:
    """A tool may put a path anywhere."""
    value = {"a": ["b", {"c": "d"}], "n": 1, "t": True}

    assert sorted(strings_in(value)) == ["a", "b", "c", "d", "n", "t"]


def test_a_file_that_a_call_makes_is_known_in_its_result(tmp_path: Path) -> None:
    """The inventory is older than the file; the directory is read again."""
    hiding, _ = make(tmp_path)
    (tmp_path / "infra/prod/osprey").write_text("x\n")

    scope = hiding.follow(None, [("Bash", {"command": "ls infra/prod"})])

    assert scope is not None
    assert scope.may_match(b'"kestrel.tf osprey"')
    assert "osprey" not in scope.rewrite("hi there, all\nosprey\n")
    assert hiding.follow(scope, []) is None
