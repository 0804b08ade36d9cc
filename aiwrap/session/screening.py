"""Screen every exchange and answer the vendor's hooks.

This is the order of things for one exchange (DESIGN.md §5, step 8):

  1. Wait until the session is ready: key, policy, inventory.
  2. Take up a policy that changed.
  3. Judge the submission that this exchange belongs to; what is withheld is
     answered in the vendor's own shape and nothing is forwarded.
  4. Strip from the history what was refused, hide sensitive names.
  5. Forward; restore names in the answer; count what was used.

Everything after step 1 runs on one worker thread, so that a large body never
stalls the streams that the gateway is passing on.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from datetime import datetime

from aiwrap.policy.model import Action
from aiwrap.session.hiding import Hiding
from aiwrap.session.ledger import Ledger
from aiwrap.session.rules import Rules, is_withheld
from aiwrap.session.submissions import Submissions
from aiwrap.session.verdicts import Key, Verdict
from aiwrap.wire import plain
from aiwrap.wire.exchange import Forward, Reply, Request, ResponseFilter, Withhold
from aiwrap.wire.exchange import Verdict as WireVerdict
from aiwrap.wire.format import Asked, Human, Usage, WireFormat

FAILED = "aiwrap could not screen this request, so nothing was sent."
RECOVER = "Run `aiwrap status`; if it goes on, start a new session."


def failure(wire: WireFormat, request: Request, why: str | None = None) -> Reply:
    """Return the answer to a request that could not be screened."""
    words = (FAILED, why and f"{why}.", RECOVER)
    return wire.failure(request, " ".join(word for word in words if word))


MIN_QUOTE = 20  # characters; a shorter text may stand anywhere by chance
QUOTES_WITHHELD = (
    "Claude Code's own request for a title or a summary repeats a prompt that was "
    "refused, so it was not sent. Go on with another prompt; if this comes again, "
    "start a new session."
)


class Screening:
    """The screen of one session; its methods run on one worker thread."""

    def __init__(  # noqa: PLR0913 - the seams of a session, each named at the call
        self,
        *,
        wire: WireFormat,
        rules: Rules,
        ledger: Ledger,
        submissions: Submissions,
        make_hiding: Callable[[], Hiding],
        launch_texts: tuple[str, ...],
        judges_system: bool,
        notify: Callable[[str], None],
        clock: Callable[[], datetime],
        defer: Callable[[Callable[[], None]], object],
    ) -> None:
        self._wire = wire
        self._rules = rules
        self._ledger = ledger
        self._submissions = submissions
        self._make_hiding = make_hiding
        self._launch_texts = launch_texts
        self._judges_system = judges_system
        self._notify = notify
        self._clock = clock
        self._defer = defer
        # A header alone makes no sub-agent: the model must have started one.
        self._has_agents = False
        self.last_was_refused = False
        self._was_told = False  # whether there is a record of a prompt
        self.hook_prompts = 0
        self._generation = rules.generation
        self._problem = rules.problem  # the launch has said it
        self._start_hiding()

    def screen(self, request: Request) -> WireVerdict:
        """Decide on one request; raises nothing that the gateway must know."""
        self._take_up_policy()
        if not self._wire.is_conversation(request):
            return self._pass_plain(request)
        asked = self._memory.read(request)
        verdict = self._judge(asked)
        if verdict is not None and is_withheld(verdict.action):
            return Withhold(asked.refusal(verdict.message))
        withheld = [t for t in self._submissions.withheld_texts if len(t) >= MIN_QUOTE]
        if asked.is_side_call and _repeats(asked, withheld):
            return Withhold(asked.refusal(QUOTES_WITHHELD))
        quotes = bool(withheld) and asked.contains_text(withheld, self._is_refused)
        body = asked.write(self._is_refused)
        if quotes:
            # A file or a tool's result says it too: the work goes on without it.
            body = asked.without_quotes(body, self._as_sent(withheld))
        return Forward(
            Request(
                request.method,
                self._hide_target(request.target),
                self._hide_headers(request),
                body,
            ),
            self._watch(),
        )

    def answer_hook(self, body: bytes) -> bytes:
        """Answer one hook call of the vendor CLI; JSON in, JSON out."""
        self._take_up_policy()
        event = json.loads(body)
        match event:
            case {"hook_event_name": "UserPromptSubmit", "prompt": str(prompt)}:
                answer = self._answer_prompt(prompt, str(event.get("prompt_id", "")))
            case {
                "hook_event_name": "PreToolUse",
                "tool_name": str(tool),
                "tool_input": dict(arguments),
            }:
                answer = self._answer_tool(tool, arguments)
            case _:
                answer = {}
        return json.dumps(answer).encode()

    def _answer_prompt(self, prompt: str, prompt_id: str) -> dict[str, object]:
        self.hook_prompts += 1
        key = ("hook", prompt_id or f"#{self.hook_prompts}")
        verdict = self._submissions.submit([prompt], key=key, gate="hook")
        self._remember_outcome(verdict)
        if is_withheld(verdict.action):
            return {
                "decision": "block",
                "reason": verdict.message,
                "hookSpecificOutput": {
                    "hookEventName": "UserPromptSubmit",
                    "suppressOriginalPrompt": True,
                },
            }
        return {"systemMessage": verdict.message} if verdict.message else {}

    def _answer_tool(
        self, tool: str, arguments: Mapping[str, object]
    ) -> dict[str, object]:
        objection = self._hiding.objection(tool, arguments)
        if objection is None:
            return {}
        self._ledger.flag("tool-call-denied", tool[:60])
        return {
            "hookSpecificOutput": {
                "hookEventName": "PreToolUse",
                "permissionDecision": "deny",
                "permissionDecisionReason": objection,
            }
        }

    def _judge(self, asked: Asked) -> Verdict | None:
        """Return the verdict that covers this exchange, or None if none is due."""
        if self._launch_texts and self._rules.generation:
            # Judged at launch under an older policy: what it adds to each
            # request must stand under this one too.
            verdict = self._submissions.submit(
                self._launch_texts, key=("turn", "launch"), gate="launch"
            )
            if is_withheld(verdict.action):
                self._remember_outcome(verdict)
                return verdict
        if asked.is_agents and self._has_agents:
            return None
        if self._judges_system and asked.system_texts and not asked.is_count:
            # The same at each turn: judged once, alone, and not again with the prompt.
            verdict = self._submissions.submit(
                asked.system_texts, key=("turn", "system"), gate="wire"
            )
            if is_withheld(verdict.action):
                self._remember_outcome(verdict)
                return verdict
        return self._judge_prompt(asked)

    def _judge_prompt(self, asked: Asked) -> Verdict | None:
        texts = [human.text for human in asked.current()]
        if asked.is_summary:
            # What was refused is stripped; it must not block every summary.
            texts = [each for each in texts if not self._submissions.is_refused(each)]
        if not texts:
            return None
        if self._is_covered(asked) and self._submissions.peek(texts) is None:
            return None
        verdict = self._submissions.submit(
            texts, key=self._key(asked, texts), gate="wire"
        )
        if not asked.is_count:
            self._remember_outcome(verdict)
        if verdict.message and verdict.action is Action.WARN:
            self._notify(verdict.message)
        return verdict

    def _key(self, asked: Asked, texts: Sequence[str]) -> Key | None:
        if asked.is_side_call or asked.is_count:
            return None
        if not asked.is_anonymous:
            return ("turn", asked.turn)
        attempt = self._submissions.attempt(texts, asked.turn, is_retry=asked.is_retry)
        return ("turn", attempt)

    def _is_covered(self, asked: Asked) -> bool:
        """Say whether an earlier record covers what this request may say anew.

        What Claude Code counts is a piece of its own prompt or of the history;
        what it wraps follows from a prompt.  Both are judged all the same.
        """
        if self._judges_system:
            return False
        return asked.is_count or (asked.is_wrapped and self._was_told)

    def _as_sent(self, texts: list[str]) -> list[str]:
        """Return `texts` also with the pseudonyms that the body now has."""
        if not self._hiding.is_active:
            return texts
        return [*texts, *map(self._hiding.hide, texts)]

    def _is_refused(self, human: Human) -> bool:
        return self._submissions.is_refused(human.text)

    def _remember_outcome(self, verdict: Verdict) -> None:
        self.last_was_refused = is_withheld(verdict.action)
        self._was_told = True

    def _take_up_policy(self) -> None:
        now = self._clock()
        self._rules.refresh(now)
        if self._rules.problem != self._problem:
            self._problem = self._rules.problem
            if self._problem is not None:
                self._notify(f"aiwrap: {self._problem}")
                self._ledger.flag("policy-broken")
        if self._generation == self._rules.generation:
            return
        self._generation = self._rules.generation
        self._start_hiding()

    def _start_hiding(self) -> None:
        self._hiding = self._make_hiding()
        rewrite = self._hiding.hide if self._hiding.is_active else None
        self._memory = self._wire.new_memory(
            rewrite,
            self._hiding.may_match,
            self._hiding.follow if rewrite else None,
            trusts_client=not self._judges_system,
        )

    def _pass_plain(self, request: Request) -> Forward:
        if not self._hiding.is_active:
            return Forward(request)
        return Forward(plain.rewrite_plain(request, self._hiding.hide))

    def _hide_target(self, target: str) -> str:
        return self._hiding.hide(target) if self._hiding.is_active else target

    def _hide_headers(self, request: Request) -> tuple[tuple[bytes, bytes], ...]:
        if not self._hiding.is_active:
            return request.headers
        return plain.rewrite_headers(request.headers, self._hiding.hide)

    def _watch(self) -> ResponseFilter:
        hiding = self._hiding

        def note(usage: Usage) -> None:
            # The gateway's loop calls this; the worker thread counts.
            self._defer(lambda: self._count(hiding, usage))

        return self._wire.watch(
            hiding.new_restorer if hiding.is_active else None, hiding.stays_here, note
        )

    def _count(self, hiding: Hiding, usage: Usage) -> None:
        hiding.remember_echoes(usage.originals)
        self._has_agents = self._has_agents or any(
            tool in self._wire.agent_tools for tool, _ in usage.tool_uses
        )
        self._ledger.exchanged(usage)


def _repeats(asked: Asked, withheld: list[str]) -> bool:
    said = [human.text for human in asked.current()]
    return any(text in words for text in withheld for words in said)


class AsyncScreening:
    """The same for the gateway: waits until ready, then uses the worker thread."""

    def __init__(self, ready: asyncio.Future[Screening], worker: Executor) -> None:
        self._ready = ready
        self._worker = worker

    async def screen(self, request: Request) -> WireVerdict:
        """Screen `request`; raises what preparing or screening raised."""
        screening = await asyncio.shield(self._ready)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._worker, screening.screen, request)

    async def answer_hook(self, body: bytes) -> bytes:
        """Answer a hook; raises what answering raised."""
        screening = await asyncio.shield(self._ready)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._worker, screening.answer_hook, body)
