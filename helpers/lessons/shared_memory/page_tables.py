"""Two processes' page tables side by side: which of their pages lead to one page of memory."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from helpers.draw.drawing import Box, Drawing, Item, Line, Text
from helpers.draw.picture import Picture
from helpers.draw.wrapping import fitted
from helpers.errors import CourseError

WIDTH = 860
MARGIN = 14
PAGE_WIDTH = 250
FRAME_WIDTH, HALF_WIDTH = 180, 130
"""A frame of memory; one of two that stand side by side."""
BETWEEN = 20
BOX_HEIGHT = 44
ROW = 82
DASHES = (5.0, 4.0)


@dataclass(frozen=True)
class Page:
    """A page of a process's memory, and the page frame of the machine behind it."""

    process: str
    address: int | str
    """Where the process sees it, or a name for that."""
    frame: Hashable
    """Which page frame: the same value means the same frame; None for a page that has none yet."""
    writable: bool = True
    shared: bool = False
    """Mapped with MAP_SHARED; otherwise MAP_PRIVATE."""
    content: str = ""
    """What is read there."""


Pair = tuple[Page | None, Page | None]


def page_tables(left: Sequence[Page], right: Sequence[Page], title: str = "") -> Picture:
    """The pages of two processes, the page frames between them, and which lead where.

    The first page of `left` is compared with the first of `right`, and so on. The text says "address 1" and "frame 1"
    instead of numbers, so that it is the same on every run. Raises CourseError where a side has no page, or pages of
    more than one process.
    """
    for side in (left, right):
        if len({page.process for page in side}) != 1:
            raise CourseError(
                "page_tables() needs pages of one process on each side: page_tables([Page(...)], [Page(...)])"
            )
    tables = _Tables(left, right)
    lines = tables.text()
    return Picture(tables.drawing(title), "\n".join([*([title] if title else []), *lines]))


class _Tables:
    """Both sides, and the frames in the order in which they are first led to."""

    def __init__(self, left: Sequence[Page], right: Sequence[Page]) -> None:
        self.pairs: list[Pair] = list(zip_longest(left, right))
        self.processes = (left[0].process, right[0].process)
        pages = [page for pair in self.pairs for page in pair if page is not None]
        self.frames = list(dict.fromkeys(page.frame for page in pages if page.frame is not None))
        self.contents = {page.frame: page.content for page in reversed(pages) if page.content}
        numbers = dict.fromkeys(page.address for page in pages if isinstance(page.address, int))
        self.addresses: dict[int | str, str] = {
            address: f"address {number}" for number, address in enumerate(numbers, 1)
        }

    def text(self) -> list[str]:
        """A line for each page, and a verdict for each pair."""
        lines = []
        for pair in self.pairs:
            for page in filter(None, pair):
                where = f"{page.process}, {self.addresses.get(page.address, page.address)}"
                lines.append(f"{where} ({_kind(page)}) -> {self._led_to(page)}")
            if verdict := _verdict(*pair):
                lines.append(f"  {verdict}")
        return lines

    def _led_to(self, page: Page) -> str:
        if page.frame is None:
            return "no page yet"
        return ", ".join(filter(None, [self._name(page.frame), self.contents.get(page.frame, "")]))

    def _name(self, frame: Hashable) -> str:
        return f"frame {self.frames.index(frame) + 1}"

    def drawing(self, title: str) -> Drawing:
        """Address space, frames, address space, from left to right."""
        top = 84.0 if title else 56.0
        items: list[Item] = [Text(MARGIN, 26, title, 15, bold=True)] if title else []
        heads = (
            (MARGIN + PAGE_WIDTH / 2, self.processes[0], "its addresses"),
            (WIDTH / 2, "memory", "page frames of the machine"),
            (WIDTH - MARGIN - PAGE_WIDTH / 2, self.processes[1], "its addresses"),
        )
        for x, name, explained in heads:
            items.append(Text(x, top - 28, name, 14, "middle", bold=True))
            items.append(Text(x, top - 11, explained, 12, "middle", role="muted"))
        boxes = self._frame_boxes(top)
        for row, pair in enumerate(self.pairs):
            y = top + ROW * row
            for side, page in enumerate(pair):
                items += self._page(page, side, y, boxes) if page is not None else []
            items.append(Text(WIDTH / 2, y + BOX_HEIGHT + 19, _verdict(*pair), 12.5, "middle", bold=True, backing=True))
        for frame, box in boxes.items():
            items += self._frame(frame, box)
        alt = f"Page tables of two processes. {'. '.join(line.strip() for line in self.text())}."
        return Drawing(WIDTH, round(top + ROW * len(self.pairs)), tuple(items), alt)

    def _frame_boxes(self, top: float) -> dict[Hashable, Box]:
        """Each frame in the row that first leads to it; two of one row stand side by side."""
        boxes: dict[Hashable, Box] = {}
        for row, pair in enumerate(self.pairs):
            frames = dict.fromkeys(page.frame for page in pair if page is not None and page.frame is not None)
            new = [frame for frame in frames if frame not in boxes]
            width = HALF_WIDTH if len(new) == 2 else FRAME_WIDTH
            x = WIDTH / 2 - (width * len(new) + BETWEEN * (len(new) - 1)) / 2
            for frame in new:
                boxes[frame] = Box(x, top + ROW * row, width, BOX_HEIGHT, "shade", "ink", 2)
                x += width + BETWEEN
        return boxes

    def _page(self, page: Page, side: int, y: float, boxes: dict[Hashable, Box]) -> list[Item]:
        x = MARGIN if side == 0 else WIDTH - MARGIN - PAGE_WIDTH
        middle = x + PAGE_WIDTH / 2
        where = page.address if isinstance(page.address, str) else f"{page.address:#x}"
        items: list[Item] = [
            Box(x, y, PAGE_WIDTH, BOX_HEIGHT),
            Text(middle, y + 18, fitted(where, PAGE_WIDTH - 12, 13, True), 13, "middle", bold=True),
            Text(middle, y + 36, _kind(page), 12, "middle"),
        ]
        inner = x + PAGE_WIDTH if side == 0 else x
        if page.frame is None:
            words = Text(inner + (10 if side == 0 else -10), y + 26, "no page yet", 12, ("start", "end")[side])
            return [*items, words]
        box = boxes[page.frame]
        outer = box.x if side == 0 else box.x + box.width
        line = Line(((inner, y + BOX_HEIGHT / 2), (outer, box.y + BOX_HEIGHT / 2)), "ink", 2, arrow=True)
        return [*items, line]

    def _frame(self, frame: Hashable, box: Box) -> list[Item]:
        middle = box.x + box.width / 2
        content = fitted(self.contents.get(frame, ""), box.width - 12, 12)
        return [
            box,
            Text(middle, box.y + 18, self._name(frame), 13, "middle", bold=True),
            Text(middle, box.y + 36, content, 12, "middle"),
        ]


def _kind(page: Page) -> str:
    return f"{'read and write' if page.writable else 'read only'}, {'shared' if page.shared else 'private'}"


def _verdict(left: Page | None, right: Page | None) -> str:
    """What a pair of pages shows; "" where one of them is missing or has no frame."""
    if left is None or right is None or left.frame is None or right.frame is None:
        return ""
    private = not (left.shared or right.shared)
    if left.frame != right.frame:
        return "two pages: copied on write" if private else "two pages"
    return "one page, until one of them writes" if private and (left.writable or right.writable) else "one page"
