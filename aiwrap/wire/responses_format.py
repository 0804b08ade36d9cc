"""OpenAI's Responses API, as `format` asks for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aiwrap.wire import openai_responses_replies, quotes
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
from aiwrap.wire.openai_responses import Conversations, ResponsesRequest
from aiwrap.wire.openai_responses_item import HumanText
from aiwrap.wire.openai_responses_response import Response

_REMOVED = "[removed: refused by policy]"
_ENDPOINTS = ("/responses", "/responses/compact")


class ResponsesAsked:
    """A request for a response, or for a compaction."""

    is_count = False
    is_wrapped = False
    is_anonymous = False
    is_retry = False

    def __init__(self, asked: ResponsesRequest) -> None:
        self._asked = asked
        self.is_side_call = asked.is_title
        self.is_summary = asked.is_compaction
        self.is_agents = asked.is_agents
        self.system_texts: Sequence[str] = asked.system_texts

    @property
    def turn(self) -> str:
        """The client's thread, and the number of the person's texts in it."""
        return f"{self._asked.thread}#{self._asked.spoken}"

    def current(self) -> Sequence[HumanText]:
        """Return the person's words of the latest turn."""
        return self._asked.current()

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
        spoken = [human.text for human in self._asked.current()]
        return quotes.remove(body, texts, _REMOVED, spoken=spoken)

    def refusal(self, text: str) -> Reply:
        """Return a response that failed, with `text` as the reason."""
        asked = self._asked
        return openai_responses_replies.refusal(
            asked.data, text, model=asked.model, stream=asked.stream
        )


class ResponsesMemory:
    """Recent conversations."""

    def __init__(
        self, rewrite: Rewrite | None, may_match: Callable[[bytes], bool]
    ) -> None:
        self._conversations = Conversations(rewrite, may_match)

    def read(self, request: Request) -> ResponsesAsked:
        """Read a request; UnreadableError is a ValueError."""
        return ResponsesAsked(self._conversations.read(request))


class ResponsesFormat:
    """The format itself."""

    agent_tools = frozenset({"spawn_agent"})

    def is_conversation(self, request: Request) -> bool:
        """Say whether this asks for a response or a compaction."""
        path = request.path.rstrip("/")
        return request.method == "POST" and path.endswith(_ENDPOINTS)

    def new_memory(
        self,
        rewrite: Rewrite | None,
        may_match: Callable[[bytes], bool],
        follow: Follow | None = None,  # noqa: ARG002 - results are read alone here
        *,
        trusts_client: bool = True,  # noqa: ARG002 - nothing here rests on a tag alone
    ) -> Memory:
        """Return an empty memory."""
        return ResponsesMemory(rewrite, may_match)

    def failure(self, request: Request, text: str) -> Reply:
        """Return an error that Codex shows once and does not retry."""
        return openai_responses_replies.failure(request, text)

    def watch(
        self,
        new_restorer: Callable[[bool], BlockRestorer] | None,
        restores_tool: Callable[[str], bool],
        on_end: Callable[[Usage], None],
    ) -> ResponseFilter:
        """Return the filter for one response."""
        return Response(
            new_restorer=new_restorer, restores_tool=restores_tool, on_end=on_end
        )


FORMAT: WireFormat = ResponsesFormat()
