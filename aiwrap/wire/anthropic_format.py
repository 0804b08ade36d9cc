"""Anthropic's Messages API, as `format` asks for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aiwrap.wire import anthropic_replies
from aiwrap.wire.anthropic import Conversations, HumanText, MessagesRequest
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

_ENDPOINTS = ("/v1/messages", "/v1/messages/count_tokens")


class AnthropicAsked:
    """A request to `/v1/messages` or its `count_tokens`."""

    is_summary = False  # the words that ask for one are the client's, and judged

    def __init__(self, request: Request, messages: MessagesRequest) -> None:
        session = request.header(b"x-claude-code-session-id") or b""
        self._conversation = session.decode("latin-1")
        self._asked = messages
        self.system_texts: Sequence[str] = messages.system_texts
        self.is_side_call = messages.kind == "side"
        self.is_count = messages.kind == "count"
        self.is_agents = messages.agent is not None

    @property
    def turn(self) -> str:
        """The client's session, and the number of the person's texts.

        Texts and not messages: after an error the client puts the next prompt
        into the same message.
        """
        spoken = sum(len(message.texts) for message in self._asked.messages)
        return f"{self._conversation}#{spoken}"

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

    def refusal(self, text: str) -> Reply:
        """Return an assistant message that ends the turn."""
        return anthropic_replies.refusal(self._asked, text)


class AnthropicMemory:
    """Recent conversations."""

    def __init__(
        self,
        rewrite: Rewrite | None,
        may_match: Callable[[bytes], bool],
        follow: Follow | None,
    ) -> None:
        self._conversations = Conversations(rewrite, may_match, follow)

    def read(self, request: Request) -> AnthropicAsked:
        """Read a request; UnreadableError is a ValueError."""
        return AnthropicAsked(request, self._conversations.read(request))


class AnthropicFormat:
    """The format itself."""

    agent_tools = frozenset({"Agent", "Task"})

    def is_conversation(self, request: Request) -> bool:
        """Say whether this is a Messages request."""
        path = request.path.rstrip("/")
        return request.method == "POST" and path.endswith(_ENDPOINTS)

    def new_memory(
        self,
        rewrite: Rewrite | None,
        may_match: Callable[[bytes], bool],
        follow: Follow | None = None,
    ) -> Memory:
        """Return an empty memory."""
        return AnthropicMemory(rewrite, may_match, follow)

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
