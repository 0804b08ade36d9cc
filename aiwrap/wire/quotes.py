"""Take refused words out of texts that quote them: a tool's result, a summary.

Pure.  What a person said is left alone: it was judged by itself.  The same body
and the same words give the same bytes, so the vendor's cache keeps its prefix.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from aiwrap.wire import json_text


def holds(data: bytes, words: Iterable[str]) -> bool:
    """Say whether one of `words` stands in a string of this JSON."""
    return any(token in data for each in words for token in tokens(each))


def remove(
    body: bytes,
    words: Collection[str],
    mark: str,
    *,
    spoken: Iterable[str] = (),
    is_open: Iterable[bool] | None = None,
) -> bytes:
    """Put `mark` in the place of `words` in every string that is not `spoken`.

    `is_open` says which string tokens may change, as for `rewrite_strings`.
    """
    longest_first = sorted(set(words), key=len, reverse=True)
    spared = [text for text in spoken if any(each in text for each in longest_first)]

    def rewrite(text: str) -> str:
        if any(each in text for each in spared):
            return text
        for each in longest_first:
            text = text.replace(each, mark)
        return text

    return json_text.rewrite_strings(body.decode(), rewrite, is_open).encode()


def tokens(text: str) -> set[bytes]:
    """Return how clients write `text` in JSON, without the quotes."""
    plain = json_text.encode_string(text)[1:-1]
    ascii_only = json_text.encode_ascii(text)[1:-1]
    return {plain.encode(), ascii_only.encode()}
