"""Read and write a batch: many Messages requests in one body.

Pure.  A batch is one submission of everything that is new in its requests: it
leaves whole or not at all.  Each request is stripped and redacted as if it came
alone; of the rest, strings are redacted and every other byte stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from aiwrap.wire import json_text
from aiwrap.wire.anthropic import Conversations, HumanText, MessagesRequest
from aiwrap.wire.anthropic_blocks import UnreadableError
from aiwrap.wire.anthropic_strip import IsRefused
from aiwrap.wire.exchange import Request


class _Item(NamedTuple):
    start: int
    end: int
    asked: MessagesRequest


class Batch:
    """One batch; `memory` says how each of its requests is read."""

    def __init__(self, request: Request, memory: Conversations) -> None:
        self._rewrite = memory.rewrite
        try:
            self._text = request.body.decode()
            json_text.parse_object(self._text)
            self._items = list(self._read(request, memory.fresh))
        except (json_text.JsonTextError, UnicodeDecodeError) as error:
            raise UnreadableError(f"the batch is unreadable: {error}") from error

    @property
    def requests(self) -> Sequence[MessagesRequest]:
        """The requests, in their order."""
        return [item.asked for item in self._items]

    def current(self) -> tuple[HumanText, ...]:
        """Return what a person says in any of the requests."""
        return tuple(text for asked in self.requests for text in asked.current())

    def write(self, is_refused: IsRefused) -> bytes:
        """Return the body as it may leave."""
        pieces: list[bytes] = []
        done = 0
        for start, end, asked in self._items:
            pieces += (self._hidden(done, start), asked.write(is_refused))
            done = end
        return b"".join([*pieces, self._hidden(done, len(self._text))])

    def _hidden(self, start: int, end: int) -> bytes:
        text = self._text[start:end]
        if self._rewrite is not None:
            text = json_text.rewrite_strings(text, self._rewrite)
        return text.encode()

    def _read(
        self, request: Request, fresh: Callable[[], Conversations]
    ) -> Iterator[_Item]:
        text = self._text
        whole = _member(text, json_text.skip_blanks(text, 0), "requests")
        for start, _ in json_text.find_items(text, whole.value_start):
            found = _member(text, start, "params")
            body = text[found.value_start : found.end].encode()
            asked = fresh().read(request._replace(body=body))
            yield _Item(found.value_start, found.end, asked)


def _member(text: str, index: int, key: str) -> json_text.Member:
    for member in json_text.find_members(text, index):
        if member.key == key:
            return member
    raise UnreadableError(f"the batch has no `{key}` where it must")
