"""Quoted words go, spoken ones stay, all else keeps its bytes."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from aiwrap.wire import quotes


@given(
    before=st.text(alphabet='ab"\\\n\u00e9', max_size=9),
    after=st.text(alphabet='ab"\\\n\u00e9', max_size=9),
)
def test_a_quote_is_found_and_taken_out(before: str, after: str) -> None:
    body = json.dumps({"a": f"{before}LABEL IT{after}", "n": 1e2}).encode()

    changed = quotes.remove(body, ["LABEL IT"], "[gone]")

    assert quotes.holds(body, ["LABEL IT"])
    assert json.loads(changed) == {"a": f"{before}[gone]{after}", "n": 1e2}


def test_what_a_person_says_stays() -> None:
    body = b'["why was LABEL IT refused?", "a file: LABEL IT"]'

    changed = quotes.remove(
        body, ["LABEL IT"], "[gone]", spoken=["why was LABEL IT refused?"]
    )

    assert changed == b'["why was LABEL IT refused?", "a file: [gone]"]'
