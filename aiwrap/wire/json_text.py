"""Read JSON text, and rewrite single strings in it without touching the rest.

Pure.  It does not know any vendor's format.

  1. Parsing is strict: a repeated key, NaN, a control character, an unfinished
     value or a too deep one raises `JsonTextError`.  A vendor that takes the
     first of two keys while we saw the last would be a way round screening.
  2. Rewriting works on string tokens, keys included.  A token whose decoded
     value the caller leaves alone keeps its bytes, and so does every number,
     blank and escape between the tokens.
  3. Lone surrogates (half an emoji, cut by JavaScript) stay escapes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from json import JSONDecoder, JSONEncoder
from typing import NamedTuple, NoReturn

BLANKS = " \t\n\r"

Rewrite = Callable[[str], str]


class JsonTextError(ValueError):
    """The text is not JSON that two readers would understand alike."""


class Member(NamedTuple):
    """Where one member of an object stands in its text."""

    key: str
    start: int  # of the key's quote
    value_start: int
    end: int  # one past the value


def parse_at(text: str, index: int) -> tuple[object, int]:
    """Return the value that begins exactly at `index`, and where it ends."""
    try:
        return _DECODER.raw_decode(text, index)
    except (ValueError, RecursionError) as error:
        raise JsonTextError(f"not JSON: {error}") from error


def parse(text: str) -> object:
    """Return the one value that `text` holds."""
    value, end = parse_at(text, skip_blanks(text, 0))
    if skip_blanks(text, end) != len(text):
        raise JsonTextError("something follows the JSON value")
    return value


def parse_object(text: str) -> dict[str, object]:
    """Return the one object that `text` holds."""
    value = parse(text)
    if not isinstance(value, dict):
        raise JsonTextError("not a JSON object")
    return value


def skip_blanks(text: str, index: int) -> int:
    """Return the index of the first character from `index` that is no blank."""
    length = len(text)
    while index < length and text[index] in BLANKS:
        index += 1
    return index


def expect(text: str, index: int, character: str) -> int:
    """Return the index after `character`, which must stand at `index`."""
    if text[index : index + 1] != character:
        raise JsonTextError(f"expected {character!r} at {index}")
    return index + 1


def parse_string(text: str, index: int) -> tuple[str, int]:
    """Return the string whose opening quote is at `index`, and where it ends."""
    expect(text, index, '"')
    value, end = parse_at(text, index)
    return str(value), end


def parse_key(text: str, index: int) -> tuple[str, int]:
    """Return the key at `index`, and where its value begins."""
    key, end = parse_string(text, index)
    return key, skip_blanks(text, expect(text, skip_blanks(text, end), ":"))


def find_members(text: str, index: int) -> list[Member]:
    """Return the members of the object that begins at `index`."""
    index = skip_blanks(text, expect(text, index, "{"))
    members: list[Member] = []
    while text[index : index + 1] != "}":
        if members:
            index = skip_blanks(text, expect(text, index, ","))
        key, value_start = parse_key(text, index)
        _, end = parse_at(text, value_start)
        members.append(Member(key, index, value_start, end))
        index = skip_blanks(text, end)
    return members


def find_items(text: str, index: int) -> list[tuple[int, int]]:
    """Return start and end of each item of the array that begins at `index`."""
    index = skip_blanks(text, expect(text, index, "["))
    items: list[tuple[int, int]] = []
    while text[index : index + 1] != "]":
        if items:
            index = skip_blanks(text, expect(text, index, ","))
        _, end = parse_at(text, index)
        items.append((index, end))
        index = skip_blanks(text, end)
    return items


def find_strings(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and decoded value of each string token, keys included.

    `text` is JSON, or a piece of it that begins and ends outside of strings.
    """
    start = text.find('"')
    while start >= 0:
        value, end = parse_string(text, start)
        yield start, end, value
        start = text.find('"', end)


def rewrite_strings(
    text: str, rewrite: Rewrite, is_open: Iterable[bool] | None = None
) -> str:
    """Pass every string token's value through `rewrite`.

    `is_open` says of each token, in the order of the text, whether it may be
    rewritten; without it all may.  Returns `text` itself if nothing changed.
    """
    pieces: list[str] = []
    done = 0
    tokens = find_strings(text)
    pairs = (
        ((token, True) for token in tokens)
        if is_open is None
        else zip(tokens, is_open, strict=True)
    )
    for (start, end, value), may_change in pairs:
        changed = rewrite(value) if may_change else value
        if changed != value:
            pieces += (text[done:start], encode_string(changed))
            done = end
    if not pieces:
        return text
    pieces.append(text[done:])
    return "".join(pieces)


def write(value: object) -> str:
    """Return `value` as compact JSON text."""
    return _COMPACT.encode(value)


def write_utf8(value: object) -> bytes:
    """Return `value` as compact JSON; lone surrogates stay escapes."""
    try:
        return write(value).encode()
    except UnicodeEncodeError:
        return _COMPACT_ASCII.encode(value).encode()


def encode_string(value: str) -> str:
    """Return `value` as a JSON token that can always be written as UTF-8."""
    token = _PLAIN.encode(value)
    return token if _is_utf8(token) else encode_ascii(value)


def encode_ascii(value: str) -> str:
    """Return `value` as a JSON token in which only ASCII is not escaped."""
    return _ASCII.encode(value)


def _is_utf8(token: str) -> bool:
    if token.isascii():
        return True
    try:
        token.encode()
    except UnicodeEncodeError:
        return False
    return True


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise JsonTextError("a key stands twice in one object")
    return members


def _no_constant(name: str) -> NoReturn:
    raise JsonTextError(f"{name} is not JSON")


_DECODER = JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)
_COMPACT = JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_COMPACT_ASCII = JSONEncoder(separators=(",", ":"))
_PLAIN = JSONEncoder(ensure_ascii=False)
_ASCII = JSONEncoder(ensure_ascii=True)
