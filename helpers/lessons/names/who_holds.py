"""Who holds which socket: processes, their descriptors, the sockets behind these, and the names that those have.

The map's picture has this run's numbers (PIDs, inodes, ports); its text has roles in their places, so that it is the
same on every run. The panel draws the same map for one port of the machine, and there the words have the numbers too:
they are what the reader looks for. Only TCP is known here: UDP's sockets have no state to be shown.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from html import escape
from typing import NamedTuple

from helpers.draw.columns import Arrow, Card, Column, Columns
from helpers.draw.drawing import Drawing
from helpers.draw.names import LAST_SYSTEM_PORT
from helpers.draw.palette import COLOURS
from helpers.draw.picture import Panel, Picture
from helpers.errors import CourseError
from helpers.trace import SocketRow

INSTRUCTIONS = """Choose a port and see who holds it.
Tab to the list and the arrow keys choose; the button Look again asks the kernel anew
In code: .choose(port) .look_again() .ports .text()"""


class Holding(NamedTuple):
    """A TCP socket, and a process's descriptor that leads to it, if one is known."""

    row: SocketRow
    """The socket as the kernel's table lists it."""
    process: str = ""
    """A name for the process; "" where no process is known that holds the socket."""
    pid: int = 0
    descriptor: int = -1

    @property
    def socket(self) -> Hashable:
        """Which socket: its inode, or the whole row where it has lost it (in TIME-WAIT, say)."""
        return self.row.inode or self.row

    @property
    def name(self) -> tuple[str, int]:
        """Its address and port, as in ("TCP 127.0.0.1", 80)."""
        return f"TCP {self.row.local.rpartition(':')[0]}", self.row.local_port

    @property
    def holder(self) -> tuple[str, Hashable]:
        """The process and its PID, or what is said in their place, for each socket anew."""
        unknown = "not ours to see" if self.row.inode else "no process"
        return (self.process, self.pid) if self.process else (unknown, self.socket)


def socket_map(holdings: Sequence[Holding], title: str = "") -> Picture:
    """Processes, sockets and names, and which lead to which."""
    holders = {holding.holder: holding for holding in holdings}
    sockets = {holding.socket: holding for holding in holdings}
    names = {holding.name: holding for holding in holdings}
    columns = (
        Column("processes", [*map(_process, holders.values())], 160, "each line: a descriptor"),
        Column("sockets", [*map(_socket, sockets.values())], 200, "in the kernel", 156),
        Column("names on the network", [*map(_name, names.values())], 200, "protocol, address, port", 116),
    )
    arrows = (*map(_held, holdings), *(Arrow(key, holding.name) for key, holding in sockets.items()))
    return Columns(columns, arrows, title).picture(list(_words(holdings)), "Which process holds which socket")


def _process(holding: Holding) -> Card:
    if holding.process:
        return Card(holding.holder, holding.process, (f"PID {holding.pid}",))
    return Card(holding.holder, "", (holding.holder[0],), fill="")


def _socket(holding: Holding) -> Card:
    row = holding.row
    connected = () if row.remote.endswith(":0") else (f"to {row.remote}",)
    return Card(holding.socket, row.state, (f"inode {row.inode}", *connected), fill="shade")


def _name(holding: Holding) -> Card:
    address, port = holding.name
    return Card(holding.name, address, (f"port {port}",))


def _held(holding: Holding) -> Arrow:
    if holding.process:
        return Arrow(holding.holder, holding.socket, str(holding.descriptor))
    return Arrow(holding.holder, holding.socket, role="muted", dash=(2.0, 3.0), pointed=False)


def _words(holdings: Sequence[Holding]) -> Iterator[str]:
    """A line a descriptor, and a socket without one; a port that no authority assigned is P, Q ...; then the counts."""
    sockets = list(dict.fromkeys(holding.socket for holding in holdings))
    names = dict.fromkeys(holding.name for holding in holdings)
    roles = dict(zip(dict.fromkeys(port for _, port in names if port > LAST_SYSTEM_PORT), "PQRSTUVWXYZ", strict=False))
    for holding in holdings:
        address, port = holding.name
        held_by = f"{holding.process}, a descriptor" if holding.process else holding.holder[0]
        socket = f"socket {sockets.index(holding.socket) + 1} ({holding.row.state})"
        yield f"{held_by} -> {socket} -> {address}, port {roles.get(port, port)}"
    held = [holding.holder for holding in holdings if holding.process]
    kinds = {"process": set(held), "descriptor": held, "socket": sockets, "name": names}
    yield ", ".join(_counted(len(those), what) for what, those in kinds.items())


def _counted(count: int, what: str) -> str:
    ending = "es" if what.endswith("s") else "s"
    return f"{count} {what}{'' if count == 1 else ending}"


class PortFinder(Panel):
    """Who holds a port? `choose(port)` and `look_again()` do what the list and the button do."""

    def __init__(self, look: Callable[[], Sequence[Holding]], port: int) -> None:
        """`look` gives the sockets of the moment; that port is shown first. Raises CourseError if nobody holds it."""
        import ipywidgets

        self._look = look
        self._holdings: Sequence[Holding] = ()
        self._list = ipywidgets.Dropdown(description="Port", tooltip="Port: the arrow keys choose another")
        again = ipywidgets.Button(description="Look again", icon="refresh", tooltip="Look again")
        self._answer = ipywidgets.HTML()
        self.widget = ipywidgets.VBox([ipywidgets.HBox([self._list, again]), self._answer])
        self._list.observe(self._show, names="value")
        again.on_click(lambda _: self.look_again())
        self.look_again()
        self.choose(port)

    @property
    def ports(self) -> list[int]:
        """The ports that somebody held at the last look."""
        return sorted({holding.row.local_port for holding in self._holdings})

    def choose(self, port: int) -> None:
        """Show who holds that port. Raises CourseError where nobody did at the last look."""
        if port not in self.ports:
            known = ", ".join(map(str, self.ports)) or "none"
            raise CourseError(f"no socket has port {port} at this moment; there are: {known}")
        self._list.value = port

    def look_again(self) -> None:
        """Ask the kernel anew; the chosen port stays, if somebody still holds it."""
        chosen = self._list.value
        self._holdings = self._look()
        self._list.options = self.ports
        self._list.value = chosen if chosen in self.ports else next(iter(self.ports), None)
        self._show()

    def text(self) -> str:
        """Who holds the chosen port, in words and numbers: a line for each descriptor."""
        return "\n".join([self._title, *map(_numbers, self._chosen)])

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
        words = "".join(f"<div>{escape(_numbers(holding))}</div>" for holding in self._chosen)
        told = f'<div aria-live="polite" style="color:{COLOURS["ink"].css};line-height:1.5">{words}</div>'
        self._answer.value = f"<div>{self.picture().to_svg()}{told}</div>"


def _numbers(holding: Holding) -> str:
    socket = f"a socket at {holding.name[0]} ({holding.row.state})"
    if not holding.process:
        return f"{holding.holder[0]}: {socket}"
    return f"{holding.process}, PID {holding.pid}, descriptor {holding.descriptor}: {socket}"
