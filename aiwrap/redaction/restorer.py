"""Put real names back into a stream that arrives in pieces.

Sans-I/O.  One restorer belongs to one content block of one response; it never
sees thinking or signatures.  It holds back at most one unfinished pseudonym,
and only while the text received so far ends like the beginning of one.
`flush` must be called before the block ends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Protocol

from aiwrap.redaction.pseudonyms import ALPHABET, LENGTH, PSEUDONYM, SIGIL

_UNFINISHED = re.compile(
    f"{SIGIL[0]}(?:{SIGIL[1]}[{ALPHABET}]{{0,{LENGTH - len(SIGIL) - 1}}})?\\Z"
)


class Names(Protocol):
    """Whoever knows which name a pseudonym stands for."""

    @property
    def names(self) -> Mapping[str, str]:
        """Pseudonym → name."""
        ...


class Restorer:
    """Restores one block; `json_escaped` for text that is raw JSON."""

    __slots__ = ("_held", "_json_escaped", "_names")

    def __init__(self, names: Names | Mapping[str, str], json_escaped: bool) -> None:
        self._names = names if isinstance(names, Mapping) else names.names
        self._json_escaped = json_escaped
        self._held = ""

    def feed(self, text: str) -> str:
        """Return what can be passed on after `text` arrived."""
        if self._held:
            text = self._held + text
        elif SIGIL[0] not in text:
            return text
        unfinished = _UNFINISHED.search(text, max(0, len(text) - LENGTH))
        if unfinished is None:
            self._held = ""
        else:
            self._held = unfinished[0]
            text = text[: unfinished.start()]
        return PSEUDONYM.sub(self._name, text) if SIGIL in text else text

    def flush(self) -> str:
        """Return what was held back; the block ends here."""
        held, self._held = self._held, ""
        return held

    def _name(self, match: re.Match[str]) -> str:
        name = self._names.get(match[0])
        if name is None:
            return match[0]
        return (
            json.dumps(name, ensure_ascii=False)[1:-1] if self._json_escaped else name
        )
