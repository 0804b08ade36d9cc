"""What is redacted comes back, twice is the same as once, and nothing shows."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiwrap.redaction.pseudonyms import PSEUDONYM
from aiwrap.redaction.redactor import Redaction, Redactor
from tests.redaction.acme import FILES, KEY, ROOT, redactor

ACME = redactor(terms=["Bluebird"])
P_PROD = ACME.redact("infra/prod").text.removeprefix("infra/")
SENSITIVE = re.compile(
    r"(?<![\w.-])(?:prod|nightingale|settlement|replica-eu|bluebird)(?![\w-])",
    re.IGNORECASE,
)

words = st.sampled_from(
    [
        "see", "cat", "and", "main.tf", "prod", "README.md", "x=1", "é", "日本", "😀",
        "z", "zq", "zqzq", P_PROD, P_PROD[:-1], "Bluebird", "BLUEBIRD_URL", "line\n",
    ]
)  # fmt: skip
separators = st.sampled_from([" ", "\n", "\t", ":", ", ", "'", '"', "(", ")", " - "])
paths = st.one_of(
    st.sampled_from(FILES),
    st.sampled_from(FILES).map(lambda f: f"{ROOT}/{f}"),
    st.sampled_from(FILES).map(lambda f: f"./{f}:12:"),
    st.sampled_from(FILES).map(lambda f: f.rpartition("/")[0] + "/new_file.py"),
    st.sampled_from(FILES).map(lambda f: f.replace("/", "\\")),
    st.sampled_from(FILES).map(lambda f: f.replace("/", "%2F")),
    st.sampled_from(FILES).map(lambda f: f.rpartition(".")[0].replace("/", ".")),
    st.sampled_from(FILES).map(str.upper),
    st.builds(lambda n: f"infra/{P_PROD}/{n}", st.sampled_from(["a.tf", "db/x", ""])),
)
texts = st.lists(st.tuples(st.one_of(words, paths), separators), max_size=12).map(
    lambda parts: "".join(word + separator for word, separator in parts)
)
cwds = st.sampled_from([None, ROOT, f"{ROOT}/infra", f"{ROOT}/infra/prod", "/tmp"])


@settings(max_examples=600)
@given(texts, cwds)
def test_restoring_gives_back_the_text(text: str, cwd: str | None) -> None:
    redacted = ACME.redact(text, cwd).text

    assert ACME.restore(redacted) == ACME.restore(text)


@settings(max_examples=600)
@given(texts, cwds)
def test_redacting_twice_changes_nothing(text: str, cwd: str | None) -> None:
    once = ACME.redact(text, cwd).text

    assert ACME.redact(once, cwd).text == once


@settings(max_examples=300)
@given(texts, cwds)
def test_another_redactor_gives_the_same_bytes(text: str, cwd: str | None) -> None:
    """The vendor's cache, and a resumed session, depend on it."""
    plain = PSEUDONYM.sub("", text)
    fresh = redactor(terms=["Bluebird"])

    assert fresh.redact(plain, cwd) == ACME.redact(plain, cwd)


@settings(max_examples=600)
@given(
    st.lists(
        st.sampled_from([f for f in FILES if SENSITIVE.search(f) and "docs" not in f]),
        min_size=1,
    ),
    st.sampled_from(
        ["{}", f"{ROOT}/{{}}", "./{}", "'{}'", '"{}":', "a/{} b/{}", "@{}"]
    ),
    separators,
)
def test_no_component_of_a_sensitive_path_shows(
    files: list[str], form: str, separator: str
) -> None:
    text = separator.join(form.format(file, file) for file in files)

    shown = ACME.redact(text).text

    assert not SENSITIVE.search(shown.replace("/prod.md", ""))
    for file in files:
        assert file not in shown or not any(
            f in file for f in ("infra/prod/", "nightingale/")
        )


@settings(max_examples=300)
@given(texts, cwds)
def test_spans_are_sorted_and_cover_what_changed(text: str, cwd: str | None) -> None:
    redaction = ACME.redact(text, cwd)

    position = 0
    kept = []
    for start, end in redaction.spans:
        assert position <= start < end <= len(text)
        kept.append(text[position:start])
        position = end
    kept.append(text[position:])
    expression = ".*".join(re.escape(part) for part in kept)
    assert re.fullmatch(expression, redaction.text, re.DOTALL)


@given(st.text())
def test_any_text_comes_back(text: str) -> None:
    assert ACME.restore(ACME.redact(text).text) == text


