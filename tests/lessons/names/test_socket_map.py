"""The map of processes, sockets and names."""

from __future__ import annotations

from itertools import islice

import pytest

from helpers.draw.drawing import Box, Line
from helpers.lessons.names.socket_map import BOX_WIDTH, LEFT, Holding, _letters, socket_map
from helpers.trace import SocketRow
from tests.draw.geometry import faults


def row(local: str, inode: int, state: str = "LISTEN", remote: str = "0.0.0.0:0") -> SocketRow:
    return SocketRow(local, remote, state, 0, 0, "", 0.0, 0, inode)


SHARED = row("127.0.0.1:40123", 11)
CONNECTED = row("127.0.0.1:40123", 12, "ESTABLISHED", "127.0.0.1:50001")
OTHER = row("127.0.0.2:40124", 13)
ORPHAN = row("127.0.0.1:40123", 0, "TIME-WAIT", "127.0.0.1:50002")
SERVER, WORKER = Holding(SHARED, "server", 100, 3), Holding(SHARED, "worker", 101, 3)


def boxes(picture, column: str) -> list[Box]:
    found = [item for item in picture.drawing.items if isinstance(item, Box)]
    return [box for box in found if (box.x, box.width) == (LEFT[column], BOX_WIDTH[column])]


def arrows(picture) -> list[Line]:
    return [item for item in picture.drawing.items if isinstance(item, Line) and item.arrow]


def leads(arrow: Line, start: Box, end: Box) -> bool:
    (x, y), (tip_x, tip_y) = arrow.points
    from_start = x == start.x + start.width and start.y < y < start.y + start.height
    return from_start and tip_x == end.x and end.y < tip_y < end.y + end.height


def test_one_socket_of_two_processes():
    picture = socket_map([SERVER, WORKER], "After fork()")
    assert picture.text.splitlines() == [
        "After fork()",
        "server, a descriptor -> socket 1 (LISTEN) -> TCP 127.0.0.1, port P",
        "worker, a descriptor -> socket 1 (LISTEN) -> TCP 127.0.0.1, port P",
        "2 processes, 2 descriptors, 1 socket, 1 name",
    ]
    (first, second), (socket,), (name,) = (boxes(picture, column) for column in ("process", "socket", "triple"))
    one, two, named = arrows(picture)
    assert leads(one, first, socket) and leads(two, second, socket) and leads(named, socket, name)
    assert {"PID 100", "PID 101", "inode 11", "port 40123", "3"} <= {text.text for text in picture.drawing.texts()}


def test_two_sockets_of_one_process_with_one_name():
    picture = socket_map([SERVER, Holding(CONNECTED, "server", 100, 4)])
    (process,), sockets, (name,) = (boxes(picture, column) for column in ("process", "socket", "triple"))
    held, named = arrows(picture)[:2], arrows(picture)[2:]
    assert [leads(arrow, process, socket) for arrow, socket in zip(held, sockets, strict=True)] == [True, True]
    assert [leads(arrow, socket, name) for arrow, socket in zip(named, sockets, strict=True)] == [True, True]
    assert "to 127.0.0.1:50001" in [text.text for text in picture.drawing.texts()]
    assert picture.text.endswith("1 process, 2 descriptors, 2 sockets, 1 name")


def test_two_descriptors_of_one_socket():
    picture = socket_map([SERVER, Holding(SHARED, "server", 100, 7)])
    assert picture.text.endswith("1 process, 2 descriptors, 1 socket, 1 name")
    assert len(arrows(picture)) == 3
    assert faults(picture.drawing) == []


def test_two_processes_of_one_name_are_two():
    assert socket_map([SERVER, Holding(SHARED, "server", 101, 3)]).text.endswith(
        "2 processes, 2 descriptors, 1 socket, 1 name"
    )


def test_a_socket_that_nobody_holds():
    picture = socket_map([Holding(ORPHAN), Holding(OTHER)])
    assert picture.text.splitlines() == [
        "no process -> socket 1 (TIME-WAIT) -> TCP 127.0.0.1, port P",
        "not ours to see -> socket 2 (LISTEN) -> TCP 127.0.0.2, port Q",
        "0 processes, 0 descriptors, 2 sockets, 2 names",
    ]
    assert boxes(picture, "process") == []
    assert {"no process", "not ours to see"} <= {text.text for text in picture.drawing.texts()}


def test_udp_has_no_states():
    unconnected = Holding(row("127.0.0.1:53", 1, "CLOSED"), protocol="UDP")
    connected = Holding(row("127.0.0.1:53", 2, "ESTABLISHED", "127.0.0.1:50001"), protocol="UDP")
    first, second, _ = socket_map([unconnected, connected]).text.splitlines()
    assert "socket 1 (bound) -> UDP" in first and "socket 2 (connected) -> UDP" in second


def test_two_sockets_without_an_inode_are_two():
    second = row("127.0.0.1:40123", 0, "TIME-WAIT", "127.0.0.1:50003")
    assert "2 sockets, 1 name" in socket_map([Holding(ORPHAN), Holding(second)]).text


def test_the_text_has_system_ports_as_they_are_and_roles_for_others():
    assigned = [Holding(row("10.0.0.2:53", 1), "a", 1, 3), Holding(row("10.0.0.2:53", 2), "a", 1, 4, protocol="UDP")]
    chosen = [Holding(row(f"[::1]:{port}", port), "a", 1, 5) for port in (50000, 50001)]
    assert [line.rpartition("-> ")[2] for line in socket_map([*assigned, *chosen]).text.splitlines()[:-1]] == [
        "TCP 10.0.0.2, port 53",
        "UDP 10.0.0.2, port 53",
        "TCP [::1], port P",
        "TCP [::1], port Q",
    ]


def test_the_roles_never_run_out():
    letters = list(islice(_letters(), 25))
    assert letters[0] == "P" and letters[10:12] == ["Z", "P1"] and len(set(letters)) == 25


def test_the_text_is_the_same_for_other_numbers():
    moved = row("127.0.0.1:51000", 99)
    again = socket_map([Holding(moved, "server", 7, 8), Holding(moved, "worker", 9, 10)])
    assert again.text == socket_map([SERVER, WORKER]).text


@pytest.mark.parametrize("count", [0, 1, 2, 6])
def test_the_picture_can_be_read(count):
    many = [Holding(row(f"[2001:db8::1234:5678:{n}]:{40000 + n}", n + 1), "many", 55, n) for n in range(count)]
    alone = [Holding(row(f"127.0.0.{n}:80", 100 + n), f"a process of a very long name {n}", n, n) for n in range(count)]
    hidden = [Holding(row(f"127.0.1.{n}:80", 200 + n)) for n in range(count)]
    picture = socket_map([*many, *alone, *hidden, Holding(ORPHAN)], "Many")
    assert faults(picture.drawing) == []
    for column in ("process", "socket", "triple"):
        for upper, lower in zip(boxes(picture, column), boxes(picture, column)[1:], strict=False):
            assert upper.y + upper.height < lower.y
    right = LEFT["process"] + BOX_WIDTH["process"]
    for begin in (arrow.points[0] for arrow in arrows(picture) if arrow.points[0][0] == right):
        assert any(box.y < begin[1] < box.y + box.height for box in boxes(picture, "process"))


def test_nothing_at_all():
    assert socket_map([]).text == "no socket"
    assert faults(socket_map([]).drawing) == []


def test_the_words_for_who_cannot_see_it():
    assert "server, a descriptor -> socket 1 (LISTEN)" in socket_map([SERVER]).drawing.alt
