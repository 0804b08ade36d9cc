"""Run the gateway while the vendor CLI runs; everything heavy is loaded here.

Imported after the vendor CLI was spawned: while it boots, this loads asyncio,
the gateway and the redactor, signs the launch record and reads the inventory.
The gateway accepts at once and holds the first exchange until that is done.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from socket import socket
from typing import NamedTuple

import uvloop

from aiwrap.errors import AiwrapError
from aiwrap.records import keys
from aiwrap.records.explanations import Explanations
from aiwrap.records.secret import derive, local_secret
from aiwrap.records.store import Store
from aiwrap.session import bug_log, clock, folder
from aiwrap.session.child import Ending
from aiwrap.session.gate import Passed
from aiwrap.session.hiding import Hiding
from aiwrap.session.ledger import Ledger, call
from aiwrap.session.plan import GatewayParts, Plan, Served, Services
from aiwrap.session.rules import Rules
from aiwrap.session.screening import AsyncScreening, Screening, failure
from aiwrap.session.submissions import Submissions
from aiwrap.wire import format as wire_format
from aiwrap.wire.exchange import Reply, Request

CLOSE_GRACE_SECONDS = 1.0
DELIVER_EVERY_SECONDS = 300.0
SWITCH_SECONDS = 0.00003  # an event of a stream waits no longer for screening


class Address(NamedTuple):
    """Where the gateway listens, and the two secrets of this session."""

    listener: socket
    session_secret: str
    hook_secret: str | None
    process: int | None  # the vendor CLI's


def serve(
    plan: Plan,
    services: Services,
    passed: Passed,
    *,
    session: str,
    address: Address,
    wait: Callable[[], Awaitable[Ending]],
    finish: Callable[[Ledger, Ending, Served], object],
) -> tuple[Ending, Served]:
    """Serve until `wait` returns; `finish` writes the last records."""
    work = _Work(plan, services, passed, session)
    bug_log.attach(services.locations)
    sys.setswitchinterval(SWITCH_SECONDS)
    return uvloop.run(_serve(work, address, wait, finish))


async def _serve(
    work: _Work,
    address: Address,
    wait: Callable[[], Awaitable[Ending]],
    finish: Callable[[Ledger, Ending, Served], object],
) -> tuple[Ending, Served]:
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, "aiwrap-screening") as worker:
        ready: asyncio.Future[Screening] = loop.create_future()
        screening = AsyncScreening(ready, worker)
        gateway = work.services.open_gateway(
            GatewayParts(
                listener=address.listener,
                session_secret=address.session_secret,
                hook_secret=address.hook_secret,
                upstream=work.plan.upstream,
                alternatives=work.plan.alternatives,
                environ=work.plan.environ,
                screen=screening.screen,
                hook=screening.answer_hook,
                hook_caller=address.process,
                on_failure=work.answer_failure,
                on_intrusion=lambda what: work.intruded(worker, what),
            )
        )
        preparing = loop.create_task(work.prepare(worker, ready))
        await gateway.start()
        delivering = loop.create_task(_deliver(ready, work.services.deliver))
        ended = await wait()
        delivering.cancel()
        await gateway.close(CLOSE_GRACE_SECONDS)
        await preparing
        served = work.outcome(gateway.exchanges)
        await loop.run_in_executor(worker, work.finish, ended, served, finish)
    return ended, served


async def _deliver(
    ready: asyncio.Future[Screening], deliver: Callable[[], object]
) -> None:
    """Send records once the session stands, and during a long one again."""
    await asyncio.wait([ready])
    while True:
        deliver()
        await asyncio.sleep(DELIVER_EVERY_SECONDS)


class _Work:
    """What happens on the worker thread, in the order of the methods."""

    def __init__(
        self, plan: Plan, services: Services, passed: Passed, session: str
    ) -> None:
        self.plan = plan
        self.services = services
        self._passed = passed
        self._session = session
        self._screening: Screening | None = None
        self._ledger: Ledger | None = None
        self._failure: str | None = None
        self._wire = wire_format.find(plan.wire)

    async def prepare(self, worker: Executor, ready: asyncio.Future[Screening]) -> None:
        """Make `ready` done; a failure is told once and fails each exchange."""
        loop = asyncio.get_running_loop()
        try:
            ready.set_result(await loop.run_in_executor(worker, self._prepare, worker))
        except AiwrapError as error:
            self._failure = str(error)
            self.services.say(f"aiwrap: {error}; nothing is sent. {error.hint}")
            ready.set_exception(error)
            ready.exception()  # retrieved here, in case no exchange ever asks

    def answer_failure(self, request: Request) -> Reply:
        """Answer a request that could not be screened."""
        return failure(self._wire, request, self._failure)

    def intruded(self, worker: Executor, what: str) -> None:
        """Record that somebody without the secret knocked."""
        worker.submit(self._flag, what)

    def outcome(self, exchanges: int) -> Served:
        """Return how it went so far."""
        screening = self._screening
        if screening is None:
            return Served(exchanges, 0, last_was_refused=False, failure=self._failure)
        return Served(
            exchanges,
            screening.hook_prompts,
            screening.last_was_refused,
            self._failure,
        )

    def finish(
        self,
        ended: Ending,
        served: Served,
        finish: Callable[[Ledger, Ending, Served], object],
    ) -> None:
        """Write the last records on the thread that owns the store."""
        finish(self._ledger or self._new_ledger(self._open_store()), ended, served)

    def _prepare(self, worker: Executor) -> Screening:
        locations = self.services.locations
        store = self._open_store()
        signer = keys.load_signer(
            locations, notify=self.services.say, device=store.device
        )
        store.sign_pending(signer)
        ledger = self._ledger = self._new_ledger(store, signer, defer=worker.submit)
        self._note_interrupted(store, signer)
        self._screening = self._make_screening(store, ledger, worker)
        return self._screening

    def _make_screening(
        self, store: Store, ledger: Ledger, worker: Executor
    ) -> Screening:
        plan, services, passed = self.plan, self.services, self._passed
        rules = Rules(
            services.locations,
            plan.place,
            plan.vendor,
            declared=plan.task,
            now=clock.now(),
        )
        pause = passed.judged.decision.pause
        submissions = Submissions(
            rules,
            ledger,
            store,
            Explanations(services.locations.explanations),
            vendor=plan.title,
            can_resubmit=plan.mode != "print",
            confirmations=[passed.confirmation] if passed.confirmation else [],
            warned=[pause.id] if pause is not None and passed.message else [],
            clock=clock.now,
            monotonic=time.monotonic,
            zone=services.zone,
        )
        key = derive(local_secret(services.locations), b"pseudonyms")
        place = plan.place
        return Screening(
            wire=self._wire,
            rules=rules,
            ledger=ledger,
            submissions=submissions,
            make_hiding=lambda: Hiding(
                rules.in_force.policy,
                root=place.root or place.cwd,
                cwd=place.cwd,
                added=place.added,
                key=key,
                count=ledger.redacted,
            ),
            launch_texts=plan.lasting_texts,
            judges_system=plan.mode == "gateway",
            notify=services.say,
            clock=clock.now,
            defer=worker.submit,
        )

    def _note_interrupted(self, store: Store, signer: keys.DeviceSigner) -> None:
        """Close the chain of sessions whose process was killed."""
        locations = self.services.locations
        for session in store.interrupted_sessions(
            lambda each: folder.is_alive(locations, each)
        ):
            self._new_ledger(store, signer, session).end({"outcome": "interrupted"})
            folder.clean_up(locations, session)

    def _flag(self, what: str) -> None:
        if self._ledger is not None:
            self._ledger.flag(what)

    def _open_store(self) -> Store:
        return Store(self.services.locations.records)

    def _new_ledger(
        self,
        store: Store,
        signer: keys.DeviceSigner | None = None,
        session: str | None = None,
        defer: Callable[[Callable[[], None]], object] = call,
    ) -> Ledger:
        secret = local_secret(self.services.locations)
        return Ledger(
            store,
            session=session or self._session,
            vendor=self.plan.vendor,
            digest_key=derive(secret, b"digests"),
            clock=clock.now,
            signer=signer,
            defer=defer,
        )
