"""Read and write Messages requests as Claude Code sends them.

Pure, but with a memory: each turn sends the whole conversation again, so the
bodies of recent turns are kept as lists of messages, and a new body is parsed
only from where it differs.  The result is what parsing all of it would give.

  1. A message begins with the same bytes at the same place: it is the same
     message, and what was found out and redacted then still holds.
  2. All else is parsed strictly; what two readers could understand differently
     raises `UnreadableError`, and the caller forwards nothing.
  3. Writing takes refused turns out, redacts strings token by token, and leaves
     every other byte alone.  With nothing to do it returns the body it was given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from aiwrap.wire import (
    anthropic_body,
    anthropic_fields,
    anthropic_members,
    anthropic_strip,
    anthropic_turn,
    json_text,
    quotes,
)
from aiwrap.wire.anthropic_blocks import HumanText, UnreadableError
from aiwrap.wire.anthropic_body import Body, Member
from aiwrap.wire.anthropic_message import Edit, Message, set_scopes
from aiwrap.wire.anthropic_strip import IsRefused, Kept
from aiwrap.wire.exchange import Request
from aiwrap.wire.format import Follow, Scope

__all__ = [
    "Conversations",
    "HumanText",
    "IsRefused",
    "Message",
    "MessagesRequest",
    "UnreadableError",
]

MAX_CONVERSATIONS = 32
MAX_REMEMBERED_BYTES = 96 * 1024 * 1024

_NEAR = 4  # messages at a conversation's end that may differ in its next turn


class Conversations:
    """What one gateway remembers of recent bodies, for one redactor.

    `rewrite` maps a decoded string to what may leave; None says that nothing is
    sensitive.  `may_match` says of raw bytes whether `rewrite` could change any
    string in them.  `follow` gives the scope that tool calls leave behind.
    With `trusts_client` the client is Claude Code, whose tags say
    which texts are its own; else all that a user says is a person's.
    """

    def __init__(
        self,
        rewrite: json_text.Rewrite | None,
        may_match: Callable[[bytes], bool],
        follow: Follow | None = None,
        *,
        trusts_client: bool = True,
    ) -> None:
        self.rewrite = rewrite
        self.may_match = may_match
        self.trusts_client = trusts_client
        self.follow = follow
        self._recent: list[Body] = []  # oldest first

    def read(self, request: Request) -> MessagesRequest:
        """Read a request to `/v1/messages` or its `count_tokens`."""
        try:
            body, matched = self._parse(request.body)
        except (json_text.JsonTextError, UnicodeDecodeError) as error:
            raise UnreadableError(f"the request is unreadable: {error}") from error
        result = MessagesRequest(request, body, self)
        if result.kind != "count":
            self._remember(body, matched)
        return result

    def fresh(self) -> Conversations:
        """Return the same without memory."""
        return Conversations(
            self.rewrite,
            self.may_match,
            self.follow,
            trusts_client=self.trusts_client,
        )

    def redact(
        self, raw: bytes, rule: str, lead: int | None, scope: Scope | None = None
    ) -> bytes:
        """Return `raw`, a member or (with `lead`) a message, as it may leave."""
        may_match = scope.may_match if scope else self.may_match
        rewrite = scope.rewrite if scope else self.rewrite
        if self.rewrite is None or rewrite is None or not may_match(raw):
            return raw
        text = raw.decode()
        if lead is None:
            _, value_start = json_text.parse_key(text, text.index('"'))
            value, _ = json_text.parse_at(text, value_start)
            is_open = [False, *anthropic_fields.open_strings(value, rule)]
        else:
            value, _ = json_text.parse_at(text, lead)
            is_open = anthropic_fields.open_strings(value, rule)
        changed = json_text.rewrite_strings(text, rewrite, is_open)
        return raw if changed is text else changed.encode()

    def _parse(self, data: bytes) -> tuple[Body, Body | None]:
        """Return the parsed body, and the known one that it goes on from."""
        body = self._begin(data)
        known, count, offset = self._match(data, len(body.start))
        if known is not None:
            body.messages = known.messages[:count]
        text = str(memoryview(data)[offset:], "utf-8")
        index = anthropic_body.parse_messages(text, body)
        if self.follow is not None:
            set_scopes(body.messages, count, self.follow)
        tail = text[index:].encode()
        anthropic_body.parse_tail(tail, body, known.tail if known else ())
        body.size = len(data)
        return body, known if known and _is_near(known, count) else None

    def _begin(self, data: bytes) -> Body:
        for known in reversed(self._recent):
            if data.startswith(known.start):
                return Body(
                    known.start,
                    known.head,
                    known.opening,
                    trusts_client=self.trusts_client,
                )
        return anthropic_body.parse_head(
            data.decode(), trusts_client=self.trusts_client
        )

    def _match(self, data: bytes, start: int) -> tuple[Body | None, int, int]:
        """Return the body that shares the most messages, how many, and where."""
        best: tuple[Body | None, int, int] = (None, 0, start)
        for known in reversed(self._recent):
            offset = start
            count = 0
            for message in known.messages:
                if not data.startswith(message.element, offset):
                    break
                offset += len(message.element)
                count += 1
            if count > best[1]:
                best = (known, count, offset)
                if _is_near(known, count):
                    break
        return best

    def _remember(self, body: Body, extended: Body | None) -> None:
        """Keep `body`, in the place of the one it goes on from, within the limits."""
        if extended is not None:
            self._recent.remove(extended)
        self._recent.append(body)
        sizes = [known.size for known in self._recent]
        while len(sizes) > MAX_CONVERSATIONS or sum(sizes) > MAX_REMEMBERED_BYTES:
            sizes.pop(0)
            self._recent.pop(0)


class MessagesRequest:
    """What screening needs to know of one request.

    `kind` is "main", "side" (a title, compaction or web search call of the
    client) or "count"; `agent` is the sub-agent's id, None for the person's own.
    """

    def __init__(self, request: Request, body: Body, memory: Conversations) -> None:
        agent = request.header(b"x-claude-code-agent-id")
        facts = {m.key: m.fact for m in (*body.head, *body.tail)}
        trusted = memory.trusts_client
        self.agent = agent.decode("latin-1") if agent and trusted else None
        self.messages: Sequence[Message] = body.messages
        self.model = anthropic_members.read_text(facts.get("model"), "model")
        self.stream = facts.get("stream") is True
        self.system_texts = tuple(
            anthropic_members.find_system_texts(facts.get("system"))
        )
        self.tool_texts = tuple(anthropic_members.find_descriptions(facts.get("tools")))
        self.wants_json_title = anthropic_members.wants_title(facts)
        self._is_web_search = trusted and anthropic_members.is_web_search(
            facts, body.messages
        )
        self.kind = self._kind(request.path)
        self.data = request.body
        self._body = body
        self._memory = memory

    def newest(self) -> tuple[HumanText, ...]:
        """Return the person's words after the model's last message.

        Nothing in a tool round, and nothing of a sub-agent: its words are the
        model's.
        """
        if self.agent is not None or self._is_web_search:
            return ()
        return anthropic_turn.newest(self.messages)

    def current(self) -> tuple[HumanText, ...]:
        """Return the person's words of the latest turn, also in its tool rounds."""
        newest = self.newest()
        if newest or self.agent is not None or self._is_web_search:
            return newest
        return anthropic_turn.latest(self.messages)

    def write(self, is_refused: IsRefused) -> bytes:
        """Return the body without refused turns and with its strings redacted."""
        stripped = anthropic_strip.plan(self.messages, is_refused)
        if stripped is None and self._memory.rewrite is None:
            return self.data
        pieces = list(self._pieces(stripped))
        if stripped is None and all(new is old for new, old in pieces):
            return self.data
        return b"".join([new for new, _ in pieces])

    def contains_text(
        self, texts: Sequence[str], is_refused: IsRefused | None = None
    ) -> bool:
        """Say whether one of `texts` stands inside any string of the request.

        With `is_refused`, of what is left after stripping.  The caller gives no
        text so short that it stands everywhere.
        """
        plan = anthropic_strip.plan(self.messages, is_refused) if is_refused else None
        data = self.data if plan is None else b"".join(self._raw_pieces(plan))
        return quotes.holds(data, texts)

    def _pieces(self, stripped: Sequence[Kept] | None) -> Iterator[tuple[bytes, bytes]]:
        """Yield each piece as it leaves, beside the piece as it came."""
        body = self._body
        yield from self._members(body.head)
        yield body.opening, body.opening
        if stripped is None:
            for message in body.messages:
                yield self._forward(message), message.element
        else:
            yield from ((piece, b"") for piece in self._stripped(stripped))
        yield body.close, body.close
        yield from self._members(body.tail)
        yield body.end, body.end

    def _members(self, members: Sequence[Member]) -> Iterator[tuple[bytes, bytes]]:
        for member in members:
            if member.forward is None:
                rule = anthropic_fields.request_rule(member.key)
                member.forward = self._memory.redact(member.raw, rule, None)
            yield member.forward, member.raw

    def _forward(self, message: Message) -> bytes:
        if message.forward is None:
            message.forward = self._memory.redact(
                message.element, anthropic_fields.MESSAGE, message.lead, message.scope
            )
        return message.forward

    def _stripped(self, kept: Sequence[Kept]) -> Iterator[bytes]:
        def redact(raw: bytes, message: Message) -> bytes:
            return self._memory.redact(
                raw, anthropic_fields.MESSAGE, message.lead, message.scope
            )

        return _separated(
            kept,
            lambda message, edit: (
                self._forward(message)
                if edit == anthropic_strip.NO_EDIT
                else message.edited(edit, lambda raw: redact(raw, message))
            ),
        )

    def _raw_pieces(self, kept: Sequence[Kept]) -> Iterator[bytes]:
        yield from (member.raw for member in (*self._body.head, *self._body.tail))
        yield from _separated(
            kept,
            lambda message, edit: (
                message.element
                if edit == anthropic_strip.NO_EDIT
                else message.edited_raw(edit)
            ),
        )

    def _kind(self, path: str) -> str:
        if path.rstrip("/").endswith("/count_tokens"):
            return "count"
        newest = next((m for m in reversed(self.messages) if m.role == "user"), None)
        is_side = self._is_web_search or (newest is not None and newest.is_side)
        return "side" if is_side else "main"


def _is_near(known: Body, count: int) -> bool:
    """Say whether sharing `count` messages makes a body the next turn of `known`."""
    return count >= len(known.messages) - _NEAR


def _separated(
    kept: Sequence[Kept], element: Callable[[Message, Edit], bytes]
) -> Iterator[bytes]:
    """Yield the elements of an array; the first has no separator."""
    is_first = True
    for item in kept:
        if isinstance(item, bytes):
            separator, core = b"", item
        else:
            message, edit = item
            raw = element(message, edit)
            separator, core = raw[: message.lead], raw[message.lead :]
        if is_first:
            yield core
        else:
            yield (separator if b"," in separator else b",") + core
        is_first = False
