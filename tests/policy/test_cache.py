"""The policy in force: first use, edits, mistakes, and many processes at once."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from aiwrap import files
from aiwrap.errors import FilesError, PolicySyntaxError
from aiwrap.policy import cache, last_good
from aiwrap.policy.model import REPO, Action
from aiwrap.policy.parser import parse_policy
from tests.policy.examples import NOW, PAUSE, policy_text

BROKEN = b'schema = "aiwrap.policy/1"\nteam = \n'
GOOD = policy_text(PAUSE)
BETTER = policy_text(PAUSE.replace('"refuse"', '"confirm"'))


@pytest.fixture
def locations(tmp_path: Path) -> files.Locations:
    return files.Locations(str(tmp_path / "aiwrap"))


def edit(locations: files.Locations, data: bytes) -> None:
    """Write the policy file as an editor does."""
    with open(locations.policy, "wb") as file:
        file.write(data)


def test_the_first_use_puts_the_starter_policy_in_force(
    locations: files.Locations,
) -> None:
    in_force = cache.load(locations, now=NOW)

    assert (in_force.version, in_force.state, in_force.problem) == (1, "fresh", None)
    assert in_force.age_seconds == 0.0
    assert files.read_private(locations.policy) == cache.starter_policy()
    assert stat.S_IMODE(os.stat(locations.policy).st_mode) == files.PRIVATE_FILE
    assert stat.S_IMODE(os.stat(locations.data).st_mode) == files.PRIVATE_DIRECTORY


def test_loading_again_changes_nothing(locations: files.Locations) -> None:
    first = cache.load(locations, now=NOW)

    assert cache.load(locations, now=NOW + timedelta(days=400)) == first


def test_the_starter_policy_warns_about_three_kinds_of_work_for_years() -> None:
    policy = parse_policy(cache.starter_policy())

    tasks = {task for pause in policy.pauses for task in pause.tasks}
    assert tasks == {"training-data", "data-labeling", "distillation"}
    assert {pause.action for pause in policy.pauses} == {Action.WARN}
    assert policy.trust == "local"
    assert policy.defaults.uncovered is Action.WARN
    for pause in policy.pauses:
        assert pause.is_active(NOW + timedelta(days=3650))


def test_a_push_is_one_version_higher(locations: files.Locations) -> None:
    cache.load(locations, now=NOW)

    pushed = cache.push(locations, GOOD, now=NOW)

    assert pushed.version == 2
    assert pushed.sha256 == last_good.digest(GOOD)
    assert cache.load(locations, now=NOW) == pushed
    assert cache.push(locations, BETTER, now=NOW).version == 3


def test_a_push_may_be_the_first_use(locations: files.Locations) -> None:
    assert cache.push(locations, GOOD, now=NOW).version == 1


def test_a_broken_push_changes_nothing(locations: files.Locations) -> None:
    before = cache.push(locations, GOOD, now=NOW)

    with pytest.raises(PolicySyntaxError, match="line 2, column 8"):
        cache.push(locations, BROKEN, now=NOW)

    assert cache.load(locations, now=NOW) == before


def test_an_edit_is_accepted_as_the_next_version(locations: files.Locations) -> None:
    cache.push(locations, GOOD, now=NOW)
    edit(locations, BETTER)

    in_force = cache.load(locations, now=NOW)

    assert in_force.version == 2
    assert in_force.policy.pauses[0].action is Action.CONFIRM
    assert in_force.problem is None


def test_a_broken_edit_leaves_the_last_good_one_in_force(
    locations: files.Locations,
) -> None:
    pushed = cache.push(locations, GOOD, now=NOW)
    edit(locations, BROKEN)

    in_force = cache.load(locations, now=NOW)

    assert in_force.policy == pushed.policy
    assert (in_force.version, in_force.sha256) == (1, pushed.sha256)
    assert in_force.state == "fresh"
    assert in_force.problem is not None
    assert "line 2, column 8: expected a value" in in_force.problem
    assert "version 1 stays in force" in in_force.problem

    edit(locations, BETTER)
    mended = cache.load(locations, now=NOW)
    assert (mended.version, mended.problem) == (2, None)


def test_a_broken_file_and_no_good_one_before_is_an_error(
    locations: files.Locations,
) -> None:
    """Without any policy nothing may run; the message says what to mend."""
    files.make_private_directory(locations.data)
    edit(locations, BROKEN)

    with pytest.raises(PolicySyntaxError, match="line 2, column 8"):
        cache.load(locations, now=NOW)


def test_a_removed_file_is_put_back(locations: files.Locations) -> None:
    pushed = cache.push(locations, GOOD, now=NOW)
    os.unlink(locations.policy)

    in_force = cache.load(locations, now=NOW)

    assert in_force.policy == pushed.policy
    assert in_force.problem is not None
    assert "was missing; version 1 was put back" in in_force.problem
    assert files.read_private(locations.policy) == GOOD


def test_a_file_that_cannot_be_read_ages_like_a_source_out_of_reach(
    locations: files.Locations,
) -> None:
    """A directory in its place stands for every reason it cannot be read."""
    cache.push(locations, GOOD, now=NOW)
    os.unlink(locations.policy)
    os.mkdir(locations.policy)

    states = [
        cache.load(locations, now=NOW + timedelta(seconds=seconds))
        for seconds in (30, 3600, 90_000)
    ]

    assert [each.state for each in states] == ["fresh", "stale", "expired"]
    assert [each.age_seconds for each in states] == [30.0, 3600.0, 90_000.0]
    assert all("cannot read" in (each.problem or "") for each in states)


def test_a_damaged_cache_is_written_anew(locations: files.Locations) -> None:
    cache.push(locations, GOOD, now=NOW)
    files.write_private(os.path.join(locations.policy_cache, "last-good"), b"damaged")

    in_force = cache.load(locations, now=NOW)

    assert in_force.policy.pauses[0].id == "training-data"
    assert in_force.problem is None


def test_an_edit_that_was_not_loaded_yet_does_not_confuse_a_push(
    locations: files.Locations,
) -> None:
    cache.push(locations, GOOD, now=NOW)
    edit(locations, BROKEN)

    pushed = cache.push(locations, BETTER, now=NOW)

    assert pushed.version == 2
    assert cache.load(locations, now=NOW) == pushed


def test_a_push_that_was_cut_off_is_found_as_an_edit(
    locations: files.Locations,
) -> None:
    """The file is written before the copy: a crash between the two loses nothing."""
    cache.push(locations, GOOD, now=NOW)
    files.write_private(locations.policy, BETTER)

    assert cache.load(locations, now=NOW).version == 2


def test_notices_that_the_file_was_touched(locations: files.Locations) -> None:
    loaded = cache.load(locations, now=NOW)
    assert not cache.changed(locations, loaded)

    cache.push(locations, GOOD, now=NOW)
    assert cache.changed(locations, loaded)

    loaded = cache.load(locations, now=NOW)
    assert not cache.changed(locations, loaded)
    edit(locations, BROKEN)
    assert cache.changed(locations, loaded)

    broken = cache.load(locations, now=NOW)
    assert not cache.changed(locations, broken)
    os.unlink(locations.policy)
    assert cache.changed(locations, broken)


def test_a_repository_adds_its_own_pauses(locations: files.Locations) -> None:
    cache.push(locations, GOOD, now=NOW)
    layer = PAUSE.replace('"training-data"\n', '"own"\n').encode()

    in_force = cache.load(locations, now=NOW, repo_layer=layer)

    assert [(p.id, p.layer) for p in in_force.policy.pauses] == [
        ("training-data", "local"),
        ("own", REPO),
    ]
    assert in_force.version == 1


def test_a_broken_repository_layer_is_left_out_and_said(
    locations: files.Locations,
) -> None:
    plain = cache.push(locations, GOOD, now=NOW)

    in_force = cache.load(locations, now=NOW, repo_layer=b"[defaults]\n")

    assert in_force.policy == plain.policy
    assert in_force.problem is not None
    assert ".aiwrap.toml of this repository is left out" in in_force.problem
    assert "line 1, column 1" in in_force.problem


def test_a_data_directory_that_cannot_be_made_is_one_clear_error(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("in the way")
    locations = files.Locations(str(tmp_path / "file" / "aiwrap"))

    with pytest.raises(FilesError, match="not a directory"):
        cache.load(locations, now=NOW)


FULL_DISK = """
import resource, signal, sys
from datetime import UTC, datetime
from aiwrap import files
from aiwrap.errors import FilesError
from aiwrap.policy import cache

