"""Tests for aiwrap/central/server.py."""

from __future__ import annotations

import socket
from pathlib import Path

import httpx

from aiwrap.central.app import create_app
from aiwrap.central.database import Database
from aiwrap.central.server import serve_in_thread
from tests.support.machines import NOW


def test_it_serves_at_once_on_loopback_and_stops(tmp_path: Path) -> None:
    database = Database(str(tmp_path / "log.db"))
    server = serve_in_thread(create_app(database, clock=lambda: NOW))
    url = httpx.URL(server.url)
    assert url.host == "127.0.0.1"

    assert httpx.get(f"{url}/healthz", trust_env=False).status_code == 200
    server.stop()

    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", url.port)) != 0
    database.close()


def test_it_stops_before_it_was_asked_anything(tmp_path: Path) -> None:
    database = Database(str(tmp_path / "log.db"))
    server = serve_in_thread(create_app(database, clock=lambda: NOW))

    server.stop()

    database.close()
