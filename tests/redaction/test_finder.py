"""Every form in which a sensitive path is written is found; its neighbours stay.

In the texts below, «…» marks what must be found, all of it and nothing else.
"""

from __future__ import annotations

import json

import pytest

from tests.redaction.acme import ACME, ROOT, check, redactor

R = ROOT


@pytest.mark.parametrize(
    "text",
    [
        f"Read({R}/infra/«prod/main.tf»)",
        f"cat {R}/src/pkg/«nightingale/api/handlers.py»",
        "edit infra/«prod/db/primary.tf» please, then src/pkg/«nightingale/core.py».",
        "./infra/«prod/main.tf» and infra//«prod//main.tf» and infra/./«prod/main.tf»",
        "infra/staging/../«prod/main.tf»",
        "infra/«prod»/../staging/main.tf",
        "look at @infra/«prod/main.tf» and at @infra/«prod»/",
        "open(\"infra/«prod/main.tf»\"), 'infra/«prod/main.tf»'; `infra/«prod/x.tf»`",
        "infra/«prod/main.tf»:12:5: error: bad",
        f'  File "{R}/src/pkg/«nightingale/core.py»", line 42, in run',
        f"    at Panel ({R}/web/src/«nightingale/Panel.tsx»:10:5)",
        f"    at file://{R}/web/src/«nightingale/Panel.tsx»:1:1",
        f"main.main()\n\t{R}/cmd/«nightingale/main.go»:14 +0x1d",
        "  --> crates/«nightingale/src/lib.rs»:3:9",
        "diff --git a/infra/«prod/main.tf» b/infra/«prod/main.tf»",
        "\tmodified:   src/pkg/«nightingale/core.py»\n\tnew file: infra/«prod/new.tf»",
        " .../«prod/db/primary.tf» | 2 +-",
        "R100\tinfra/staging/main.tf\tinfra/«prod/other.tf»",
        "infra/«prod/main.tf»-2-foo = infra/«prod/main.tf»=3=bar",
        "https://github.com/acme/acme/blob/main/infra/«prod/main.tf»#L10",
        "https://gitlab.com/acme/acme/-/tree/0a1b2c/src/pkg/«nightingale»",
        'import "github.com/acme/acme/cmd/«nightingale»"',
        "git show HEAD:infra/«prod/main.tf» main:src/pkg/«nightingale/core.py»",
        "host:/srv/acme/infra/«prod/main.tf»",
        "/home/runner/work/acme/acme/src/pkg/«nightingale/core.py»",
        "/app/src/pkg/«nightingale/core.py»:3",
        "/app/src/pkg/«nightingale/brand_new.py»",
        "C:\\work\\acme\\infra\\«prod\\main.tf»",
        "infra\\«prod\\db\\primary.tf»",
        "/mnt/c/work/acme/infra/«prod/main.tf»",
        "~/work/acme/infra/«prod/main.tf» $REPO/infra/«prod/main.tf»",
        "${HOME}/work/acme/src/pkg/«nightingale/core.py»",
        "--file=infra/«prod/main.tf» -var-file=config/«app.tfvars»",
        "-Isrc/pkg/«nightingale» -Lcrates/«nightingale/src»",
        f"PYTHONPATH={R}/src/pkg/«nightingale»:{R}/src",
        "infra/«prod»/*.tf and src/**/«nightingale»/*.py",
        "touch infra/«prod/brand_new.tf» src/pkg/«nightingale/v2/z.py»",
        "cp config/«eu.tfvars» config/eu/«live.tfvars»",
        "[main](infra/«prod/main.tf») **infra/«prod»** infra/«prod»'s modules",
        "   12→infra/«prod/main.tf»",
        "/infra/«prod»/ @team\n**/«nightingale»/** @x",
        "build: infra/«prod/main.tf»\n\tcp $< $(OUT)/infra/«prod»",
        "see infra/«prod/My Plan (v2).docx» and infra/«prod/My%20Plan%20(v2).docx»",
        "cat infra/«prod/naïve.tf»; cat infra/«prod/nai\u0308ve.tf»",
        "cat infra/«prod»/$NAME.tf",
        "~/work/acme/lib/«view.js» and lib/«view» and ./lib/«view»",
    ],
)
def test_a_path_is_found(text: str) -> None:
    check(text)


@pytest.mark.parametrize(
    ("text", "cwd"),
    [
        ("terraform fmt «prod/main.tf»", "infra"),
        ("vim «nightingale/core.py»", "src/pkg"),
        ("«db/primary.tf»:3: error", "infra/prod"),
        ("open ./«variables.tf» or ./«brand_new.tf»", "infra/prod"),
        ("open «main.tf», and/or text/html", "infra/prod"),
        ("../infra/«prod/main.tf»", "docs"),
        ("../../src/pkg/«nightingale/core.py»", "infra/staging"),
        ("import x from '../«nightingale/Panel»'", "web/src/lib"),
        ("«view.js» router.js", "lib"),
    ],
)
def test_a_path_is_read_from_the_working_directory(text: str, cwd: str) -> None:
    check(text, f"{R}/{cwd}")