# Writing one byte now fails as on a full disk.
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
data = sys.stdin.buffer.read()
try:
    cache.push(files.Locations(sys.argv[1]), data, now=datetime.now(UTC))
except FilesError as error:
    print(error)
"""


def test_a_push_onto_a_full_disk_leaves_everything_as_it_was(
    locations: files.Locations,
) -> None:
    before = cache.push(locations, GOOD, now=NOW)

    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, locations.data],
        input=BETTER,
        capture_output=True,
        check=True,
    )

    assert b"cannot write" in done.stdout
    assert cache.load(locations, now=NOW) == before
    assert sorted(os.listdir(locations.policy_cache)) == ["last-good", "lock"]
    assert sorted(os.listdir(locations.data)) == ["policy-cache", "policy.toml"]


PUSHES = """
import sys
from datetime import UTC, datetime
from aiwrap import files
from aiwrap.policy import cache

locations = files.Locations(sys.argv[1])
now = datetime.now(UTC)
for index in range(10):
    data = f'schema = "aiwrap.policy/1"\\nteam = "p{sys.argv[2]}.{index}"\\n'
    print(cache.push(locations, data.encode(), now=now).version)
    loaded = cache.load(locations, now=now)
    assert loaded.problem is None, loaded.problem
"""


def test_pushes_at_the_same_time_each_get_their_own_version(
    locations: files.Locations,
) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PUSHES, locations.data, str(number)],
            stdout=subprocess.PIPE,
        )
        for number in range(3)
    ]
    versions = [
        int(line)
        for process in processes
        for line in process.communicate()[0].splitlines()
    ]

    assert [process.returncode for process in processes] == [0, 0, 0]
    assert sorted(versions) == list(range(1, 31))
    last = last_good.read(locations)
    assert last is not None
    assert last.version == 30
    assert files.read_private(locations.policy) == last.data


def test_first_uses_at_the_same_time_agree(locations: files.Locations) -> None:
    script = (
        "import sys; from datetime import UTC, datetime; from aiwrap import files;"
        "from aiwrap.policy import cache;"
        "f = cache.load(files.Locations(sys.argv[1]), now=datetime.now(UTC));"
        "print(f.version, f.sha256, f.problem)"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, locations.data], stdout=subprocess.PIPE
        )
        for _ in range(4)
    ]

    outputs = {process.communicate()[0] for process in processes}

    assert len(outputs) == 1
    assert outputs.pop().startswith(b"1 ")
