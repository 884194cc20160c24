"""The panel with sliders over real sockets: what is drawn and said is what they carried."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from socket import SocketKind

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.errors import CourseError
from helpers.lessons.moving_bytes.stream_panel import (
    LONGEST_READ,
    LONGEST_WRITE,
    MOST_WRITES,
    StreamPanel,
    placed,
    stream_panel,
)

STREAM, PACKETS = socket.SOCK_STREAM, socket.SOCK_SEQPACKET
ANSWERS_WITHIN = 0.1


def carry(kind: SocketKind, writes: Sequence[bytes], size: int) -> list[bytes]:
    near, far = socket.socketpair(type=kind)
    with far:
        with near:
            for data in writes:
                near.send(data)
        return list(iter(lambda: far.recv(size), b""))


@pytest.fixture
def panel() -> StreamPanel:
    return stream_panel(carry, (STREAM, PACKETS))


def test_a_stream_splits_and_merges(panel: StreamPanel) -> None:
    assert panel.reads == [b"aaaa", b"abbb", b"bbcc", b"ccc"] and panel.lost == 0
    assert panel.text() == (
        "SOCK_STREAM\n  send()   aaaaa bbbbb ccccc\n  recv(4)  aaaa abbb bbcc ccc\n  lost     nothing"
    )


def test_packets_keep_boundaries_and_lose_what_does_not_fit(panel: StreamPanel) -> None:
    panel.set(kind=PACKETS)
    assert panel.reads == [b"aaaa", b"bbbb", b"cccc"] and panel.lost == 3
    assert panel.text().splitlines()[0::3] == ["SOCK_SEQPACKET", "  lost     3 bytes"]
    panel.set(size=4)
    assert panel.lost == 0


def test_sliders_and_buttons_do_what_set_does(panel: StreamPanel) -> None:
    for slider, value in ((panel._writes, 2), (panel._size, 3), (panel._read, 5)):
        slider.value = value
    assert panel.reads == [b"aaabb", b"b"] and "2 reads: 5 + 1 bytes. Nothing is lost." in panel._page.value
    panel._kind.value = PACKETS
    assert panel.reads == [b"aaa", b"bbb"] and "2 reads: 2 × 3 bytes." in panel._page.value


def test_set_carries_once() -> None:
    ran: list[int] = []

    def counting(kind: SocketKind, writes: Sequence[bytes], size: int) -> list[bytes]:
        ran.append(size)
        return carry(kind, writes, size)

    panel = stream_panel(counting, (STREAM, PACKETS))
    panel.set(2, 2, 2, PACKETS)
    assert ran == [4, 2]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"writes": 6}, "writes is from 1 to 5 here, not 6"),
        ({"size": 0}, "size is from 1 to 8 here, not 0"),
        ({"read": 17}, "read is from 1 to 16 here, not 17"),
        ({"kind": socket.SOCK_DGRAM}, "the types here are SOCK_STREAM, SOCK_SEQPACKET, not .*SOCK_DGRAM"),
        ({"size": 3, "writes": 0}, "writes is from 1 to 5 here, not 0"),
    ],
)
def test_what_cannot_be_chosen_is_told_and_changes_nothing(panel, arguments, sentence) -> None:
    with pytest.raises(CourseError, match=sentence):
        panel.set(**arguments)
    assert (panel._size.value, panel.reads) == (5, carry(STREAM, [b"aaaaa", b"bbbbb", b"ccccc"], 4))


def test_before_it_is_run_there_is_a_picture_and_a_fixed_text(panel: StreamPanel) -> None:
    data, metadata = panel._repr_mimebundle_()
    assert {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"} <= set(data)
    assert metadata["image/png"]["alt"].endswith("takes at most 4. 4 reads: 3 × 4 + 3 bytes. Nothing is lost.")
    panel.set(writes=1)
    assert panel._repr_mimebundle_()[0]["text/plain"] == data["text/plain"]


def test_an_error_of_a_socket_is_told_in_the_panel(panel: StreamPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> list[bytes]:
        raise OSError("no <socket> for you")

    monkeypatch.setattr(panel, "_carry", refused)
    panel._read.value = 5
    assert "no &lt;socket&gt; for you" in panel._page.value
    with pytest.raises(OSError, match="for you"):
        panel.set(read=6)


@pytest.mark.parametrize("reads", [[b"ba"], [b"aab", b"a"], [b""], [b"bbb"]])
def test_what_was_not_written_cannot_be_read(reads: list[bytes]) -> None:
    with pytest.raises(CourseError, match="was read, and what was written from byte"):
        placed(STREAM, [b"aa", b"bb"], 4, reads)


@given(st.integers(1, MOST_WRITES), st.integers(1, LONGEST_WRITE), st.integers(1, LONGEST_READ))
def test_each_written_byte_is_read_once_or_lost(writes: int, size: int, read: int) -> None:
    pieces = [bytes([97 + number]) * size for number in range(writes)]
    for kind, lost in ((STREAM, 0), (PACKETS, writes * max(0, size - read))):
        ran = placed(kind, pieces, read, carry(kind, pieces, read))
        assert sum(map(len, ran.reads)) + len(ran.lost) == writes * size and len(ran.lost) == lost
        for start, data in zip(ran.starts, ran.reads, strict=True):
            assert b"".join(pieces)[start : start + len(data)] == data
