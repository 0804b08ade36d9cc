"""A result is read with the command that it answers."""

from __future__ import annotations

import pytest

from aiwrap.redaction.commands import Context
from tests.redaction.acme import ACME, ROOT, marked, redactor, remark


def after(*commands: str) -> Context | None:
    """Return the context of the result of the last of `commands`."""
    context = None
    for command in commands:
        context = ACME.read_calls(context, [("Bash", {"command": command})], ROOT)
    return context


def check(text: str, *commands: str) -> None:
    """Assert that exactly the «marked» parts are found after `commands`."""
    plain, _ = marked(text)
    spans = ACME.redact(plain, ROOT, after(*commands)).spans
    assert remark(plain, [(span.start, span.end) for span in spans]) == text


@pytest.mark.parametrize(
    ("commands", "text"),
    [
        (["ls infra/prod/db"], "«primary.tf»"),
        (["cd infra/prod/db && ls"], "«primary.tf»"),
        (["cd infra/prod", "ls eu_west"], "«Net.tf»"),
        (["cd infra/prod", "find ."], ".\n./«main.tf»\n./«db»\n./«db/primary.tf»"),
        (["tar c -C infra/prod ."], "./«db»/\n./«db/primary.tf»"),
        (["ls infra/prod; ls lib"], "«main.tf»\n«db»\nrouter.js\nindex.js"),
        (["cd infra/prod; wc -l *"], "wc: «db»: Is a directory"),
        (["bash -c 'cd infra/prod; ls db'"], "«replica-eu.tf»"),
        (["python3 -c 'os.walk(\"infra\")'"], '["infra/«prod»", ["«eu_west»"], []]'),
        (["ls infra/prod/*.tf"], "infra/«prod/new.tf»"),
        (["ls infra/prod"], "total 0\n«brand-new.tf»"),
    ],
)
def test_a_name_is_found_by_its_command(commands: list[str], text: str) -> None:
    check(text, *commands)


@pytest.mark.parametrize(
    ("commands", "text"),
    [
        (["ls lib"], "router.js\nindex.js"),
        (["npm test"], "view is fine, so is db"),
        (["(cd infra/prod && true)", "cat x"], "Net.txt\ndb"),
        (["ls -R infra"], "infra/staging:\nmain.tf"),
        (["cd infra/prod", "cd ../..", "ls lib"], "router.js\nindex.js"),
    ],
)
def test_elsewhere_it_stays(commands: list[str], text: str) -> None:
    check(text, *commands)


def test_other_tools_name_directories_too() -> None:
    context = ACME.read_calls(None, [("Glob", {"path": "infra/prod/db"})], ROOT)

    assert context is not None
    assert context.bases[0] == "infra/prod/db"
    assert ACME.redact("primary.tf", ROOT, context).spans


def test_calls_that_touch_nothing_leave_nothing() -> None:
    """Then the text is read as if there had been no call."""
    assert after("npm test") is None
    assert after("cd infra/prod", f"cd {ROOT}", "npm test") is None
    assert redactor(patterns=()).read_calls(None, [("LS", {"path": "x"})], ROOT) is None


def test_the_shell_stays_where_it_went() -> None:
    context = after("cd infra/prod", "true")

    assert context is not None
    assert context.cwd == "infra/prod"


def test_a_shell_that_left_is_put_back() -> None:
    assert after("cd /tmp", "true") is None


def test_raw_json_is_looked_at_where_a_name_may_stand() -> None:
    context = after("ls infra/prod/db")

    assert context is not None
    assert ACME.may_match_in(b'"anything"', ROOT, context)
    assert "infra/prod/db" in ACME.directories(context)


def test_the_same_text_may_differ_by_what_came_before() -> None:
    """And each reading is remembered for itself."""
    below = after("ls infra/prod")
    hidden = ACME.redact("eu_west", ROOT, below).text

    assert ACME.redact("eu_west", ROOT).text == "eu_west"
    assert hidden != "eu_west"
    assert ACME.redact("eu_west", ROOT, below).text == hidden
