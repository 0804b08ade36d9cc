"""Names under `infra/prod/` do not leave Codex, and tools act on the real files.

The real Codex through `aiwrap codex`.  The model is a stand-in that only knows
what it was sent: it calls tools with the pseudonyms that it saw, its deltas cut
every seven characters.
"""

from __future__ import annotations

import json
import re
from itertools import pairwise

import pytest

from tests.support.calls import Call
from tests.support.claude import SENSITIVE_NAMES
from tests.support.codex import FULL_ACCESS, AppServer, Codex, thread_of
from tests.support.openai_model import (
    OpenAIModel,
    Turn,
    call_function,
    custom_call,
    function_call,
    is_title,
    items,
    outputs,
    patch,
    reasoning,
    say,
    script,
    shell,
    user_texts,
)
from tests.support.policies import HIDING

SECRET = "infra/prod/kestrel.tf"
PSEUDONYM = re.compile(r"[\w./-]*\bzq[a-z0-9]+[\w./-]*")


@pytest.fixture
def hiding(codex: Codex) -> Codex:
    """Prepare a Codex in a repo with sensitive paths, some of them changed."""
    codex.push_policy(HIDING)
    (codex.repo / "infra/prod/database.tf").write_text("# changed\n")
    (codex.repo / "infra/prod/osprey.tf").write_text("# new\n")
    return codex


def seen_path(call: Call) -> str:
    """Return the pseudonym of the path that the person named."""
    found = PSEUDONYM.findall(user_texts(call)[-1])
    assert found, user_texts(call)
    return str(found[-1])


def leaks(codex: Codex, model: OpenAIModel) -> list[tuple[str, str]]:
    """Return each sensitive name that reached the model, heads included."""
    absolute = str(codex.repo / "infra" / "prod")
    return model.leaks([*SENSITIVE_NAMES, "osprey", absolute])


def test_the_stand_in_would_see_it(raw_codex: Codex, openai_model: OpenAIModel) -> None:
    """Without aiwrap the same prompt and the same tools leak every name."""
    (raw_codex.repo / "infra/prod/osprey.tf").write_text("# new\n")
    openai_model.turns.append(shell("ls -R infra"))
    raw_codex.run("exec", *FULL_ACCESS, f"look at {raw_codex.repo / SECRET}")

    assert {name for name, _ in leaks(raw_codex, openai_model)} >= {
        *SENSITIVE_NAMES,
        "osprey",
        str(raw_codex.repo / "infra" / "prod"),
    }


def test_shell_and_patch_in_scripts(hiding: Codex, openai_model: OpenAIModel) -> None:
    """Code mode: paths stand in JavaScript; what tools print leaks nothing."""
    real = hiding.repo / SECRET
    openai_model.turns += [
        lambda call: shell(f"cat {seen_path(call)}; ls -lR .; git status"),
        lambda call: patch(
            f"*** Begin Patch\n*** Update File: {seen_path(call)}\n@@\n"
            '-variable "zone" {\n+variable "area" {\n*** End Patch\n'
        ),
        lambda call: shell(f"cp {seen_path(call)} {seen_path(call)}.copy"),
        lambda call: say(f"I changed {seen_path(call)} for you"),
    ]

    done = hiding.run("exec", *FULL_ACCESS, f"change {real}")

    assert done.code == 0, done.stderr
    assert done.stdout.strip() == f"I changed {real} for you"
    assert '"area"' in real.read_text()
    assert (hiding.repo / f"{SECRET}.copy").exists()
    results = outputs(openai_model.conversation[-1])
    assert "default" in results
    assert "Script failed" not in results
    assert leaks(hiding, openai_model) == []


def test_function_tools(hiding: Codex, openai_model: OpenAIModel) -> None:
    """Other models call functions, with JSON inside JSON."""
    openai_model.turns += [
        lambda call: call_function("exec_command", {"cmd": f"cat {seen_path(call)}"}),
        lambda call: Turn(
            (
                custom_call(
                    "apply_patch",
                    f"*** Begin Patch\n*** Add File: {seen_path(call)}.new\n"
                    "+size = 1\n*** End Patch\n",
                ),
            )
        ),
        lambda call: say(f"see {seen_path(call)}"),
    ]

    done = hiding.run("exec", "-m", "gpt-5.5", *FULL_ACCESS, f"change {SECRET}")

    assert done.stdout.strip() == f"see {SECRET}", done.stderr
    assert (hiding.repo / f"{SECRET}.new").read_text() == "size = 1\n"
    assert "default" in outputs(openai_model.conversation[-1])
    assert leaks(hiding, openai_model) == []


def test_started_inside_the_sensitive_directory(
    hiding: Codex, openai_model: OpenAIModel
) -> None:
    """The directory stands in a header and in the client's metadata."""
    openai_model.turns += [
        shell("pwd; ls -l; git status"),
        lambda call: shell(f"cat {seen_path(call)}"),
        lambda call: say(f"read {seen_path(call)}"),
    ]

    done = hiding.run(
        "exec", *FULL_ACCESS, "show ./kestrel.tf", cwd=hiding.repo / "infra/prod"
    )

    assert done.stdout.strip() == "read ./kestrel.tf", done.stderr
    head = openai_model.conversation[0].header("x-codex-turn-metadata")
    assert json.loads(head)["workspaces"]
    assert leaks(hiding, openai_model) == []


