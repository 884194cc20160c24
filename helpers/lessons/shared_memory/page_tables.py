"""Two processes' page tables side by side: which of their pages lead to one page of memory.

Frames stand between the two, each in the row that first leads to it, so that what is shared is where two arrows meet.
Frames are numbered from the top, in the picture as in the text: their real numbers would differ on every run.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from helpers.draw.columns import Arrow, Card, Column, Columns
from helpers.draw.picture import Picture

PAGE_WIDTH, FRAMES_WIDTH, ROW = 216.0, 278.0, 82.0


@dataclass(frozen=True)
class Page:
    """A page of a process's memory, and the page frame of the machine behind it."""

    process: str
    address: str
    """What the picture calls its address."""
    frame: Hashable
    """Which page frame: the same value means the same frame; None for a page that has none yet."""
    shared: bool = False
    """Mapped with MAP_SHARED; otherwise MAP_PRIVATE."""
    content: str = ""
    """What is read there."""

    @property
    def kind(self) -> str:
        """In words."""
        return f"read and write, {'shared' if self.shared else 'private'}"


def side_by_side(left: Sequence[Page], right: Sequence[Page], title: str) -> Picture:
    """The pages of two processes, the page frames between them, and which lead where.

    The first page of `left` is compared with the first of `right`, and so on.
    """
    rows = list(zip_longest(left, right))
    pages = [page for pair in rows for page in pair if page and page.frame is not None]
    frames = {frame: f"frame {number}" for number, frame in enumerate(dict.fromkeys(page.frame for page in pages), 1)}
    contents = {page.frame: page.content for page in reversed(pages)}
    words, places, arrows = [], dict[Hashable, Card](), []
    for row, pair in enumerate(rows):
        for side, page in enumerate(pair):
            if page is None:
                continue
            frame, leads_to = page.frame, "no page yet"
            if frame is not None:
                leads_to = f"{frames[frame]}, {contents[frame]}"
                places.setdefault(frame, Card(frame, frames[frame], (contents[frame],), row, fill="shade"))
                arrows.append(Arrow((side, row), frame))
            words.append(f"{page.process}, {page.address} ({page.kind}) -> {leads_to}")
        if verdict := _verdict(*pair):
            words.append(f"  {verdict}")
            places[row, verdict] = Card((row, verdict), verdict, (), row + 0.6, fill="")
    memory = Column("memory", list(places.values()), FRAMES_WIDTH, "page frames of the machine")
    columns = [_side(0, left), memory, _side(1, right)]
    return Columns(columns, arrows, title, ROW).picture(words, "Page tables of two processes")


def _side(side: int, pages: Sequence[Page]) -> Column:
    """One process's pages, a card each."""
    cards = [
        Card((side, row), page.address, (page.kind, *(["no page yet"] if page.frame is None else [])), row)
        for row, page in enumerate(pages)
    ]
    return Column(pages[0].process, cards, PAGE_WIDTH, "its addresses")


def _verdict(left: Page | None, right: Page | None) -> str:
    """What a pair of pages shows; "" where one of them is missing or has no frame."""
    if left is None or right is None or left.frame is None or right.frame is None:
        return ""
    private = not (left.shared or right.shared)
    if left.frame == right.frame:
        return "one page, until one of them writes" if private else "one page"
    return "two pages: copied on write" if private else "two pages"
