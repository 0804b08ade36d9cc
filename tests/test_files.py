"""Private files: where they are, their modes, and that a write is whole."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from aiwrap import files
from aiwrap.errors import FilesError


def mode(path: str | Path) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


@pytest.mark.parametrize(
    ("environ", "data"),
    [
        ({"HOME": "/home/dana"}, "/home/dana/.local/share/aiwrap"),
        ({"HOME": "/home/dana", "XDG_DATA_HOME": "/data"}, "/data/aiwrap"),
        (
            {"HOME": "/home/dana", "XDG_DATA_HOME": "relative"},
            "/home/dana/.local/share/aiwrap",
        ),
        ({"HOME": "/home/dana", "XDG_DATA_HOME": ""}, "/home/dana/.local/share/aiwrap"),
    ],
)
def test_locations_follow_xdg(environ: dict[str, str], data: str) -> None:
    """A relative XDG_DATA_HOME counts as unset, as the rule says."""
    assert files.locate(environ).data == data


def test_every_location_is_inside_the_data_directory() -> None:
    """One directory to protect, to back up and to delete."""
    locations = files.Locations("/data")
    names = [
        name
        for name, value in vars(files.Locations).items()
        if isinstance(value, property)
    ]

    assert len(names) >= 8
    assert [
        name for name in names if os.path.dirname(getattr(locations, name)) != "/data"
    ] == []


def test_a_private_directory_is_0700(tmp_path: Path) -> None:
    """Even where it was there before, open to all."""
    path = tmp_path / "a" / "b"
    files.make_private_directory(str(path))
    path.chmod(0o755)

    files.make_private_directory(str(path))

    assert mode(path) == 0o700


def test_a_private_directory_cannot_be_a_file(tmp_path: Path) -> None:
    """The message names the directory and the reason."""
    (tmp_path / "file").write_text("")
    with pytest.raises(FilesError, match="cannot use the directory"):
        files.make_private_directory(str(tmp_path / "file" / "below"))


def test_a_private_file_is_0600_and_whole(tmp_path: Path) -> None:
    """Whatever the umask says, and nothing else is left in the directory."""
    path = tmp_path / "file"
    before = os.umask(0)
    try:
        files.write_private(str(path), b"one")
        files.write_private(str(path), b"two")
    finally:
        os.umask(before)

    assert (path.read_bytes(), mode(path)) == (b"two", 0o600)
    assert os.listdir(tmp_path) == ["file"]


def test_reading_what_is_not_there(tmp_path: Path) -> None:
    """Absent is an answer, not an error."""
    assert files.read_private(str(tmp_path / "none")) is None


def test_reading_is_bounded(tmp_path: Path) -> None:
    """A file of ours that somebody blew up does not fill memory."""
    path = tmp_path / "file"
    path.write_bytes(b"x" * 11)
    with pytest.raises(FilesError, match="larger than 10 bytes"):
        files.read_private(str(path), max_bytes=10)


def test_reading_a_directory_fails_plainly(tmp_path: Path) -> None:
    """The reason is the system's own words."""
    with pytest.raises(FilesError, match="is a directory"):
        files.read_private(str(tmp_path))


WRITE_WITHOUT_ROOM = """
import resource, sys
from aiwrap import errors, files
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    files.write_private(sys.argv[1], b"x" * 100_000)
except errors.FilesError as error:
    print(error)
"""
"""In a process of its own: the limit holds for whatever that process writes."""


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    """Half a policy would be worse than an old one."""
    path = tmp_path / "file"
    files.write_private(str(path), b"old")

    done = subprocess.run(
        [sys.executable, "-c", WRITE_WITHOUT_ROOM, str(path)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.startswith("cannot write")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_no_space_is_said_in_plain_words() -> None:
    """ENOSPC's own text is short of a verb."""
    assert files.reason(OSError(28, "No space left")) == "no space left on the device"


def test_a_lock_is_exclusive(tmp_path: Path) -> None:
    """The second holder waits for the first."""
    path = str(tmp_path / "lock")
    order: list[str] = []

    def second() -> None:
        with files.locked(path):
            order.append("second")

    thread = threading.Thread(target=second)
    with files.locked(path):
        thread.start()
        thread.join(0.1)
        order.append("first")
    thread.join()

    assert (order, mode(path)) == (["first", "second"], 0o600)
