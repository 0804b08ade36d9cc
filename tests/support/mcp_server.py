"""A small MCP server on stdio: one tool, `keep`, that appends to a file.

    python mcp_server.py FILE

Only what Claude Code asks of a server: initialize, tools/list, tools/call.
"""

from __future__ import annotations

import json
import sys

TOOL = {
    "name": "keep",
    "description": "Keep a note.",
    "inputSchema": {
        "type": "object",
        "properties": {"note": {"type": "string"}},
        "required": ["note"],
    },
}


def answer(method: str, parameters: dict[str, object], file: str) -> dict[str, object]:
    """Return the result of one call."""
    match method:
        case "initialize":
            return {
                "protocolVersion": parameters["protocolVersion"],
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "notes", "version": "1"},
            }
        case "tools/list":
            return {"tools": [TOOL]}
        case "tools/call":
            with open(file, "a", encoding="utf-8") as kept:
                kept.write(json.dumps(parameters["arguments"]) + "\n")
            return {"content": [{"type": "text", "text": "kept"}]}
        case _:
            return {}


def main() -> None:
    """Serve until standard input ends."""
    for line in sys.stdin:
        message = json.loads(line)
        if "id" not in message:
            continue
        result = answer(message["method"], message.get("params") or {}, sys.argv[1])
        reply = {"jsonrpc": "2.0", "id": message["id"], "result": result}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
