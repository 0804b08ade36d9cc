"""Say in plain words what tomli did not understand.

tomli's messages name the grammar's terms; these name what the author of a
policy most likely did, and what was expected instead.
"""

from __future__ import annotations

import tomli

_EXPLANATIONS = (
    # what tomli's message starts with, what we say, what to do
    (
        "Invalid value",
        "expected a value after the equals sign",
        'Put text in quotes: team = "applied-ai".',
    ),
    (
        "Expected '=' after a key",
        'expected "=" after a key',
        'Write KEY = "VALUE", one on each line.',
    ),
    (
        "Invalid statement",
        "expected a key, a [table] or a comment",
        "Keys are letters, digits, dashes and underscores; comments start with #.",
    ),
    (
        "Invalid initial character for a key part",
        "expected a key",
        "Keys are letters, digits, dashes and underscores.",
    ),
    (
        "Expected newline or end of document",
        "expected the end of the line after a value",
        'Put text and durations in quotes ("24h"), and one key on each line.',
    ),
    (
        "Expected ']",
        "expected a closing bracket at the end of a table's name",
        "Write [defaults], or [[pause]] with two brackets on each side.",
    ),
    (
        "Unclosed array",
        'expected a comma or "]": a list is not closed',
        'Close it: tasks = ["a", "b"].',
    ),
    (
        "Unclosed inline table",
        'expected a comma or "}": an inline table is not closed',
        'Close it: instead = { say = "…" }.',
    ),
    (
        "Unterminated string",
        "expected a closing quote: a text is not closed",
        'Add the closing ".',
    ),
    (
        "Illegal character",
        "a control character or a line break stands inside a text",
        "Close the quotes on the same line, or remove the character.",
    ),
    (
        "Cannot overwrite a value",
        "the same key stands here a second time",
        "Remove one of the two; each pause begins with its own [[pause]].",
    ),
    (
        "Duplicate inline table key",
        "the same key stands here a second time",
        "Remove one of the two.",
    ),
    (
        "Cannot declare",
        "the same table stands here a second time",
        "Join the two; pauses, exemptions and sensitive names take [[two brackets]].",
    ),
    (
        "Cannot mutate immutable namespace",
        "this table was closed before",
        "Write its keys in one place.",
    ),
    (
        "Unescaped '\\'",
        "a backslash in a text needs a second one",
        "Write \\\\, or use 'single quotes'.",
    ),
    (
        "Invalid hex value",
        "expected hexadecimal digits after \\u in a text",
        "Write the character itself, or use 'single quotes'.",
    ),
    (
        "Escaped character",
        "expected the number of a character after \\u in a text",
        "Write the character itself, or use 'single quotes'.",
    ),
    (
        "Found invalid character",
        "a control character stands in a comment",
        "Remove it.",
    ),
    (
        "Cannot redefine namespace",
        "this table was written in another form before",
        "Write its keys in one place.",
    ),
    (
        "Invalid date",
        "expected a date that exists",
        "Write a time with an offset, such as 2026-12-31T00:00:00Z.",
    ),
)


def explain(error: ValueError | RecursionError) -> tuple[int, int, str, str]:
    """Return line and column (from 1), what was expected, and what to do."""
    if not isinstance(error, tomli.TOMLDecodeError):
        # tomli's own limits: nesting, length of keys and of numbers.
        reason = "a number is too long, or lists and tables are nested too deeply"
        return 1, 1, reason, "A policy needs neither; remove them."
    for start, message, hint in _EXPLANATIONS:
        if error.msg.startswith(start):
            return error.lineno, error.colno, message, hint
    return error.lineno, error.colno, f"not valid TOML: {error.msg}", ""
