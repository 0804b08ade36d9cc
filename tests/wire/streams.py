"""Made-up answers of the Messages API, streamed and whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise

from hypothesis import strategies as st

from aiwrap.redaction.pseudonyms import ALPHABET, LENGTH, PSEUDONYM, SIGIL
from aiwrap.redaction.restorer import Restorer
from aiwrap.wire.anthropic_response import Response, ResponseFacts
from aiwrap.wire.exchange import Headers

JsonObject = dict[str, object]

PSEUDONYMS = [SIGIL + letter * (LENGTH - len(SIGIL)) for letter in ALPHABET[:4]]
NAMES = dict(zip(PSEUDONYMS, ["prod", 'quo"te', "back\\slash", "naïve"], strict=True))
UNKNOWN = SIGIL + ALPHABET[5] * (LENGTH - len(SIGIL))
SSE: Headers = ((b"Content-Type", b"text/event-stream; charset=utf-8"),)
JSON: Headers = ((b"content-type", b"application/json"),)

TEXTS = st.lists(
    st.sampled_from(
        [
            *PSEUDONYMS,
            UNKNOWN,
            *(p[:5] for p in PSEUDONYMS),
            *("z", "zq", "zz", "q", "ZQ", "/", "infra", " size ", ".tf"),
            *("\\", '"', "é", "😀", "\n", "\ud83d"),
        ]
    ),
    max_size=12,
).map("".join)
INPUTS = st.recursive(
    TEXTS | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["path", "q", "z", "names"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


def restored(text: str) -> str:
    """Restore as if all of the text were there at once."""
    return PSEUDONYM.sub(lambda found: NAMES.get(found[0], found[0]), text)


def restored_value(value: object) -> object:
    if isinstance(value, str):
        return restored(value)
    if isinstance(value, list):
        return [restored_value(item) for item in value]
    if isinstance(value, dict):
        return {restored(key): restored_value(item) for key, item in value.items()}
    return value


def new_restorer(json_escaped: bool) -> Restorer:
    return Restorer(NAMES, json_escaped)


class Watched:
    """A response filter and what it said at the end."""

    def __init__(self, *, rewrites: bool = True, headers: Headers = SSE) -> None:
        self.ends: list[ResponseFacts] = []
        self.filter = Response(
            new_restorer=new_restorer if rewrites else None,
            restores_tool=lambda name: name in {"Read", "prod"},
            on_end=self.ends.append,
        )
        assert self.filter.head(200, headers) == headers

    @property
    def facts(self) -> ResponseFacts:
        """What it said at its one end."""
        [facts] = self.ends
        return facts

    def pass_on(self, data: bytes, cuts: Sequence[int] = ()) -> bytes:
        """Feed `data`, cut at `cuts`, and return all that came out."""
        edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
        pieces = [self.filter.feed(data[a:b]) for a, b in pairwise(edges)]
        return b"".join([*pieces, self.filter.finish()])


def event(value: JsonObject, end: str = "\n", *, compact: bool = True) -> bytes:
    separators = (",", ":") if compact else (", ", ": ")
    try:
        data = json.dumps(value, ensure_ascii=False, separators=separators).encode()
    except UnicodeEncodeError:
        data = json.dumps(value, separators=separators).encode()
    name = str(value["type"])
    return f"event: {name}{end}data: ".encode() + data + f"{end}{end}".encode()


def delta(index: int, kind: str, piece: object) -> JsonObject:
    key = {
        "text_delta": "text",
        "input_json_delta": "partial_json",
        "thinking_delta": "thinking",
        "citations_delta": "citation",
    }[kind]
    change = {"type": kind, key: piece}
    return {"type": "content_block_delta", "index": index, "delta": change}


def start(index: int, block: JsonObject) -> JsonObject:
    return {"type": "content_block_start", "index": index, "content_block": block}


def stop(index: int) -> JsonObject:
    return {"type": "content_block_stop", "index": index}


def cut(draw: st.DrawFn, text: str) -> list[str]:
    size = draw(st.sampled_from([1, 3, 7, 1000]))
    return [text[i : i + size] for i in range(0, len(text), size)]


def block_events(draw: st.DrawFn, index: int, block: JsonObject) -> list[JsonObject]:
    """Return a block's events, its content cut anywhere."""
    match block["type"]:
        case "text":
            kind, content, empty = "text_delta", str(block["text"]), {"text": ""}
        case "thinking":
            kind, content = "thinking_delta", str(block["thinking"])
            empty = {"thinking": ""}
        case _:
            kind = "input_json_delta"
            ascii_only = draw(st.booleans())
            content = json.dumps(block["input"], ensure_ascii=ascii_only)
            return [
                start(index, {**block, "input": {}}),
                *(delta(index, kind, piece) for piece in ["", *cut(draw, content)]),
                stop(index),
            ]
    return [
        start(index, {**block, **empty}),
        *(delta(index, kind, piece) for piece in cut(draw, content)),
        stop(index),
    ]


