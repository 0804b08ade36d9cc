"""Tests for aiwrap/cli/demo_model.py."""

from __future__ import annotations

import json
import urllib.request

from aiwrap.cli.demo_model import DemoModel


def test_it_keeps_what_a_vendor_would_see_and_answers_in_pieces() -> None:
    """A name arrives cut into deltas, as from a real model."""
    model = DemoModel()
    content = [{"type": "text", "text": "Read infra/zqabc/x.tf"}]
    body = {
        "model": "m",
        "tools": [{"name": "Read"}],
        "messages": [{"role": "user", "content": content}],
    }
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{model.url}/v1/messages", json.dumps(body).encode()
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
        request
    ) as response:
        events = response.read().decode()
    model.stop()

    assert json.loads(model.received[0]) == body
    assert events.count("input_json_delta") > 3
    assert '"stop_reason": "tool_use"' in events
