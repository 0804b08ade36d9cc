"""Same name, same pseudonym; slips are noticed; unsafe names stay hidden."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiwrap.redaction.pseudonyms import (
    ALPHABET,
    LENGTH,
    PSEUDONYM,
    Pseudonyms,
    check_character,
    is_pseudonym,
)

KEY = b"a key of this device, 32 bytes.."


def test_the_extension_stays() -> None:
    pseudonyms = Pseudonyms(KEY)

    assert pseudonyms.of("primary.tf") == pseudonyms.of_stem("primary") + ".tf"
    assert pseudonyms.of("panel.test.tsx") == pseudonyms.of_stem("panel") + ".test.tsx"
    assert pseudonyms.of("data.tar.gz") == pseudonyms.of_stem("data") + ".tar.gz"


def test_a_dotfile_has_no_extension() -> None:
    pseudonyms = Pseudonyms(KEY)

    assert pseudonyms.of(".gitignore") == pseudonyms.of_stem(".gitignore")


def test_an_extension_that_says_a_hidden_word_does_not_stay() -> None:
    pseudonyms = Pseudonyms(KEY, hidden=["Prod"])

    assert "prod" not in pseudonyms.of("settings.prod")


def test_a_dash_in_front_stays_where_a_shell_can_see_it() -> None:
    """A restored `-rf` must have looked like an option to the model too."""
    assert Pseudonyms(KEY).of("-rf").startswith("-zq")


@given(st.text(min_size=1))
def test_the_same_name_has_the_same_pseudonym_on_one_device(name: str) -> None:
    assert Pseudonyms(KEY).of_stem(name) == Pseudonyms(KEY).of_stem(name)


def test_another_device_has_other_pseudonyms() -> None:
    assert Pseudonyms(KEY).of("prod") != Pseudonyms(b"another").of("prod")


@given(st.text(min_size=1))
def test_a_pseudonym_is_well_formed_and_its_sigil_stands_nowhere_else(
    name: str,
) -> None:
    pseudonym = Pseudonyms(KEY).of_stem(name)

    assert len(pseudonym) == LENGTH
    assert is_pseudonym(pseudonym)
    assert not {"z", "q"} & set(pseudonym[2:])


@given(st.text(min_size=1), st.integers(2, LENGTH - 1), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(name: str, place: int, char: str) -> None:
    pseudonyms = Pseudonyms(KEY)
    good = pseudonyms.of_stem(name)
    bad = good[:place] + char + good[place + 1 :]

    assert is_pseudonym(bad) is (bad == good)
    assert (pseudonyms.problem(f"cat infra/{bad}.tf") is None) is (
        bad == good and good in pseudonyms.names
    )


@given(st.text(ALPHABET, min_size=10, max_size=10), st.integers(0, 8))
def test_two_swapped_characters_are_noticed(body: str, place: int) -> None:
    swapped = list(body)
    swapped[place], swapped[place + 1] = swapped[place + 1], swapped[place]

    if swapped != list(body):
        assert check_character("".join(swapped)) != check_character(body)


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_shortened_pseudonym_is_noticed(cut: int) -> None:
    pseudonyms = Pseudonyms(KEY)
    pseudonym = pseudonyms.of("prod")

    assert pseudonyms.problem(f"infra/{pseudonym[:-cut]}/x") is not None


def test_text_without_pseudonyms_has_no_problem() -> None:
    assert Pseudonyms(KEY).problem("zq is a sigil; zqueue is a word; /zq/ too") is None


@pytest.mark.parametrize(
    "name",
    ['a"b', "a\\b", "a\nb", "a\x7fb", "x;reboot", "$(id)", "a`id`", "*", "x -rf ~"],
)
def test_a_name_that_cannot_be_put_back_safely_is_not(name: str) -> None:
    """It could end a JSON string, or become a shell command of its own."""
    pseudonyms = Pseudonyms(KEY)
    hidden = pseudonyms.of(name)

    assert name not in hidden
    assert pseudonyms.restore(hidden) == hidden


def test_a_collision_gives_the_second_name_another_pseudonym() -> None:
    pseudonyms = Pseudonyms(KEY)
    taken = pseudonyms.of_stem("prod")
    fresh = Pseudonyms(KEY)
    fresh.names[taken] = "someone else"

    assert fresh.of_stem("prod") != taken
    assert fresh.restore(fresh.of_stem("prod")) == "prod"


@given(st.lists(st.sampled_from(["prod", "db", "naïve", "日本", " ", "/", "zq", "z"])))
def test_restoring_gives_back_every_name(parts: list[str]) -> None:
    pseudonyms = Pseudonyms(KEY)
    hidden = "".join(
        pseudonyms.of_stem(part) if part.isalpha() and part[0] != "z" else part
        for part in parts
    )

    assert pseudonyms.restore(hidden) == "".join(parts)
    assert len(PSEUDONYM.findall(hidden)) == sum(
        part.isalpha() and part[0] != "z" for part in parts
    )


def test_a_pseudonym_inside_an_identifier_is_no_problem() -> None:
    """A term's pseudonym stands in `zq…Panes` as the term did."""
    pseudonyms = Pseudonyms(KEY)
    pseudonym = pseudonyms.of_stem("Nightingale")

    assert pseudonyms.problem(f"class {pseudonym}Panes: x = {pseudonym}_URL") is None
