"""What one launch is about, as values; filled in by the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import tzinfo
from socket import socket
from typing import NamedTuple, Protocol

from aiwrap.files import Locations
from aiwrap.session.gate import Ask
from aiwrap.session.submissions import Confirmation
from aiwrap.session.workplace import Workplace
from aiwrap.vendors.descriptor import Pin
from aiwrap.wire.exchange import Hook, Reply, Request, Screen


class Plan(NamedTuple):
    """One launch, understood and not yet decided."""

    vendor: str
    title: str  # the vendor's name for people, as "Claude Code"
    wire: str  # the name of its wire format
    executable: str
    arguments: tuple[str, ...]  # the vendor's own, untouched
    environ: Mapping[str, str]
    mode: str  # "tui" | "print" | "stream-json"
    texts: tuple[str, ...]  # prompts on the command line
    lasting_texts: tuple[str, ...]  # appended system prompts: sent with each request
    uncovered: str | None  # why the wire gate cannot cover this launch
    has_hooks: bool
    place: Workplace
    upstream: str
    alternatives: Mapping[str, str]  # requests with this header go there instead
    parent: str | None
    task: str | None
    confirmation: Confirmation | None


class Gateway(Protocol):
    """A running gateway, as a session needs it."""

    @property
    def exchanges(self) -> int:
        """How many exchanges were forwarded."""

    async def start(self) -> None:
        """Begin to accept connections."""

    async def close(self, grace_seconds: float) -> None:
        """Let open exchanges end for so long, then close."""


class GatewayParts(NamedTuple):
    """What a gateway is made of."""

    listener: socket  # already listening
    session_secret: str
    hook_secret: str | None
    upstream: str
    alternatives: Mapping[str, str]
    environ: Mapping[str, str]
    screen: Screen
    hook: Hook | None
    hook_caller: int | None  # the process that may call the hook
    on_failure: Callable[[Request], Reply]
    on_intrusion: Callable[[str], None]


class Served(NamedTuple):
    """How it went."""

    exchanges: int
    prompts: int
    last_was_refused: bool
    failure: str | None  # why nothing could be screened, if so


class Services(NamedTuple):
    """The outside world of a session, filled in by `cli` or by a test."""

    locations: Locations
    open_gateway: Callable[[GatewayParts], Gateway]
    pin: Callable[[str, str], Pin]  # base URL, hook URL
    ask: Ask | None
    say: Callable[[str], None]
    deliver: Callable[[], object]  # start sending records, without waiting for it
    zone: tzinfo | None
