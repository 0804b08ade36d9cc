"""Take refused turns out of a conversation.

Pure and deterministic: the same messages and the same refusals give the same
result at every turn, so the vendor's prompt cache keeps its prefix.

  1. A refused submission goes with every block that belongs to it; where it
     stands inside a text of the client's, its words go.
  2. What the model did about it goes too: its messages and the results of its
     tool calls, up to the next message with words of the person that stay.
  3. The client's own reminders and `system` messages stay.
  4. A tool's result goes if and only if its call goes.
  5. The API wants a `system` message right behind the user's and right before
     the model's, and a user message first; where a seam breaks that, a
     placeholder mends it.
  6. What was answered by us in the model's place is refused in that place, even
     if the same words were confirmed later; our reply goes too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

from aiwrap.wire.anthropic_blocks import HumanText, Submission
from aiwrap.wire.anthropic_message import REMOVED, Edit, Message

IsRefused = Callable[[HumanText], bool]
Kept = tuple[Message, Edit] | bytes
"""A message that stays, with what is taken out of it, or a placeholder."""

NO_EDIT: Edit = (frozenset(), frozenset())


def plan(messages: Sequence[Message], is_refused: IsRefused) -> list[Kept] | None:
    """Return what the conversation is to be; None if it may stay as it is."""
    answered = {index - 1 for index, message in enumerate(messages) if message.is_ours}
    refused = {
        index: submissions
        for index, message in enumerate(messages)
        if (message.texts or message.wrapped)
        and (
            submissions := _everything(message)
            if _is_answered(messages, index, answered)
            else _refused(message, is_refused)
        )
    }
    if not refused and not answered:
        return None
    stripper = _Stripper()
    for index, message in enumerate(messages):
        stripper.take(index, message, refused.get(index, ()))
    return list(_mended(stripper.kept))


class _Stripper:
    def __init__(self) -> None:
        self.kept: list[tuple[int, Message, Edit]] = []  # with their old places
        self._is_dropping = False
        self._dropped_calls: set[str] = set()

    def take(
        self, index: int, message: Message, refused: tuple[Submission, ...]
    ) -> None:
        if message.is_ours or (message.role == "assistant" and self._is_dropping):
            self._dropped_calls.update(message.tool_uses)
            return
        edit = NO_EDIT if message.role == "assistant" else self._edit(message, refused)
        if len(edit[0]) < message.size or message.role != "user":
            self.kept.append((index, message, edit))

    def _edit(self, message: Message, refused: tuple[Submission, ...]) -> Edit:
        """Say what leaves a message, and whether what follows leaves too."""
        orphans = frozenset(
            index for index, call in message.tool_results if call in self._dropped_calls
        )
        dropped = orphans.union(*(s.blocks for s in refused if not s.is_inline))
        opens_turn = (message.opens_turn and not refused) or any(
            s.texts and s not in refused and not s.blocks <= dropped
            for s in message.submissions
        )
        if self._is_dropping and not opens_turn and message.role == "user":
            dropped |= _leftovers(message)
        self._is_dropping = not opens_turn and (self._is_dropping or bool(refused))
        hidden = frozenset(
            (index, text.text)
            for submission in refused
            for text in submission.texts
            for index in submission.blocks - dropped
        )
        return dropped, hidden


def _is_answered(
    messages: Sequence[Message], index: int, answered: Collection[int]
) -> bool:
    """Say whether our reply follows, `system` messages in between or not."""
    while index not in answered:
        index += 1
        if index >= len(messages) or messages[index].role != "system":
            return False
    return True


def _everything(message: Message) -> tuple[Submission, ...]:
    """Return what was answered in the model's place: also what a tag wraps."""
    if message.texts:
        return message.submissions
    blocks = frozenset(range(message.size))
    return (Submission(message.wrapped, blocks),)


def _refused(message: Message, is_refused: IsRefused) -> tuple[Submission, ...]:
    return tuple(s for s in message.submissions if any(map(is_refused, s.texts)))


def _leftovers(message: Message) -> frozenset[int]:
    """Return what has no meaning once the turn before it is gone."""
    results = (index for index, _ in message.tool_results)
    return frozenset(range(message.size)).difference(message.added, results)


def _mended(kept: Sequence[tuple[int, Message, Edit]]) -> Iterator[Kept]:
    """Yield `kept` with placeholders around the `system` messages at a seam."""
    previous, role = -1, ""
    for index, message, edit in kept:
        is_seam = index != previous + 1
        if is_seam and role == "system" and message.role != "assistant":
            yield _placeholder("assistant")
            role = "assistant"
        if (is_seam and role != "user" and message.role == "system") or (
            not role and message.role != "user"
        ):
            yield _placeholder("user")
        yield message, edit
        previous, role = index, message.role
    if not kept:
        yield _placeholder("user")


def _placeholder(role: str) -> bytes:
    return b'{"role":"%b","content":"%b"}' % (role.encode(), REMOVED.encode())
