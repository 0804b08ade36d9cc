"""DSSE v1 envelopes with one Ed25519 signature.

Pure.  The signed bytes travel as they are: nothing is canonicalised on the way
back, so two parsers cannot disagree about what was signed.
Source: secure-systems-lab/dsse, protocol.md (PAE) and envelope.md (JSON form).
"""

from __future__ import annotations

import binascii
import json
from typing import NamedTuple, Protocol

MAX_ENVELOPE_BYTES = 65_535  # one entry of a C2SP tlog-tiles bundle

# Built once: `json.dumps` with options builds one for each call.
_ENCODER = json.JSONEncoder(separators=(",", ":"))


class Signer(Protocol):
    """Something that holds a private key."""

    @property
    def key_id(self) -> str:
        """Name the public key: lowercase hex of its SHA-256."""

    def sign(self, data: bytes) -> bytes:
        """Return the 64-byte Ed25519 signature of `data`."""


class Envelope(NamedTuple):
    """A payload and who signed it."""

    payload_type: str
    payload: bytes
    key_id: str
    signature: bytes

    def to_json(self) -> bytes:
        """Return the envelope as one line of JSON."""
        document = {
            "payload": _encode(self.payload),
            "payloadType": self.payload_type,
            "signatures": [{"keyid": self.key_id, "sig": _encode(self.signature)}],
        }
        return _ENCODER.encode(document).encode("ascii")


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """Return the bytes that a DSSE signature signs."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def sign(payload_type: str, payload: bytes, signer: Signer) -> Envelope:
    """Sign `payload` and wrap it."""
    signature = signer.sign(pre_authentication_encoding(payload_type, payload))
    return Envelope(payload_type, payload, signer.key_id, signature)


def parse(data: bytes) -> Envelope:
    """Read an envelope; the signature is not checked here.

    Raises:
        ValueError: `data` is not an envelope with exactly one signature.

    """
    if len(data) > MAX_ENVELOPE_BYTES:
        raise ValueError(f"an envelope holds at most {MAX_ENVELOPE_BYTES} bytes")
    try:
        document = json.loads(data)
    except RecursionError as error:
        raise ValueError("an envelope is not that deeply nested") from error
    match document:
        case {
            "payload": str(payload),
            "payloadType": str(kind),
            "signatures": [{"keyid": str(key_id), "sig": str(signature)}],
        }:
            return Envelope(kind, _decode(payload), key_id, _decode(signature))
        case _:
            raise ValueError("not a DSSE envelope with one signature")


def _encode(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def _decode(text: str) -> bytes:
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error as error:
        raise ValueError("not base64 inside an envelope") from error
