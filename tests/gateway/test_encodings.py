"""Content encodings decode as their own libraries do, and stay bounded."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.gateway.encodings import (
    Decoding,
    EncodingError,
    TooLargeError,
    UnknownEncodingError,
    decode,
)
from tests.gateway.stage import cut

LARGE = 64 * 1024 * 1024


def raw_deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


ENCODERS: dict[str, tuple[bytes, Callable[[bytes], bytes]]] = {
    "gzip": (b"gzip", gzip.compress),
    "x-gzip": (b"x-gzip", gzip.compress),
    "deflate": (b"deflate", zlib.compress),
    "raw deflate": (b"deflate", raw_deflate),
    "br": (b"br", lambda data: brotli.compress(data, quality=4)),
    "zstd": (b"zstd", zstandard.ZstdCompressor().compress),
}
NAMES = sorted(ENCODERS)


@pytest.mark.parametrize("name", NAMES)
@given(data=st.binary(max_size=3000), edges=st.lists(st.integers(0, 4000), max_size=8))
def test_any_cutting_decodes_to_the_same(
    name: str, data: bytes, edges: list[int]
) -> None:
    """However the network splits the body, the decoded bytes are the same."""
    encoding, encode = ENCODERS[name]
    encoded = encode(data)
    decoding = Decoding([encoding], LARGE)

    pieces = [
        decoding.feed(piece)
        for piece in cut(encoded, [min(edge, len(encoded)) for edge in edges])
    ]
    decoding.finish()

    assert b"".join(pieces) == data


@given(
    data=st.binary(max_size=2000), names=st.lists(st.sampled_from(NAMES), max_size=4)
)
def test_a_chain_is_undone_from_its_end(data: bytes, names: list[str]) -> None:
    """Content-Encoding lists the encodings in the order they were applied."""
    encoded = data
    for name in names:
        encoded = ENCODERS[name][1](encoded)

    assert decode(encoded, [ENCODERS[name][0] for name in names], LARGE) == data


@pytest.mark.parametrize("name", ["gzip", "x-gzip", "zstd"])
def test_members_one_after_the_other_are_one_body(name: str) -> None:
    """Members of gzip and frames of zstd may be concatenated."""
    encoding, encode = ENCODERS[name]

    assert decode(encode(b"one") + encode(b"two"), [encoding], LARGE) == b"onetwo"


@pytest.mark.parametrize("name", NAMES)
@given(junk=st.binary(min_size=1, max_size=20), data=st.data())
def test_bytes_after_the_end_are_refused(
    name: str, junk: bytes, data: st.DataObject
) -> None:
    """What was screened must be all that the body says to any decoder."""
    encoding, encode = ENCODERS[name]
    encoded = encode(b"body" * data.draw(st.integers(0, 50)))

    try:
        decoded = decode(encoded + junk, [encoding], LARGE)
    except EncodingError:
        return
    again = decode(junk, [encoding], LARGE)  # only where it is a body of its own
    assert decoded.endswith(again)


@pytest.mark.parametrize("name", NAMES)
@given(keep=st.floats(0.05, 0.95))
def test_a_body_cut_short_is_not_complete(name: str, keep: float) -> None:
    """A truncated request must not be screened as if it were whole."""
    encoding, encode = ENCODERS[name]
    encoded = encode(bytes(range(256)) * 8)

    with pytest.raises(EncodingError):
        decode(encoded[: max(1, int(len(encoded) * keep))], [encoding], LARGE)


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_body_is_empty(name: str) -> None:
    """A HEAD probe may name an encoding and send nothing."""
    assert decode(b"", [ENCODERS[name][0]], LARGE) == b""


@pytest.mark.parametrize("name", NAMES)
def test_a_bomb_is_stopped_at_the_bound(name: str) -> None:
    """A few kilobytes must not become gigabytes in our memory."""
    encoding, encode = ENCODERS[name]
    bomb = encode(bytes(LARGE))

    with pytest.raises(TooLargeError):
        decode(bomb, [encoding], 100_000)


@pytest.mark.parametrize("name", NAMES)
def test_exactly_the_bound_is_allowed(name: str) -> None:
    """The bound is inclusive."""
    encoding, encode = ENCODERS[name]

    assert len(decode(encode(bytes(100_000)), [encoding], 100_000)) == 100_000
    with pytest.raises(TooLargeError):
        decode(encode(bytes(100_001)), [encoding], 100_000)


def test_a_bomb_inside_a_bomb_is_stopped() -> None:
    """Each layer of a chain is bounded, not only the last."""
    bomb = gzip.compress(gzip.compress(bytes(LARGE)))

    with pytest.raises(TooLargeError):
        decode(bomb, [b"gzip", b"gzip"], 10_000)


def test_a_zstd_window_beyond_the_standard_is_refused() -> None:
    """RFC 9659 allows 8 MB; more would be memory that the sender chooses."""
    parameters = zstandard.ZstdCompressionParameters(window_log=27)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    encoded = compressor.compress(b"x" * 1000) + compressor.flush()

    with pytest.raises(EncodingError):
        decode(encoded, [b"zstd"], LARGE)


@pytest.mark.parametrize("name", NAMES)
@given(junk=st.binary(min_size=1, max_size=200))
def test_junk_raises_only_our_error(name: str, junk: bytes) -> None:
    """A decoder's own exceptions never get past us."""
    try:
        decode(junk, [ENCODERS[name][0]], LARGE)
    except EncodingError:
        return


def test_identity_changes_nothing() -> None:
    """`identity` is no encoding."""
    assert decode(b"abc", [b"identity"], LARGE) == b"abc"


@pytest.mark.parametrize("names", [[b"compress"], [b"gzip"] * 5, [b"\xff" * 100]])
def test_unknown_encodings_are_refused(names: list[bytes]) -> None:
    """What cannot be decoded cannot be screened."""
    with pytest.raises(UnknownEncodingError):
        Decoding(names, LARGE)
