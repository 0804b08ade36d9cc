"""One request as the stand-in for Anthropic's API received it."""

from __future__ import annotations

import json
from typing import NamedTuple

from tests.support.answers import Json


class Call(NamedTuple):
    """One request, as received."""

    number: int  # 0, 1, 2 … in order of arrival
    connection: int
    first_byte_at: float  # time.monotonic()
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    raw: bytes  # every byte of it, head included

    def header(self, name: str) -> str:
        """Return the header's first value, or ""."""
        wanted = name.lower()
        return next((v for k, v in self.headers if k.lower() == wanted), "")

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def json(self) -> Json:
        """The parsed body; {} where it is no JSON object."""
        try:
            body = json.loads(self.body)
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}

    @property
    def is_message(self) -> bool:
        """Whether it asks for an assistant message."""
        return self.path.endswith("/v1/messages")

    @property
    def is_agent(self) -> bool:
        """Whether a sub-agent made it."""
        return bool(self.header("x-claude-code-agent-id"))

    @property
    def is_title(self) -> bool:
        """Whether it asks for a title of the session."""
        return "json_schema" in json.dumps(self.json.get("output_config", ""))

    @property
    def user_texts(self) -> list[str]:
        """Every text of every user message, in order."""
        return [
            text
            for message in _dicts(self.json.get("messages"))
            if message.get("role") == "user"
            for text in _texts(message.get("content"))
        ]


def _texts(content: object) -> list[str]:
    if isinstance(content, str):
        return [content]
    return [
        str(block["text"]) for block in _dicts(content) if block.get("type") == "text"
    ]


def _dicts(value: object) -> list[Json]:
    if not isinstance(value, list):
        return []
    return [item for item in value if isinstance(item, dict)]
