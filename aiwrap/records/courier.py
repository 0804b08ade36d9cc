"""HTTP to the central log.

Every answer is read up to a limit; nothing follows a redirect.  A bearer token
travels over TLS or stays on this machine.  Imports httpx (68 ms): never on the
launch path.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx

from aiwrap.errors import SyncError
from aiwrap.records.central_log import Answer

MAX_ANSWER_BYTES = 1024 * 1024
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def checked_url(url: str) -> str:
    """Return the address without a trailing slash.

    Raises:
        ValueError: It is no address, or would carry a token in the clear.

    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ValueError(f"{url!r} is not an address") from error
    if parsed.scheme == "https" and parsed.host:
        return url.rstrip("/")
    if parsed.scheme == "http" and parsed.host in LOOPBACK:
        return url.rstrip("/")
    raise ValueError(f"{url!r} has to start with https://")


@contextmanager
def connected(url: str, timeout_seconds: float) -> Iterator[httpx.Client]:
    """Talk to the central log at `url`; say in words why that fails."""
    try:
        with _client(url, timeout_seconds) as client:
            yield client
    except httpx.TimeoutException as error:
        raise SyncError(
            f"the central log at {url} did not answer within {timeout_seconds:g} s"
        ) from error
    except httpx.HTTPError as error:
        raise SyncError(f"cannot reach the central log at {url}: {error}") from error


def post(
    client: httpx.Client, path: str, content: bytes, headers: Mapping[str, str]
) -> Answer:
    """Send `content` and return the answer, whatever its status.

    Raises:
        SyncError: The answer is too large, or is no JSON object.

    """
    with client.stream("POST", path, content=content, headers=headers) as response:
        body = _read_bounded(response)
    retry_after = response.headers.get("retry-after", "")
    return Answer(response.status_code, _parse_object(body), retry_after)


def _client(url: str, timeout_seconds: float) -> httpx.Client:
    parsed = httpx.URL(url)
    if parsed.scheme != "https":  # loopback: neither TLS nor a proxy
        return httpx.Client(base_url=url, timeout=timeout_seconds, trust_env=False)
    # Only for TLS: these two cost 20 ms.
    import ssl

    import truststore

    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.Client(base_url=url, timeout=timeout_seconds, verify=context)


def _read_bounded(response: httpx.Response) -> bytes:
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > MAX_ANSWER_BYTES:
            raise SyncError("the central log's answer is too large to be one")
    return bytes(body)


def _parse_object(body: bytes) -> Mapping[str, object]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}  # a proxy's error page: the status says enough
    return document if isinstance(document, dict) else {}
