"""The panel with sliders over real sockets: what is drawn and said is what they carried."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from socket import SocketKind

import pytest

from helpers.errors import CourseError
from helpers.lessons.moving_bytes.stream_panel import StreamPanel, places
from tests.draw.geometry import faults

STREAM, PACKETS = socket.SOCK_STREAM, socket.SOCK_SEQPACKET


def carry(kind: SocketKind, writes: Sequence[bytes], size: int) -> list[bytes]:
    near, far = socket.socketpair(type=kind)
    with far:
        with near:
            for data in writes:
                near.send(data)
        return list(iter(lambda: far.recv(size), b""))


@pytest.fixture
def panel() -> StreamPanel:
    return StreamPanel(carry, (STREAM, PACKETS))


def test_sliders_and_buttons_do_what_set_does(panel: StreamPanel) -> None:
    for name, value in (("writes", 2), ("size", 3), ("read", 5)):
        panel._controls[name].value = value
    assert panel.reads == [b"aaabb", b"b"] and "2 reads: 5 + 1 bytes. Nothing is lost." in panel._page.value
    panel._kind.value = PACKETS
    assert panel.reads == [b"aaa", b"bbb"] and "2 reads: 2 × 3 bytes." in panel._page.value
    panel.set(size=8, kind=STREAM)
    assert panel.reads == [b"aaaaa", b"aaabb", b"bbbbb", b"b"]


@pytest.mark.parametrize("wanted", [{"writes": 6}, {"size": 0}, {"size": 3, "read": 17}, {"kind": 9}, {"write": 3}])
def test_what_is_not_offered_is_told_and_changes_nothing(panel, wanted) -> None:
    with pytest.raises(CourseError, match=f"{[*wanted][-1]} can be .* here, not {[*wanted.values()][-1]}"):
        panel.set(**wanted)
    assert panel.reads == carry(STREAM, [b"aaaaa", b"bbbbb", b"ccccc"], 4) == [b"aaaa", b"abbb", b"bbcc", b"ccc"]


def test_an_error_of_a_socket_is_told_in_the_panel(panel: StreamPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> list[bytes]:
        raise OSError("no <socket> for you")

    monkeypatch.setattr(panel, "_carry", refused)
    panel._controls["read"].value = 5
    assert "no &lt;socket&gt; for you" in panel._page.value
    assert panel.text().startswith("SOCK_STREAM\n  send()   aaaaa bbbbb ccccc\n  recv(4)  aaaa")
    with pytest.raises(OSError, match="for you"):
        panel.set(read=6)


def test_what_was_not_written_cannot_be_read() -> None:
    for reads in ([b"ba"], [b"aab", b"a"], [b""], [b"bbb"]):
        with pytest.raises(CourseError, match="was read, and what was written from byte"):
            list(places([b"aa", b"bb"], reads))


@pytest.mark.parametrize(("writes", "size", "read"), [(1, 1, 1), (5, 8, 1), (5, 8, 3), (5, 8, 16), (3, 5, 4)])
def test_each_written_byte_is_read_once_or_lost(panel: StreamPanel, writes: int, size: int, read: int) -> None:
    for kind, lost in ((STREAM, 0), (PACKETS, writes * max(0, size - read))):
        panel.set(writes=writes, size=size, read=read, kind=kind)
        assert panel.lost == lost and sum(map(len, panel.reads)) + lost == writes * size
        assert [text.text for text in panel.picture().texts()].count("×") == lost
        assert faults(panel.picture()) == []
