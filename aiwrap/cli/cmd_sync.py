"""`aiwrap sync` and `aiwrap enroll URL`: deliver records to the central log."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence

from aiwrap import files
from aiwrap.cli import terminal
from aiwrap.errors import UsageError
from aiwrap.records import keys
from aiwrap.records.store import Store
from aiwrap.session import clock

MAX_TOKEN_CHARACTERS = 256


def run(argv: Sequence[str]) -> int:
    """Run `sync`, or `enroll` if that is the first word; 0 if it worked."""
    if argv and argv[0] == "enroll":
        return _enroll(argv[1:])
    return _sync(argv)


def _sync(argv: Sequence[str]) -> int:
    # Here and below: only these commands need it, the launch path does not.
    import argparse

    from aiwrap.records.sync import SyncReport, sync

    parser = argparse.ArgumentParser(
        prog="aiwrap sync", description="Send what the central log does not have yet."
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    locations = files.locate(os.environ)
    if keys.read_device(locations) is None:
        report = SyncReport(
            configured=False, sent=0, pending=0, message="there are no records yet"
        )
    else:
        store = Store(locations.records)
        try:
            signer = keys.load_signer(
                locations, notify=terminal.say, device=store.device
            )
            report = sync(store, locations, signer=signer)
        finally:
            store.close()
    document = json.dumps(report._asdict(), indent=2)
    terminal.print_out(document if options.json else report.message)
    return 0


def _enroll(argv: Sequence[str]) -> int:
    import argparse

    from aiwrap.records.enrolment import enrol

    parser = argparse.ArgumentParser(
        prog="aiwrap enroll", description="Bind this device to a central log."
    )
    parser.add_argument("url", help="the central log's address")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    central = enrol(
        files.locate(os.environ),
        options.url,
        _read_token(),
        now=clock.now(),
        notify=terminal.say,
    )
    if options.json:
        document = {
            "url": central.url,
            "device": central.device,
            "person": central.person,
            "log_key": central.log_key.to_text(),
        }
        terminal.print_out(json.dumps(document, indent=2))
        return 0
    owner = f", as {central.person}'s" if central.person else ""
    terminal.print_out(
        f"device {central.device} is enrolled with {central.url}{owner}; "
        "records from before stay on this machine"
    )
    return 0


def _read_token() -> str:
    """Ask for the token: on a command line every local user could read it."""
    if terminal.is_interactive():
        import getpass

        token = getpass.getpass("Token: ")
    else:
        token = sys.stdin.readline(MAX_TOKEN_CHARACTERS + 1)
    token = token.strip()
    if not token or len(token) > MAX_TOKEN_CHARACTERS:
        raise UsageError(
            "enroll needs the one-time token",
            hint="Type it when asked, or pipe it in as one line.",
        )
    return token
