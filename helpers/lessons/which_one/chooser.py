"""Say what a job needs, and see which mechanisms give it, how fast each was in this run, and why the others do not.

One Grid is the whole answer: its HTML is what the panel shows, its drawing what is seen before the notebook is run, and
its text what code gets.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from helpers.draw.drawing import Drawing
from helpers.draw.grid import Block, Grid
from helpers.draw.picture import Panel
from helpers.errors import CourseError
from helpers.lessons.which_one.comparison import Key, Results, size_text
from helpers.lessons.which_one.mechanisms import MECHANISMS
from helpers.lessons.which_one.properties import NEEDS, Need, need

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"
INSTRUCTIONS = """What does the job need? Tick it (Tab and Space). The slider (Tab, arrow keys): the size of a message
In code: .choose("strangers", "boundaries", size=64) .fits .excluded .text()"""
HEADS = ("", "round trip, one core", "round trip, two cores", "one way, two cores", "shown in")


class Chooser(Panel):
    """The panel and its twin: `choose()` does what the boxes and the slider do."""

    def __init__(self, results: Results) -> None:
        import ipywidgets

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
        for widget in (*self._boxes.values(), self._size):
            widget.observe(self._show, names="value")
        self._show()

    def choose(self, *needs: str, size: int | None = None) -> Chooser:
        """Tick exactly these needs, and set the size in bytes, if one is given. Returns itself.

        Raises CourseError for what there is not; then nothing is changed.
        """
        known = [need(key).key for key in needs]
        if size is not None and size not in self._results.sizes():
            raise CourseError(f"no figures of {size} bytes; the sizes measured are {self._results.sizes()}")
        for key, box in self._boxes.items():
            box.value = key in known
        self._size.value = size or self._size.value
        return self

    @property
    def needs(self) -> tuple[Need, ...]:
        """What is ticked."""
        return tuple(each for each in NEEDS if self._boxes[each.key].value)

    @property
    def fits(self) -> tuple[str, ...]:
        """The mechanisms that give all of it, in the course's order."""
        return tuple(name for name in MECHANISMS if name not in self.excluded)

    @property
    def excluded(self) -> dict[str, str]:
        """The others, each with the reasons."""
        without = {name: [each.without[name] for each in self.needs if not each.met_by(name)] for name in MECHANISMS}
        return {name: "; ".join(dict.fromkeys(why)) for name, why in without.items() if why}

    def text(self) -> str:
        """The answer in words and figures."""
        return str(self._grid())

    def picture(self) -> Drawing:
        """The same, drawn."""
        return self._grid().drawing()

    def instructions(self) -> str:
        """What it is, and how to use it; the same on every machine."""
        return INSTRUCTIONS

    def _grid(self) -> Grid:
        size = self._size.value
        needs = tuple((each.words, each.source, each.shown) for each in self.needs)
        fits = sorted(self.fits, key=lambda name: self._results.best(name, size, "one core"))
        blocks = (
            Block("The job needs", ("", "laid down in", "shown in"), needs, "nothing in particular"),
            Block(f"These fit; messages of {size_text(size)}", HEADS, tuple(map(self._row, fits)), "none of them"),
            Block("Not", ("", "because"), tuple(self.excluded.items()), "nothing is ruled out"),
        )
        return Grid("", blocks, self._results.source)

    def _row(self, name: str) -> tuple[str, ...]:
        size = self._size.value
        keys = (Key(name, size, "one core"), Key(name, size, "two cores"), Key(name, size, "two cores", "one way"))
        return (name, *map(self._results.figure, keys), MECHANISMS[name].shown)

    def _show(self, _: Any = None) -> None:
        self._answer.value = f'<div aria-live="polite">{self._grid().html(_linked)}</div>'


def _linked(cell: str) -> str:
    """A cell that is a notebook's number leads there."""
    if not (len(cell) == 2 and cell.isdigit()):
        return escape(cell)
    (path,) = NOTEBOOKS.glob(f"{cell}_*.ipynb")
    return f'<a href="{path.name}" target="_blank" style="text-decoration:underline">{cell}</a>'
