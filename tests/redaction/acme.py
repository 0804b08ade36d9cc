"""A made-up repo whose sensitive names the tests look for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aiwrap.redaction.redactor import Redactor

ROOT = "/home/dev/work/acme"
KEY = b"k" * 32
PATTERNS = ("infra/prod/**", "**/nightingale/**", "**/*.tfvars", "/lib/view.js")
FILES = (
    *"""
    README.md Makefile pyproject.toml
    infra/prod/main.tf infra/prod/variables.tf infra/prod/db/primary.tf
    infra/prod/db/replica-eu.tf infra/prod/eu_west/Net.tf
    infra/staging/main.tf infra/production-notes/readme.md infra/product/x.tf
    infra/prod.md docs/infra/prod/overview.md docs/lib/view.js docs/guide.md
    src/pkg/__init__.py src/pkg/core.py src/pkg/nightingales/readme.md
    src/pkg/nightingale/__init__.py src/pkg/nightingale/core.py
    src/pkg/nightingale/settlement.py src/pkg/nightingale/api/handlers.py
    src/nightingale_shim.py
    pay/src/main/java/com/acme/nightingale/Ledger.java
    pay/src/main/java/com/acme/App.java
    web/src/nightingale/Panel.tsx web/src/app.tsx web/src/lib/x.ts
    cmd/nightingale/main.go cmd/api/main.go
    crates/nightingale/src/lib.rs crates/core/src/lib.rs
    config/app.tfvars config/eu/live.tfvars lib/view.js lib/router.js lib/index.js
    """.split(),  # noqa: SIM905 - quotes would hide the names
    "infra/prod/My Plan (v2).docx",
    "infra/prod/naïve.tf",
)


def redactor(
    *,
    patterns: Sequence[str] = PATTERNS,
    files: Sequence[str] = FILES,
    terms: Sequence[str] = (),
) -> Redactor:
    """Return a redactor for the repo."""
    return Redactor(root=ROOT, patterns=patterns, files=files, key=KEY, terms=terms)


def marked(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Return `text` without its «marks», and where the marked parts stand."""
    plain = ""
    spans = []
    for part in re.split("(«[^»]*»)", text):
        if part.startswith("«"):
            spans.append((len(plain), len(plain) + len(part) - 2))
            plain += part[1:-1]
        else:
            plain += part
    return plain, spans


def remark(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """Return `text` with the parts at `spans` «marked»."""
    out = []
    position = 0
    for start, end in spans:
        out += [text[position:start], "«", text[start:end], "»"]
        position = end
    return "".join([*out, text[position:]])


ACME = redactor()


def check(text: str, cwd: str = ROOT, acme: Redactor = ACME) -> None:
    """Assert that exactly the «marked» parts of `text` are found."""
    plain, _ = marked(text)

    assert remark(plain, acme.find(plain, cwd)) == text
