"""A panel of pages through which the reader walks, one at a time."""

from __future__ import annotations

from helpers.draw.picture import Panel


class Walk(Panel):
    """A slider with Back and Next, and `next()` and `back()`, which do the same."""

    def __init__(self, word: str, count: int) -> None:
        """`word` says what a page is, "Step" say; called when `page` can be asked for each of the `count` pages."""
        import ipywidgets

        self._count = count
        self._pages: dict[int, str] = {}
        self._slider = ipywidgets.IntSlider(
            1, 1, count, description=word, tooltip=f"{word}: the arrow keys go forward and back",
            layout={"width": "320px"},
        )  # fmt: skip
        self._back = ipywidgets.Button(description="Back", icon="arrow-left", tooltip=f"{word} before this one")
        self._next = ipywidgets.Button(description="Next", icon="arrow-right", tooltip=f"{word} after this one")
        self._page = ipywidgets.HTML()
        self._slider.observe(self._show, names="value")
        self._back.on_click(lambda _: self.back())
        self._next.on_click(lambda _: self.next())
        self.widget = ipywidgets.VBox([ipywidgets.HBox([self._back, self._next, self._slider]), self._page])
        self._show()

    def page(self, number: int) -> str:
        """The HTML of a page, from 1."""
        raise NotImplementedError

    @property
    def number(self) -> int:
        """The page that is shown, from 1."""
        return int(self._slider.value)

    def next(self) -> None:
        """One page forward; at the last one nothing happens."""
        self._slider.value = min(self.number + 1, self._count)

    def back(self) -> None:
        """One page back; at the first one nothing happens."""
        self._slider.value = max(self.number - 1, 1)

    def _show(self, _: object = None) -> None:
        if self.number not in self._pages:
            self._pages[self.number] = self.page(self.number)
        self._page.value = self._pages[self.number]
        self._back.disabled = self.number == 1
        self._next.disabled = self.number == self._count
