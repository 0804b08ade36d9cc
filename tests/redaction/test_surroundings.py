"""Relative imports mean something only in the file they stand in."""

from __future__ import annotations

import pytest

from tests.redaction.acme import ROOT, check

N = "src/pkg/«nightingale/core.py»"


@pytest.mark.parametrize(
    "text",
    [
        f"{N}:9:from .«settlement» import x",
        f"{N}:9:from . import «settlement», other",
        f"{N}:9:from ..«nightingale.api» import x",
        "src/pkg/core.py:3:from .«nightingale» import x",
        f'  File "{ROOT}/{N}", line 3, in <module>\n    from .«settlement» import x',
        f"{N}:3: in <module>\n    from .«settlement» import x",
        f"+++ b/{N}\n@@ -1 +1 @@\n+from .«settlement» import x",
        f"==> {N} <==\nimport os\n\nfrom .«settlement» import x",
        f"{N}\n3:from .«settlement» import x\n",
        "lib/router.js:3:var V = require('./«view»')",
        "REQUEST ./«view» parent: /home/dev/work/acme/lib/router.js",
        "web/src/app.tsx:1:import p from './«nightingale/Panel»'",
    ],
)
def test_a_relative_name_is_read_from_its_file(text: str) -> None:
    check(text)


@pytest.mark.parametrize(
    "text",
    [
        "from .settlement import x",  # in which file?
        "docs/guide.md:3:require('./view')",
        "src/pkg/core.py:3:from .other import settlement",
        f"{N}:1:#include <main.tf>",
        "src/app.py:3:from .....x import y",
    ],
)
def test_a_relative_name_elsewhere_stays(text: str) -> None:
    check(text)


def test_the_neighbours_of_a_sensitive_file_are_names_in_its_lines() -> None:
    check('infra/«prod/main.tf»:3:source = "«variables.tf»"')


@pytest.mark.parametrize(
    "text",
    [
        "cd infra/«prod» && cat «main.tf» ./«new.tf»\ncat main.tf",
        'bash -lc "cd infra/«prod»; terraform fmt «variables.tf»"',
        "git -C infra/«prod» add «main.tf»",
        "cd infra && cat main.tf",
    ],
)
def test_a_command_is_read_from_the_directory_it_changes_to(text: str) -> None:
    check(text)


def test_what_make_prints_is_read_from_the_directory_it_enters() -> None:
    check(
        f"make: Entering directory '{ROOT}/infra/«prod»'\ncc -c «main.tf» -o «main.o»\n"
        f"make: Leaving directory '{ROOT}/infra/«prod»'\ncc -c main.tf\n"
    )
