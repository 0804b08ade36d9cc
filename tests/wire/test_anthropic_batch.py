"""A batch is read request by request, and leaves with only the strings changed."""

from __future__ import annotations

import json

import pytest

from aiwrap.wire.anthropic import Conversations
from aiwrap.wire.anthropic_batch import Batch
from aiwrap.wire.anthropic_blocks import UnreadableError
from aiwrap.wire.exchange import Request
from tests.wire import conversations as chat


def read(data: bytes) -> Batch:
    memory = Conversations(
        lambda text: text.replace("secret", "zqhidden"), lambda raw: b"secret" in raw
    )
    return Batch(Request("POST", "/v1/messages/batches", (), data), memory)


def batch(*texts: str) -> bytes:
    requests = [
        {"custom_id": f"secret{i}", "params": json.loads(chat.body([chat.says(text)]))}
        for i, text in enumerate(texts)
    ]
    return json.dumps({"requests": requests}).encode()


def test_every_request_says_something() -> None:
    assert [text.text for text in read(batch("one", "two")).current()] == ["one", "two"]


def test_only_names_change() -> None:
    data = batch("one", "see secret")

    written = read(data).write(lambda _: False)

    assert written == data.replace(b"secret", b"zqhidden")


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b'{"requests":1}', b'{"requests":[{}]}', b'{"requests":[1]}'],
)
def test_what_is_no_batch_cannot_be_screened(data: bytes) -> None:
    with pytest.raises(UnreadableError):
        read(data)
