"""What all panels of the course have in common where they are live, whoever makes them.

ipywidgets marks a view whose kernel has gone (the class `jupyter-widgets-disconnected`) and lets it look alive. One
style sheet, which each panel brings along, turns that mark into a sentence; the panels themselves need to do nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

GONE = "The kernel of this panel has ended. Run the cell again."
_PANEL = "course-panel"
_STYLE = f"""<style>
.{_PANEL}.jupyter-widgets-disconnected::before {{
  content: "{GONE}"; display: block; color: var(--jp-ui-font-color1); font: bold var(--jp-ui-font-size1)/2 sans-serif;
}}
.{_PANEL} .jupyter-widgets-disconnected::before {{ content: none; }}
.{_PANEL}.jupyter-widgets-disconnected > * {{ opacity: 0.5; pointer-events: none; }}
.{_PANEL} .widget-html-content {{ line-height: 1.5; }}
.{_PANEL} .widget-readout {{ max-width: none; flex: none; }}
.course-choices .jupyter-button.widget-button {{
  width: auto; height: auto; padding: 6px 12px; line-height: 1.4; text-align: left; white-space: normal;
}}
.course-choices .jupyter-button.course-chosen {{ font-weight: bold; border-left: 6px solid #4a90d9; }}
</style>"""


def live(widget: Any) -> dict[str, Any]:
    """The MIME bundle of a panel's widget, which says so when its kernel has ended; the same at each call."""
    bundle: dict[str, Any] = _styled(widget)._repr_mimebundle_()
    return bundle


@cache
def _styled(widget: Any) -> Any:
    import ipywidgets

    style = ipywidgets.HTML(_STYLE, layout={"display": "none"})
    return ipywidgets.VBox([widget, style]).add_class(_PANEL)


class Choices:
    """A column of buttons, each with a whole choice in as many lines as it takes.

    Buttons, because Tab and Space work on them: JupyterLab takes the arrow keys that radio buttons need. They stay the
    same ones when the choices change, so that the keyboard stays where it is.
    """

    def __init__(self, pressed: Callable[[int], None]) -> None:
        """pressed: gets the index of a button."""
        import ipywidgets

        self.widget = ipywidgets.VBox().add_class("course-choices")
        self._pressed = pressed
        self._buttons: list[Any] = []

    def show(self, labels: Sequence[str], chosen: int | None = None, closed: bool = False) -> None:
        """Offer these choices; `chosen` is marked by a tick, and where it is `closed` none can be pressed."""
        while len(self._buttons) < len(labels):
            self._add()
        for index, (button, label) in enumerate(zip(self._buttons, labels, strict=False)):
            button.description = f"{'✓ ' if index == chosen else ''}{label.replace('`', '')}"
            (button.add_class if index == chosen else button.remove_class)("course-chosen")
            button.disabled = closed
        self.widget.children = self._buttons[: len(labels)]

    def _add(self) -> None:
        import ipywidgets

        index, button = len(self._buttons), ipywidgets.Button()
        button.on_click(lambda _: self._pressed(index))
        self._buttons.append(button)
