"""Find the vendor that a word on the command line means.

A word is a vendor's name (`claude`) or a path to its binary, as editors call a
process wrapper (`/…/native-binary/claude`, `/…/claude/versions/2.1.330`).
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import cast

from aiwrap.vendors.descriptor import VendorFacts, VendorModule, parse_facts

NAMES = ("claude", "codex")

_DATA = os.path.join(os.path.dirname(os.path.dirname(__file__)), "data", "vendors")


def find(name_or_path: str) -> VendorModule | None:
    """Return the vendor that this word means, or None."""
    for name in _candidates(name_or_path):
        vendor = _load(name)
        if _means(name_or_path, vendor.facts):
            return vendor
    return None


def _candidates(word: str) -> tuple[str, ...]:
    """Return the vendors that a word may mean, without loading any."""
    if "/" in word:
        return NAMES
    return tuple(name for name in NAMES if name == word)


def _load(name: str) -> VendorModule:
    with open(os.path.join(_DATA, f"{name}.toml"), "rb") as file:
        facts = parse_facts(file.read())
    # On use: a launch pays for its own vendor only.
    module = import_module(f"aiwrap.vendors.{name}")
    return cast("VendorModule", getattr(module, name.capitalize())(facts))


def _means(word: str, facts: VendorFacts) -> bool:
    if "/" not in word:
        return word == facts.name
    if os.path.basename(word) in facts.executables:
        return True
    absolute = os.path.realpath(word)
    return any(mark in absolute for mark in facts.path_marks)
