"""Decode content encodings piece by piece, with a bound on what comes out.

Pure.  gzip (with several members), deflate (zlib-wrapped or raw, as senders
differ), br and zstd (with several frames), and chains of them.  A small body
must not become a large one in our memory: every step's output is bounded, and
so is the sum.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Protocol

import brotli
import zstandard

MAX_CHAIN = 4
_STEP_BYTES = 256 * 1024  # output of one decoding step
_ZSTD_SLICE_BYTES = 1024  # 4 bytes may become 128 kB: a slice gives at most 32 MB
_ZSTD_WINDOW_BYTES = 8 * 1024 * 1024  # RFC 9659
_IDENTITY = b"identity"
_GZIP_WINDOW = 16 + zlib.MAX_WBITS


class EncodingError(ValueError):
    """The bytes are not in the encoding that their head names."""


class UnknownEncodingError(EncodingError):
    """No decoder for an encoding of this name."""


class TooLargeError(EncodingError):
    """The decoded bytes would be more than the bound."""


class _Decoder(Protocol):
    """One encoding's incremental decoder."""

    def feed(self, data: bytes, budget: int) -> bytes:
        """Decode `data`; raise `TooLargeError` beyond `budget` bytes."""

    @property
    def is_complete(self) -> bool:
        """Whether the encoded body may end here."""


class Decoding:
    """Decodes one body through a chain of encodings."""

    def __init__(self, encodings: Sequence[bytes], max_bytes: int) -> None:
        """Take `encodings` in the order of the Content-Encoding field.

        Raises:
            UnknownEncodingError: One of them is not known, or they are too many.

        """
        names = [name for name in encodings if name != _IDENTITY]
        if len(names) > MAX_CHAIN:
            raise UnknownEncodingError(f"{len(names)} content encodings are too many")
        self._decoders = [_new_decoder(name) for name in reversed(names)]
        self._max_bytes = max_bytes
        self._total = 0

    def feed(self, data: bytes) -> bytes:
        """Return what `data` decodes to.

        Raises:
            EncodingError: It does not decode, or decodes to too much.

        """
        for decoder in self._decoders:
            data = decoder.feed(data, self._max_bytes - self._total)
        self._total += len(data)
        if self._total > self._max_bytes:
            raise TooLargeError("the body decodes to more than is allowed")
        return data

    def finish(self) -> None:
        """Check that the body did not end in the middle.

        Raises:
            EncodingError: It did.

        """
        if not all(decoder.is_complete for decoder in self._decoders):
            raise EncodingError("the encoded body ends too early")


def decode(data: bytes, encodings: Sequence[bytes], max_bytes: int) -> bytes:
    """Return the whole body `data` decoded.

    Raises:
        EncodingError: It does not decode, or decodes to too much.

    """
    decoding = Decoding(encodings, max_bytes)
    decoded = decoding.feed(data)
    decoding.finish()
    return decoded


class _Zlib:
    """gzip and deflate; only gzip may have several members."""

    def __init__(self, wbits: int | None) -> None:
        self._wbits = wbits  # None: deflate, told by the first two bytes
        self._start = b""
        self._inflate: zlib._Decompress | None = None
        self._is_complete = True  # an empty body is complete

    @property
    def is_complete(self) -> bool:
        return self._is_complete

    def feed(self, data: bytes, budget: int) -> bytes:
        pieces: list[bytes] = []
        while data:
            data = self._step(data, pieces)
            budget = _spend(budget, pieces[-1])
        return b"".join(pieces)

    def _step(self, data: bytes, pieces: list[bytes]) -> bytes:
        """Decode one step into `pieces`; return the input that is left."""
        inflate = self._inflate
        if inflate is None:
            data = self._start + data
            inflate = self._open(data)
            if inflate is None:
                self._start, self._is_complete = data, False
                pieces.append(b"")
                return b""
            self._start, self._inflate = b"", inflate
        try:
            pieces.append(inflate.decompress(data, _STEP_BYTES))
        except zlib.error as error:
            raise EncodingError(f"the body is not gzip or deflate ({error})") from None
        self._is_complete = inflate.eof
        if not inflate.eof:
            return inflate.unconsumed_tail
        if inflate.unused_data and self._wbits != _GZIP_WINDOW:
            raise EncodingError("bytes follow the end of the encoded body")
        self._inflate = None
        return inflate.unused_data

    def _open(self, data: bytes) -> zlib._Decompress | None:
        if self._wbits is not None:
            return zlib.decompressobj(self._wbits)
        if len(data) < 2:
            return None
        is_wrapped = data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0
        return zlib.decompressobj(zlib.MAX_WBITS if is_wrapped else -zlib.MAX_WBITS)


class _Brotli:
    def __init__(self) -> None:
        self._decompressor = brotli.Decompressor()
        self._has_begun = False

    @property
    def is_complete(self) -> bool:
        return not self._has_begun or bool(self._decompressor.is_finished())

    def feed(self, data: bytes, budget: int) -> bytes:
        if not data:
            return b""
        self._has_begun = True
        pieces: list[bytes] = []
        try:
            while True:
                pieces.append(
                    self._decompressor.process(data, output_buffer_limit=_STEP_BYTES)
                )
                budget = _spend(budget, pieces[-1])
                data = b""
                if self._decompressor.can_accept_more_data() or self.is_complete:
                    return b"".join(pieces)
        except brotli.error:
            raise EncodingError("the body is not br") from None


class _Zstd:
    def __init__(self) -> None:
        self._context = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES)
        self._frame: zstandard.ZstdDecompressionObj | None = None

    @property
    def is_complete(self) -> bool:
        return self._frame is None

    def feed(self, data: bytes, budget: int) -> bytes:
        pieces: list[bytes] = []
        view = memoryview(data)
        for start in range(0, len(data), _ZSTD_SLICE_BYTES):
            pieces.append(self._slice(bytes(view[start : start + _ZSTD_SLICE_BYTES])))
            budget = _spend(budget, pieces[-1])
        return b"".join(pieces)

    def _slice(self, data: bytes) -> bytes:
        pieces: list[bytes] = []
        while data:
            frame = self._frame or self._context.decompressobj()
            self._frame = frame
            try:
                pieces.append(frame.decompress(data))
            except zstandard.ZstdError as error:
                raise EncodingError(f"the body is not zstd ({error})") from None
            if not frame.eof:
                break
            data, self._frame = frame.unused_data, None
        return b"".join(pieces)


def _spend(budget: int, piece: bytes) -> int:
    if len(piece) > budget:
        raise TooLargeError("the body decodes to more than is allowed")
    return budget - len(piece)


def _new_decoder(name: bytes) -> _Decoder:
    match name:
        case b"gzip" | b"x-gzip":
            return _Zlib(_GZIP_WINDOW)
        case b"deflate":
            return _Zlib(None)
        case b"br":
            return _Brotli()
        case b"zstd":
            return _Zstd()
        case _:
            text = name.decode("latin-1")[:40]
            raise UnknownEncodingError(f"the content encoding {text!r} is not known")
