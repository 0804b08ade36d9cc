"""Anthropic's Messages API, as `format` asks for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aiwrap.wire import (
    anthropic_fields,
    anthropic_paths,
    anthropic_replies,
    json_text,
    quotes,
)
from aiwrap.wire.anthropic import Conversations, HumanText, MessagesRequest
from aiwrap.wire.anthropic_batch import Batch
from aiwrap.wire.anthropic_message import REMOVED
from aiwrap.wire.anthropic_response import Response, ResponseFacts
from aiwrap.wire.exchange import Reply, Request, ResponseFilter
from aiwrap.wire.format import (
    BlockRestorer,
    Follow,
    Human,
    Memory,
    Rewrite,
    Usage,
    WireFormat,
)


class AnthropicAsked:
    """A request to `/v1/messages` or its `count_tokens`."""

    is_summary = False  # the words that ask for one are the client's, and judged

    def __init__(self, request: Request, messages: MessagesRequest) -> None:
        session = request.header(b"x-claude-code-session-id") or b""
        self._conversation = session.decode("latin-1")
        self._asked = messages
        self.system_texts: Sequence[str] = (
            *messages.system_texts,
            *messages.tool_texts,
        )
        self.is_anonymous = not session
        retries = request.header(b"x-stainless-retry-count") or b"0"
        self.is_retry = retries != b"0"
        self.is_side_call = messages.kind == "side"
        self.is_count = messages.kind == "count"
        self.is_agents = messages.agent is not None

    @property
    def turn(self) -> str:
        """The client's session, and the number of the person's texts.

        Texts and not messages: after an error the client puts the next prompt
        into the same message.
        """
        spoken = sum(len(m.texts or m.wrapped) for m in self._asked.messages)
        return f"{self._conversation}#{spoken}"

    @property
    def is_wrapped(self) -> bool:
        """Whether all that is said calls itself the client's."""
        current = self.current()
        return bool(current) and all(text.origin == "wrapped" for text in current)

    def current(self) -> Sequence[HumanText]:
        """Return the person's words of the latest turn."""
        if not self.is_agents:
            return self._asked.current()
        return next((m.texts for m in reversed(self._asked.messages) if m.texts), ())

    def write(self, is_refused: Callable[[Human], bool]) -> bytes:
        """Return the body as it may leave."""
        return self._asked.write(is_refused)

    def contains_text(
        self, texts: Sequence[str], is_refused: Callable[[Human], bool]
    ) -> bool:
        """Say whether one of `texts` stands in what is left."""
        return self._asked.contains_text(texts, is_refused)

    def without_quotes(self, body: bytes, texts: Sequence[str]) -> bytes:
        """Return `body` with refused texts taken out of what quotes them."""
        spoken = [text.text for m in self._asked.messages for text in m.texts]
        return _without_quotes(body, texts, spoken)

    def refusal(self, text: str) -> Reply:
        """Return an assistant message that ends the turn."""
        return anthropic_replies.refusal(self._asked, text)


class AnthropicBatch:
    """A batch of requests: one submission."""

    is_side_call = is_summary = is_count = is_agents = False
    is_wrapped = False
    is_anonymous = True

    def __init__(self, request: Request, batch: Batch) -> None:
        self._batch = batch
        self.is_retry = request.header(b"x-stainless-retry-count") not in (None, b"0")
        self.system_texts: Sequence[str] = tuple(
            dict.fromkeys(
                text
                for asked in batch.requests
                for text in (*asked.system_texts, *asked.tool_texts)
            )
        )

    @property
    def turn(self) -> str:
        """A batch is no conversation."""
        return "batch"

    def current(self) -> Sequence[HumanText]:
        """Return the person's words in all of the requests."""
        return self._batch.current()

    def write(self, is_refused: Callable[[Human], bool]) -> bytes:
        """Return the body as it may leave."""
        return self._batch.write(is_refused)

    def contains_text(
        self, texts: Sequence[str], is_refused: Callable[[Human], bool]
    ) -> bool:
        """Say whether one of `texts` stands in what is left."""
        requests = self._batch.requests
        return any(asked.contains_text(texts, is_refused) for asked in requests)

    def without_quotes(self, body: bytes, texts: Sequence[str]) -> bytes:
        """Return `body` with refused texts taken out of what quotes them."""
        spoken = [text.text for text in self.current()]
        return quotes.remove(body, texts, REMOVED, spoken=spoken)

    def refusal(self, text: str) -> Reply:
        """Return an error: there is no answer to put words into."""
        return anthropic_replies.failure(None, text)


class AnthropicMemory:
    """Recent conversations."""

    def __init__(
        self,
        rewrite: Rewrite | None,
        may_match: Callable[[bytes], bool],
        follow: Follow | None,
        *,
        trusts_client: bool,
    ) -> None:
        self._conversations = Conversations(
            rewrite, may_match, follow, trusts_client=trusts_client
        )

    def read(self, request: Request) -> AnthropicAsked | AnthropicBatch:
        """Read a request; UnreadableError is a ValueError."""
        if anthropic_paths.is_batch(request):
            return AnthropicBatch(request, Batch(request, self._conversations))
        return AnthropicAsked(request, self._conversations.read(request))


class AnthropicFormat:
    """The format itself."""

    agent_tools = frozenset({"Agent", "Task"})

    def is_conversation(self, request: Request) -> bool:
        """Say whether this is a Messages request; UnreadableError if none can say."""
        return anthropic_paths.is_conversation(request)

    def new_memory(
        self,
        rewrite: Rewrite | None,
        may_match: Callable[[bytes], bool],
        follow: Follow | None = None,
        *,
        trusts_client: bool = True,
    ) -> Memory:
        """Return an empty memory."""
        return AnthropicMemory(rewrite, may_match, follow, trusts_client=trusts_client)

    def failure(self, request: Request, text: str) -> Reply:
        """Return an error that Claude Code shows once and does not retry."""
        return anthropic_replies.failure(request, text)

    def watch(
        self,
        new_restorer: Callable[[bool], BlockRestorer] | None,
        restores_tool: Callable[[str], bool],
        on_end: Callable[[Usage], None],
    ) -> ResponseFilter:
        """Return the filter for one response."""
        return Response(
            new_restorer=new_restorer,
            restores_tool=restores_tool,
            on_end=lambda facts: on_end(_usage(facts)),
        )


def _without_quotes(body: bytes, texts: Sequence[str], spoken: Sequence[str]) -> bytes:
    """Leave alone what the vendor verifies, and what a person said."""
    is_open = [
        each
        for key, value in json_text.parse_object(body.decode()).items()
        for each in (
            False,
            *anthropic_fields.open_strings(value, anthropic_fields.request_rule(key)),
        )
    ]
    return quotes.remove(body, texts, REMOVED, spoken=spoken, is_open=is_open)


def _usage(facts: ResponseFacts) -> Usage:
    return Usage(
        facts.model,
        facts.tokens_in,
        facts.tokens_out,
        facts.tokens_cache_read,
        facts.tokens_cache_write,
        facts.tool_uses,
        facts.originals,
    )


FORMAT: WireFormat = AnthropicFormat()