@given(st.text())
def test_without_patterns_everything_passes(text: str) -> None:
    nothing = redactor(patterns=())

    assert not nothing.is_active
    assert nothing.redact(text) == Redaction(text, ())
    assert nothing.find(text) == []
    assert not nothing.may_match(json.dumps(text).encode())


@settings(max_examples=300)
@given(texts, st.booleans(), st.integers(0, 2))
def test_the_prefilter_never_says_no_where_something_is_found(
    text: str, ascii_only: bool, depth: int
) -> None:
    raw = json.dumps(text, ensure_ascii=ascii_only)
    for _ in range(depth):
        raw = json.dumps(raw, ensure_ascii=ascii_only)

    if ACME.find(text):
        assert ACME.may_match(raw.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize(
    "raw",
    [
        rb'"infra\/prod\/main.tf"',
        rb'"infra/\u0070rod/main.tf"',
        rb'"\u006eightingale/core.py"',
        rb'"night\u200bingale/x"',
        b'"night\xe2\x80\x8bingale/x"',
        rb'"infra%2Fprod%2Fmain.tf"',
    ],
)
def test_the_prefilter_sees_through_escapes(raw: bytes) -> None:
    assert ACME.may_match(raw)


def test_the_prefilter_lets_ordinary_json_pass() -> None:
    assert not ACME.may_match(b'{"model":"x","messages":[{"content":"hello \\u2192"}]}')


def test_in_a_sensitive_directory_every_body_may_match() -> None:
    assert ACME.may_match(b'"main.tf"', f"{ROOT}/infra/prod")


def test_a_new_file_below_a_pseudonym_is_hidden_too() -> None:
    redaction = ACME.redact(f"touch infra/{P_PROD}/launch_plan.md")

    assert "launch_plan" not in redaction.text
    assert P_PROD in redaction.text
    assert ACME.restore(redaction.text) == "touch infra/prod/launch_plan.md"


def test_what_stands_below_an_unknown_pseudonym_is_hidden() -> None:
    other = Redactor(root=ROOT, patterns=["x/**"], files=[], key=b"another")
    unknown = other.redact("x/secret").text.removeprefix("x/")

    shown = ACME.redact(f"x/{unknown.partition('/')[0]}/launch_plan.md").text

    assert "launch_plan" not in shown


def test_components_are_replaced_one_by_one_and_keep_their_extensions() -> None:
    """Tools join, list and glob what they see."""
    shown = ACME.redact("infra/prod/db/primary.tf").text

    assert re.fullmatch(r"infra/zq\w{11}/zq\w{11}/zq\w{11}\.tf", shown)
    assert shown.startswith(ACME.redact("infra/prod/db").text)


def test_the_directory_itself_is_hidden() -> None:
    assert "prod" not in ACME.redact("cd infra/prod && ls infra/prod/").text


def test_names_of_the_inventory_are_restored_before_they_were_met() -> None:
    """A resumed conversation may hold them from an earlier process."""
    shown = redactor().redact("infra/prod/db/replica-eu.tf").text

    assert redactor().restore(shown) == "infra/prod/db/replica-eu.tf"


def test_a_name_that_was_never_met_is_not_restored() -> None:
    shown = redactor().redact("infra/prod/created_later.tf").text

    assert "created_later" not in redactor().restore(shown)


def test_a_damaged_pseudonym_is_a_problem_and_a_good_one_is_none() -> None:
    assert ACME.problem(f"cat infra/{P_PROD}/main.tf") is None
    sentence = ACME.problem(f"cat infra/{P_PROD[:-1]}/main.tf")
    assert sentence is not None
    assert "copied exactly" in sentence


def test_quotes_around_and_inside_names_stay_where_they_are() -> None:
    acme = redactor(files=[*FILES, 'infra/prod/say "hi"; $(id).txt'])
    text = "cat 'infra/prod/say \"hi\"; $(id).txt'"

    shown = acme.redact(text).text

    assert not re.search(r"say|hi|id", PSEUDONYM.sub("", shown))
    assert acme.restore(shown) == text


def test_a_key_decides_the_pseudonyms() -> None:
    other = Redactor(root=ROOT, patterns=["infra/prod/**"], files=FILES, key=KEY[1:])

    assert other.redact("infra/prod").text != ACME.redact("infra/prod").text


def test_a_refreshed_inventory_does_not_disturb_what_was_redacted() -> None:
    """A new file would make `scratchpad.txt` a sensitive name from now on."""
    acme = redactor()
    before = acme.redact("see scratchpad.txt")

    acme.refresh([*FILES, "infra/prod/scratchpad.txt"])

    assert acme.redact("see scratchpad.txt") is before
    assert "scratchpad" not in acme.redact("now see scratchpad.txt").text
