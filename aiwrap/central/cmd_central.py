"""`aiwrap central serve|token`: run the central log, and let a device in.

The database is one SQLite file in a private directory.  A token is shown once;
only its digest is kept.  Nothing but loopback is served without a certificate:
behind a proxy that ends TLS, serve on loopback.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from aiwrap import files
from aiwrap.central.app import create_app
from aiwrap.central.database import DEFAULT_ORIGIN, Database
from aiwrap.errors import UsageError

LOOPBACK = ("127.0.0.1", "localhost", "::1")
DATABASE = "central.db"


def run(argv: Sequence[str]) -> int:
    """Run one of the commands."""
    options = _parser().parse_args(argv)
    files.make_private_directory(options.data)
    path = os.path.join(options.data, DATABASE)
    if options.command == "token":
        return _create_token(path, options.person)
    return _serve(path, options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="aiwrap central", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="serve until it is interrupted")
    serve.add_argument("--listen", default="127.0.0.1:8421", help="HOST:PORT")
    serve.add_argument("--origin", default=DEFAULT_ORIGIN, help="the log's name")
    serve.add_argument("--certificate", help="PEM file with the certificate chain")
    serve.add_argument("--key", help="PEM file with its private key")
    token = commands.add_parser("token", help="print a one-time token")
    token.add_argument("--person", required=True, help="whose device it lets in")
    for command in (serve, token):
        command.add_argument("--data", required=True, help="the log's directory")
    return parser


def _create_token(path: str, person: str) -> int:
    if not person.strip() or not person.isprintable():
        raise UsageError("--person must name somebody, as dana@acme.example")
    database = Database(path)
    try:
        sys.stdout.write(database.create_token(person.strip()) + "\n")
    finally:
        database.close()
    return 0


def _serve(path: str, options: argparse.Namespace) -> int:
    import uvicorn  # `token` does without it

    host, port = _address(options.listen)
    if (options.certificate is None) != (options.key is None):
        raise UsageError("--certificate and --key go together")
    if options.certificate is None and host not in LOOPBACK:
        raise UsageError(
            f"{host} is not a loopback address, and there is no certificate",
            hint="Give --certificate and --key, or serve behind a proxy that ends TLS.",
        )
    listener = _listen(host, port)
    database = Database(path, origin=options.origin)
    scheme = "http" if options.certificate is None else "https"
    where = (
        f"{scheme}://{options.listen.rpartition(':')[0]}:{listener.getsockname()[1]}"
    )
    config = uvicorn.Config(
        create_app(database, clock=_now),
        ws="none",
        lifespan="off",
        access_log=False,
        server_header=False,
        log_level="warning",
        ssl_certfile=options.certificate,
        ssl_keyfile=options.key,
    )

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            # Said when Ctrl-C ends it cleanly, which is not so before.
            await super().startup(sockets)
            sys.stdout.write(f"central log at {where}, log key ")
            sys.stdout.write(f"{database.log_key.to_text()}\n")
            sys.stdout.flush()

    try:
        Server(config).run(sockets=[listener])
    except KeyboardInterrupt:
        pass  # uvicorn has shut down and passes Ctrl-C on
    finally:
        database.close()
    return 0


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise UsageError(
            f"cannot listen on {host}:{port}: {os.strerror(error.errno or 0).lower()}",
            hint="Choose another --listen address.",
        ) from error


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdigit() or int(port) > 65_535:
        raise UsageError(f"--listen {text!r} is not HOST:PORT")
    return host.strip("[]"), int(port)


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the log's own clock