BLOCKS = st.one_of(
    st.builds(lambda text: {"type": "text", "text": text}, TEXTS),
    st.builds(lambda text: {"type": "thinking", "thinking": text}, TEXTS),
    st.builds(
        lambda name, path: {
            "type": "tool_use",
            "id": "toolu_1",
            "name": name,
            "input": {"path": path},
        },
        st.sampled_from(["Read", "WebFetch", PSEUDONYMS[0]]),
        INPUTS,
    ),
)


@st.composite
def answers(draw: st.DrawFn) -> tuple[list[JsonObject], list[JsonObject]]:
    """Draw content blocks and the events that stream them, interleaved."""
    blocks: list[JsonObject] = draw(st.lists(BLOCKS, max_size=3))
    waiting = [block_events(draw, i, block) for i, block in enumerate(blocks)]
    events: list[JsonObject] = [
        {
            "type": "message_start",
            "message": {"model": "claude-test", "usage": {"input_tokens": 3}},
        }
    ]
    while waiting:
        index = draw(st.integers(0, len(waiting) - 1))
        events.append(waiting[index].pop(0))
        if not waiting[index]:
            del waiting[index]
    end = {"stop_reason": "end_turn"}
    events += [
        {"type": "message_delta", "delta": end, "usage": {"output_tokens": 9}},
        {"type": "message_stop"},
    ]
    return blocks, events


def assembled(data: bytes) -> list[JsonObject]:
    """Put the content blocks of a stream together, as a client does."""
    blocks: dict[int, JsonObject] = {}
    contents: dict[int, str] = {}
    stopped: set[int] = set()
    for line in data.replace(b"\r\n", b"\n").split(b"\n"):
        if not line.startswith(b"data:"):
            continue
        value = json.loads(line[5:])
        index = value.get("index")
        match value["type"]:
            case "content_block_start":
                blocks[index], contents[index] = value["content_block"], ""
            case "content_block_delta":
                assert index not in stopped
                _, piece = value["delta"].values()
                contents[index] += piece
            case "content_block_stop":
                stopped.add(index)
            case _:
                pass
    assert stopped == set(blocks)
    return [_filled(blocks[i], contents[i]) for i in sorted(blocks)]


def _filled(block: JsonObject, content: str) -> JsonObject:
    if block["type"] == "tool_use":
        return {**block, "input": json.loads(content) if content else block["input"]}
    key = str(block["type"])
    return {**block, key: str(block[key]) + content}


def expected(block: JsonObject) -> JsonObject:
    """Return the block as the vendor CLI should get it."""
    match block["type"]:
        case "text":
            return {**block, "text": restored(str(block["text"]))}
        case "tool_use":
            name = restored(str(block["name"]))
            if name == "WebFetch":
                return block
            return {**block, "name": name, "input": restored_value(block["input"])}
        case _:
            return block
