"""The whole story of one launch, in the order it happens (DESIGN.md §5).

Each step is one call into the module that owns it.  Nothing heavy is imported
before the vendor CLI was spawned.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from aiwrap.errors import EXIT_REFUSED, GatewayError, LaunchRefusedError, UsageError
from aiwrap.policy.model import ORDINARY, Action
from aiwrap.records.fields import as_text
from aiwrap.records.secret import derive, local_secret
from aiwrap.records.store import Store
from aiwrap.session import child, clock
from aiwrap.session.folder import SessionFolder
from aiwrap.session.gate import Passed, Refused, pass_gate
from aiwrap.session.ledger import Ledger
from aiwrap.session.plan import Plan, Served, Services
from aiwrap.session.rules import Judged, Rules

LOOPBACK = "127.0.0.1"
UNUSED = (
    "aiwrap: {title} worked, but no request passed the gateway: this session was "
    "NOT covered. Run `aiwrap status`, and tell your policy owner."
)


class Outcome(NamedTuple):
    """How a launch ended, for the exit code."""

    ending: child.Ending
    exit_code: int


def run_session(plan: Plan, services: Services) -> Outcome:
    """Run the vendor CLI under the policy.

    Raises:
        LaunchRefusedError: The policy refuses; it is recorded, nothing started.
        AiwrapError: A step failed; the vendor CLI is not running any more.

    """
    session = os.urandom(16).hex()
    ledger = _open_ledger(plan, services, session)
    passed = _pass_launch_gate(plan, services, ledger)
    if passed.message:
        services.say(passed.message)
    if plan.uncovered is not None:
        return _run_uncovered(plan, ledger)
    return _run_covered(plan, services, passed, session)


def run_gateway(
    plan: Plan,
    services: Services,
    listener: socket.socket,
    announce: Callable[[str], None],
    wait: Callable[[], Awaitable[child.Ending]],
) -> None:
    """Run the gateway without a vendor CLI, until `wait` returns."""
    from aiwrap.session import serving  # as in `_run_covered`

    session = os.urandom(16).hex()
    ledger = _open_ledger(plan, services, session)
    passed = _pass_launch_gate(plan, services, ledger)
    started = clock.now()
    folder = SessionFolder(services.locations, session)
    try:
        secret = os.urandom(24).hex()
        base_url, _ = urls(listener, [secret, ""])
        folder.announce(base_url, plan.upstream)
        announce(base_url)
        serving.serve(
            plan,
            services,
            passed,
            session=session,
            address=serving.Address(listener, secret, None, None),
            wait=wait,
            finish=lambda ledger, ending, served: ledger.end(
                _session_fields(plan, ending, served.exchanges, started)
            ),
        )
    finally:
        folder.remove()


def _open_ledger(plan: Plan, services: Services, session: str) -> Ledger:
    secret = local_secret(services.locations)
    return Ledger(
        Store(services.locations.records),
        session=session,
        vendor=plan.vendor,
        digest_key=derive(secret, b"digests"),
        clock=clock.now,
    )


def _pass_launch_gate(plan: Plan, services: Services, ledger: Ledger) -> Passed:
    rules = Rules(
        services.locations,
        plan.place,
        plan.vendor,
        declared=plan.task,
        now=clock.now(),
    )
    if rules.problem is not None:
        services.say(f"aiwrap: {rules.problem}")
    _check_task(plan.task, rules)
    judged = _judge(plan, rules)
    answer = pass_gate(
        judged,
        vendor=plan.title,
        zone=services.zone,
        confirmation=plan.confirmation,
        ask=services.ask,
    )
    match answer:
        case Refused():
            _record_refusal(plan, services, ledger, rules, answer)
            raise LaunchRefusedError(answer.message, hint="")
        case Passed():
            answer = _without_names(plan, services, rules, answer)
            fields = _launch_fields(plan, rules, ledger)
            fields["action"] = answer.action.word
            if answer.confirmation is not None:
                fields["reason"] = as_text(answer.confirmation.reason)
            texts = [*plan.texts, *plan.lasting_texts]
            ledger.decide("launch", judged, texts, fields=fields)
            return answer


def _check_task(task: str | None, rules: Rules) -> None:
    """Refuse a `--task` that no type is called by: a typo would say nothing."""
    if task is None or task == ORDINARY or task in rules.types.names:
        return
    from difflib import get_close_matches  # only on this error's path

    names = [ORDINARY, *rules.types.names]
    near = get_close_matches(task, names, 1)
    raise UsageError(
        f"--task {task[:60]!r} is not a task type",
        hint=f"Did you mean {near[0]}?" if near else f"One of: {', '.join(names)}.",
    )


def _without_names(
    plan: Plan, services: Services, rules: Rules, answer: Passed
) -> Passed:
    """Return `answer` with a reason that may be shared: redacted as any text."""
    if answer.confirmation is None:
        return answer
    # Only where a reason was given: the redactor is not for the launch path.
    from aiwrap.session.hiding import Hiding

    place = plan.place
    hiding = Hiding(
        rules.in_force.policy,
        root=place.root or place.cwd,
        cwd=place.cwd,
        key=derive(local_secret(services.locations), b"pseudonyms"),
        count=lambda _rule, _size: None,
    )
    if not hiding.is_active:
        return answer
    reason = hiding.hide(answer.confirmation.reason)
    return answer._replace(confirmation=answer.confirmation._replace(reason=reason))


def _judge(plan: Plan, rules: Rules) -> Judged:
    now = clock.now()
    judged = rules.judge_strictest([*plan.texts, *plan.lasting_texts], now=now)
    if plan.uncovered is None:
        return judged
    uncovered = rules.judge_uncovered(now=now)
    if uncovered.action > judged.decision.action:
        note = f"{plan.uncovered}: prompts cannot be screened"
        return Judged(judged.classification, uncovered._replace(note=note))
    return judged


def _record_refusal(
    plan: Plan, services: Services, ledger: Ledger, rules: Rules, refused: Refused
) -> None:
    # The refusal is signed before we exit: nothing boots meanwhile, so the
    # import of the key code is paid here and only here.
    from aiwrap.records import keys
    from aiwrap.records.explanations import Explanations

    ledger.sign_with(
        keys.load_signer(services.locations, notify=services.say, device=ledger.device)
    )
    texts = [*plan.texts, *plan.lasting_texts]
    fields = _launch_fields(plan, rules, ledger)
    fields["action"] = Action.REFUSE.word
    record = ledger.decide("launch", refused.judged, texts, fields=fields)
    Explanations(services.locations.explanations).keep(
        record, refused.judged.classification.reasons, now=clock.now()
    )
    ledger.end({"outcome": "refused"})


def _launch_fields(plan: Plan, rules: Rules, ledger: Ledger) -> dict[str, object]:
    fields: dict[str, object] = {
        "mode": plan.mode,
        "policy": rules.describe(),
        "coverage": coverage(plan),
    }
    remotes = plan.place.remotes
    optional = {
        "declared": plan.task,
        "parent": plan.parent,
        "why_uncovered": plan.uncovered,
        "repo": ledger.digest(remotes[0]).hex()[:32] if remotes else None,
    }
    return fields | {key: value for key, value in optional.items() if value}


def coverage(plan: Plan) -> dict[str, bool]:
    """Return which gates this launch has."""
    wire = plan.uncovered is None
    return {"launch": True, "hooks": wire and plan.has_hooks, "wire": wire}


def _run_uncovered(plan: Plan, ledger: Ledger) -> Outcome:
    started = clock.now()
    running = child.spawn(
        plan.executable, [plan.executable, *plan.arguments], plan.environ
    )
    ending = child.wait_blocking(running)
    ledger.end(_session_fields(plan, ending, 0, started))
    return Outcome(ending, ending.exit_code)


def _run_covered(
    plan: Plan, services: Services, passed: Passed, session: str
) -> Outcome:
    started = clock.now()
    folder = SessionFolder(services.locations, session)
    try:
        listener = listen()
        secrets = [os.urandom(24).hex(), os.urandom(24).hex()]
        base_url, hook_url = urls(listener, secrets)
        pin = services.pin(base_url, hook_url)
        if pin.settings:
            folder.write_settings(pin.settings)
        folder.announce(base_url, plan.upstream)
        arguments = [plan.executable, *pin.arguments(folder.settings)]
        running = child.spawn(plan.executable, arguments, pin.environ)

        # Only now: the vendor CLI boots while all this is loaded.
        from aiwrap.session import serving

        def finish(ledger: Ledger, ending: child.Ending, served: Served) -> None:
            fields = _session_fields(plan, ending, served.exchanges, started)
            if _went_past_the_gateway(plan, ending, served):
                ledger.flag("gateway-unused")
                fields["coverage"] = {**coverage(plan), "wire": False}
                services.say(UNUSED.format(title=plan.title))
            if plan.mode == "print" and served.last_was_refused:
                fields["outcome"] = "refused"
            ledger.end(fields)

        ending, served = serving.serve(
            plan,
            services,
            passed,
            session=session,
            address=serving.Address(listener, secrets[0], secrets[1], running.pid),
            wait=lambda: child.wait(running),
            finish=finish,
        )
    finally:
        folder.remove()
    if plan.mode == "print" and served.last_was_refused:
        return Outcome(ending, EXIT_REFUSED)
    return Outcome(ending, ending.exit_code)


def _went_past_the_gateway(plan: Plan, ending: child.Ending, served: Served) -> bool:
    """Say whether the vendor CLI worked although no request was seen.

    Nothing is claimed where it may rightly have sent nothing: a local command,
    a prompt that we did not see, a hook (ours was called, so the pin holds).
    """
    if served.exchanges or served.prompts or served.last_was_refused or served.failure:
        return False
    was_asked = bool(plan.texts) and not any(t.startswith("/") for t in plan.texts)
    return plan.mode == "print" and ending.exit_code == 0 and was_asked


def _session_fields(
    plan: Plan, ending: child.Ending, exchanges: int, started: datetime
) -> dict[str, object]:
    elapsed = clock.now() - started
    fields: dict[str, object] = {
        "outcome": "ended",
        "exchanges": exchanges,
        "coverage": coverage(plan),
        "duration_ms": round(elapsed.total_seconds() * 1000),
    }
    if ending.signal is not None:
        return fields | {"signal": ending.signal}
    return fields | {"exit": ending.exit_code}


def listen(host: str = LOOPBACK, port: int = 0) -> socket.socket:
    """Return a listening socket; the kernel queues what comes before we accept."""
    try:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        raise GatewayError(
            f"no loopback port could be opened: {(error.strerror or '').lower()}",
            hint="Check `ulimit -n` and the free ports, then run it again.",
        ) from error
    return listener


def urls(listener: socket.socket, secrets: Sequence[str]) -> tuple[str, str]:
    """Return the base URL for the vendor CLI and the one for its hooks."""
    host, port = listener.getsockname()
    base = f"http://{host}:{port}"
    return f"{base}/s/{secrets[0]}", f"{base}/h/{secrets[1]}"
