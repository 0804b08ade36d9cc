"""Take refused turns out of a conversation.

Pure and deterministic: the same messages and the same refusals give the same
result at every turn, so the vendor's prompt cache keeps its prefix.

  1. A refused submission goes with every block that belongs to it.
  2. What the model did about it goes too: its messages and the results of its
     tool calls, up to the next message with words of the person that stay.
  3. The client's own reminders and `system` messages stay.
  4. A tool's result goes if and only if its call goes.
  5. The first message that stays is the user's; else a placeholder leads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aiwrap.wire.anthropic_message import (
    REMOVED,
    Edit,
    HumanText,
    Message,
    Submission,
)

IsRefused = Callable[[HumanText], bool]

NO_EDIT: Edit = (frozenset(), frozenset())
PLACEHOLDER = b'{"role":"user","content":"' + REMOVED.encode() + b'"}'


def plan(
    messages: Sequence[Message], is_refused: IsRefused
) -> list[tuple[Message, Edit]] | None:
    """Return the messages that stay, each with its edit; None if all stay as is."""
    refused = {
        index: submissions
        for index, message in enumerate(messages)
        if message.texts and (submissions := _refused(message, is_refused))
    }
    if not refused:
        return None
    stripper = _Stripper()
    for index, message in enumerate(messages):
        stripper.take(message, refused.get(index, ()))
    return stripper.kept


def needs_placeholder(kept: Sequence[tuple[Message, Edit]]) -> bool:
    """Say whether the API would not take `kept` because no user message leads."""
    return not kept or kept[0][0].role != "user"


class _Stripper:
    def __init__(self) -> None:
        self.kept: list[tuple[Message, Edit]] = []
        self._is_dropping = False
        self._dropped_calls: set[str] = set()

    def take(self, message: Message, refused: tuple[Submission, ...]) -> None:
        match message.role:
            case "assistant" if self._is_dropping:
                self._dropped_calls.update(message.tool_uses)
            case "user":
                self._take_user(message, refused)
            case _:
                self.kept.append((message, NO_EDIT))

    def _take_user(self, message: Message, refused: tuple[Submission, ...]) -> None:
        orphans = frozenset(
            index for index, call in message.tool_results if call in self._dropped_calls
        )
        dropped = orphans.union(*(s.blocks for s in refused if not s.is_answer))
        emptied = frozenset().union(*(s.blocks for s in refused if s.is_answer))
        has_words = any(
            s.texts and s not in refused and not s.blocks <= dropped
            for s in message.submissions
        )
        if self._is_dropping and not has_words:
            dropped |= _leftovers(message) - emptied
        self._is_dropping = not has_words and (self._is_dropping or bool(refused))
        if len(dropped) < message.size:
            self.kept.append((message, (dropped, emptied - dropped)))


def _refused(message: Message, is_refused: IsRefused) -> tuple[Submission, ...]:
    return tuple(s for s in message.submissions if any(map(is_refused, s.texts)))


def _leftovers(message: Message) -> frozenset[int]:
    """Return what has no meaning once the turn before it is gone."""
    results = (index for index, _ in message.tool_results)
    return frozenset(range(message.size)).difference(message.added, results)
