"""Say what a job needs, and see which mechanisms give it, how fast each was in this run, and why the others do not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from helpers.draw.drawing import Drawing, Item, Text, text_width
from helpers.draw.palette import COLOURS
from helpers.draw.panel import Panel
from helpers.draw.wrapping import fitted, wrapped
from helpers.errors import CourseError
from helpers.lessons.which_one.properties import ALL, NEEDS, SHOWN_IN, Need, need
from helpers.lessons.which_one.results import NotMeasured, Results, size_text, time_text
from helpers.lessons.which_one.slices import Measure, Placement

INSTRUCTIONS = """What does the job need? Tick it (Tab and Space). The slider (Tab, arrow keys): the size of a message
In code: .choose("strangers", "boundaries", size=64) .fits .excluded .text()"""
COLUMNS = ("round trip, one core", "round trip, two cores", "one way, two cores")
_WIDTHS = (190, 185, 195, 175, 120)
_ROW, _MARGIN, _SIZE = 23, 14, 13.0
_ROOM = 40
"""Pixels of a line that stay free: letters as they are painted are a little wider than as they are measured."""


class NoSuchSize(CourseError):
    """A size that was not measured."""


class Chooser(Panel):
    """The panel and its twin: `choose()` does what the boxes and the slider do."""

    def __init__(self, results: Results) -> None:
        """Raises NoSuchSize where nothing was measured."""
        import ipywidgets

        if not results.sizes():
            raise NoSuchSize("these results have no figures: measure() first, then choose")
        self._results = results
        style = {"description_width": "initial"}
        self._boxes = {
            each.key: ipywidgets.Checkbox(
                description=each.words, tooltip=f"needs: {each.words}", indent=False, style=style,
                layout={"width": "470px"},
            )
            for each in NEEDS
        }  # fmt: skip
        self._size = ipywidgets.SelectionSlider(
            options=[(size_text(size), size) for size in results.sizes()], description="size of a message",
            tooltip="size of a message: the arrow keys go forward and back", style=style, layout={"width": "400px"},
        )  # fmt: skip
        self._answer = ipywidgets.HTML()
        boxes = ipywidgets.HBox(list(self._boxes.values()), layout={"flex_flow": "row wrap"})
        self.widget = ipywidgets.VBox([boxes, self._size, self._answer])
        self._show()
        for widget in (*self._boxes.values(), self._size):
            widget.observe(lambda _: self._show(), names="value")

    def choose(self, *needs: str, size: int | None = None) -> Chooser:
        """Tick exactly these needs, and set the size in bytes, if one is given. Returns itself.

        Raises NoSuchNeed or NoSuchSize; then nothing is changed.
        """
        known = [need(key).key for key in needs]
        if size is not None and size not in self._results.sizes():
            sizes = ", ".join(map(str, self._results.sizes()))
            raise NoSuchSize(f"no figures of {size} bytes; the sizes measured are {sizes}")
        for key, box in self._boxes.items():
            box.value = key in known
        if size is not None:
            self._size.value = size
        return self

    @property
    def needs(self) -> tuple[Need, ...]:
        """What is ticked."""
        return tuple(each for each in NEEDS if self._boxes[each.key].value)

    @property
    def fits(self) -> tuple[str, ...]:
        """The mechanisms that give all of it, in the course's order."""
        return tuple(name for name in ALL if all(each.met_by(name) for each in self.needs))

    @property
    def excluded(self) -> dict[str, str]:
        """The others, each with the reasons."""
        without = {name: [each.without[name] for each in self.needs if not each.met_by(name)] for name in ALL}
        return {name: "; ".join(dict.fromkeys(why)) for name, why in without.items() if why}

    def text(self) -> str:
        """The answer in words and figures."""
        wanted = [f"  {each.words} ({each.source}; notebook {each.evidence[:2]})" for each in self.needs]
        rows = [("these fit", *COLUMNS, "notebook"), *self._rows()]
        lines = ["  ".join(f"{cell:{width // 8}}" for cell, width in zip(row, _WIDTHS, strict=True)) for row in rows]
        out = [f"  {name}: {why}" for name, why in self.excluded.items()]
        head = ["The job needs:", *(wanted or ["  nothing in particular"]), f"Messages of {self._bytes}."]
        return "\n".join([*head, *(line.rstrip() for line in lines), *(["Not:", *out] if out else [])])

    def picture(self) -> Drawing:
        """The same, drawn."""
        items: list[Item] = []
        y = 26.0

        def write(text: str, x: float = _MARGIN, bold: bool = False, muted: bool = False) -> None:
            items.append(Text(x, y, text, _SIZE, bold=bold, role="muted" if muted else "ink"))

        width = sum(_WIDTHS) + 2 * _MARGIN
        needs = "; ".join(each.words for each in self.needs) or "nothing in particular"
        for number, line in enumerate(wrapped(f"The job needs: {needs}.", width - _ROOM, _SIZE)):
            y += _ROW if number else 0
            write(line)
        y += _ROW
        write(f"Messages of {self._bytes}.")
        for number, row in enumerate([("these fit", *COLUMNS, "notebook"), *self._rows()]):
            y += _ROW
            x = float(_MARGIN)
            for cell, column in zip(row, _WIDTHS, strict=True):
                write(fitted(cell, column - 8, _SIZE), x, muted=not number)
                x += column
        for name, why in self.excluded.items():
            y += _ROW
            write("not")
            write(name, _MARGIN + 34, bold=True)
            left = _MARGIN + 34 + text_width(name, _SIZE, bold=True) + 8
            write(fitted(f"({why})", width - left - _ROOM, _SIZE), left)
        return Drawing(width, y + _MARGIN, tuple(items), self.text())

    def instructions(self) -> str:
        """What it is, and how to use it; the same on every machine."""
        return INSTRUCTIONS

    @property
    def _bytes(self) -> str:
        return size_text(self._size.value)

    def _rows(self) -> list[tuple[str, str, str, str, str]]:
        """A row for each that fits, the fastest round trip on one core first."""
        return [
            (
                name,
                self._told(name, Measure.ROUND_TRIP, Placement.ONE_CORE),
                self._told(name, Measure.ROUND_TRIP, Placement.TWO_CORES),
                self._told(name, Measure.ONE_WAY, Placement.TWO_CORES),
                SHOWN_IN[name][:2],
            )
            for name in sorted(self.fits, key=self._speed)
        ]

    def _speed(self, name: str) -> float:
        try:
            return self._results.figure(name, Measure.ROUND_TRIP, self._size.value, Placement.ONE_CORE).median
        except NotMeasured:
            return float("inf")

    def _told(self, name: str, measure: Measure, placement: Placement) -> str:
        try:
            figure = self._results.figure(name, measure, self._size.value, placement)
        except NotMeasured:
            return "-"
        return f"{time_text(figure.median)}{' (busy machine)' if figure.busy else ''}"

    def _show(self) -> None:
        """Bring the answer up to what is ticked."""
        self._answer.value = (
            f'<div aria-live="polite" style="color:{COLOURS["ink"].css};line-height:1.45">{self._shown_needs()}'
            f"{_table((('these fit', *COLUMNS, 'shown in'), *self._rows()), self._link)}{self._shown_excluded()}</div>"
        )

    def _shown_needs(self) -> str:
        shown = [
            f"{escape(each.words)} (<i>{escape(each.source)}</i>; {_link_to(each.evidence)})" for each in self.needs
        ]
        return f"<div><b>The job needs:</b> {'; '.join(shown) or 'nothing in particular'}.</div>"

    def _shown_excluded(self) -> str:
        return "".join(f"<div>not <b>{escape(name)}</b>: {escape(why)}</div>" for name, why in self.excluded.items())

    def _link(self, row: Sequence[str]) -> str:
        return _link_to(SHOWN_IN[row[0]])


def chooser(results: Results) -> Chooser:
    """A panel for choosing a mechanism by what it can do, with the figures of these results.

    Raises NoSuchSize where nothing was measured.
    """
    return Chooser(results)


def _link_to(notebook: str) -> str:
    return f'<a href="{notebook}" target="_blank" style="text-decoration:underline">{notebook[:2]}</a>'


def _table(rows: Sequence[Sequence[str]], last: Callable[[Sequence[str]], str]) -> str:
    """Rows under heads; the last cell of each row is made by `last`."""
    style = f'style="padding:2px 12px 2px 0;text-align:left;border-bottom:1px solid {COLOURS["frame"].css}"'
    head = "".join(f'<th scope="col" {style}>{escape(cell)}</th>' for cell in rows[0])
    body = "".join(
        f"<tr>{''.join(f'<td {style}>{escape(cell)}</td>' for cell in row[:-1])}<td {style}>{last(row)}</td></tr>"
        for row in rows[1:]
    )
    return f"<table><tr>{head}</tr>{body}</table>"
