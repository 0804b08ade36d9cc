"""The redaction of one session: what is hidden, restored, and counted.

Joins the policy's sensitive paths, the repo's inventory and the redactor, and
holds the reverse memo: a string that came back restored leaves again as the
vendor wrote it, so that its cache still matches (DESIGN.md §2, 5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from aiwrap.policy.model import Policy
from aiwrap.redaction.inventory import list_files
from aiwrap.redaction.pseudonyms import PSEUDONYM
from aiwrap.redaction.redactor import Redactor
from aiwrap.redaction.restorer import Restorer

TOOLS_THAT_CARRY_OUT = frozenset(
    {"WebFetch", "WebSearch", "web_search", "web__run", "read_mcp_resource"}
)
MAX_ECHOES = 100_000

Count = Callable[[str, int], None]
"""Called with the rule and the length of each name that was hidden."""


class Hiding:
    """Redaction under one version of the policy."""

    def __init__(
        self, policy: Policy, *, root: str, cwd: str, key: bytes, count: Count
    ) -> None:
        patterns, terms = sensitive_names(policy)
        self._cwd = cwd
        self._count = count
        self._local_tools = frozenset(policy.local_tools)
        self._echoes: dict[str, str] = {}
        files = list_files(root) if patterns else ()
        self._redactor = Redactor(
            root=root, patterns=patterns, files=list(files), key=key, terms=terms
        )

    @property
    def is_active(self) -> bool:
        """Whether anything at all is sensitive here."""
        return self._redactor.is_active

    def may_match(self, raw: bytes) -> bool:
        """Say cheaply whether raw JSON could hold a name; errs towards yes."""
        return self._redactor.may_match(raw, cwd=self._cwd)

    def hide(self, text: str) -> str:
        """Return `text` with pseudonyms for names, and count them."""
        echo = self._echoes.get(text)
        if echo is not None:
            return echo
        redaction = self._redactor.redact(text, cwd=self._cwd)
        for span in redaction.spans:
            self._count("names", span.end - span.start)
        return redaction.text

    def remember_echoes(self, originals: Iterable[tuple[str, str]]) -> None:
        """Keep how the vendor wrote what we restored."""
        for restored, original in originals:
            # Redacted once more: what the vendor guessed must not go back either.
            self._echoes[restored] = self._redactor.redact(original, cwd=self._cwd).text
        while len(self._echoes) > MAX_ECHOES:
            del self._echoes[next(iter(self._echoes))]

    def new_restorer(self, json_escaped: bool) -> Restorer:
        """Return a restorer for one block of one response."""
        return Restorer(self._redactor, json_escaped)

    def stays_here(self, tool: str) -> bool:
        """Say whether a tool's arguments stay on this machine."""
        if tool in self._local_tools:
            return True
        return tool not in TOOLS_THAT_CARRY_OUT and not tool.startswith("mcp__")

    def objection(self, tool: str, arguments: Mapping[str, object]) -> str | None:
        """Say why a tool call must not run, in a sentence for the model, or None."""
        for text in strings_in(arguments):
            if self.stays_here(tool):
                problem = self._redactor.problem(text)
                if problem is not None:
                    return problem
            elif self._redactor.find(text, cwd=self._cwd) or PSEUDONYM.search(text):
                return (
                    f"{tool} sends its arguments off this machine, and they name a "
                    "sensitive path of this repository. Ask without that path, or "
                    "use a local tool."
                )
        return None


def sensitive_names(policy: Policy) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the path patterns and the terms that `policy` hides."""
    patterns = [path for each in policy.sensitive for path in each.paths]
    terms = [term for each in policy.sensitive for term in each.terms]
    return tuple(dict.fromkeys(patterns)), tuple(dict.fromkeys(terms))


def strings_in(value: object) -> Iterable[str]:
    """Yield every string inside a JSON value, keys included."""
    match value:
        case str():
            yield value
        case Mapping():
            for key, item in value.items():
                yield from strings_in(key)
                yield from strings_in(item)
        case list() | tuple():
            for item in value:
                yield from strings_in(item)
        case _:
            return
