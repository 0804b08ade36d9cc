"""Only the vendor CLI itself gets past the head's checks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.gateway.guard import ApiCall, Guard, HookCall, Intrusion
from aiwrap.gateway.heads import RequestHead

SECRET = "abcDEF123"
HOOK = "hookHOOK9"
GUARD = Guard(host="127.0.0.1", port=4321, session_secret=SECRET, hook_secret=HOOK)


def head(
    target: str, *fields: tuple[str, str], host: str = "127.0.0.1:4321"
) -> RequestHead:
    headers = [("Host", host), *fields]
    return RequestHead(
        "POST",
        target.encode("latin-1"),
        tuple((name.encode(), value.encode()) for name, value in headers),
        "1.1",
        keeps_alive=True,
    )


@pytest.mark.parametrize(
    ("target", "passed_on"),
    [
        (f"/s/{SECRET}/v1/messages?beta=true", "/v1/messages?beta=true"),
        (f"/s/{SECRET}", "/"),
        (f"/s/{SECRET}/", "/"),
        (f"/s/{SECRET}?a=b", "/?a=b"),
        (f"/s/{SECRET}//x", "//x"),
    ],
)
def test_the_secret_prefix_is_taken_off(target: str, passed_on: str) -> None:
    """The vendor never sees the secret."""
    assert GUARD.route(head(target)) == ApiCall(passed_on)


@pytest.mark.parametrize("host", ["127.0.0.1:4321", "localhost:4321", "LocalHost:4321"])
def test_our_own_names_are_accepted(host: str) -> None:
    """`localhost` works as a base URL, as in the raw CLI."""
    assert isinstance(GUARD.route(head(f"/s/{SECRET}/x", host=host)), ApiCall)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:4321",
        "127.0.0.1",
        "127.0.0.1:80",
        "",
        "[::1]:4321",
    ],
)
def test_another_host_is_dns_rebinding(host: str) -> None:
    """A web page that resolves its name to us still names its own host."""
    assert GUARD.route(head(f"/s/{SECRET}/x", host=host)) == Intrusion("host")


def test_two_hosts_are_refused() -> None:
    """Which one counts would be a guess."""
    twice = head(f"/s/{SECRET}/x", ("HOST", "127.0.0.1:4321"))

    assert GUARD.route(twice) == Intrusion("host")


def test_no_host_is_refused() -> None:
    """HTTP/1.0 without Host says nothing about who it is for."""
    bare = head(f"/s/{SECRET}/x")._replace(headers=())

    assert GUARD.route(bare) == Intrusion("host")


@pytest.mark.parametrize(
    "field", [("Origin", "null"), ("ORIGIN", "http://a"), ("Sec-Fetch-Site", "none")]
)
def test_browsers_are_refused_even_with_the_secret(field: tuple[str, str]) -> None:
    """No web page has business here, whatever it knows."""
    assert GUARD.route(head(f"/s/{SECRET}/x", field)) == Intrusion("browser")


@pytest.mark.parametrize(
    "target",
    ["/v1/messages", "/", "*", "/s/", f"/s/{SECRET}x/v1", f"/s/{SECRET[:-1]}/v1",
     f"/S/{SECRET}/v1", f"//s/{SECRET}/v1", f"http://127.0.0.1:4321/s/{SECRET}/v1",
     f"/s/{SECRET.lower()}/v1", f"/s/{HOOK}/v1"],
)  # fmt: skip
def test_anything_but_the_secret_is_an_intrusion(target: str) -> None:
    """A near miss is a miss."""
    assert GUARD.route(head(target)) == Intrusion("secret")


@given(target=st.text(st.characters(max_codepoint=255), max_size=60))
def test_guessing_never_gets_in(target: str) -> None:
    """No target without the secret is routed anywhere."""
    route = GUARD.route(head("/" + target))

    assert isinstance(route, Intrusion) or SECRET in target or HOOK in target


def test_the_hook_has_a_secret_of_its_own() -> None:
    """The session's secret, which the child's environment holds, opens no hook."""
    assert GUARD.route(head(f"/h/{HOOK}")) == HookCall()
    for wrong in (f"/h/{SECRET}", "/h/", f"/h/{HOOK}/", f"/h/{HOOK}?a", "/h"):
        assert isinstance(GUARD.route(head(wrong)), Intrusion)


def test_without_hooks_every_hook_path_is_an_intrusion() -> None:
    """An empty secret must not match an empty path."""
    guard = Guard(host="127.0.0.1", port=1, session_secret=SECRET, hook_secret=None)

    for target in ("/h/", "/h/None", f"/h/{HOOK}"):
        route = guard.route(head(target, host="127.0.0.1:1"))
        assert route == Intrusion("hook")


def test_port_80_may_be_left_out() -> None:
    """Clients drop a default port from Host."""
    guard = Guard(host="127.0.0.1", port=80, session_secret=SECRET, hook_secret=None)

    assert isinstance(guard.route(head(f"/s/{SECRET}/x", host="localhost")), ApiCall)
