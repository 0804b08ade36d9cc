"""Ask the person on the terminal, and take the reason they type.

prompt-toolkit is imported only when there is something to ask: it costs 86 ms.
"""

from __future__ import annotations

from aiwrap.cli import terminal
from aiwrap.cli.arguments import MAX_REASON_CHARACTERS

EXPLAIN = (
    "Type why to go ahead: your reason is recorded and shared with your policy "
    f"owner (at most {MAX_REASON_CHARACTERS} characters). Leave it empty to stop."
)


def ask_reason(question: str) -> str | None:
    """Show `question`; return the reason, or None if the person would rather stop."""
    import sys

    from prompt_toolkit import PromptSession
    from prompt_toolkit.output import create_output
    from prompt_toolkit.validation import Validator

    terminal.say(f"aiwrap: {question}", style=terminal.YELLOW)
    terminal.say(EXPLAIN)
    session: PromptSession[str] = PromptSession(
        "reason> ",
        output=create_output(stdout=sys.stderr),  # stdout is the vendor CLI's own
        validator=Validator.from_callable(
            lambda text: len(text) <= MAX_REASON_CHARACTERS,
            error_message=f"at most {MAX_REASON_CHARACTERS} characters",
        ),
    )
    try:
        reason = session.prompt().strip()
    except (EOFError, KeyboardInterrupt):
        return None
    return reason or None
