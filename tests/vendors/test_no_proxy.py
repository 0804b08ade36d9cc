"""Nothing of the user's list is lost, and the gateway is never behind a proxy."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aiwrap.vendors.no_proxy import extend_no_proxy, read_no_proxy


@given(lists=st.lists(st.text("ab,. ", max_size=8), max_size=3))
def test_no_proxy_keeps_every_entry_once(lists: list[str]) -> None:
    """The user's own exceptions stay, the loopback addresses come last."""
    entries = extend_no_proxy(*lists).split(",")

    assert len(entries) == len(set(entries))
    assert set(entries) >= {"127.0.0.1", "localhost"}
    wanted = {e for text in lists for e in text.replace(" ", ",").split(",") if e}
    assert wanted <= set(entries)


def test_both_names_are_read() -> None:
    """Programs differ in which one they read, so users set either or both."""
    assert read_no_proxy({}) == ""
    assert read_no_proxy({"NO_PROXY": "a", "no_proxy": "b"}) == "a,b"
    assert read_no_proxy({"NO_PROXY": "a", "no_proxy": "a"}) == "a"
