"""Choose a port and see who holds it: the socket map of one port, looked up anew whenever the reader asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from helpers.draw.drawing import Drawing
from helpers.draw.palette import COLOURS
from helpers.draw.picture import Panel
from helpers.errors import CourseError
from helpers.lessons.names.socket_map import Holding, socket_map

INSTRUCTIONS = """Choose a port and see who holds it.
Tab to the list and the arrow keys choose; the button Look again asks the kernel anew
In code: .choose(port) .look_again() .ports .text()"""


class NoSuchPort(CourseError):
    """A port that nobody held at the last look."""


class PortFinder(Panel):
    """The panel and its twin: `choose(port)` and `look_again()` do what the list and the button do."""

    def __init__(self, look: Callable[[], Sequence[Holding]], port: int | None = None) -> None:
        """`look` is asked for the sockets of this moment; `port` is chosen first, or the lowest there is."""
        import ipywidgets

        self._look = look
        self._holdings: tuple[Holding, ...] = ()
        self._list = ipywidgets.Dropdown(description="Port", tooltip="Port: the arrow keys choose another")
        self._again = ipywidgets.Button(description="Look again", icon="refresh", tooltip="Look again")
        self._answer = ipywidgets.HTML()
        self.widget = ipywidgets.VBox([ipywidgets.HBox([self._list, self._again]), self._answer])
        self.look_again()
        if port is not None:
            self.choose(port)
        self._list.observe(self._show, names="value")
        self._again.on_click(lambda _: self.look_again())

    @property
    def ports(self) -> list[int]:
        """The ports that somebody held at the last look."""
        return sorted({holding.row.local_port for holding in self._holdings})

    def choose(self, port: int) -> None:
        """Show who holds that port. Raises NoSuchPort."""
        if port not in self.ports:
            known = ", ".join(map(str, self.ports)) or "none"
            raise NoSuchPort(f"no socket has port {port} at this moment; there are: {known}")
        self._list.value = port
        self._show()

    def look_again(self) -> None:
        """Ask the kernel anew; the chosen port stays, if somebody still holds it."""
        chosen = self._list.value
        self._holdings = tuple(self._look())
        self._list.options = self.ports
        if self.ports:
            self._list.value = chosen if chosen in self.ports else self.ports[0]
        self._show()

    def text(self) -> str:
        """Who holds the chosen port, in words and numbers: a line for each descriptor."""
        return "\n".join([self._title, *map(_words, self._chosen)])

    def picture(self) -> Drawing:
        """The same, drawn."""
        return socket_map(self._chosen, self._title).drawing

    def instructions(self) -> str:
        """How to use it; the same on every machine."""
        return INSTRUCTIONS

    @property
    def _chosen(self) -> list[Holding]:
        return [holding for holding in self._holdings if holding.row.local_port == self._list.value]

    @property
    def _title(self) -> str:
        return f"Who holds port {self._list.value}?" if self.ports else "No socket has a port here"

    def _show(self, _: object = None) -> None:
        words = "".join(f"<div>{escape(_words(holding))}</div>" for holding in self._chosen)
        self._answer.value = (
            f'<div style="color:{COLOURS["ink"].css};line-height:1.5">{self.picture().to_svg()}'
            f'<div aria-live="polite">{words}</div></div>'
        )


def port_finder(look: Callable[[], Sequence[Holding]], port: int | None = None) -> PortFinder:
    """A panel that shows who holds a port. `look()` returns the sockets of the moment, and is called for each look.

    Raises NoSuchPort if nobody holds the port that is to be chosen first.
    """
    return PortFinder(look, port)


def _words(holding: Holding) -> str:
    protocol, address, _ = holding.triple
    socket = f"a socket at {protocol} {address} ({holding.state})"
    if not holding.process:
        return f"{holding.unknown}: {socket}"
    return f"{holding.process}, PID {holding.pid}, descriptor {holding.descriptor}: {socket}"