def test_the_screen_shows_real_names(hiding: Codex, openai_model: OpenAIModel) -> None:
    """In the answer and in what the tool call is shown as; the title call too."""
    openai_model.turns += [
        lambda call: shell(f"wc -l {seen_path(call)}"),
        lambda call: say(f"the zone is in {seen_path(call)} indeed", chunk=3),
    ]
    with hiding.terminal(*FULL_ACCESS) as terminal:
        terminal.enter(f"where is the zone, in {SECRET}?")
        terminal.settle()
        terminal.press("enter")
        text = terminal.wait_for(f"the zone is in {SECRET} indeed")
        terminal.settle()

    assert not re.search(r"\bzq[a-z0-9]{8,}", text)
    assert f"wc -l {SECRET}" in text
    assert any(is_title(call) for call in openai_model.calls)
    assert leaks(hiding, openai_model) == []


def test_deltas_over_json_rpc(hiding: Codex, openai_model: OpenAIModel) -> None:
    """An editor shows the deltas as they come."""
    openai_model.turns.append(lambda call: say(f"look into {seen_path(call)}", 3))
    running = hiding.start("app-server")
    seen = AppServer(running).turn(f"where is {SECRET}?")
    running.communicate()

    deltas = [
        str(message["params"]["delta"])
        for message in seen
        if message.get("method") == "item/agentMessage/delta"
        and isinstance(message["params"], dict)
    ]
    assert "".join(deltas) == f"look into {SECRET}"
    assert leaks(hiding, openai_model) == []


def test_a_sub_agent(hiding: Codex, openai_model: OpenAIModel) -> None:
    """It gets the person's words and the model's; neither holds a name."""
    openai_model.turns += [
        lambda call: call_function(
            "spawn_agent",
            {"task_name": "look", "message": f"read {seen_path(call)}"},
            namespace="collaboration",
        ),
        lambda call: shell(f"cat {seen_path(call)}; sleep 0.3"),
        lambda call: shell(f"cat {seen_path(call)}; sleep 0.3"),
    ]

    done = hiding.run("exec", *FULL_ACCESS, f"delegate {SECRET}")

    assert done.code == 0, done.stderr
    spawned = [c for c in openai_model.calls if c.header("x-openai-subagent")]
    assert any(call.method == "POST" for call in spawned)
    assert leaks(hiding, openai_model) == []


def test_a_tool_that_carries_names_out(
    hiding: Codex, openai_model: OpenAIModel
) -> None:
    """A script that calls one gets no real name: its commands fail in plain sight."""
    openai_model.turns += [
        lambda call: script(
            "const o = await tools.exec_command("
            f'{{cmd: "cat {seen_path(call)}"}}); text(o.output);'
            "if (false) await tools.web__run({});\n"
        ),
    ]
    hiding.run("exec", *FULL_ACCESS, f"look at {SECRET}")

    assert "No such file" in outputs(openai_model.conversation[-1])
    assert leaks(hiding, openai_model) == []


def test_history_is_the_same_bytes_again(
    hiding: Codex, openai_model: OpenAIModel
) -> None:
    """A prompt cache needs each turn to begin with the bytes of the last one."""
    sealed = "c2VhbGVk" * 8
    openai_model.turns += [
        lambda call: Turn(
            (
                reasoning(sealed, f"about {seen_path(call)}"),
                function_call("exec_command", {"cmd": f"cat {seen_path(call)}"}),
            )
        ),
        lambda call: say(f"see {seen_path(call)}"),
    ]

    first = hiding.run(
        "exec", "--json", "-m", "gpt-5.5", *FULL_ACCESS, f"read {SECRET}"
    )
    hiding.run("exec", "resume", thread_of(first), "-m", "gpt-5.5", "and now?")

    histories = [items(call) for call in openai_model.conversation]
    assert len(histories) == 3
    for before, after in pairwise(histories):
        assert after[: len(before)] == before
    assert sealed in json.dumps(histories[-1])
    assert leaks(hiding, openai_model) == []


def test_nothing_sensitive_passes_as_it_is(
    raw_codex: Codex, codex: Codex, openai_model: OpenAIModel
) -> None:
    """With nothing to hide, the vendor gets what the vendor CLI wrote."""
    codex.extra["CODEX_HOME"] = str(raw_codex.config)
    for each in (raw_codex, codex):
        each.run("exec", f"explain {SECRET}", cwd=raw_codex.repo)

    first, second = (without_ids(call) for call in openai_model.conversation)
    assert second == first


def without_ids(call: Call) -> object:
    """Take out what differs between any two runs: ids, times, the members' order."""
    body = re.sub(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", b"ID", call.body)
    return json.loads(
        re.sub(rb"(create_time|started_at_unix_ms)(\W+)[0-9.]+", rb"\g<1>\g<2>0", body)
    )
