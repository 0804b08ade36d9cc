"""Who may talk to the gateway: checks on a request's head alone.

Pure.  In this order:
  1. The Host field is ours: a web page that reaches us by DNS rebinding still
     names its own host.
  2. No field that only browsers send (Origin, Sec-Fetch-Site).
  3. The path begins with the session's secret, or is the hook's secret path.
"""

from __future__ import annotations

import hmac
from typing import NamedTuple

from aiwrap.gateway.heads import RequestHead

_BROWSER_FIELDS = frozenset({b"origin", b"sec-fetch-site"})
_API_PREFIX = b"/s/"
_HOOK_PREFIX = b"/h/"


class ApiCall(NamedTuple):
    """A request for the vendor; `target` is less the secret prefix."""

    target: str


class HookCall(NamedTuple):
    """A request of the vendor CLI's own hooks."""


class Intrusion(NamedTuple):
    """A request that is not from the vendor CLI; `kind` is one word."""

    kind: str


Route = ApiCall | HookCall | Intrusion


class Guard:
    """Checks heads against one session's secrets and address."""

    def __init__(
        self, *, host: str, port: int, session_secret: str, hook_secret: str | None
    ) -> None:
        names = {host, "127.0.0.1", "localhost"}
        self._hosts = {f"{name}:{port}".encode() for name in names}
        if port == 80:
            self._hosts |= {name.encode() for name in names}
        self._session_secret = session_secret.encode()
        self._hook_secret = hook_secret.encode() if hook_secret else None

    def route(self, head: RequestHead) -> Route:
        """Say what the request is, or that it is an intrusion."""
        hosts = [v.strip().lower() for k, v in head.headers if k.lower() == b"host"]
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            return Intrusion("host")
        if any(name.lower() in _BROWSER_FIELDS for name, _ in head.headers):
            return Intrusion("browser")
        if head.target.startswith(_HOOK_PREFIX):
            return self._hook(head.target)
        return self._api(head.target)

    def _hook(self, target: bytes) -> Route:
        given = target.removeprefix(_HOOK_PREFIX)
        if self._hook_secret and hmac.compare_digest(given, self._hook_secret):
            return HookCall()
        return Intrusion("hook")

    def _api(self, target: bytes) -> Route:
        given = target.removeprefix(_API_PREFIX)
        size = len(self._session_secret)
        rest = given[size:]
        if (
            not target.startswith(_API_PREFIX)
            or not hmac.compare_digest(given[:size], self._session_secret)
            or rest[:1] not in (b"", b"/", b"?")
        ):
            return Intrusion("secret")
        text = rest.decode("latin-1")
        return ApiCall(text if text.startswith("/") else f"/{text}")
