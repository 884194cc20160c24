"""The map of processes, sockets and names, and the panel that shows one port of it."""

from __future__ import annotations

import pytest

from helpers.draw.drawing import Line
from helpers.errors import CourseError
from helpers.lessons.names.who_holds import Holding, PortFinder, socket_map
from helpers.trace import SocketRow
from tests.draw.geometry import faults


def row(local: str, inode: int, state: str = "LISTEN", remote: str = "0.0.0.0:0") -> SocketRow:
    return SocketRow(local, remote, state, 0, 0, "", 0.0, 0, inode)


SHARED = row("127.0.0.1:40123", 11)
CONNECTED = row("127.0.0.1:40123", 12, "ESTABLISHED", "127.0.0.1:50001")
ORPHAN = row("127.0.0.1:40123", 0, "TIME-WAIT", "127.0.0.1:50002")
HIDDEN = row("127.0.0.2:80", 13)
NODE, WORKER, AGAIN = Holding(SHARED, "node", 100, 3), Holding(SHARED, "node", 101, 3), Holding(SHARED, "node", 101, 7)


def test_the_text_has_a_role_for_each_port_that_no_authority_assigned():
    holdings = [NODE, WORKER, AGAIN, Holding(CONNECTED, "node", 100, 4), Holding(ORPHAN), Holding(HIDDEN)]
    picture = socket_map(holdings, "A title")
    assert picture.text.splitlines()[4:] == [
        "node, a descriptor -> socket 2 (ESTABLISHED) -> TCP 127.0.0.1, port P",
        "no process -> socket 3 (TIME-WAIT) -> TCP 127.0.0.1, port P",
        "not ours to see -> socket 4 (LISTEN) -> TCP 127.0.0.2, port 80",
        "2 processes, 4 descriptors, 4 sockets, 2 names",
    ]
    shown = {text.text for text in picture.drawing.texts()}
    assert {"PID 101", "inode 11", "to 127.0.0.1:50001", "port 40123", "no process", "7"} <= shown
    arrows = [item.arrow for item in picture.drawing.items if isinstance(item, Line)]
    assert [arrows.count(True), arrows.count(False)] == [4 + 4, 2]


@pytest.mark.parametrize("count", [0, 1, 15])
def test_the_picture_can_be_read(count):
    many = [Holding(row(f"[2001:db8::1234:5678:{n}]:{40000 + n}", n + 1), "many", 55, n) for n in range(count)]
    hidden = [Holding(row(f"127.0.1.{n}:80", 200 + n)) for n in range(count)]
    assert faults(socket_map([*many, *hidden, Holding(ORPHAN, "x" * 40)], "Many").drawing) == []


def holding(port: int, inode: int, process: str = "server", pid: int = 100) -> Holding:
    return Holding(row(f"127.0.0.1:{port}", inode), process, pid, 3)


@pytest.fixture
def machine() -> list[Holding]:
    return [holding(8080, 2), holding(40000, 1, "first", 7), holding(40000, 3, "<b>", 8), holding(631, 4, "")]


def test_list_and_code_choose_the_same_and_tell_every_process_with_its_numbers(machine):
    finder = PortFinder(lambda: machine, 8080)
    assert finder.text().startswith("Who holds port 8080?")
    assert list(finder._list.options) == finder.ports == [631, 8080, 40000]
    finder._list.value = 40000
    assert finder.text().splitlines() == [
        "Who holds port 40000?",
        "first, PID 7, descriptor 3: a socket at TCP 127.0.0.1 (LISTEN)",
        "<b>, PID 8, descriptor 3: a socket at TCP 127.0.0.1 (LISTEN)",
    ]
    assert "<svg" in finder._answer.value and "&lt;b&gt;, PID 8" in finder._answer.value
    finder.choose(631)
    assert finder._list.value == 631 and "not ours to see: a socket" in finder._answer.value


def test_a_new_look_keeps_the_port_if_it_is_still_held(machine):
    finder = PortFinder(lambda: machine, 8080)
    for sockets, title in (
        ([holding(9, 5), holding(8080, 9, "new", 55)], "Who holds port 8080?"),
        ([holding(9000, 1)], "Who holds port 9000?"),
        ([], "No socket has a port here"),
        ([holding(9000, 1)], "Who holds port 9000?"),
    ):
        machine[:] = sockets
        finder.look_again()
        assert finder.text().startswith(title) and title in finder._answer.value
    with pytest.raises(CourseError, match="no socket has port 81 at this moment; there are: 9000"):
        finder.choose(81)
