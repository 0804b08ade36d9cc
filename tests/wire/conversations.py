"""Made-up conversations in the shapes that Claude Code sends."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hypothesis import strategies as st

from aiwrap.wire.exchange import Headers, Request

JsonObject = dict[str, object]

REMINDER = "<system-reminder>\nRepo notes about secret/plans.\n</system-reminder>\n"
NOTICE = (
    "<system-reminder>\n[SYSTEM NOTIFICATION - NOT USER INPUT]\nx\n</system-reminder>"
)
MID_TURN = (
    "The user sent a new message while you were working:\n{}\n\nThis is how Claude Code"
    " surfaces messages the user sends mid-turn — within the running turn."
)
TITLE = (
    "<session>\n{}\n</session>\n\nWrite the title in the predominant language of the"
    " session.\nYou are naming a coding session."
)
COMPACTION = (
    "CRITICAL: Respond with TEXT ONLY. Do NOT call any tools.\n\n- You have it all.\n"
    "\nYour task is to create a detailed summary of the conversation so far.\n\n\n"
    "Additional Instructions:\n{}\n\nREMINDER: Do NOT call any tools. Only text."
)
REJECTED = (
    "The user doesn't want to proceed with this tool use. The tool use was rejected. To"
    " tell you how to proceed, the user said:\n{}"
)


def text(words: str, **more: object) -> JsonObject:
    return {"type": "text", "text": words, **more}


def user(*content: JsonObject) -> JsonObject:
    return {"role": "user", "content": list(content)}


def says(words: str) -> JsonObject:
    return {"role": "user", "content": words}


def assistant(*content: JsonObject) -> JsonObject:
    return {"role": "assistant", "content": list(content)}


def system(words: str) -> JsonObject:
    return {"role": "system", "content": words, "output_config": {"effort": "medium"}}


def call(identifier: str, **tool_input: object) -> JsonObject:
    return {"type": "tool_use", "id": identifier, "name": "Read", "input": tool_input}


def result(identifier: str, content: object = "done") -> JsonObject:
    return {"tool_use_id": identifier, "type": "tool_result", "content": content}


def command(name: str, arguments: str) -> JsonObject:
    return text(
        f"<command-message>{name}</command-message>\n<command-name>/{name}"
        f"</command-name>\n<command-args>{arguments}</command-args>\n"
    )


def body(messages: Sequence[object], *, head: bool = False, **more: object) -> bytes:
    """Encode a body; `head` puts system and tools before the messages."""
    ends: JsonObject = {
        "system": [text("You are an agent of secret/plans.")],
        "tools": [{"name": "Read", "input_schema": {"type": "object"}}],
        "stream": True,
        **more,
    }
    parts: list[JsonObject] = [
        {"model": "claude-test"},
        {"messages": list(messages)},
        ends,
    ]
    if head:
        parts = [parts[0], parts[2], parts[1]]
    merged = {key: value for part in parts for key, value in part.items()}
    return json.dumps(merged, ensure_ascii=False, separators=(",", ":")).encode()


def request(data: bytes, headers: Headers = (), path: str = "messages") -> Request:
    return Request("POST", f"/v1/{path}?beta=true", headers, data)


class Turn(NamedTuple):
    """One turn: what the person says and all that follows from it."""

    messages: list[JsonObject]
    words: list[str]  # each on its own


@st.composite
def turns(draw: st.DrawFn, number: int) -> Turn:
    ask = f"ask number {number} please"
    opening = draw(
        st.sampled_from(["string", "blocks", "reminded", "command", "shell"])
    )
    words = [ask]
    match opening:
        case "string":
            first = says(ask)
        case "blocks":
            first = user(text(ask))
        case "reminded":
            first = user(text(REMINDER), text(ask))
        case "command":
            expanded = f"Do the thing with {ask}."
            first = user(command("thing", ask), text(expanded))
            words = [ask, expanded]
        case _:
            output = text("<bash-stdout>out</bash-stdout><bash-stderr></bash-stderr>")
            first = user(text(f"<bash-input>{ask}</bash-input>\n"), output)
    messages = [first]
    if draw(st.booleans()):
        messages.append(system(f"note {number}"))
    for round_number in range(draw(st.integers(0, 2))):
        messages += draw(rounds(f"toolu_{number}_{round_number}", words))
    if draw(st.booleans()):
        messages += [
            assistant(text(f"answer {number}")),
            user(text(NOTICE)),
        ]
    return Turn([*messages, assistant(text(f"final {number}"))], words)


@st.composite
def rounds(draw: st.DrawFn, name: str, words: list[str]) -> list[JsonObject]:
    """Draw one tool round, perhaps with words typed in the meantime."""
    count = draw(st.integers(1, 2))
    calls = [call(f"{name}_{i}", file_path="/r/secret/plans/a") for i in range(count)]
    results = [result(f"{name}_{i}", f"content {name} {i}") for i in range(count)]
    if draw(st.booleans()):
        results.append(text(REMINDER))
    if draw(st.booleans()):
        words.append(f"steer {name} by block")
        results.append(text(MID_TURN.format(words[-1])))
    round_messages = [assistant(text("I look."), *calls), user(*results)]
    if draw(st.booleans()):
        steering = [f"steer {name} by note {i}" for i in range(draw(st.integers(1, 2)))]
        words += steering
        round_messages.append(system("\n\n".join(map(MID_TURN.format, steering))))
    elif draw(st.booleans()):
        round_messages.append(system(f"after {name}"))
    return round_messages


@st.composite
def sessions(draw: st.DrawFn, most: int = 5) -> list[Turn]:
    count = draw(st.integers(1, most))
    return [draw(turns(number)) for number in range(count)]


def history(session: Sequence[Turn]) -> list[JsonObject]:
    return [message for turn in session for message in turn.messages]


def problems(messages: Sequence[Mapping[str, object]]) -> list[str]:
    """Say which of the API's rules `messages` break."""
    found = []
    if not messages or messages[0]["role"] != "user":
        found.append("the first message is not the user's")
    open_calls: set[object] = set()
    for index, message in enumerate(messages):
        blocks = message["content"]
        if not blocks:
            found.append(f"{index}: empty content")
        blocks = blocks if isinstance(blocks, list) else []
        if message["role"] == "system":
            found += _misplaced(messages, index)
            continue
        results = {b["tool_use_id"] for b in blocks if b["type"] == "tool_result"}
        if results - open_calls:
            found.append(f"{index}: results without calls")
        open_calls -= results
        if message["role"] == "assistant":
            if open_calls:
                found.append(f"{index}: calls without results")
            open_calls = {b["id"] for b in blocks if b["type"] == "tool_use"}
    if open_calls:
        found.append("calls without results at the end")
    return found


def _misplaced(messages: Sequence[Mapping[str, object]], index: int) -> list[str]:
    before = messages[index - 1]["role"] if index else None
    after = messages[index + 1]["role"] if index + 1 < len(messages) else None
    if before != "user" or after not in {None, "assistant"}:
        return [f"{index}: system between {before} and {after}"]
    return []
