"""The results of tool calls are rewritten as the calls before them demand."""

from __future__ import annotations

import json
from collections.abc import Sequence

from aiwrap.wire.anthropic import Conversations
from aiwrap.wire.format import Call, Scope
from tests.wire import conversations as chat


class Listing:
    """After `ls` the word `name` is hidden."""

    def rewrite(self, text: str) -> str:
        """Hide the word."""
        return text.replace("name", "zqname")

    def may_match(self, raw: bytes) -> bool:
        """Look for the word."""
        return b"name" in raw


def follow(_scope: Scope | None, calls: Sequence[Call]) -> Scope | None:
    return Listing() if any(a.get("command") == "ls" for _, a in calls) else None


def turn(number: int, command: str, result: str) -> list[dict[str, object]]:
    use = {"type": "tool_use", "id": f"t{number}", "name": "Bash"}
    answer = {"type": "tool_result", "tool_use_id": f"t{number}", "content": result}
    return [
        {"role": "assistant", "content": [{**use, "input": {"command": command}}]},
        {"role": "user", "content": [answer]},
    ]


def test_only_the_result_of_the_call_is_rewritten() -> None:
    first = {"role": "user", "content": "a name"}
    messages = [first, *turn(1, "ls", "a name"), *turn(2, "true", "a name")]
    data = json.dumps({"model": "m", "messages": messages}).encode()
    memory = Conversations(lambda text: text, lambda _: False, follow)

    sent = memory.read(chat.request(data)).write(lambda _: False)

    assert sent == data.replace(
        b'"content": "a name"}]}, {"role": "assistant"',
        b'"content": "a zqname"}]}, {"role": "assistant"',
    )
    assert sent != data
    fresh = Conversations(lambda text: text, lambda _: False, follow)
    for count in (1, 3, 5):
        part = json.dumps({"model": "m", "messages": messages[:count]}).encode()
        grown = fresh.read(chat.request(part)).write(lambda _: False)
    assert grown == sent
