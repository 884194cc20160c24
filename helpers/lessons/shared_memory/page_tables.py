"""Two processes' page tables side by side: which of their pages lead to one page of memory."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from helpers.draw.columns import Arrow, Card, Column, Columns
from helpers.draw.picture import Picture
from helpers.errors import CourseError

PAGE_WIDTH, FRAMES_WIDTH = 216.0, 278.0
ROW = 82.0


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
    return _Tables(left, right).picture(title)


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

    def picture(self, title: str) -> Picture:
        """Address space, frames, address space, from left to right."""
        sides = [self._side(number) for number in (0, 1)]
        columns = [sides[0], self._memory(), sides[1]]
        leading = [
            Arrow((side, row), page.frame)
            for row, pair in enumerate(self.pairs)
            for side, page in enumerate(pair)
            if page is not None and page.frame is not None
        ]
        return Columns(columns, leading, title, ROW).picture(self.text(), "Page tables of two processes")

    def _side(self, side: int) -> Column:
        cards = []
        for row, pair in enumerate(self.pairs):
            if page := pair[side]:
                where = page.address if isinstance(page.address, str) else f"{page.address:#x}"
                unmapped = ["no page yet"] if page.frame is None else []
                cards.append(Card((side, row), where, (_kind(page), *unmapped), row))
        return Column(self.processes[side], cards, PAGE_WIDTH, "its addresses")

    def _memory(self) -> Column:
        """Each frame in the row that first leads to it; what two pages show stands below them."""
        cards: dict[Hashable, Card] = {}
        for row, pair in enumerate(self.pairs):
            for page in pair:
                if page is not None and page.frame is not None and page.frame not in cards:
                    content = self.contents.get(page.frame, "")
                    cards[page.frame] = Card(page.frame, self._name(page.frame), (content,), row, fill="shade")
        verdicts = [Card(f"pair {row}", _verdict(*pair), (), row + 0.6, fill="") for row, pair in enumerate(self.pairs)]
        return Column("memory", [*cards.values(), *verdicts], FRAMES_WIDTH, "page frames of the machine")


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
