"""Envelopes, checked against an implementation that is not ours."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from securesystemslib import dsse as other
from securesystemslib.signer._key import Key

from aiwrap import dsse

KIND = "application/vnd.aiwrap.record+json"


class Signer:
    """A key in memory."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
        self.public = self.key.public_key().public_bytes_raw()

    @property
    def key_id(self) -> str:
        """Name the public key."""
        return hashlib.sha256(self.public).hexdigest()

    def sign(self, data: bytes) -> bytes:
        """Sign."""
        return self.key.sign(data)


@given(payload=st.binary(max_size=300))
def test_another_implementation_verifies_ours(payload: bytes) -> None:
    """The library securesystemslib reads the JSON and checks the signature."""
    signer = Signer()
    data = dsse.sign(KIND, payload, signer).to_json()

    envelope = other.Envelope.from_dict(json.loads(data))

    key = Key.from_dict(
        signer.key_id,
        {
            "keytype": "ed25519",
            "scheme": "ed25519",
            "keyval": {"public": signer.public.hex()},
        },
    )
    assert envelope.verify([key], 1)
    assert envelope.payload == payload


@given(payload=st.binary(max_size=300), kind=st.text(max_size=40))
def test_what_was_wrapped_comes_back(payload: bytes, kind: str) -> None:
    """Byte for byte."""
    envelope = dsse.sign(kind, payload, Signer())
    assert dsse.parse(envelope.to_json()) == envelope


def test_the_encoding_is_the_specifications() -> None:
    """The example in protocol.md."""
    assert (
        dsse.pre_authentication_encoding(
            "http://example.com/HelloWorld", b"hello world"
        )
        == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_the_type_is_signed_too() -> None:
    """A record cannot be passed off as a policy."""
    signer = Signer()
    envelope = dsse.sign(KIND, b"{}", signer)
    with pytest.raises(InvalidSignature):
        signer.key.public_key().verify(
            envelope.signature, dsse.pre_authentication_encoding("other", b"{}")
        )


@given(data=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_nonsense_is_a_value_error(data: bytes) -> None:
    """Nothing else comes out of the parser."""
    with contextlib.suppress(ValueError):
        dsse.parse(data)


@given(
    document=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_other_json_is_a_value_error(document: object) -> None:
    """JSON of any other shape is no envelope."""
    with pytest.raises(ValueError, match="envelope"):
        dsse.parse(json.dumps(document).encode())


@pytest.mark.parametrize("signatures", [[], [{"keyid": "a", "sig": "YQ=="}] * 2])
def test_exactly_one_signature(signatures: list[dict[str, str]]) -> None:
    """Which of two signers made a record would be a matter of taste."""
    document = {
        "payload": base64.b64encode(b"{}").decode(),
        "payloadType": KIND,
        "signatures": signatures,
    }
    with pytest.raises(ValueError, match="one signature"):
        dsse.parse(json.dumps(document).encode())


def test_an_envelope_is_bounded() -> None:
    """It has to fit into an entry of the log."""
    with pytest.raises(ValueError, match="at most"):
        dsse.parse(b" " * (dsse.MAX_ENVELOPE_BYTES + 1))


def test_deep_nesting_is_a_value_error() -> None:
    """A batch of records comes from the network."""
    with pytest.raises(ValueError, match="nested"):
        dsse.parse(b"[" * 60_000)


def test_damaged_base64_is_a_value_error() -> None:
    """Not silently shortened."""
    data = dsse.sign(KIND, b"{}", Signer()).to_json()
    with pytest.raises(ValueError, match="base64"):
        dsse.parse(data.replace(b'"payload":"', b'"payload":"*'))
