"""Tests for aiwrap/central/app.py, over HTTP on loopback."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator

import httpx
import pytest

from aiwrap import dsse
from aiwrap.central import app as central_app
from aiwrap.records import batch, receipt, record
from aiwrap.records.enrolment import ENROL_TYPE, STATEMENT_TYPE, Wish, describe_wish
from aiwrap.records.keys import DeviceSigner
from tests.central.test_ingest import LINES, LINKS, OTHER_LINES, SIGNER, STRANGER
from tests.support.machines import Log


@pytest.fixture
def client(log: Log) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=log.url, trust_env=False) as opened:
        yield opened


@pytest.fixture
def bearer(log: Log, client: httpx.Client) -> str:
    """Enrol the device of `test_ingest`."""
    wish = Wish(log.database.create_token("dana@acme.example"), SIGNER.public_key)
    answer = client.post("/v1/enrol", content=describe_wish(wish, SIGNER))
    return str(answer.json()["bearer"])


def send(
    client: httpx.Client,
    bearer: str,
    body: bytes,
    *,
    device: str = SIGNER.key_id[:16],
    query: str = "",
) -> httpx.Response:
    return client.post(
        f"/v1/devices/{device}/records{query}",
        content=body,
        headers={"authorization": f"Bearer {bearer}", "content-encoding": "gzip"},
    )


def pack(lines: list[bytes]) -> bytes:
    return gzip.compress(b"\n".join(lines))


def test_it_says_that_it_runs(client: httpx.Client) -> None:
    assert client.get("/healthz").json() == {"ok": True, "size": 0}


def test_a_batch_gets_a_receipt(client: httpx.Client, bearer: str, log: Log) -> None:
    answer = send(client, bearer, pack(LINES[:3]))

    assert answer.status_code == 200
    found = batch.parse_receipt(answer.json())
    checkpoint = receipt.open_checkpoint(found.checkpoint, log.database.log_key)
    assert found.acknowledged == 3
    assert answer.json()["head"] == LINKS[2]
    assert checkpoint.size == 3
    assert [(run.first, run.length, run.leaf) for run in found.runs] == [(1, 3, 0)]
    assert client.get("/v1/checkpoint").text == found.checkpoint


def test_the_same_batch_again_is_answered_the_same(
    client: httpx.Client, bearer: str
) -> None:
    """An answer got lost; 409 would make the client fail for ever."""
    first = send(client, bearer, pack(LINES[:3]))
    again = send(client, bearer, pack(LINES[:3]))

    assert again.status_code == 200
    assert again.json() == first.json()


def test_growth_since_a_size_is_proved(client: httpx.Client, bearer: str) -> None:
    send(client, bearer, pack(LINES[:3]))

    answer = send(client, bearer, pack(LINES[3:]), query="?log_size=3").json()

    assert answer["consistency"] != []


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        (LINES[4:], {"error": "gap", "expected": 4}),
        (OTHER_LINES[1:3], {"error": "fork", "seq": 2, "have": LINKS[1]}),
    ],
)
def test_contradictions_are_409(
    lines: list[bytes], answer: object, client: httpx.Client, bearer: str
) -> None:
    send(client, bearer, pack(LINES[:3]))

    response = send(client, bearer, pack(lines))

    assert response.status_code == 409
    assert response.json() == answer
    assert client.get("/healthz").json()["size"] == 3


def test_who_is_not_enrolled_is_401(client: httpx.Client, bearer: str) -> None:
    """A wrong token and an unknown device get the same answer."""
    body = pack(LINES[:1])
    answers = [
        send(client, "wrong", body),
        send(client, bearer[:-1], body),
        send(client, bearer, body, device="0" * 16),
        client.post(f"/v1/devices/{SIGNER.key_id[:16]}/records", content=body),
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert client.get("/healthz").json()["size"] == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not gzip",
        pack(LINES[:1])[:-5],
        pack(LINES[:1]) + pack(LINES[:1]),
        pack(LINES[:1]) + b"rest",
        pack([b"nonsense"]),
        pack([dsse.sign(record.PAYLOAD_TYPE, b"{}", STRANGER).to_json()]),
    ],
)
def test_what_is_no_batch_is_422(
    body: bytes, client: httpx.Client, bearer: str
) -> None:
    answer = send(client, bearer, body)

    assert answer.status_code == 422
    assert answer.json()["error"] == "invalid"


@pytest.mark.parametrize("size", ["-1", "x", "9" * 17, "1.0", "²"])
def test_a_made_up_size_is_422(size: str, client: httpx.Client, bearer: str) -> None:
    answer = send(client, bearer, pack(LINES[:1]), query=f"?log_size={size}")

    assert answer.status_code == 422


def test_a_size_that_the_log_never_had_proves_nothing(
    client: httpx.Client, bearer: str
) -> None:
    """The client then sees that the log shrank."""
    answer = send(client, bearer, pack(LINES[:1]), query="?log_size=9000000000")

    assert answer.status_code == 200
    assert answer.json()["consistency"] == []


def test_a_gzip_bomb_is_413(client: httpx.Client, bearer: str) -> None:
    """200 kB that unpack to 200 MB cost the server one megabyte."""
    bomb = gzip.compress(bytes(200 * 1024 * 1024), compresslevel=9)
    assert len(bomb) < batch.MAX_BATCH_BYTES

    assert send(client, bearer, bomb).status_code == 413


def test_a_large_body_is_413(client: httpx.Client, bearer: str) -> None:
    body = bytes(batch.MAX_BATCH_BYTES + 1)

    assert send(client, bearer, body).status_code == 413
    assert client.post("/v1/enrol", content=body).status_code == 413


def wish(token: str, signer: DeviceSigner = SIGNER) -> bytes:
    return describe_wish(Wish(token, signer.public_key), signer)


def test_enrolment_is_answered_with_a_signed_statement(
    client: httpx.Client, log: Log
) -> None:
    token = log.database.create_token("dana@acme.example")

    answer = client.post("/v1/enrol", content=wish(token)).json()

    statement = dsse.parse(answer["statement"].encode())
    said = json.loads(statement.payload)
    assert statement.payload_type == STATEMENT_TYPE
    assert said["person"] == "dana@acme.example"
    assert said["device"] == answer["device"] == SIGNER.key_id[:16]
    assert client.post("/v1/enrol", content=wish(token)).json() == answer


def test_a_token_is_taken_once(client: httpx.Client, log: Log) -> None:
    token = log.database.create_token()
    client.post("/v1/enrol", content=wish(token))

    assert client.post("/v1/enrol", content=wish(token, STRANGER)).status_code == 401
    assert client.post("/v1/enrol", content=wish("guess")).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[" * 8000,
        describe_wish(Wish("token", STRANGER.public_key), SIGNER),
        describe_wish(Wish("token", b"short"), SIGNER),
        dsse.sign("other/type", b'{"token":"t"}', SIGNER).to_json(),
        dsse.sign(ENROL_TYPE, b"[]", SIGNER).to_json(),
    ],
)
def test_without_proof_of_possession_is_422(body: bytes, client: httpx.Client) -> None:
    """Nobody enrols a key that is not theirs."""
    assert client.post("/v1/enrol", content=body).status_code == 422


def test_when_too_many_wait_the_rest_come_back_later(
    client: httpx.Client, bearer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(central_app, "MAX_WAITING", 0)

    answer = send(client, bearer, pack(LINES[:1]))

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"


def test_a_database_that_fails_is_503(
    client: httpx.Client, bearer: str, log: Log
) -> None:
    """No acknowledgement without a commit; the client keeps its records."""
    log.database.close()

    assert send(client, bearer, pack(LINES[:1])).status_code == 503


def test_nothing_else_is_served(client: httpx.Client) -> None:
    assert client.get("/v1/enrol").status_code == 405
    assert client.get("/").status_code == 404
