"""Other requests and all headers are redacted, and credentials never read."""

from __future__ import annotations

import pytest

from aiwrap.wire import plain
from aiwrap.wire.anthropic_blocks import UnreadableError
from aiwrap.wire.exchange import Request


def hide(text: str) -> str:
    return text.replace("plans", "zq")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", b""),
        (b'{ "plans": ["plans", 1.0] }', b'{ "zq": ["zq", 1.0] }'),
        (b"the plans", b"the zq"),
        (b'"plans"', b'"zq"'),
    ],
)
def test_a_body_of_no_known_format_is_rewritten(body: bytes, expected: bytes) -> None:
    request = Request("POST", "/x?path=plans", ((b"x-cwd", b"/r/plans"),), body)

    assert plain.rewrite_plain(request, hide) == Request(
        "POST", "/x?path=zq", ((b"x-cwd", b"/r/zq"),), expected
    )


def test_nothing_to_rewrite_keeps_the_body_object() -> None:
    body = b'{"a":1}'

    assert plain.rewrite_plain(Request("POST", "/", (), body), hide).body is body


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b'{"a":1,"a":2}', b'{"a":'])
def test_a_body_that_cannot_be_screened_is_an_error(body: bytes) -> None:
    with pytest.raises(UnreadableError):
        plain.rewrite_plain(Request("POST", "/", (), body), hide)


def test_credentials_pass_untouched_and_other_headers_do_not() -> None:
    headers = (
        (b"Authorization", b"Bearer plans"),
        (b"X-Api-Key", b"plans"),
        (b"cookie", b"plans"),
        (b"X-Goog-Api-Key", b"plans"),
        (b"x-auth-token", b"plans"),
        (b"X-Git-Remote", b"git@h:plans \xff"),
        (b"Accept", b"*/*"),
    )

    changed = plain.rewrite_headers(headers, hide)

    assert changed[:5] == headers[:5]
    assert changed[5:] == ((b"X-Git-Remote", b"git@h:zq \xff"), headers[6])
