"""Read a parsed TOML document key by key, and collect every problem.

A `Table` is asked for its keys; what nobody asked for is an unknown key, what
has the wrong shape is a problem, and reading goes on with a stand-in value, so
that one pass finds all problems.  A document with a problem is never used.
Knows nothing about what a policy means.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar

from aiwrap.policy.text import printable

MAX_STRING_CHARS = 2_000
MAX_NAME_CHARS = 64
MAX_ITEMS = 2_000
MAX_PROBLEMS = 100  # nobody reads more, and finding each one's line takes time
FIRST_YEAR, LAST_YEAR = 2000, 2999

Path = tuple[str | int, ...]
NEVER = datetime(LAST_YEAR, 1, 1, tzinfo=UTC)  # stands in for an unreadable time

_Choice = TypeVar("_Choice")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_NAME_CHARACTERS = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
)


class Problem(NamedTuple):
    """What is wrong at one place, what was expected, and what to do."""

    path: Path
    message: str
    hint: str


class Table:
    """One table of the document; `name` is how messages call it."""

    __slots__ = ("_asked", "_missing", "_values", "name", "path", "problems")

    def __init__(
        self,
        values: Mapping[str, object],
        problems: list[Problem],
        *,
        name: str = "the top level",
        path: Path = (),
    ) -> None:
        self._values = values
        self._asked: dict[str, None] = {}
        self._missing: dict[str, Problem] = {}
        self.problems = problems
        self.name = name
        self.path = path

    def complain(self, message: str, hint: str = "", key: str | None = None) -> None:
        """Note a problem with `key`, or with the table itself."""
        path = self.path if key is None else (*self.path, key)
        self._note(Problem(path, message, hint))

    def has(self, key: str) -> bool:
        """Say whether the table has `key`."""
        return key in self._values

    def holds_list(self, key: str) -> bool:
        """Say whether `key` is there and is a list."""
        return isinstance(self._values.get(key), list)

    def finish(self) -> None:
        """Complain about every key that nobody asked for.

        A required key that is missing because it is misspelt is one problem.
        """
        for key in self._values:
            if key in self._asked:
                continue
            if len(self.problems) >= MAX_PROBLEMS:
                return
            nearest = _nearest(key, tuple(self._asked))
            if nearest in self._missing:
                missing = self._missing.pop(nearest)
                if missing in self.problems:
                    self.problems.remove(missing)
            self.complain(
                f'unknown key "{printable(key, MAX_NAME_CHARS)}" in {self.name}',
                nearest_hint(key, tuple(self._asked)),
                key,
            )

    def text(self, key: str, *, is_required: bool = True) -> str | None:
        """Return a string with something in it."""
        value = self._take(key, is_required=is_required)
        return None if value is None else self._checked_text(key, value)

    def required_text(self, key: str) -> str:
        """Return a string with something in it, the empty one after a problem."""
        return self.text(key) or ""

    def name_text(self, key: str) -> str:
        """Return a short name of letters, digits, dot, dash and underscore."""
        text = self.text(key)
        if text is not None and not is_name(text):
            self._bad_name(key, text)
        return text or ""

    def texts(self, key: str, *, is_required: bool = False) -> tuple[str, ...] | None:
        """Return a list of strings, not empty; None where the key is missing."""
        value = self._take(key, is_required=is_required)
        if value is None:
            return None
        if not isinstance(value, list):
            self._mismatch(key, 'a list of strings, such as ["a", "b"]', value)
            return ()
        if not value or len(value) > MAX_ITEMS:
            self.complain(
                f"{key} in {self.name} needs 1 to {MAX_ITEMS} strings,"
                f" found {len(value)}",
                f"Leave {key} out if it should not apply."
                if not value
                else "Shorten the list.",
                key,
            )
            return ()
        return tuple(self._checked_text(key, item) or "" for item in value)

    def names(self, key: str, *, is_required: bool = False) -> tuple[str, ...] | None:
        """Return a list of short names; None where the key is missing."""
        texts = self.texts(key, is_required=is_required)
        for text in texts or ():
            if text and not is_name(text):
                self._bad_name(key, text)
        return texts

    def choice(
        self, key: str, choices: Mapping[str, _Choice], default: _Choice | None = None
    ) -> _Choice:
        """Return what the word at `key` stands for; required without `default`."""
        value = self._take(key, is_required=default is None)
        stand_in = default if default is not None else next(iter(choices.values()))
        if value is None:
            return stand_in
        if isinstance(value, str) and value in choices:
            return choices[value]
        expected = ", ".join(f'"{word}"' for word in choices)
        self._mismatch(
            key,
            f"one of {expected}" if len(choices) > 1 else expected,
            value,
            nearest_hint(value, tuple(choices)) if isinstance(value, str) else "",
        )
        return stand_in

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        value = self._take(key, is_required=False)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        self._mismatch(key, "true or false", value)
        return default

    def moment(self, key: str, *, is_required: bool = True) -> datetime | None:
        """Return a time with an offset, as UTC."""
        value = self._take(key, is_required=is_required)
        if value is None:
            return None
        if isinstance(value, datetime) and value.tzinfo is not None:
            if FIRST_YEAR <= value.year <= LAST_YEAR:
                return value.astimezone(UTC)
            self._mismatch(key, f"a year from {FIRST_YEAR} to {LAST_YEAR}", value)
            return NEVER
        self._mismatch(
            key,
            "a time with an offset, such as 2026-12-31T00:00:00Z (no quotes)",
            value,
        )
        return NEVER

    def seconds(self, key: str, default: float, *, minimum: int, maximum: int) -> float:
        """Return a duration such as "60s", "5m", "24h" or "7d", in seconds."""
        value = self._take(key, is_required=False)
        if value is None:
            return default
        seconds = _seconds(value) if isinstance(value, str) else None
        if seconds is None:
            self._mismatch(key, 'a duration such as "60s", "5m", "24h" or "7d"', value)
            return default
        if not minimum <= seconds <= maximum:
            self._mismatch(key, f"{minimum} to {maximum} seconds", value)
            return default
        return float(seconds)

    def table(self, key: str, name: str) -> Table | None:
        """Return the table at `key`, None where it is missing."""
        value = self._take(key, is_required=False)
        if value is None:
            return None
        return self._sub_table(value, (*self.path, key), name)

    def named_tables(self, key: str) -> Iterator[tuple[str, Table]]:
        """Yield each `[key.NAME]` with its name."""
        parent = self.table(key, f"[{key}]")
        for name in parent._values if parent is not None else ():  # noqa: SLF001
            if parent is None or not is_name(name):
                self._bad_name(key, name)
                continue
            table = parent.table(name, f"[{key}.{name}]")
            if table is not None:
                yield name, table

    def tables(self, key: str) -> Iterator[Table]:
        """Yield each `[[key]]`."""
        value = self._take(key, is_required=False)
        if value is None:
            return
        if not isinstance(value, list):
            self.complain(
                f"{key} is an array of tables",
                f"Write [[{key}]] with two brackets.",
                key,
            )
            return
        for index, item in enumerate(value[:MAX_ITEMS]):
            table = self._sub_table(item, (*self.path, key, index), f"[[{key}]]")
            if table is not None:
                yield table
        if len(value) > MAX_ITEMS:
            self.complain(f"more than {MAX_ITEMS} [[{key}]] tables", "", key)

    def _note(self, problem: Problem) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(problem)

    def _take(self, key: str, *, is_required: bool) -> object | None:
        self._asked[key] = None
        value = self._values.get(key)
        if value is None and is_required:
            self._missing[key] = Problem(
                self.path, f'{self.name} has no "{key}"', f'Add a line "{key} = …".'
            )
            self._note(self._missing[key])
        return value

    def _sub_table(self, value: object, path: Path, name: str) -> Table | None:
        if isinstance(value, dict):
            return Table(value, self.problems, name=name, path=path)
        self._note(Problem(path, f"{name} is a table, found {_shown(value)}", ""))
        return None

    def _checked_text(self, key: str, value: object) -> str | None:
        if not isinstance(value, str):
            self._mismatch(key, "a string", value)
        elif not value.strip():
            self.complain(f"{key} in {self.name} is empty", f"Fill in {key}.", key)
        elif len(value) > MAX_STRING_CHARS:
            self.complain(
                f"{key} in {self.name} is longer than {MAX_STRING_CHARS} characters",
                "Shorten it.",
                key,
            )
        else:
            return value
        return None

    def _bad_name(self, key: str, name: str) -> None:
        self._mismatch(
            key,
            f"a name of at most {MAX_NAME_CHARS} letters, digits, dots, dashes"
            " or underscores",
            name,
        )

    def _mismatch(self, key: str, expected: str, found: object, hint: str = "") -> None:
        self.complain(
            f"{key} in {self.name} is not valid: expected {expected},"
            f" found {_shown(found)}",
            hint,
            key,
        )


def is_name(text: str) -> bool:
    """Say whether `text` may name a pause, a task type or a vendor."""
    return 0 < len(text) <= MAX_NAME_CHARS and _NAME_CHARACTERS.issuperset(text)


def nearest_hint(word: str, known: tuple[str, ...]) -> str:
    """Suggest the known word that is nearest to `word`, or list them."""
    nearest = _nearest(word, known)
    if nearest is not None:
        return f'Did you mean "{nearest}"?'
    return f"Known here: {', '.join(known)}." if known else ""


def _nearest(word: str, known: tuple[str, ...]) -> str | None:
    # Here, because difflib is needed only once something is wrong.
    import difflib

    close = difflib.get_close_matches(word[:MAX_NAME_CHARS], known, n=1, cutoff=0.6)
    return close[0] if close else None


def _seconds(text: str) -> int | None:
    number, unit = text[:-1], text[-1:]
    if unit not in _UNITS or not number.isascii() or not number.isdecimal():
        return None
    return int(number) * _UNITS[unit] if len(number) <= 9 else None


def _shown(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() if value.bit_length() > 64:
            return "a very large number"  # Python refuses to print some of them
        case str():
            return f'"{printable(value, MAX_NAME_CHARS)}"'
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return printable(str(value), MAX_NAME_CHARS)
