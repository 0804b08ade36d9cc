"""A small client that speaks the Messages format, for `aiwrap demo`.

Stands in for Claude Code where that is not installed: it takes `-p PROMPT` and
the settings file that pins it, streams the answer, and runs one tool, Read.
"""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from typing import Any

MAX_TOOL_BYTES = 4000
_TOOLS = [{"name": "Read", "input_schema": {"type": "object"}}]


def main(argv: Sequence[str]) -> int:
    """Run one prompt and print what the model says."""
    with open(argv[argv.index("--settings") + 1], encoding="utf-8") as file:
        base_url = json.load(file)["env"]["ANTHROPIC_BASE_URL"]
    prompt = argv[argv.index("-p") + 1]
    messages: list[dict[str, Any]] = [{"role": "user", "content": prompt}]
    while True:
        blocks = list(_ask(base_url, messages))
        messages.append({"role": "assistant", "content": blocks})
        calls = [block for block in blocks if block["type"] == "tool_use"]
        if not calls:
            return 0
        results = [_run_tool(call) for call in calls]
        messages.append({"role": "user", "content": results})


def _ask(base_url: str, messages: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    body = {
        "model": "demo",
        "max_tokens": 1000,
        "stream": True,
        "messages": messages,
        "tools": _TOOLS,
    }
    request = urllib.request.Request(  # noqa: S310 - the gateway, on loopback
        f"{base_url}/v1/messages",
        json.dumps(body).encode(),
        {"content-type": "application/json", "x-api-key": "demo"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request) as response:
        block: dict[str, Any] = {}
        parts: list[str] = []
        for line in response:
            if not line.startswith(b"data: "):
                continue
            event = json.loads(line[6:])
            match event["type"]:
                case "content_block_start":
                    block, parts = event["content_block"], []
                case "content_block_delta":
                    delta = event["delta"]
                    parts.append(delta.get("text") or delta.get("partial_json") or "")
                case "content_block_stop":
                    yield _finished(block, "".join(parts))
                case _:
                    continue


def _finished(block: dict[str, Any], text: str) -> dict[str, Any]:
    if block["type"] == "tool_use":
        return block | {"input": json.loads(text)}
    sys.stdout.write(text + "\n")
    return block | {"text": text}


def _run_tool(call: dict[str, Any]) -> dict[str, Any]:
    path = call["input"]["file_path"]
    with open(path, encoding="utf-8") as file:
        text = file.read(MAX_TOOL_BYTES)
    return {"type": "tool_result", "tool_use_id": call["id"], "content": text}


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
