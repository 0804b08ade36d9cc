"""Redact requests of no known format, and the headers of every request.

Pure.  JSON is rewritten string by string, other text as a whole, and so is the
target.  Bytes that are neither cannot be screened: `UnreadableError`.
Credentials are never read: a header that may hold one passes untouched.
"""

from __future__ import annotations

from aiwrap.wire import json_text
from aiwrap.wire.anthropic_blocks import UnreadableError
from aiwrap.wire.exchange import Header, Headers, Request

_CREDENTIALS = (b"authorization", b"api-key", b"cookie", b"token", b"secret")


def rewrite_plain(request: Request, rewrite: json_text.Rewrite) -> Request:
    """Return `request` with body, headers and target rewritten."""
    return Request(
        request.method,
        rewrite(request.target),
        rewrite_headers(request.headers, rewrite),
        _rewrite_body(request.body, rewrite),
    )


def rewrite_headers(headers: Headers, rewrite: json_text.Rewrite) -> Headers:
    """Return `headers` with their values rewritten, less those with credentials."""
    return tuple(_rewrite_header(header, rewrite) for header in headers)


def _rewrite_header(header: Header, rewrite: json_text.Rewrite) -> Header:
    name, value = header
    lowered = name.lower()
    if any(word in lowered for word in _CREDENTIALS):
        return header
    text = value.decode("utf-8", "surrogateescape")
    changed = rewrite(text)
    if changed == text:
        return header
    return name, changed.encode("utf-8", "surrogateescape")


def _rewrite_body(body: bytes, rewrite: json_text.Rewrite) -> bytes:
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise UnreadableError("the request's body is not text") from error
    changed = _rewrite_text(text, rewrite)
    return body if changed == text else changed.encode()


def _rewrite_text(text: str, rewrite: json_text.Rewrite) -> str:
    if not text.lstrip().startswith(("{", "[", '"')):
        return rewrite(text)
    try:
        json_text.parse(text)
    except json_text.JsonTextError as error:
        raise UnreadableError(f"the request is unreadable: {error}") from error
    return json_text.rewrite_strings(text, rewrite)
