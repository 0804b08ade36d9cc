"""A view drops what carries no name and still knows where everything stands."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aiwrap.redaction.view import ODD, View, odd_names, plain

unseen = st.sampled_from(["\u200b", "\ufeff", "\u00ad", "\x1b[1;34m", "\x1b[0m"])
parts = st.lists(st.one_of(st.text("ab/", max_size=4), unseen), max_size=12)


def test_a_text_without_encodings_is_its_own_view() -> None:
    text = "infra/prod/main.tf 100% \\n"

    assert View(text).text is text


def test_encoded_separators_are_slashes_of_the_same_length() -> None:
    assert View("a%2Fb%252Fc%5Cd\\/e").text == "a///b/////c///d//e"


@given(parts)
def test_what_carries_no_name_is_gone_and_the_rest_can_be_found_again(
    chosen: list[str],
) -> None:
    text = "".join(chosen)
    view = View(text)

    assert view.text == "".join(p for p in chosen if p[:1] in {"a", "b", "/"})
    for index in range(len(view.text)):
        ((start, end),) = view.origin((index, index + 1))
        assert text[start:end] == view.text[index]


def test_a_name_with_something_unseen_inside_is_one_piece() -> None:
    assert View("night\u200bingale").origin((0, 11)) == [(0, 12)]


def test_colours_stay_where_they_are() -> None:
    assert View("a\x1b[1mb").origin((0, 2)) == [(0, 1), (5, 6)]


def test_odd_characters_of_a_known_name_are_marked_in_every_spelling() -> None:
    names = odd_names(["my plan.tf", "other.tf"])
    assert names is not None
    view = View("x/My Plan.tf My\\ Plan.tf my%20plan.tf my planner")
    view.mark(names)

    marked = [plain(word) for word in view.text.split(" ")[:3]]

    assert marked == ["x/My" + ODD + "Plan.tf", f"My{ODD}Plan.tf", f"my{ODD}plan.tf"]
    assert view.text.endswith("my planner")


def test_ordinary_names_need_no_marks() -> None:
    assert odd_names(["main.tf", "a-b_c+d"]) is None