@pytest.mark.parametrize(
    "text",
    [
        "«replica-eu.tf» is where it broke",
        "I changed the «settlement.py» today",
    ],
)
def test_a_name_that_only_a_sensitive_file_has_is_found_alone(text: str) -> None:
    check(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://ci/x?path=infra%2F«prod%2Fmain.tf»",
        "infra%252F«prod%252Fmain.tf»",
        '{"p":"infra\\/«prod\\/main.tf»"}',
        "infra/«prod/db/replica\\-eu.tf»",
        "infra&#47;«prod&#47;main.tf»",
        "infra/\x1b[1;34m«prod»\x1b[0m/«main.tf»",
        "src/pkg/«night\u200bingale/core.py»",
        '"infra/«\\u0070rod/main.tf»" "infra\\u002f«prod/na\\u00efve.tf»"',
        "infra/«prod/カ\u3099イト\u3099.tf»",
    ],
)
def test_an_encoded_path_is_found(text: str) -> None:
    check(text)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_path_is_found_in_json_in_json(depth: int) -> None:
    value: object = {"c": 'cat "infra/prod/main.tf"\nls src/pkg/nightingale/core.py'}
    for _ in range(depth):
        value = json.dumps(value)
    text = str(value)

    redacted = ACME.redact(text).text

    assert "prod" not in redacted
    assert "nightingale" not in redacted
    assert ACME.restore(redacted) == text


@pytest.mark.parametrize(
    "text",
    [
        "INFRA/«Prod/Main.tf»",
        "src/pkg/«Nightingale/core.py»",
    ],
)
def test_case_does_not_hide_a_path(text: str) -> None:
    """Some file systems open it all the same."""
    check(text)


@pytest.mark.parametrize(
    "text",
    [
        "infra/production-notes/readme.md infra/production/main.tf infra/prodigy/x",
        "src/pkg/nightingales/readme.md src/nightingale_shim.py",
        "nightingales sing; a nightingale song; the prod database; view.js",
        "docs/infra/prod/overview.md and docs/lib/view.js",
        "other/infra/prod/x is vendored; xinfra/prod/a.tf; my_infra/prod_notes",
        "https://example.com/infra/prod-status",
        "com.acme.App.main self.nightingales.core pkg.core",
        "tfvars are great; see app.tfvars.md",
        "prod/main is a branch; infra / production",
        "src/pkg/core.py main.tf index.js README.md lib/router.js",
        "docs/infra\n├── prod\n│   └── overview.md\n",
        "infra/{staging,product}/main.tf",
        f"{R}/docs/infra/prod/overview.md {R}/infra/prod.md",
        "-home-dev-work-acme-infra-production-notes",
        "/usr/lib/prod/x /var/nightingales/y text/html and/or",
    ],
)
def test_a_neighbour_stays(text: str) -> None:
    check(text)


@pytest.mark.parametrize(
    "text",
    [
        "~/.claude/projects/-home-dev-work-acme-infra-«prod»/memory/MEMORY.md",
        "~/.claude/projects/-home-dev-work-acme-infra-«prod-db»/x.jsonl",
        "-home-dev-work-acme-infra-«prod-eu-west»",
        "-home-dev-work-acme-src-pkg-«nightingale-api»",
    ],
)
def test_a_project_directory_with_dashes_is_found(text: str) -> None:
    check(text)


@pytest.mark.parametrize(
    "text",
    [
        "class «Nightingale»Client: pass",
        "«NIGHTINGALE»_URL = 'https://«nightingale».acme.example'",
        "project-«nightingale», my«Nightingale»s, z«nightingale»",
        "src/«nightingale»_shim.py",
        "night\u200b ingale",
    ],
)
def test_a_term_is_found_in_any_case_and_in_identifiers(text: str) -> None:
    check(text, acme=redactor(patterns=(), terms=["Nightingale"]))


def test_a_term_of_two_words_is_found() -> None:
    check(
        "«blue heron», «BLUE_HERON»_URL, «BlueHeron»Client, «blue-heron»",
        acme=redactor(patterns=(), terms=["Blue Heron"]),
    )


def test_a_pattern_without_files_is_enough() -> None:
    """A directory that is created during the session is sensitive too."""
    acme = redactor(files=["README.md"])

    check(f"mkdir infra/«prod»; touch {R}/infra/«prod/main.tf»", acme=acme)
