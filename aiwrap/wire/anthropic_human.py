"""Find a person's own words in the text blocks that Claude Code sends.

Pure.  Seen on Claude Code 2.1.330 (facts in the bodies of real sessions):

  * what a person types stands in a text block, or string, of its own;
  * the client wraps what it adds itself: `<system-reminder>`, `<bash-stdout>`,
    `<local-command-…>`.  Words after the closing tag are the person's;
  * a slash command is a header block with `<command-args>`, then the expanded
    command as the next block; `!cmd` is `<bash-input>`;
  * words typed while the model works, a refused tool's comment and answers to
    the model's questions come inside sentences of the client;
  * a title call holds the words inside `<session>`, a compaction call holds the
    words after `/compact` among its instructions.

What is not recognised counts as the person's: an unknown wrapper is screened
too often rather than not at all.
"""

from __future__ import annotations

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
_ANSWERED = ("Your questions have been answered: ", "The user answered: ")


class Part(NamedTuple):
    """What one text block is: its `role`, and the person's words in it, if any.

    Roles: `typed`, `shell`, `command` (a slash command's header), `output` (of a
    command), `added` (by the client), `notice` (that a background task ended: a
    turn without a person's words), `side` (the prompt of a side call).
    """

    role: str
    words: str = ""


ADDED = Part("added")
NOTICE = Part("notice")
OUTPUT = Part("output")


def read_text(text: str) -> Part:
    """Say what a text block of a user message is."""
    head = text.lstrip()
    if not head.startswith(_FIRST_CHARACTERS):
        return Part("typed", text) if head else ADDED
    if head.startswith("<"):
        return _read_tagged(text, head)
    return _read_sentence(text, head)


def read_tool_result(text: str) -> str:
    """Return the person's words inside a tool's result, or nothing."""
    if text.startswith(_REJECTED):
        return text.partition(_REJECTED_SAID)[2].strip()
    opening = next((a for a in _ANSWERED if text.startswith(a)), None)
    return text[len(opening) :] if opening else ""


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
        return read_text(rest) if added else Part("typed", text)
    return OUTPUT if added in _OUTPUTS else _read_reminder(head)


def _read_reminder(head: str) -> Part:
    """Look for a notice, and for what a person typed in mid-turn, in a reminder."""
    inside = head.removeprefix("<system-reminder>").lstrip()
    if inside.startswith(_NOTICES):
        return NOTICE
    if not inside.startswith(_MID_TURN):
        return ADDED
    return _read_sentence(inside, inside.removesuffix("</system-reminder>"))


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
        end = head.rfind(_MID_TURN_END)
        return Part("typed", head[len(_MID_TURN) : end if end > 0 else len(head)])
    if head.startswith(_COMPACTION) and _COMPACTION_TASK in head:
        _, given, rest = head.partition(_COMPACTION_ARGUMENTS)
        end = rest.rfind(_COMPACTION_END)
        return Part("side", rest[: end if end >= 0 else None] if given else "")
    if head.startswith(_INTERRUPTED):
        rest = head.partition("]")[2].strip()
        return Part("typed", rest) if rest else OUTPUT
    if head.startswith(_SUGGESTION):
        return Part("side")
    if head.startswith(_NOTICES):
        return NOTICE
    return ADDED if head.startswith(_CONTINUED) else Part("typed", text)


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


_FIRST_CHARACTERS = ("<", "[", "The user sent", "CRITICAL", "This session")
