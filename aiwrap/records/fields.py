"""Every field of every kind of record, and which values it takes.

Pure.  This table is why a record carries no content: a value is a name without
spaces, a digest, a count, a yes or no, a title out of the policy, or one of two
short texts that a person typed or that aiwrap wrote itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

MAX_TEXT = 200
MAX_NAME = 128
MAX_ITEMS = 500
MAX_COUNT = 2**53 - 1  # what every JSON reader holds exactly

_NAME_CHARACTERS = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:@+-[]"
)
_HEX = frozenset("0123456789abcdef")


class Field(NamedTuple):
    """One field: which values it takes, and what it means."""

    takes: Callable[[object], bool]
    meaning: str


def is_name(value: object) -> bool:
    """Whether `value` is an identifier: no spaces, no slashes."""
    return isinstance(value, str) and _is_word(value)


def is_slashed_name(value: object) -> bool:
    """Whether `value` is names joined by slashes, such as a repo or a model."""
    return (
        isinstance(value, str)
        and len(value) <= MAX_NAME
        and all(_is_word(part) for part in value.split("/"))
    )


def is_label(value: object) -> bool:
    """Whether `value` is a short title out of a policy."""
    return is_text(value) and value != ""


def is_text(value: object) -> bool:
    """Whether `value` is one line of at most 200 characters."""
    return isinstance(value, str) and len(value) <= MAX_TEXT and value.isprintable()


def is_digest(value: object) -> bool:
    """Whether `value` is lowercase hex of 16 to 64 characters."""
    return isinstance(value, str) and 16 <= len(value) <= 64 and set(value) <= _HEX


def is_count(value: object) -> bool:
    """Whether `value` is a whole number that is not negative."""
    return (
        isinstance(value, int)
        and not isinstance(value, bool)
        and 0 <= value <= MAX_COUNT
    )


def is_yes_or_no(value: object) -> bool:
    """Whether `value` is a boolean."""
    return isinstance(value, bool)


def is_exit_code(value: object) -> bool:
    """Whether `value` is an exit status or the number of a signal."""
    return is_count(value) and isinstance(value, int) and value <= 255


def is_digest_list(value: object) -> bool:
    """Whether `value` is a list of at most 500 digests."""
    return (
        isinstance(value, list)
        and len(value) <= MAX_ITEMS
        and all(is_digest(item) for item in value)
    )


def is_count_by_name(value: object) -> bool:
    """Whether `value` maps at most 500 names to counts."""
    return (
        isinstance(value, dict)
        and len(value) <= MAX_ITEMS
        and all(is_name(k) and is_count(v) for k, v in value.items())
    )


def is_coverage(value: object) -> bool:
    """Whether `value` says which gates a session had."""
    return (
        isinstance(value, dict)
        and value.keys() <= {"launch", "hooks", "wire"}
        and all(isinstance(item, bool) for item in value.values())
    )


def is_policy(value: object) -> bool:
    """Whether `value` names a policy: team, version, sha256, age_seconds, state."""
    return (
        isinstance(value, dict)
        and value.keys() <= _POLICY.keys()
        and all(_POLICY[key](item) for key, item in value.items())
    )


def one_of(*words: str) -> Callable[[object], bool]:
    """Return a check for a fixed set of words."""
    return lambda value: isinstance(value, str) and value in words


is_action = one_of("allow", "observe", "warn", "confirm", "refuse")
is_level = one_of("none", "likely", "certain")

_POLICY: dict[str, Callable[[object], bool]] = {
    "team": is_label,
    "version": is_count,
    "sha256": is_digest,
    "age_seconds": is_count,
    "state": one_of("fresh", "stale", "expired"),
}

_DECISION = {
    "vendor": Field(is_name, "which vendor CLI"),
    "policy": Field(is_policy, "the policy in force: team, version, digest, age"),
    "action": Field(is_action, "what the policy said"),
    "pause": Field(is_label, "the pause that decided"),
    "task": Field(is_name, "task type"),
    "level": Field(is_level, "how sure the task type is"),
    "declared": Field(is_name, "task type the person declared with --task"),
    "prompt_digest": Field(is_digest, "keyed digest; the key stays on this machine"),
    "prompt_bytes": Field(is_count, "size of the prompt"),
    "repo": Field(is_slashed_name, "host/owner/name of the repo"),
    "reason": Field(is_text, "what the person typed to confirm; shared"),
}
_SPENT = {
    "exchanges": Field(is_count, "requests that were forwarded"),
    "duration_ms": Field(is_count, "how long it took"),
}
_COVERAGE = Field(is_coverage, "which of launch gate, hooks and wire there were")

KINDS: dict[str, dict[str, Field]] = {
    "enrol": {
        "public_key": Field(is_digest, "this device's public key"),
        "central": Field(is_text, "address of the central log"),
        "log_key": Field(is_digest, "public key of the central log's checkpoints"),
        "previous": Field(is_digest, "the device id this chain replaces"),
    },
    "launch": {
        **_DECISION,
        "mode": Field(is_name, "how the vendor CLI was started"),
        "coverage": _COVERAGE,
        "parent": Field(is_name, "the session this launch was started from"),
        "why_uncovered": Field(is_text, "why a gate is missing"),
    },
    "prompt": {
        **_DECISION,
        "gate": Field(one_of("launch", "hook", "wire"), "which gate saw it first"),
        "confirmed": Field(is_yes_or_no, "whether the person confirmed it"),
    },
    "usage": {
        **_SPENT,
        "prompt": Field(is_count, "number of the prompt's record"),
        "model": Field(is_slashed_name, "the vendor's model"),
        "tokens_in": Field(is_count, "tokens sent, as the vendor counted them"),
        "tokens_out": Field(is_count, "tokens received"),
        "tokens_cache_read": Field(is_count, "tokens read from the vendor's cache"),
        "tokens_cache_write": Field(is_count, "tokens written to the vendor's cache"),
        "redactions": Field(is_count_by_name, "how often each rule redacted"),
        "redacted_bytes": Field(is_count, "how many bytes were replaced"),
        "files_written": Field(is_digest_list, "keyed digests of paths tools wrote"),
    },
    "session": {
        **_SPENT,
        "outcome": Field(one_of("ended", "interrupted", "refused"), "how it ended"),
        "exit": Field(is_exit_code, "the vendor CLI's exit status"),
        "signal": Field(is_exit_code, "the signal that ended the vendor CLI"),
        "coverage": _COVERAGE,
    },
    "gap": {
        "what": Field(is_name, "what is missing"),
        "first": Field(is_count, "number of the first record missing"),
        "last": Field(is_count, "number of the last record missing"),
    },
    "flag": {
        "what": Field(is_name, "what was noticed"),
        "count": Field(is_count, "how often"),
        "detail": Field(is_text, "aiwrap's own sentence about it"),
    },
}
COMMON = {
    "schema": "the form of this record",
    "kind": "what it is about",
    "seq": "its number on this device",
    "prev": "SHA-256 of the record before it",
    "device": "this device's id",
    "time": "when it was written",
    "session": "which run of a vendor CLI",
}


def as_name(text: str) -> str:
    """Return `text` made fit for a name or a model: odd characters become _."""
    allowed = _NAME_CHARACTERS | {"/"}
    cleaned = "".join(c if c in allowed else "_" for c in text[:MAX_NAME])
    return "/".join(part or "_" for part in cleaned.split("/"))[:MAX_NAME] or "_"


def as_text(text: str) -> str:
    """Return `text` as one printable line of at most 200 characters."""
    line = " ".join(text.split())
    return "".join(c if c.isprintable() else "?" for c in line)[:MAX_TEXT]


def _is_word(text: str) -> bool:
    return 0 < len(text) <= MAX_NAME and _NAME_CHARACTERS.issuperset(text)
