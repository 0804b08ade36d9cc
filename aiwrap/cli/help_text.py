"""`aiwrap --help` and `--version`."""

from __future__ import annotations

from importlib.metadata import version as installed_version

from aiwrap.cli import terminal

HELP = """\
aiwrap runs a vendor's coding CLI under your team's policy, on your own machine.

usage: aiwrap [--task TYPE] [--confirm PAUSE --reason TEXT] VENDOR [ARGS...]
       aiwrap COMMAND [ARGS...]

VENDOR is `claude`, or the path of its binary; everything behind it is its own.

  --task TYPE         say what kind of work this is (recorded)
  --confirm PAUSE     go ahead although PAUSE asks for a confirmation ...
  --reason TEXT       ... for this reason (recorded and shared, <= 200 characters)

try it
  demo                play the main job in a sandbox, in under 20 seconds
  check [PROMPT|-]    what would be decided and redacted; sends nothing

see
  status              what is in force here, and what is not covered
  why [RECORD]        why the last prompt (or RECORD) got its answer
  log list|show|verify|pending
                      the records of this device, exactly as they are sent
  policy show|check|push

set up
  shell install|uninstall|init SHELL
                      make plain `claude` go through aiwrap
  enroll URL          bind this device to the central log
  sync                send the records that the central log does not have yet
  central serve|token run the central log; let a device in
  gateway --vendor V [--listen ADDR] [--upstream URL]
                      the gateway alone; prints its base URL as JSON

Exit codes: the vendor CLI's own; 77 refused by policy; 76 `check` says confirm;
125 aiwrap failed; 126/127 vendor CLI not executable/not found.
"""


def show(*, version: bool) -> int:
    """Print the help, or the version."""
    text = f"aiwrap {installed_version('aiwrap')}" if version else HELP.rstrip()
    terminal.print_out(text)
    return 0
