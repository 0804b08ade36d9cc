"""Tests for aiwrap/wire/openai_responses_restore.py."""

from __future__ import annotations

import json

import pytest

from aiwrap.wire.openai_responses_restore import (
    ItemRestorer,
    call_arguments,
    script_tools,
)
from tests.wire.responses import Json, assistant, call, new_restorer
from tests.wire.streams import NAMES, PSEUDONYMS

PLAIN, QUOTED, BACKSLASH, ACCENT = PSEUDONYMS


def stays_here(tool: str) -> bool:
    return not tool.startswith("mcp__") and tool != "web__run"


RESTORER = ItemRestorer(new_restorer, stays_here)


def function(name: str, arguments: object, **more: object) -> Json:
    text = json.dumps(arguments)
    return {"type": "function_call", "name": name, "arguments": text, **more}


@pytest.mark.parametrize("pseudonym", PSEUDONYMS)
def test_json_inside_json(pseudonym: str) -> None:
    """The arguments are JSON again, whatever the name holds."""
    item = RESTORER.item(function("exec_command", {"cmd": f"cat {pseudonym}"}))

    arguments = json.loads(str(item["arguments"]))
    assert arguments == {"cmd": f"cat {NAMES[pseudonym]}"}


def test_text_is_restored_in_messages() -> None:
    item = RESTORER.item(assistant(f"see {QUOTED}"))

    assert item == assistant(f"see {NAMES[QUOTED]}")


def test_a_plain_tool_gets_the_name_as_it_is() -> None:
    item: Json = {"type": "custom_tool_call", "name": "apply_patch", "input": QUOTED}

    assert RESTORER.item(item)["input"] == NAMES[QUOTED]


@pytest.mark.parametrize(
    ("name", "literal"),
    [
        ("prod", "prod"),
        ('quo"te', 'quo\\"te'),
        ("back\\slash", "back\\\\slash"),
        ("it's", "it\\'s"),
        ("a`b", "a\\`b"),
        ("${x}", "\\${x}"),
        ("naïve", "naïve"),
    ],
)
def test_a_name_stays_inside_any_literal_of_a_script(name: str, literal: str) -> None:
    """A file's name must not end the string that it stands in."""
    names = {PLAIN: name}
    restorer = ItemRestorer(lambda _: new_restorer_of(names), stays_here)

    restored = restorer.item(
        call(1, f"await tools.exec_command({{cmd:'cat {PLAIN}'}})")
    )

    source = f"await tools.exec_command({{cmd:'cat {literal}'}})"
    assert restored["input"] == source


def new_restorer_of(names: dict[str, str]) -> _OneName:
    return _OneName(names)


class _OneName:
    def __init__(self, names: dict[str, str]) -> None:
        self._names = names

    def feed(self, text: str) -> str:
        for pseudonym, name in self._names.items():
            text = text.replace(pseudonym, name)
        return text

    def flush(self) -> str:
        return ""


@pytest.mark.parametrize(
    "source",
    [
        "await tools.mcp__notes__keep({note:'%s'})",
        "const t = tools; await t.mcp__notes__keep('%s')",
        "await tools['mcp__notes__keep']('%s')",
        "const {exec_command} = tools; exec_command('%s')",
        "await tools.exec_command('%s'); await tools.web__run({q:'x'})",
        "run(tools, '%s')",
    ],
)
def test_a_script_that_may_carry_names_out_gets_none(source: str) -> None:
    """What such a script sends away is the pseudonym."""
    item = call(1, source % PLAIN)

    assert RESTORER.item(item) == item


@pytest.mark.parametrize(
    "source",
    [
        "await tools.exec_command({cmd:'ls tools/%s'})",
        "await tools?.exec_command({cmd:'%s'})",
        "await tools.apply_patch('*** Update File: %s')",
    ],
)
def test_a_script_that_stays_here_gets_them(source: str) -> None:
    assert RESTORER.item(call(1, source % PLAIN))["input"] == source % NAMES[PLAIN]


@pytest.mark.parametrize(
    "item",
    [
        function("keep", {"note": PLAIN}, namespace="mcp__notes"),
        function("mcp__notes__keep", {"note": PLAIN}),
        function("spawn_agent", {"message": PLAIN}, namespace="collaboration"),
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": PLAIN}]},
        {"type": "compaction", "encrypted_content": PLAIN},
    ],
)
def test_what_leaves_again_or_is_sealed_stays_as_it_came(item: Json) -> None:
    assert RESTORER.item(item) == item


def test_a_whole_response() -> None:
    """Its items, and the echo of the request; never its ids."""
    response: Json = {
        "id": PLAIN,
        "instructions": f"about {PLAIN}",
        "output": [assistant(PLAIN), "odd"],
        "usage": {"input_tokens": 1},
    }

    restored = RESTORER.response(response)

    assert restored == {
        **response,
        "instructions": "about prod",
        "output": [assistant("prod"), "odd"],
    }
    assert list(restored) == list(response)


def test_which_tools_a_script_names() -> None:
    source = "await tools.exec_command(1); tools?.view_image(2); mcp__a__b"

    assert list(script_tools(source)) == ["exec_command", "view_image", "mcp__a__b"]


def test_arguments_as_an_object() -> None:
    """Broken JSON is kept as text: it may still hold a damaged pseudonym."""
    assert call_arguments(function("f", {"a": 1})) == {"a": 1}
    assert call_arguments(call(1, "text")) == {"input": "text"}
    broken: Json = {"type": "function_call", "arguments": "{"}
    assert call_arguments(broken) == {"input": "{"}
    assert call_arguments(assistant("a")) == {}
