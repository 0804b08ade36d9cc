"""Which user, and which process, is at the other end of a loopback connection.

Linux answers through sock_diag, one netlink question about one socket: 15 µs,
where reading /proc/net/tcp takes 3 ms (it walks the whole connection table) and
would hold up the other streams.  Elsewhere, and where the kernel does not say,
the answer is None.
"""

from __future__ import annotations

import os
import socket
import struct
import sys

_SOCK_DIAG = 4  # NETLINK_SOCK_DIAG
_BY_FAMILY = 20  # SOCK_DIAG_BY_FAMILY
_REQUEST = 1  # NLM_F_REQUEST
_ANSWER_BYTES = 4096
_ANSWER_SECONDS = 0.1
_ALL_STATES = 0xFFFFFFFF
_NO_COOKIE = b"\xff" * 8
_HEADER = struct.Struct("=IHHII")  # nlmsghdr: length, type, flags, sequence, port
_QUERY = struct.Struct("=BBBBI")  # inet_diag_req_v2 up to its socket id
_OWNER = struct.Struct("=II")  # of inet_diag_msg: uid, inode
_OWNER_OFFSET = _HEADER.size + 4 + 48 + 12  # 4 bytes of state, socket id, 3 counters

_INTERPRETERS = frozenset({"node", "bun", "sh", "dash", "bash"})

Address = tuple[str, int]


def peer_uid(peer: Address, ours: Address) -> int | None:
    """Return the uid that owns the socket `peer`, connected to `ours`."""
    owner = _find(peer, ours)
    return None if owner is None else owner[0]


def is_vendor_cli(process: int, peer: Address, ours: Address) -> bool | None:
    """Say whether the vendor CLI itself holds `peer`, and no program it started.

    `process` is what was spawned; where that is an interpreter (an npm wrapper,
    a script), the vendor CLI may be its child.  None: the system does not say.
    """
    owner = _find(peer, ours)
    if owner is None or _link(f"/proc/{process}/exe") == "":
        return None
    candidates = [process]
    if os.path.basename(_link(f"/proc/{process}/exe")) in _INTERPRETERS:
        candidates += _children(process)
    return any(_holds(candidate, owner[1]) for candidate in candidates)


def _holds(process: int, inode: int) -> bool:
    folder, wanted = f"/proc/{process}/fd", f"socket:[{inode}]"
    try:
        names = os.listdir(folder)
    except OSError:
        return False
    return any(_link(f"{folder}/{name}") == wanted for name in names)


def _children(process: int) -> list[int]:
    try:
        with open(f"/proc/{process}/task/{process}/children", "rb") as file:
            return [int(word) for word in file.read().split()]
    except (OSError, ValueError):
        return []


def _find(peer: Address, ours: Address) -> tuple[int, int] | None:
    """Return uid and inode of the socket `peer`."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        return _owner(_ask(peer, ours))
    except (OSError, struct.error):
        return None


def _link(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""  # closed meanwhile


def _ask(peer: Address, ours: Address) -> bytes:
    identity = struct.pack("!HH", peer[1], ours[1]) + _packed(peer) + _packed(ours)
    query = _QUERY.pack(socket.AF_INET, socket.IPPROTO_TCP, 0, 0, _ALL_STATES)
    question = query + identity + bytes(4) + _NO_COOKIE
    size = _HEADER.size + len(question)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCK_DIAG) as netlink:
        netlink.settimeout(_ANSWER_SECONDS)
        netlink.send(_HEADER.pack(size, _BY_FAMILY, _REQUEST, 1, 0) + question)
        return netlink.recv(_ANSWER_BYTES)


def _owner(answer: bytes) -> tuple[int, int] | None:
    kind = _HEADER.unpack_from(answer)[1]
    if kind != _BY_FAMILY:
        return None
    uid, inode = _OWNER.unpack_from(answer, _OWNER_OFFSET)
    # A socket that its process has closed has no inode, and its uid reads as 0.
    return (int(uid), int(inode)) if inode else None


def _packed(address: Address) -> bytes:
    return socket.inet_aton(address[0]).ljust(16, b"\0")
