from __future__ import annotations

from helpers.lab.model.send_buffer import SendBuffer

ISS = 2**32 - 2
"""So that numbers wrap around in the first segment."""


def buffer_with(*segments: tuple[str, bytes]) -> SendBuffer:
    buffer = SendBuffer(ISS, 100)
    for flags, payload in segments:
        buffer.sent(flags, payload, 0)
    return buffer


def test_syn_data_and_fin_are_numbered() -> None:
    buffer = buffer_with(("SYN", b""), ("PSH ACK", b"abc"), ("FIN ACK", b""))
    assert [sent.seq for sent in buffer.queue] == [ISS, ISS + 1, 2]
    assert (buffer.next, buffer.fin) == (3, 2)


def test_acknowledged_segments_leave_the_queue() -> None:
    buffer = buffer_with(("SYN", b""), ("PSH ACK", b"abc"), ("FIN ACK", b""))
    assert [sent.flags for sent in buffer.acknowledge(ISS + 1)] == ["SYN"]
    assert buffer.syn_acknowledged and not buffer.fin_acknowledged
    assert [sent.payload for sent in buffer.acknowledge(2)] == [b"abc"]
    assert [sent.flags for sent in buffer.acknowledge(3)] == ["FIN ACK"]
    assert buffer.fin_acknowledged and not buffer.queue


def test_of_a_segment_that_is_acknowledged_in_part_the_rest_stays() -> None:
    buffer = buffer_with(("SYN", b""), ("FIN PSH ACK", b"abc"))
    buffer.acknowledge(1)
    assert [(sent.seq, sent.payload) for sent in buffer.queue] == [(1, b"c")]
    assert buffer.queue[0].end == 3


def test_it_takes_what_it_has_room_for() -> None:
    buffer = SendBuffer(ISS, 5)
    assert buffer.put(b"abc") == 3 and buffer.put(b"def") == 2 and buffer.put(b"f") == 0
    assert bytes(buffer.unsent) == b"abcde" and buffer.pending == 5


def test_data_under_way_count_too() -> None:
    buffer = SendBuffer(ISS, 5)
    buffer.sent("SYN", b"", 0)
    buffer.sent("ACK", b"abcd", 0)
    assert buffer.put(b"efg") == 1
