"""Find a person's own words in the text blocks that Claude Code sends.

Pure.  Seen on Claude Code 2.1.330 (facts in the bodies of real sessions):

  * what a person types stands in a text block, or string, of its own;
  * the client wraps what it adds itself: `<system-reminder>`, `<bash-stdout>`,
    `<local-command-…>`.  With words after the closing tag, all is the person's;
  * a slash command is a header block with `<command-args>`, then the expanded
    command as the next block; `!cmd` is `<bash-input>`;
  * words typed while the model works come inside a sentence of the client, in a
    block beside a tool's result or in a message of role `system`, several in one
    text; a rejected tool's comment and answers to the model's questions come
    inside the tool's result;
  * a title call holds the words inside `<session>`, a compaction call holds the
    words after `/compact` among its instructions.

What is not recognised counts as the person's: an unknown wrapper is screened
too often rather than not at all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

# What the client adds to a message, by the tag that opens it.
_ADDED = (
    "system-reminder",
    "ide_opened_file",
    "ide_selection",
    "task-notification",
)
# What came of a command that the person ran.
_OUTPUTS = (
    "bash-stdout",
    "bash-stderr",
    "local-command-stdout",
    "local-command-stderr",
    "local-command-caveat",
)
_COMMAND = ("command-message", "command-name", "command-args")

_MID_TURN = "The user sent a new message while you were working:\n"
_MID_TURN_END = "\n\nThis is how Claude Code surfaces messages the user sends mid-turn"
_NOTICES = ("[SYSTEM NOTIFICATION - NOT USER INPUT]\n", "<task-notification>")
_INTERRUPTED = "[Request interrupted by user"
_CONTINUED = "This session is being continued from a previous conversation that ran out"
_COMPACTION = "CRITICAL: Respond with TEXT ONLY. Do NOT call any tools.\n"
_COMPACTION_TASK = "\nYour task is to create a detailed summary of "
_COMPACTION_ARGUMENTS = "\nAdditional Instructions:\n"
_COMPACTION_END = "\n\nREMINDER: Do NOT call any tools."
_SUGGESTION = "[SUGGESTION MODE: Suggest what the user might naturally type next "
_TITLE = "<session>\n"
_TITLE_END = "\n</session>"
_TITLE_INSTRUCTIONS = "Write the title"
_WEB_SEARCH = "Perform a web search for the query: "
_REJECTED = "The user doesn't want to proceed with this tool use."
_REJECTED_SAID = " the user said:\n"
_ANSWERED = {
    "Your questions have been answered: ": ". You can now continue with these answers",
    "The user answered: ": ". Read the answers carefully",
}
_CONTEXT_OUTPUT = "## Context Usage\n\n**Model:** "


class Part(NamedTuple):
    """What one text block is: its `role`, and the person's words in it, if any.

    Roles: `typed`, `shell`, `command` (a slash command's header), `output` (of a
    command), `added` (by the client), `notice` (that a background task ended: a
    turn without a person's words), `side` (the prompt of a side call), `inline`
    (words inside the client's: `find_inline` finds them).
    """

    role: str
    words: str = ""


ADDED = Part("added")
NOTICE = Part("notice")
INLINE = Part("inline")
OUTPUT = Part("output")


def read_text(text: str) -> Part:
    """Say what a text block of a user message is."""
    head = text.lstrip()
    if not head.startswith(_FIRST_CHARACTERS):
        return Part("typed", text) if head else ADDED
    if head.startswith("<"):
        return _read_tagged(text, head)
    return _read_sentence(text, head)


def find_inline(text: str) -> list[tuple[int, int]]:
    """Return where in a text of the client's the person's words begin and end.

    Words typed while the model worked, in any text; or, in a tool's result, a
    comment on its rejection and answers to the model's questions.
    """
    if text.startswith(_REJECTED):
        said = text.find(_REJECTED_SAID)
        spans = [(said + len(_REJECTED_SAID), len(text))] if said >= 0 else []
    elif opening := next((a for a in _ANSWERED if text.startswith(a)), ""):
        end = text.rfind(_ANSWERED[opening])
        spans = [(len(opening), end if end >= 0 else len(text))]
    else:
        spans = list(_find_mid_turn(text))
    return [_trimmed(text, *span) for span in spans if text[slice(*span)].strip()]


def hide_inline(text: str, refused: Collection[str], mark: str) -> str:
    """Put `mark` in the place of those words inside `text` that are refused."""
    for start, end in reversed(find_inline(text)):
        if text[start:end] in refused:
            text = text[:start] + mark + text[end:]
    return text


def is_web_search(text: str) -> bool:
    """Say whether `text` is the client's own prompt for a web search call."""
    return text.startswith(_WEB_SEARCH)


def _read_tagged(text: str, head: str) -> Part:
    if head.startswith(_TITLE):
        return _read_title(text, head)
    if head.startswith("<bash-input>"):
        words, closed, rest = head[12:].partition("</bash-input>")
        return Part("shell", (words + rest).strip() if closed else text)
    if head.startswith(_tags(_COMMAND)):
        return _read_command(text, head)
    added, rest = _skip(head, _ADDED + _OUTPUTS)
    if rest:
        return Part("typed", text)
    return OUTPUT if added in _OUTPUTS else _read_added(head)


def _read_added(head: str) -> Part:
    if find_inline(head):
        return INLINE
    inside = head.removeprefix("<system-reminder>").lstrip()
    return NOTICE if inside.startswith(_NOTICES) else ADDED


def _read_command(text: str, head: str) -> Part:
    start = head.find("<command-args>")
    end = head.rfind("</command-args>")
    if 0 <= start < end:
        rest = head[end + len("</command-args>") :].strip()
        words = head[start + len("<command-args>") : end].strip()
        return Part("command", f"{words}\n{rest}" if rest else words)
    _, rest = _skip(head, _COMMAND)
    return Part("command", rest) if rest != head else Part("typed", text)


def _read_title(text: str, head: str) -> Part:
    end = head.rfind(_TITLE_END)
    rest = head[end + len(_TITLE_END) :].lstrip()
    if end < 0 or (rest and not rest.startswith(_TITLE_INSTRUCTIONS)):
        return Part("typed", text)
    return Part("side", head[len(_TITLE) : end])


def _read_sentence(text: str, head: str) -> Part:
    if head.startswith(_MID_TURN):
        return INLINE if find_inline(head) else Part("typed", text)
    if head.startswith(_COMPACTION) and _COMPACTION_TASK in head:
        _, given, rest = head.partition(_COMPACTION_ARGUMENTS)
        end = rest.rfind(_COMPACTION_END)
        return Part("side", rest[: end if end >= 0 else None] if given else "")
    if head.startswith(_INTERRUPTED):
        rest = head.partition("]")[2].strip()
        return Part("typed", rest) if rest else OUTPUT
    return next(
        (part for opening, part in _OPENINGS.items() if head.startswith(opening)),
        Part("typed", text),
    )


def _find_mid_turn(text: str) -> Iterator[tuple[int, int]]:
    """Yield where words stand that were typed while the model worked."""
    opening = text.find(_MID_TURN)
    while opening >= 0:
        start = opening + len(_MID_TURN)
        opening = text.find(_MID_TURN, start)
        end = text.rfind(_MID_TURN_END, start, opening if opening >= 0 else None)
        if end >= 0:
            yield start, end


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    words = text[start:end]
    return start + len(words) - len(words.lstrip()), start + len(words.rstrip())


def _skip(text: str, tags: tuple[str, ...]) -> tuple[str, str]:
    """Return the first of the `tags` that lead `text`, and what follows them all."""
    first = ""
    while True:
        tag = next((tag for tag in tags if text.startswith(f"<{tag}>")), None)
        closing = f"</{tag}>"
        end = text.find(closing) if tag else -1
        if tag is None or end < 0:
            return first, text
        first = first or tag
        text = text[end + len(closing) :].strip()


def _tags(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"<{name}>" for name in names)


_FIRST_CHARACTERS = (
    "<",
    "[",
    "The user sent",
    "CRITICAL",
    "This session",
    _CONTEXT_OUTPUT,
)

# Texts of the client's that hold no words of the person.
_OPENINGS = {
    _SUGGESTION: Part("side"),
    _CONTEXT_OUTPUT: OUTPUT,
    _CONTINUED: ADDED,
    **dict.fromkeys(_NOTICES, NOTICE),
}
