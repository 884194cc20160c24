"""Two page tables that lead to the same or to different pages of memory."""

from __future__ import annotations

import pytest

from helpers.draw.drawing import Box, Line
from helpers.errors import CourseError
from helpers.lessons.shared_memory.page_tables import PAGE_WIDTH, Page, page_tables
from tests.draw.geometry import faults

SHARED = (
    Page("parent", 0x7F0000001000, 11, shared=True, content="b'new'"),
    Page("child", 0x7F0000001000, 11, shared=True, content="b'new'"),
)
COPIED = (
    Page("parent", 0x7F0000003000, 12, content="b'old'"),
    Page("child", 0x7F0000003000, 13, content="b'new'"),
)


def arrows(picture) -> list[Line]:
    return [item for item in picture.drawing.items if isinstance(item, Line) and item.arrow]


def frames(picture) -> list[Box]:
    return [item for item in picture.drawing.items if isinstance(item, Box) and item.fill == "shade"]


def on_side(point, box: Box) -> bool:
    return point[0] in (box.x, box.x + box.width) and box.y < point[1] < box.y + box.height


def test_the_text_tells_of_roles_and_not_of_numbers():
    picture = page_tables([SHARED[0], COPIED[0]], [SHARED[1], COPIED[1]], title="After a write")
    assert picture.text.splitlines() == [
        "After a write",
        "parent, address 1 (read and write, shared) -> frame 1, b'new'",
        "child, address 1 (read and write, shared) -> frame 1, b'new'",
        "  one page",
        "parent, address 2 (read and write, private) -> frame 2, b'old'",
        "child, address 2 (read and write, private) -> frame 3, b'new'",
        "  two pages: copied on write",
    ]


def test_the_text_is_the_same_for_other_addresses_and_frames():
    moved = (
        [Page("parent", 0x7FFF00000000, "x", shared=True, content="b'new'")],
        [Page("child", 0x7FFF00000000, "x", shared=True, content="b'new'")],
    )
    assert page_tables(*moved).text == page_tables(SHARED[:1], SHARED[1:]).text


def test_two_arrows_meet_in_one_frame():
    picture = page_tables(SHARED[:1], SHARED[1:])
    (frame,) = frames(picture)
    left, right = arrows(picture)
    assert on_side(left.points[-1], frame) and on_side(right.points[-1], frame)
    assert left.points[-1][0] < right.points[-1][0]
    assert left.points[-1][1] == right.points[-1][1]
    assert "one page" in [text.text for text in picture.drawing.texts()]


def test_two_frames_have_an_arrow_each():
    picture = page_tables(COPIED[:1], COPIED[1:])
    one, other = frames(picture)
    left, right = arrows(picture)
    assert on_side(left.points[-1], one) and on_side(right.points[-1], other)
    assert one.x + one.width < other.x
    assert left.points[-1][0] - left.points[0][0] == right.points[0][0] - right.points[-1][0] > 20
    drawn = [text.text for text in picture.drawing.texts()]
    assert "two pages: copied on write" in drawn
    assert {"b'old'", "b'new'", "0x7f0000003000"} <= set(drawn)


@pytest.mark.parametrize(
    ("shared", "writable", "frame", "verdict"),
    [
        (True, True, 1, "one page"),
        (False, True, 1, "one page, until one of them writes"),
        (False, False, 1, "one page"),
        (True, True, 2, "two pages"),
        (False, True, 2, "two pages: copied on write"),
    ],
)
def test_the_verdict(shared, writable, frame, verdict):
    pages = [[Page(name, "x", f, writable, shared)] for name, f in (("a", 1), ("b", frame))]
    assert page_tables(*pages).text.splitlines()[-1] == f"  {verdict}"


def test_shared_memory_may_have_another_address_in_each_process():
    other = Page("reader", 0x7E0000001000, 11, writable=False, shared=True)
    picture = page_tables(SHARED[:1], [other])
    assert picture.text.splitlines() == [
        "parent, address 1 (read and write, shared) -> frame 1, b'new'",
        "reader, address 2 (read only, shared) -> frame 1, b'new'",
        "  one page",
    ]
    assert len(frames(picture)) == 1


def test_a_page_without_a_frame_says_so_and_has_no_arrow():
    picture = page_tables([Page("parent", "buffer", 1)], [Page("child", "buffer", None)])
    assert picture.text.splitlines() == [
        "parent, buffer (read and write, private) -> frame 1",
        "child, buffer (read and write, private) -> no page yet",
    ]
    assert len(arrows(picture)) == 1
    assert "no page yet" in [text.text for text in picture.drawing.texts()]


def test_a_frame_that_is_led_to_twice_is_drawn_once():
    left = [Page("p", "one", 1), Page("p", "two", 2)]
    right = [Page("q", "one", 1), Page("q", "again", 1)]
    picture = page_tables(left, right)
    one, two = frames(picture)
    assert one.y < two.y
    assert [on_side(arrow.points[-1], one) for arrow in arrows(picture)] == [True, True, False, True]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_the_picture_can_be_read(count):
    left = [Page("parent", f"a very long name of a page of memory {n}", 2 * n, content="x" * 80) for n in range(count)]
    right = [Page("child", 4096 * n, 2 * n + n % 2, content="y" * 80) for n in range(count + 1)]
    picture = page_tables(left, right, "A title")
    assert faults(picture.drawing) == []
    for box in frames(picture):
        inside = [
            t for t in picture.drawing.texts() if box.x < t.x < box.x + box.width and box.y < t.y < box.y + box.height
        ]
        assert len(inside) == 2
        assert all(box.x < text.extent[0] and text.extent[2] < box.x + box.width for text in inside)
    assert sum(isinstance(item, Box) and item.width == PAGE_WIDTH for item in picture.drawing.items) == 2 * count + 1


def test_the_words_for_who_cannot_see_it():
    alt = page_tables(SHARED[:1], SHARED[1:]).drawing.alt
    assert "parent, address 1" in alt and "one page." in alt


def test_a_side_shows_one_process():
    for left, right in (([], SHARED[1:]), (SHARED[:1], []), (SHARED, SHARED[1:])):
        with pytest.raises(CourseError, match="pages of one process on each side"):
            page_tables(left, right)
