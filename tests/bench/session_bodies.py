"""A made-up coding session of 100 turns, the same bytes in every run.

Each turn's request repeats the whole conversation, as coding CLIs do, so bodies
grow evenly from about 72 kB to 2 MB.  28 of the turns are about a file under
infra/prod/; their tool results name several of them.  The last words of a user
turn are `<<open PATH>>`: the stand-in vendor reads the path there, as it arrived,
and talks about it in its answer.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence

TURNS = 100
FIRST_BYTES = 72_000
LAST_BYTES = 2_000_000
SENSITIVE_TURNS = 28
SENSITIVE_FOLDER = "infra/prod/"
SENSITIVE = tuple(
    f"{SENSITIVE_FOLDER}{zone}/{name}"
    for zone in ("gateway", "ledger", "vault/eu", "vault/us", "dns", "queue")
    for name in ("main.tf", "peers-of-nine.yaml", "key_rotation.tf", "limits.json")
)
ORDINARY = tuple(
    f"src/{package}/{module}.py"
    for package in ("orders", "billing", "search", "web/forms")
    for module in ("model", "views", "retry", "codec", "cache")
)
TOOLS = ("Read", "Edit", "Write", "Bash", "Grep", "Glob", "Task", "Skill")
_TEXT = """
    cursor lock entry window parser socket buffer ticket branch commit number field
    table queue total record page offset token line module import class method value
    is was has needs keeps drops reads writes returns after before inside without
    the a each this every no one two slow empty older newest wrong right
"""
_WORDS = _TEXT.split()


class CodingSession:
    """The bodies of one session; `seed` makes sessions differ."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - data, not a secret
        self._head = self._make_head(seed)
        self.targets = [self._target(turn) for turn in range(1, TURNS + 1)]
        self._users = [self._user(turn) for turn in range(1, TURNS + 1)]

    def body(self, turn: int, replies: Mapping[int, bytes]) -> bytes:
        """Return the body of `turn` (from 1), given the replies so far."""
        messages: list[bytes] = []
        for earlier in range(1, turn):
            messages += [self._users[earlier - 1], replies[earlier]]
        messages.append(self._users[turn - 1])
        return self._head + b",".join(messages) + b"]}"

    def tool_id(self, turn: int) -> str:
        """Return the id of the tool call that ends `turn`."""
        return f"toolu_{turn:020d}"

    def canned_reply(self, turn: int) -> bytes:
        """Return a reply for turns that are not played."""
        target = self.targets[turn - 1]
        text = f"I look at `{target}` and then at `{target}`. {self._prose(300)}"
        return reply(text, self.tool_id(turn), {"file_path": target, "new_string": "x"})

    def _make_head(self, seed: int) -> bytes:
        tools = [
            {
                "name": name,
                "description": self._prose(1_500),
                "input_schema": {
                    "type": "object",
                    "properties": {"file_path": {"type": "string"}},
                },
            }
            for name in TOOLS
        ]
        whole = {
            "model": "claude-sonnet-4-5",
            "max_tokens": 32_000,
            "stream": True,
            "system": [{"type": "text", "text": self._prose(14_000)}],
            "tools": tools,
            "metadata": {"user_id": f"bench-{seed}"},
        }
        return dumps(whole)[:-1] + b',"messages":['

    def _target(self, turn: int) -> str:
        return self._random.choice(SENSITIVE if is_sensitive(turn) else ORDINARY)

    def _user(self, turn: int) -> bytes:
        target = self.targets[turn - 1]
        step = (LAST_BYTES - FIRST_BYTES) // (TURNS - 1)
        size = FIRST_BYTES - len(self._head) if turn == 1 else step - 5_500
        listing = self._tool_output(turn, size)
        ask = f"{self._prose(80)} <<open {target}>>"
        first: dict[str, object] = {"type": "text", "text": listing}
        if turn > 1:
            tool_id = self.tool_id(turn - 1)
            first = {"type": "tool_result", "tool_use_id": tool_id, "content": listing}
        content = [first, {"type": "text", "text": ask}]
        return dumps({"role": "user", "content": content})

    def _tool_output(self, turn: int, size: int) -> str:
        """Return code, listings and traces, naming sensitive files in their turns."""
        lines: list[str] = []
        used = 0
        while used < size:
            lines.append(self._line(len(lines)))
            used += len(lines[-1].encode()) + 2  # a line's end takes two in JSON
        if is_sensitive(turn):
            for path in [self.targets[turn - 1], *self._random.sample(SENSITIVE, 4)]:
                lines[self._random.randrange(len(lines))] = self._mention(path)
        return "\n".join(lines)

    def _line(self, number: int) -> str:
        pick, words = self._random.random(), self._prose(60)
        path = self._random.choice(ORDINARY)
        if pick < 0.5:
            return (
                f"{number:6d}\t    self.{words.replace(' ', '_')[:40]} = {number * 7}"
            )
        if pick < 0.7:
            return f'  File "/home/dev/shop/{path}", line {number}, in {words[:20]}'
        if pick < 0.85:
            return f"{path}:{number}: {words}"
        return f"-rw-r--r-- 1 dev dev {number * 13:7d} Nov 12 09:41 {path}"

    def _mention(self, path: str) -> str:
        form = self._random.choice(
            ("{0}:12: source = {0}", "./{0}", 'File "{0}", line 9', "see `{0}`.")
        )
        return form.format(path)

    def _prose(self, size: int) -> str:
        words: list[str] = []
        while size > 0:
            words.append(self._random.choice(_WORDS))
            size -= len(words[-1]) + 1
        return " ".join(words)


def is_sensitive(turn: int) -> bool:
    """Whether `turn` (from 1) is one of the 28, evenly spread."""
    before = (turn - 1) * SENSITIVE_TURNS // TURNS
    return turn * SENSITIVE_TURNS // TURNS > before


def reply(text: str, tool_id: str, tool_input: Mapping[str, object]) -> bytes:
    """Return an assistant message as a CLI would send it back."""
    blocks: Sequence[Mapping[str, object]] = [
        {"type": "text", "text": text},
        {"type": "tool_use", "id": tool_id, "name": "Edit", "input": tool_input},
    ]
    return dumps({"role": "assistant", "content": blocks})


def dumps(value: object) -> bytes:
    """Return compact JSON, as CLIs write it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
