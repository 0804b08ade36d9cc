"""The names that stand for sensitive names: `zq`, ten characters, a check character.

Pure.  A pseudonym depends on the device's key and the name alone, so the same
name has the same pseudonym everywhere.  Its alphabet holds neither `z` nor `q`:
the sigil cannot occur inside a body, so a pseudonym can be recognised anywhere
in running text by an expression of fixed length, and restored without context.

The extension stays, because tools and models need it.  A name that cannot be
put back safely gets a pseudonym that is never restored: at an unknown depth of
JSON (quotes, backslashes, control characters, lone surrogates), or in a shell
command that was written for a harmless word (`$(…)`, `;`, globs, options).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable

SIGIL = "zq"
ALPHABET = "abcdefghjkmnprstuvwxy23456789"  # a prime number of them
BODY_LENGTH = 10
LENGTH = len(SIGIL) + BODY_LENGTH + 1
PSEUDONYM = re.compile(f"{SIGIL}[{ALPHABET}]{{{BODY_LENGTH + 1}}}")

_PURPOSE = b"aiwrap/name/1\0"
_DAMAGED = re.compile(
    rf"(?<![A-Za-z0-9+=]){SIGIL}[{ALPHABET}]{{6,16}}(?![A-Za-z0-9+=])", re.IGNORECASE
)
_ONE_WAY = re.compile(
    "[\"'`\\\\$;&|<>*?\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]|\\s[-~#]"
)
_EXTENSION = re.compile(
    r"(?:\.(?:tar|test|tests|spec|stories|d|min|module|config))?\.[A-Za-z0-9_]{1,10}\Z"
)


class Pseudonyms:
    """The pseudonyms of one device, and the names they stand for.

    `hidden` are words that no kept extension may show.
    """

    def __init__(self, key: bytes, hidden: Iterable[str] = ()) -> None:
        self._key = key
        self._hidden = frozenset(word.lower() for word in hidden)
        self._of_stem: dict[str, str] = {}
        self.names: dict[str, str] = {}

    def of(self, name: str) -> str:
        """Return what stands for the path component `name`, extension kept."""
        sign, stem, extension = self._split(name)
        return sign + self.of_stem(stem) + extension

    def of_stem(self, stem: str) -> str:
        """Return the pseudonym of `stem`, and remember it for restoring."""
        known = self._of_stem.get(stem)
        if known is not None:
            return known
        pseudonym = self._unused(stem)
        self._of_stem[stem] = pseudonym
        if not _ONE_WAY.search(stem):
            self.names[pseudonym] = stem
        return pseudonym

    def restore(self, text: str) -> str:
        """Put back every name that is known; everything else stays."""
        if SIGIL not in text:
            return text
        return PSEUDONYM.sub(lambda m: self.names.get(m[0], m[0]), text)

    def problem(self, text: str) -> str | None:
        """Say which pseudonym in `text` is damaged or stands for nothing."""
        if SIGIL not in text and SIGIL not in text.lower():
            return None
        for match in _DAMAGED.finditer(text):
            if match[0][:LENGTH] not in self.names:
                return (
                    f"`{match[0]}` is not a name that exists here: names that begin "
                    f"with `{SIGIL}` must be copied exactly as they were shown."
                )
        return None

    def _unused(self, stem: str) -> str:
        attempt = 0
        while True:
            pseudonym = self._derived(stem, attempt)
            if self.names.get(pseudonym, stem) == stem:
                return pseudonym
            attempt += 1

    def _derived(self, stem: str, attempt: int) -> str:
        message = _PURPOSE + stem.encode("utf-8", "surrogatepass")
        if attempt:
            message += b"\0%d" % attempt
        digest = hmac.digest(self._key, message, hashlib.sha256)
        number = int.from_bytes(digest[:16], "big")
        body = []
        for _ in range(BODY_LENGTH):
            number, index = divmod(number, len(ALPHABET))
            body.append(ALPHABET[index])
        return SIGIL + "".join(body) + check_character("".join(body))

    def _split(self, name: str) -> tuple[str, str, str]:
        """Part what a shell would read as an option or a home from the stem."""
        stem = name.lstrip("-~#")
        if not stem:
            return "", name, ""
        sign = name[: len(name) - len(stem)]
        match = _EXTENSION.search(stem, 1)
        if match is None or self._shows_hidden(match[0]):
            return sign, stem, ""
        return sign, stem[: match.start()], match[0]

    def _shows_hidden(self, extension: str) -> bool:
        return not self._hidden.isdisjoint(extension.lower().split("."))


def check_character(body: str) -> str:
    """Return the character that makes a slip in `body` visible."""
    weighted = sum(
        (place + 3) * ALPHABET.index(char) for place, char in enumerate(body)
    )
    return ALPHABET[weighted % len(ALPHABET)]


def is_pseudonym(text: str) -> bool:
    """Say whether `text` is a well-formed pseudonym, known or not."""
    return (
        PSEUDONYM.fullmatch(text) is not None
        and check_character(text[len(SIGIL) : -1]) == text[-1]
    )
