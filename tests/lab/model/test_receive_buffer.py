from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from helpers.fields.segment import Segment
from helpers.lab.model.receive_buffer import ReceiveBuffer
from helpers.lab.model.tcp_sequence import plus

START = 2**32 - 20
"""So near the end that numbers wrap around."""


def piece(offset: int, data: bytes, fin: bool = False) -> Segment:
    return Segment("10.0.0.1:1", "10.0.0.2:2", "FIN ACK" if fin else "ACK", plus(START, offset), 0, 0, (), data)


@given(st.binary(max_size=60), st.data())
def test_any_pieces_in_any_order_make_the_whole(whole: bytes, data: st.DataObject) -> None:
    buffer = ReceiveBuffer(START, 100)
    cuts = data.draw(st.lists(st.tuples(st.integers(0, len(whole)), st.integers(0, len(whole)))))
    pieces = [(min(cut), max(cut)) for cut in cuts] + [(0, len(whole) // 2), (len(whole) // 2, len(whole))]
    for begin, end in data.draw(st.permutations(pieces)):
        buffer.take(piece(begin, whole[begin:end], end == len(whole)))
    assert buffer.read(100) == whole and buffer.finished
    assert buffer.expected == plus(START, len(whole) + 1)


@given(st.lists(st.tuples(st.integers(-30, 30), st.binary(max_size=30), st.booleans())), st.integers(1, 20))
def test_the_right_edge_of_the_window_never_moves_back(arrivals: list[tuple[int, bytes, bool]], size: int) -> None:
    buffer = ReceiveBuffer(START, size)
    edge = size
    for offset, payload, fin in arrivals:
        buffer.take(piece(offset, payload, fin))
        assert 0 <= buffer.window <= size
        reached = (buffer.expected - START) % 2**32 - buffer.finished
        assert reached + buffer.window >= edge
        edge = reached + buffer.window
        buffer.read(3)


def test_what_does_not_fit_is_not_taken() -> None:
    buffer = ReceiveBuffer(START, 4)
    assert buffer.take(piece(0, b"abcdef"))
    assert (buffer.read(9), buffer.expected) == (b"abcd", plus(START, 4))


def test_of_octets_that_come_twice_the_first_counts() -> None:
    buffer = ReceiveBuffer(START, 10)
    buffer.take(piece(2, b"cd"))
    buffer.take(piece(0, b"abXY"))
    assert buffer.read(9) == b"abcd"


def test_nothing_follows_a_fin() -> None:
    buffer = ReceiveBuffer(START, 10)
    assert buffer.take(piece(0, b"ab", fin=True))
    assert not buffer.take(piece(2, b"cd")) and not buffer.take(piece(3, b"d"))
    assert buffer.read(9) == b"ab" and buffer.available == 0
