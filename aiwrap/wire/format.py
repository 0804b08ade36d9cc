"""What a vendor's wire format offers to screening, whichever vendor it is.

Pure: only types.  One module per format fills this in (`anthropic_format`), and
`find` knows them by the name that a vendor's facts give.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from typing import NamedTuple, Protocol, cast

from aiwrap.wire.exchange import Reply, Request, ResponseFilter

Rewrite = Callable[[str], str]
"""A decoded string → what may leave in its place."""


Call = tuple[str, Mapping[str, object]]
"""The name of a tool and its arguments."""


class Scope(Protocol):
    """How strings are rewritten after certain tool calls: what they look at."""

    def rewrite(self, text: str) -> str:
        """Return what may leave in the place of `text`."""

    def may_match(self, raw: bytes) -> bool:
        """Say whether `rewrite` could change any string in `raw`."""


Follow = Callable[[Scope | None, Sequence[Call]], Scope | None]
"""The scope so far and the calls of the next message → the scope of their results.

None is the scope of a conversation without calls, and needs no special reading.
"""


class Human(Protocol):
    """Something that a person wrote."""

    @property
    def text(self) -> str:
        """The words."""


class Asked(Protocol):
    """One request to the model, as screening sees it."""

    @property
    def is_side_call(self) -> bool:
        """Whether the client asks on its own account: a title, a summary, a count."""

    @property
    def is_summary(self) -> bool:
        """Whether the client has its history summarised: nothing new is said."""

    @property
    def is_count(self) -> bool:
        """Whether only tokens are counted: parts of a conversation, nothing new."""

    @property
    def is_agents(self) -> bool:
        """Whether a sub-agent asks: its words are the model's."""

    @property
    def turn(self) -> str:
        """Name the conversation and how many texts of the person it holds."""

    @property
    def system_texts(self) -> Sequence[str]:
        """The system prompts of a program of the user's own; empty for a vendor CLI."""

    @property
    def is_wrapped(self) -> bool:
        """Whether all that is said calls itself the client's, and may be a person's."""

    @property
    def is_anonymous(self) -> bool:
        """Whether `turn` cannot name the conversation."""

    @property
    def is_retry(self) -> bool:
        """Whether the client says that it sends this again of its own accord."""

    def current(self) -> Sequence[Human]:
        """Return the person's words of the latest turn, also in its tool rounds."""

    def write(self, is_refused: Callable[[Human], bool]) -> bytes:
        """Return the body without refused turns, and with its strings rewritten."""

    def contains_text(
        self, texts: Sequence[str], is_refused: Callable[[Human], bool]
    ) -> bool:
        """Say whether one of `texts` stands in what is left after stripping."""

    def without_quotes(self, body: bytes, texts: Sequence[str]) -> bytes:
        """Return `body` with `texts` taken out wherever no person says them."""

    def refusal(self, text: str) -> Reply:
        """Return the reply that shows `text` and ends the turn."""


class Memory(Protocol):
    """What one gateway remembers of recent requests, for one redactor."""

    def read(self, request: Request) -> Asked:
        """Read a request.

        Raises:
            ValueError: It cannot be screened; nothing may be forwarded.

        """


class BlockRestorer(Protocol):
    """Puts names back into one block of a stream."""

    def feed(self, text: str) -> str:
        """Return what can be passed on after `text` arrived."""

    def flush(self) -> str:
        """Return what was held back."""


class Usage(NamedTuple):
    """What one response said of itself."""

    model: str
    tokens_in: int
    tokens_out: int
    tokens_cache_read: int
    tokens_cache_write: int
    tool_uses: Iterable[tuple[str, Mapping[str, object]]]  # arguments restored
    originals: Iterable[tuple[str, str]]  # restored string → the vendor's own


class WireFormat(Protocol):
    """One vendor wire format."""

    @property
    def agent_tools(self) -> frozenset[str]:
        """The tools by which a model starts a sub-agent."""

    def is_conversation(self, request: Request) -> bool:
        """Say whether a person's words can stand in this request.

        Raises:
            ValueError: They may, and it cannot be screened.

        """

    def new_memory(
        self,
        rewrite: Rewrite | None,
        may_match: Callable[[bytes], bool],
        follow: Follow | None = None,
        *,
        trusts_client: bool = True,
    ) -> Memory:
        """Return an empty memory; `rewrite` is None where nothing is sensitive.

        Without `trusts_client` no text is the client's own on its word alone.
        `follow` lets results be read with the calls that they answer.
        """

    def failure(self, request: Request, text: str) -> Reply:
        """Return the reply to a request that could not be screened."""

    def watch(
        self,
        new_restorer: Callable[[bool], BlockRestorer] | None,
        restores_tool: Callable[[str], bool],
        on_end: Callable[[Usage], None],
    ) -> ResponseFilter:
        """Return the filter for one response; without `new_restorer` it watches."""


def find(name: str) -> WireFormat:
    """Return the format that a vendor's facts call `name`."""
    # By name and on use: a session pays for the one format that it speaks.
    module = import_module(f"aiwrap.wire.{name}_format")
    return cast("WireFormat", module.FORMAT)
