"""Write this session's records: what was decided, used and noticed.

Knows the record fields and the counters of a turn; knows no policy.  Every
write is durable when it returns.  One thread at a time.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from aiwrap.dsse import Signer
from aiwrap.records.fields import MAX_ITEMS, as_name, as_text
from aiwrap.records.keys import Device
from aiwrap.records.store import Store
from aiwrap.session.rules import Judged
from aiwrap.wire.format import Usage

JOINT = "\n\n"
"""Between the texts of one submission, as Claude Code joins those that waited."""

MAX_DIGESTS = 10_000  # remembered
MAX_FLAGS = 100  # of one kind, written one by one; the rest is counted
WRITING_TOOLS = {
    "Write": "file_path",
    "Edit": "file_path",
    "MultiEdit": "file_path",
    "NotebookEdit": "notebook_path",
}


def call(work: Callable[[], None]) -> None:
    """Do `work` at once: what a ledger does with what may wait, unless told else."""
    work()


class Ledger:
    """The records of one session."""

    def __init__(
        self,
        store: Store,
        *,
        session: str,
        vendor: str,
        digest_key: bytes,
        clock: Callable[[], datetime],
        signer: Signer | None = None,
        defer: Callable[[Callable[[], None]], object] = call,
    ) -> None:
        self._store = store
        self._defer = defer
        self._session = session
        self._vendor = vendor
        self._digest_key = digest_key
        self._clock = clock
        self._signer = signer
        self._digests: dict[str, bytes] = {}
        self._flags: Counter[str] = Counter()
        self._turn = _Turn(None)

    @property
    def device(self) -> Device:
        """Whose chain this is; it stays so even if the machine enrols meanwhile."""
        return self._store.device

    def sign_with(self, signer: Signer) -> None:
        """Sign every record from now on."""
        self._signer = signer

    def digest(self, text: str) -> bytes:
        """Return the keyed digest of a prompt; surrounding space does not count."""
        known = self._digests.get(text)
        if known is None:
            data = text.strip().encode("utf-8", "surrogatepass")
            known = hmac.digest(self._digest_key, data, hashlib.sha256)
            if len(self._digests) >= MAX_DIGESTS:
                self._digests.clear()
            # A history is asked about text by text at every turn.
            self._digests[text] = known
        return known

    def decide(
        self,
        kind: str,
        judged: Judged,
        texts: Iterable[str],
        *,
        fields: Mapping[str, object],
    ) -> int:
        """Record a decision (`launch` or `prompt`); return its number."""
        texts = tuple(texts)
        decided = judged.decision
        everything = {
            "vendor": self._vendor,
            "action": decided.action.word,
            "task": as_name(decided.task),
            "level": decided.level,
            **({"pause": as_text(decided.pause.id)} if decided.pause else {}),
            **_describe(texts, self.digest),
            **fields,
        }
        seq = self._append(kind, everything)
        if kind == "prompt":
            turn, self._turn = self._turn, _Turn(seq)
            # Durable in its own time: nothing that leaves waits for it.
            self._defer(lambda: self._write_usage(turn))
        return seq

    def exchanged(self, usage: Usage) -> None:
        """Count one finished exchange into the current turn."""
        turn = self._turn
        turn.exchanges += 1
        turn.model = usage.model or turn.model
        turn.tokens.update(
            tokens_in=usage.tokens_in,
            tokens_out=usage.tokens_out,
            tokens_cache_read=usage.tokens_cache_read,
            tokens_cache_write=usage.tokens_cache_write,
        )
        for tool, arguments in usage.tool_uses:
            path = arguments.get(WRITING_TOOLS.get(tool, ""))
            if isinstance(path, str):
                turn.files.add(self.digest(path).hex()[:32])

    def redacted(self, rule: str, size: int) -> None:
        """Count one redacted name, `size` characters long, into the turn."""
        self._turn.redactions[rule] += 1
        self._turn.redacted_bytes += size

    def end_turn(self) -> None:
        """Write the `usage` of the turn, if anything was used."""
        turn, self._turn = self._turn, _Turn(self._turn.prompt)
        self._write_usage(turn)

    def _write_usage(self, turn: _Turn) -> None:
        if not turn.exchanges and not turn.redactions:
            return
        fields: dict[str, object] = {
            "prompt": turn.prompt,
            "exchanges": turn.exchanges,
            "model": as_name(turn.model) if turn.model else None,
            **turn.tokens,
            "redactions": dict(turn.redactions) or None,
            "redacted_bytes": turn.redacted_bytes,
            "files_written": sorted(turn.files)[:MAX_ITEMS] or None,
        }
        self._append("usage", fields)

    def flag(self, what: str, detail: str = "") -> None:
        """Record that something was noticed; a flood of one kind is counted."""
        self._flags[what] += 1
        if self._flags[what] <= MAX_FLAGS:
            self._append("flag", {"what": what, "count": 1, "detail": as_text(detail)})

    def end(self, fields: Mapping[str, object]) -> int:
        """Write the last records of the session."""
        self.end_turn()
        for what, count in self._flags.items():
            if count > MAX_FLAGS:
                self._append("flag", {"what": what, "count": count - MAX_FLAGS})
        return self._append("session", fields)

    def _append(self, kind: str, fields: Mapping[str, object]) -> int:
        entry = self._store.append(
            kind,
            session=self._session,
            fields=fields,
            now=self._clock(),
            signer=self._signer,
        )
        return entry.seq


class _Turn:
    __slots__ = (
        "exchanges",
        "files",
        "model",
        "prompt",
        "redacted_bytes",
        "redactions",
        "tokens",
    )

    def __init__(self, prompt: int | None) -> None:
        self.prompt = prompt  # the number of its record
        self.exchanges = 0
        self.model = ""
        self.tokens: Counter[str] = Counter()
        self.redactions: Counter[str] = Counter()
        self.redacted_bytes = 0
        self.files: set[str] = set()


def _describe(
    texts: tuple[str, ...], digest: Callable[[str], bytes]
) -> dict[str, object]:
    if not texts:
        return {}
    joined = JOINT.join(texts)
    return {
        "prompt_digest": digest(joined).hex(),
        "prompt_bytes": len(joined.encode("utf-8", "surrogatepass")),
    }
