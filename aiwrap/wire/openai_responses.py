"""Read and write Responses requests as Codex and OpenAI's SDKs send them.

Pure, but with a memory: each turn sends the whole conversation again, so the
bodies of recent turns are kept as lists of items, and a new body is parsed only
from where it differs.  The result is what parsing all of it would give.

  1. An item begins with the same bytes at the same place: it is the same item,
     and what was found out and redacted then still holds.
  2. All else is parsed strictly; what two readers could understand differently
     raises `UnreadableError`, and the caller forwards nothing.
  3. Writing takes refused turns out, redacts strings token by token, and leaves
     every other byte alone.  With nothing to do it returns the body it was given.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence

from aiwrap.wire import (
    json_text,
    openai_responses_body,
    openai_responses_fields,
    openai_responses_strip,
)
from aiwrap.wire.exchange import Request
from aiwrap.wire.openai_responses_body import Body, Member
from aiwrap.wire.openai_responses_item import HumanText, Item
from aiwrap.wire.openai_responses_strip import IsRefused

MAX_CONVERSATIONS = 32
MAX_REMEMBERED_BYTES = 96 * 1024 * 1024
MAX_RECENT_TEXTS = 64
MAX_TITLE_OPENING = 700  # characters before the prompt that a title is for

_TITLE = "Generate a concise, single-line task title"
_TITLE_MARK = "\n\nUser prompt:\n"
_METADATA = b"x-codex-turn-metadata"


class UnreadableError(ValueError):
    """The request cannot be screened."""


class Conversations:
    """What one gateway remembers of recent bodies, for one redactor.

    `rewrite` maps a decoded string to what may leave; None says that nothing is
    sensitive.  `may_match` says of raw bytes whether `rewrite` could change any
    string in them.
    """

    def __init__(
        self,
        rewrite: json_text.Rewrite | None,
        may_match: Callable[[bytes], bool],
    ) -> None:
        self.rewrite = rewrite
        self.may_match = may_match
        self.recent_texts: deque[str] = deque(maxlen=MAX_RECENT_TEXTS)
        self._recent: list[Body] = []  # oldest first

    def read(self, request: Request) -> ResponsesRequest:
        """Read a request for a response, or for a compaction of its input."""
        try:
            body = self._parse(request.body)
            result = ResponsesRequest(request, body, self)
        except ValueError as error:
            raise UnreadableError(f"the request is unreadable: {error}") from error
        if not body.is_text:
            self._remember(body)
        return result

    def redact(self, raw: bytes, rule: str, lead: int | None) -> bytes:
        """Return `raw`, a member or (with `lead`) an item, as it may leave."""
        if self.rewrite is None or not self.may_match(raw):
            return raw
        text = raw.decode()
        closed_key: list[bool] = []
        if lead is None:
            closed_key = [False]
            _, lead = json_text.parse_key(text, text.index('"'))
        value, _ = json_text.parse_at(text, lead)
        is_open = [*closed_key, *openai_responses_fields.open_strings(value, rule)]
        changed = json_text.rewrite_strings(text, self.rewrite, is_open)
        return raw if changed is text else changed.encode()

    def _parse(self, data: bytes) -> Body:
        body = self._begin(data)
        offset = len(body.start)
        known = self._match(data, offset)
        body.items += known
        offset += sum(len(item.element) for item in known)
        text = str(memoryview(data)[offset:], "utf-8")
        index = openai_responses_body.parse_items(text, body)
        openai_responses_body.parse_tail(text[index:], body)
        body.size = len(data)
        return body

    def _begin(self, data: bytes) -> Body:
        for known in reversed(self._recent):
            if data.startswith(known.start):
                return Body(known.start, known.head, known.opening)
        return openai_responses_body.parse_head(data.decode())

    def _match(self, data: bytes, start: int) -> list[Item]:
        """Return the most items that a known body has in common with `data`."""
        best: list[Item] = []
        for known in reversed(self._recent):
            if not data.startswith(known.start):
                continue
            offset = start
            count = 0
            for item in known.items:
                if not data.startswith(item.element, offset):
                    break
                offset += len(item.element)
                count += 1
            if count > len(best):
                best = known.items[:count]
        return best

    def _remember(self, body: Body) -> None:
        """Keep `body`, in the place of one that it goes on from."""
        self._recent = [
            known
            for known in self._recent
            if known.items != body.items[: len(known.items)]
        ]
        self._recent.append(body)
        sizes = [known.size for known in self._recent]
        while len(sizes) > MAX_CONVERSATIONS or sum(sizes) > MAX_REMEMBERED_BYTES:
            sizes.pop(0)
            self._recent.pop(0)


class ResponsesRequest:
    """What screening needs to know of one request."""

    def __init__(self, request: Request, body: Body, memory: Conversations) -> None:
        facts = body.facts
        self.data = request.body
        self.items: Sequence[Item] = body.items
        self.model = _string(facts.get("model"))
        self.stream = facts.get("stream") is True
        notes = _turn_metadata(request)
        self.thread = _string(notes.get("thread_id"))
        self.is_title = notes.get("thread_source") == "thread_title"
        self.is_agents = request.header(b"x-openai-subagent") == b"collab_spawn"
        self.is_compaction = (
            request.path.rstrip("/").endswith("/compact")
            or notes.get("request_kind") == "compaction"
            or any(item.kind == "compaction_trigger" for item in body.items[-1:])
        )
        self._body = body
        self._memory = memory
        self._instructions = _string(facts.get("instructions"))
        if not self.is_title:
            memory.recent_texts.extend(text.text for text in self._newest())

    @property
    def spoken(self) -> int:
        """How many texts of the person the conversation holds."""
        return sum(len(item.texts) for item in self.items)

    @property
    def system_texts(self) -> tuple[str, ...]:
        """The instructions of a program of the user's own."""
        texts = [text for item in self.items for text in item.system_texts]
        return (self._instructions, *texts) if self._instructions else tuple(texts)

    def current(self) -> tuple[HumanText, ...]:
        """Return the person's words of the latest turn, also in its tool rounds.

        A refused prompt stays in the client's history without an answer, so a
        turn's texts are told from the ones before by the client's turn id.
        """
        newest = self._newest()
        return tuple(map(self._titled, newest)) if self.is_title else newest

    def write(self, is_refused: IsRefused) -> bytes:
        """Return the body without refused turns and with its strings redacted."""
        kept = openai_responses_strip.plan(self.items, self._judged(is_refused))
        if kept is None and self._memory.rewrite is None:
            return self.data
        pieces = list(self._pieces(kept))
        if kept is None and all(new is old for new, old in pieces):
            return self.data
        return b"".join([new for new, _ in pieces])

    def contains_text(self, texts: Sequence[str], is_refused: IsRefused) -> bool:
        """Say whether one of `texts` stands in what is left after stripping.

        The caller gives no text so short that it stands everywhere.
        """
        kept = openai_responses_strip.plan(self.items, self._judged(is_refused))
        data = self.data
        if kept is not None:
            members = (*self._body.head, *self._body.tail)
            data = b"\n".join(
                [*(m.raw for m in members), *(item.element for item in kept)]
            )
        return any(token in data for text in texts for token in _tokens(text))

    def _newest(self) -> tuple[HumanText, ...]:
        found: list[HumanText] = []
        turn = ""
        for item in reversed(self.items):
            if item.texts:
                if found and item.turn != turn:
                    break
                turn = item.turn
                found[:0] = item.texts
            elif found and (item.is_model or item.result_of):
                break
        return tuple(found)

    def _titled(self, human: HumanText) -> HumanText:
        """Return the prompt that a title is for, if that is all there is to it."""
        opening, mark, prompt = human.text.partition(_TITLE_MARK)
        is_title = bool(mark) and opening.startswith(_TITLE)
        if (
            is_title
            and len(opening) <= MAX_TITLE_OPENING
            and prompt in self._memory.recent_texts
        ):
            return human._replace(text=prompt)
        return human

    def _judged(self, is_refused: IsRefused) -> IsRefused:
        if not self.is_title:
            return is_refused
        return lambda human: is_refused(self._titled(human))

    def _pieces(self, kept: Sequence[Item] | None) -> Iterator[tuple[bytes, bytes]]:
        """Yield each piece as it leaves, beside the piece as it came."""
        body = self._body
        yield from self._members(body.head)
        yield body.opening, body.opening
        if kept is None:
            for item in body.items:
                yield self._forward(item), item.element
        else:
            yield from ((piece, b"") for piece in self._joined(kept))
        yield body.close, body.close
        yield from self._members(body.tail)
        yield body.end, body.end

    def _joined(self, kept: Sequence[Item]) -> Iterator[bytes]:
        """Yield the items that stay; the first has no separator."""
        if self._body.is_text and not kept:
            yield b'""'
        for number, item in enumerate(kept):
            raw = self._forward(item)
            separator = raw[: item.lead] if b"," in raw[: item.lead] else b","
            yield (separator if number else b"") + raw[item.lead :]

    def _members(self, members: Sequence[Member]) -> Iterator[tuple[bytes, bytes]]:
        for member in members:
            if member.forward is None:
                rule = openai_responses_fields.request_rule(member.key)
                member.forward = self._memory.redact(member.raw, rule, None)
            yield member.forward, member.raw

    def _forward(self, item: Item) -> bytes:
        if item.forward is None:
            rule = openai_responses_fields.ITEM
            item.forward = self._memory.redact(item.element, rule, item.lead)
        return item.forward


def _turn_metadata(request: Request) -> Mapping[str, object]:
    value = request.header(_METADATA)
    if value is None:
        return {}
    try:
        return json_text.parse_object(value.decode())
    except ValueError:
        return {}  # what it would say has a safe default


def _tokens(text: str) -> set[bytes]:
    """Return how clients write `text` in JSON, without the quotes."""
    plain = json_text.encode_string(text)[1:-1]
    ascii_only = json_text.encode_ascii(text)[1:-1]
    return {plain.encode(), ascii_only.encode()}


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""
