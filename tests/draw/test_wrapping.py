"""Texts made to fit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from helpers.draw.drawing import text_width
from helpers.draw.wrapping import fitted, wrapped

WORDS = st.lists(st.text("abcWij", min_size=1, max_size=12), max_size=12).map(" ".join)


@given(WORDS, st.integers(10, 300))
def test_wrapped_loses_no_word_and_is_too_wide_only_for_one_that_is(text, width):
    lines = wrapped(text, width, 13)
    assert " ".join(lines) == text
    assert all(text_width(line, 13) <= width or " " not in line for line in lines)


def test_wrapped_breaks_no_line_without_need():
    assert wrapped("one two three", 1000, 13) == ["one two three"]
    assert wrapped("one two three", text_width("one two", 13), 13) == ["one two", "three"]
    assert len(wrapped("one two", text_width("one two", 13), 13, bold=True)) == 2


@given(WORDS, st.integers(0, 300))
def test_fitted_fits(text, width):
    short = fitted(text, width, 13)
    assert text_width(short, 13) <= width
    assert text.startswith(short.removesuffix("..."))
    if text_width(text, 13) <= width:
        assert short == text


def test_fitted_says_that_something_is_missing():
    assert fitted("a long content", text_width("a long...", 13), 13) == "a long..."
    assert fitted("aa bbbb", text_width("aa ...", 13), 13) == "aa..."
    assert fitted("long", 5, 13) == ""
