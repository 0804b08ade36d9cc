"""One working tree whose sensitive names are hidden, and what is new in it.

The inventory is read once.  When a tool call looks at a sensitive directory, that
directory is read again, so that a file which the call has made is known before its
result leaves.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from aiwrap.redaction.commands import Context
from aiwrap.redaction.inventory import links_into, list_below, list_files
from aiwrap.redaction.patterns import fold
from aiwrap.redaction.pseudonyms import Pseudonyms
from aiwrap.redaction.redactor import Call, Redactor

MAX_FILES_LOOKED_AT = 2_000
LOOK_AGAIN_SECONDS = 0.2
REST = 9  # times as long as taking up new files took


class HiddenTree:
    """The redactor of one working tree, kept up to date."""

    def __init__(
        self,
        root: str,
        cwd: str,
        patterns: Sequence[str],
        terms: Sequence[str],
        *,
        key: bytes,
        pseudonyms: Pseudonyms | None = None,
    ) -> None:
        self._root = root
        self._cwd = cwd
        files = list_files(root) if patterns else ()
        links, linked = links_into(root, files, patterns)
        self._files = {*files, *linked}
        self._next_look: dict[str, float] = {}
        self._next_refresh = 0.0
        self._has_news = False
        self.redactor = Redactor(
            root=root,
            patterns=(*patterns, *links),
            files=sorted(self._files),
            key=key,
            terms=terms,
            pseudonyms=pseudonyms,
        )

    def hide(self, text: str, context: Context | None) -> tuple[str, list[int]]:
        """Return what may leave, and how long each name was that does not."""
        redaction = self.redactor.redact(text, self._cwd, context)
        return redaction.text, [span.end - span.start for span in redaction.spans]

    def may_match(self, raw: bytes, context: Context | None) -> bool:
        """Say cheaply whether raw JSON could hold a name; errs towards yes."""
        if context is None:
            return self.redactor.may_match(raw, cwd=self._cwd)
        return self.redactor.may_match_in(raw, self._cwd, context)

    def follow(self, context: Context | None, calls: Sequence[Call]) -> Context | None:
        """Return the context of the results of `calls`, and look at what is new."""
        after = self.redactor.read_calls(context, calls, self._cwd)
        if after is not None and after.bases:
            self._look(after)
        return after

    def _look(self, context: Context) -> None:
        now = time.monotonic()
        before = len(self._files)
        for directory in self.redactor.directories(context):
            if now >= self._next_look.get(directory, 0.0):
                self._next_look[directory] = now + LOOK_AGAIN_SECONDS
                real = self._spelled(directory)
                found = list_below(self._root, real, MAX_FILES_LOOKED_AT)
                self._files.update(found)
        self._has_news |= len(self._files) > before
        if self._has_news and now >= self._next_refresh:
            self._refresh(now)

    def _refresh(self, began: float) -> None:
        """Take up what is new; a large repo spends a tenth of its time on it."""
        self.redactor.refresh(sorted(self._files))
        self._has_news = False
        ended = time.monotonic()
        self._next_refresh = ended + REST * (ended - began)

    def _spelled(self, directory: str) -> str:
        """Return the folded `directory` in the case that it has on disk."""
        if os.path.isdir(os.path.join(self._root, directory)):
            return directory
        inside = f"{directory}/"
        spelled = (f for f in self._files if fold(f).startswith(inside))
        return next(spelled, directory)[: len(directory)]
