"""Take refused submissions out of a conversation.

Pure and deterministic: the same items and the same refusals give the same
result at every turn, so the vendor's prompt cache keeps its prefix.

  1. A message of the person goes if any of its texts is refused.
  2. What the model did about it goes too, up to the next message of the person
     that stays.  A refusal on the wire leaves nothing there; a policy that
     changed later may.
  3. The client's own notes stay.
  4. A tool's result goes if and only if its call goes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aiwrap.wire.openai_responses_item import HumanText, Item

IsRefused = Callable[[HumanText], bool]


def plan(items: Sequence[Item], is_refused: IsRefused) -> list[Item] | None:
    """Return the items that stay; None if all of them do."""
    refused = {
        index
        for index, item in enumerate(items)
        if item.texts and any(map(is_refused, item.texts))
    }
    if not refused:
        return None
    kept: list[Item] = []
    dropped_calls: set[str] = set()
    is_dropping = False
    for index, item in enumerate(items):
        if item.texts:
            is_dropping = index in refused
        goes = (is_dropping and (item.is_model or bool(item.texts))) or (
            item.result_of in dropped_calls
        )
        if goes and item.call:
            dropped_calls.add(item.call)
        if not goes:
            kept.append(item)
    return kept
