"""The redaction of one session: what is hidden, restored, and counted.

Joins the policy's sensitive paths and the working trees' redactors, and
holds the reverse memo: a string that came back restored leaves again as the
vendor wrote it, so that its cache still matches (DESIGN.md §2, 5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from aiwrap.policy.model import Policy
from aiwrap.redaction.commands import Context
from aiwrap.redaction.pseudonyms import PSEUDONYM
from aiwrap.redaction.restorer import Restorer
from aiwrap.session.hidden_tree import HiddenTree
from aiwrap.wire import format as wire_format

TOOLS_THAT_CARRY_OUT = frozenset(
    {"WebFetch", "WebSearch", "web_search", "web__run", "read_mcp_resource"}
)
MAX_ECHOES = 100_000

Contexts = tuple[Context | None, ...]
"""One for each working tree."""

Count = Callable[[str, int], None]
"""Called with the rule and the length of each name that was hidden."""


class Hiding:
    """Redaction under one version of the policy."""

    def __init__(
        self,
        policy: Policy,
        *,
        root: str,
        cwd: str,
        key: bytes,
        count: Count,
        added: Sequence[str] = (),
    ) -> None:
        patterns, terms = sensitive_names(policy)
        self._cwd = cwd
        self._count = count
        self._local_tools = frozenset(policy.local_tools)
        self._echoes: dict[str, str] = {}
        first = HiddenTree(root, cwd, patterns, terms, key=key)
        self._redactor = first.redactor
        shared = first.redactor.pseudonyms
        self._trees = [
            first,
            *(
                HiddenTree(each, cwd, patterns, (), key=key, pseudonyms=shared)
                for each in (added if patterns else ())
            ),
        ]
        self._nowhere: Contexts = (None,) * len(self._trees)

    @property
    def is_active(self) -> bool:
        """Whether anything at all is sensitive here."""
        return self._redactor.is_active

    def may_match(self, raw: bytes, contexts: Contexts | None = None) -> bool:
        """Say cheaply whether raw JSON could hold a name; errs towards yes."""
        pairs = zip(self._trees, contexts or self._nowhere, strict=True)
        return any(tree.may_match(raw, context) for tree, context in pairs)

    def hide(self, text: str, contexts: Contexts | None = None) -> str:
        """Return `text` with pseudonyms for names, and count them.

        `contexts` are what the tool calls before it leave behind, for each tree.
        """
        echo = self._echoes.get(text)
        if echo is not None:
            return echo
        for tree, context in zip(self._trees, contexts or self._nowhere, strict=True):
            text, lengths = tree.hide(text, context)
            for length in lengths:
                self._count("names", length)
        return text

    def follow(
        self, scope: wire_format.Scope | None, calls: Sequence[wire_format.Call]
    ) -> wire_format.Scope | None:
        """Return how the results of `calls`, made in `scope`, are to be read."""
        before = scope.contexts if isinstance(scope, _Scope) else self._nowhere
        after = tuple(
            tree.follow(context, calls)
            for tree, context in zip(self._trees, before, strict=True)
        )
        return None if after == self._nowhere else _Scope(self, after)

    def remember_echoes(self, originals: Iterable[tuple[str, str]]) -> None:
        """Keep how the vendor wrote what we restored."""
        for restored, original in originals:
            # Redacted once more: what the vendor guessed must not go back either.
            self._echoes[restored] = self._redacted(original)
        while len(self._echoes) > MAX_ECHOES:
            del self._echoes[next(iter(self._echoes))]

    def _redacted(self, text: str) -> str:
        for tree in self._trees:
            text, _ = tree.hide(text, None)
        return text

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
            elif self._redacted(text) != text or PSEUDONYM.search(text):
                return (
                    f"{tool} sends its arguments off this machine, and they name a "
                    "sensitive path of this repository. Ask without that path, or "
                    "use a local tool."
                )
        return None


class _Scope:
    """A conversation after certain tool calls; see `wire.format.Scope`."""

    __slots__ = ("_hiding", "contexts")

    def __init__(self, hiding: Hiding, contexts: Contexts) -> None:
        self._hiding = hiding
        self.contexts = contexts

    def rewrite(self, text: str) -> str:
        return self._hiding.hide(text, self.contexts)

    def may_match(self, raw: bytes) -> bool:
        return self._hiding.may_match(raw, self.contexts)


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
