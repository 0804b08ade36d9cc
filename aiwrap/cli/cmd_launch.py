"""`aiwrap VENDOR …`: understand the launch, hand it to `session.run`, exit like it.

On the launch path: whatever is imported at the top is paid before the vendor
CLI starts.
"""

from __future__ import annotations

import os
import stat
import sys

from aiwrap import files
from aiwrap.cli import delivery, first_run, terminal
from aiwrap.cli.arguments import CommandLine
from aiwrap.cli.services import open_gateway
from aiwrap.errors import EXIT_REFUSED, LaunchRefusedError, UsageError
from aiwrap.session import child, run
from aiwrap.session.folder import find_parent
from aiwrap.session.gate import Ask
from aiwrap.session.plan import Plan, Services
from aiwrap.session.submissions import Confirmation
from aiwrap.session.workplace import look_around
from aiwrap.vendors import executable, registry
from aiwrap.vendors.descriptor import Launch, Pin, VendorModule, VendorSettings

MAX_PROMPT_FILE_BYTES = 1024 * 1024


def run_launch(line: CommandLine) -> int:
    """Launch a vendor CLI under the policy and return its exit code."""
    vendor = registry.find(line.name)
    if vendor is None:
        raise UsageError(f"{line.name!r} is neither a command nor a vendor CLI we know")
    locations = files.locate(os.environ)
    binary = executable.resolve(line.name, vendor.facts, os.environ, locations.shims)
    launch = vendor.read_arguments(line.rest, stdout_is_terminal=os.isatty(1))
    if launch.mode == "passthrough":
        child.become(binary, [binary, *line.rest], os.environ)
    first_run.open_data(locations)
    settings = vendor.read_settings(line.rest, os.environ, os.getcwd())
    plan = _plan(line, vendor, binary, launch, settings, locations)
    notices = _Notices()
    for report in settings.reports:
        notices.say(f"aiwrap: {report}")

    def pin(base_url: str, hook_url: str) -> Pin:
        notices.hold(plan.mode == "tui")  # from here on the screen is the vendor's
        return vendor.pin(
            line.rest,
            launch,
            settings,
            os.environ,
            base_url=base_url,
            hook_url=hook_url,
        )

    services = Services(
        locations=locations,
        open_gateway=open_gateway,
        pin=pin,
        ask=_asker(),
        say=notices.say,
        deliver=lambda: delivery.start(locations),
        zone=None,
    )
    try:
        outcome = run.run_session(plan, services)
    except LaunchRefusedError as error:
        terminal.say(f"aiwrap: {error}", style=terminal.RED)
        return error.exit_code
    finally:
        notices.release()
        delivery.start(locations)
    if outcome.exit_code == EXIT_REFUSED != outcome.ending.exit_code:
        return EXIT_REFUSED
    return child.die_like(outcome.ending)


def _plan(
    line: CommandLine,
    vendor: VendorModule,
    binary: str,
    launch: Launch,
    settings: VendorSettings,
    locations: files.Locations,
) -> Plan:
    parent = find_parent(locations, settings.upstream)
    confirmation = None
    if line.confirm is not None and line.reason is not None:
        confirmation = Confirmation(line.confirm, " ".join(line.reason.split()))
    return Plan(
        vendor=vendor.facts.name,
        title=vendor.facts.title,
        wire=vendor.facts.wire,
        executable=binary,
        arguments=line.rest,
        environ=settings.environment,
        mode=launch.mode,
        texts=launch.prompts,
        lasting_texts=(
            *launch.system_prompts,
            *map(_read_prompt_file, launch.system_prompt_files),
        ),
        uncovered=launch.uncovered or settings.uncovered,
        has_hooks=launch.hooks and settings.hooks_problem is None,
        place=look_around(_directory(launch), launch.add_dirs),
        upstream=parent.upstream if parent else settings.upstream,
        alternatives=(
            vendor.facts.upstreams_by_header if settings.upstream_is_default else {}
        ),
        parent=parent.session if parent else None,
        task=line.task,
        confirmation=confirmation,
    )


def _directory(launch: Launch) -> str:
    return os.path.normpath(os.path.join(os.getcwd(), launch.directory or ""))


def _read_prompt_file(path: str) -> str:
    """Return a prompt file's text; if there is none, the vendor CLI says so.

    Raises:
        UsageError: It cannot be judged whole, or reading it would empty it.

    """
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise UsageError(
                f"{path} is not a regular file, so it cannot be judged and passed on",
                hint="Save the prompt to a file first.",
            )
        if status.st_size > MAX_PROMPT_FILE_BYTES:
            raise UsageError(
                f"{path} is larger than {MAX_PROMPT_FILE_BYTES} bytes",
                hint="Use a shorter file: all of it has to be judged.",
            )
        with open(path, "rb") as file:
            return file.read(MAX_PROMPT_FILE_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def _asker() -> Ask | None:
    if not terminal.is_interactive():
        return None
    # prompt-toolkit is imported when there is a question, not before.
    from aiwrap.cli import question

    return question.ask_reason


class _Notices:
    """What we say while the vendor CLI owns the screen waits until it is gone."""

    def __init__(self) -> None:
        self._holds = False
        self._held: list[str] = []

    def hold(self, full_screen: bool) -> None:
        """Keep messages back from now on, if the vendor CLI draws on this terminal."""
        self._holds = full_screen and sys.stderr is not None and sys.stderr.isatty()

    def say(self, text: str) -> None:
        """Show `text` now, or when the vendor CLI has ended."""
        if self._holds:
            self._held.append(text)
        else:
            terminal.say(text)

    def release(self) -> None:
        """Show what was kept back."""
        self._holds = False
        for text in self._held:
            terminal.say(text)
        self._held.clear()
