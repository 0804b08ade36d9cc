"""Several sessions at once: one chain, every record, nobody waits for ever."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.support.claude import Claude
from tests.support.model import Model
from tests.support.policies import REFUSING_AND_HIDING

RUNS = 20


def test_two_sessions_in_the_same_repo(claude: Claude, model: Model) -> None:
    """Side by side in two terminals."""
    claude.push_policy(REFUSING_AND_HIDING)
    with claude.terminal() as one, claude.terminal() as other:
        for number, terminal in enumerate((one, other)):
            terminal.enter(f"clean up parser number {number}")
            terminal.press("enter")
        for terminal in (one, other):
            terminal.wait_for("OK from the stand-in")
            terminal.press("ctrl-c", "ctrl-c")
            terminal.wait()

    kinds = [record.kind for record in claude.records]
    assert (kinds.count("launch"), kinds.count("session")) == (2, 2)
    assert kinds.count("prompt") == 2
    assert len({record.session for record in claude.records}) == 2
    assert claude.chain_problems() == []
    shown = [(call.path, call.is_title, call.is_agent) for call in model.calls]
    assert len(model.messages) == 2, shown


def test_twenty_runs_at_once(claude: Claude, model: Model) -> None:
    """A script that fans out: all records are there, the chain is whole."""
    claude.push_policy(REFUSING_AND_HIDING)
    with ThreadPoolExecutor(RUNS) as pool:
        runs = list(
            pool.map(
                lambda number: claude.run("-p", f"clean up parser number {number}"),
                range(RUNS),
            )
        )

    assert [run.code for run in runs] == [0] * RUNS, [run.stderr for run in runs]
    records = claude.records
    for kind in ("launch", "prompt", "usage", "session"):
        assert sum(record.kind == kind for record in records) == RUNS
    assert [record.seq for record in records] == list(range(1, 4 * RUNS + 1))
    assert claude.chain_problems() == []
    assert len(model.messages) == RUNS
