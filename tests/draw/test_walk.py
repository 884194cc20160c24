from __future__ import annotations

import pytest

from helpers.draw.walk import Walk


class Pages(Walk):
    def __init__(self) -> None:
        self.made: list[int] = []
        super().__init__("Page", 4)

    def page(self, number: int) -> str:
        self.made.append(number)
        return f"<p>page {number}</p>"


@pytest.fixture
def walk() -> Pages:
    return Pages()


def test_it_begins_at_the_first_page_and_goes_to_the_end_and_back(walk: Pages) -> None:
    seen = [walk.number]
    for move in [walk.next] * 4 + [walk.back] * 4:
        move()
        seen.append(walk.number)
    assert seen == [1, 2, 3, 4, 4, 3, 2, 1, 1]


def test_slider_and_buttons_do_the_same(walk: Pages) -> None:
    walk._slider.value = 3
    assert walk._page.value == "<p>page 3</p>"
    walk._next.click()
    assert (walk.number, walk._page.value) == (4, "<p>page 4</p>")
    walk._back.click()
    assert walk.number == 3


def test_buttons_are_off_where_there_is_no_further_page(walk: Pages) -> None:
    assert (walk._back.disabled, walk._next.disabled) == (True, False)
    walk._slider.value = 4
    assert (walk._back.disabled, walk._next.disabled) == (False, True)


def test_a_page_is_made_once_and_only_when_it_is_shown(walk: Pages) -> None:
    assert walk.made == [1]
    walk.next()
    walk.back()
    assert walk.made == [1, 2]
