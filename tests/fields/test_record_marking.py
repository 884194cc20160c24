from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.fields.fields import check_tiling
from helpers.fields.record_marking import HEADER, LAST_FRAGMENT, RecordError, RecordReader, fields, framed


def test_a_record_of_one_fragment() -> None:
    assert framed(b"abc") == bytes.fromhex("80000003") + b"abc"
    assert framed(b"") == bytes.fromhex("80000000")


def test_a_record_of_three_fragments() -> None:
    assert framed(b"abcde", 2).hex(" ", 1) == "00 00 00 02 61 62 00 00 00 02 63 64 80 00 00 01 65"


@pytest.mark.parametrize("size", [0, -1, 2**31])
def test_impossible_fragments(size: int) -> None:
    with pytest.raises(ValueError, match="a fragment has from 1 to 2147483647 bytes"):
        framed(b"abc", size)


@given(st.lists(st.tuples(st.binary(max_size=50), st.integers(1, 60)), max_size=6), st.data())
@settings(deadline=None)
def test_records_come_out_however_the_stream_is_cut(sent: list[tuple[bytes, int]], data: st.DataObject) -> None:
    stream = b"".join(framed(message, size) for message, size in sent)
    reader, received = RecordReader(limit=50), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        received += reader.feed(stream[:size])
        stream = stream[size:]
    assert received == [message for message, _ in sent]
    assert reader.feed(b"") == []


@given(st.lists(st.binary(min_size=1, max_size=30), max_size=10))
@settings(deadline=None)
def test_no_bytes_whatever_do_more_than_raise_a_record_error(pieces: list[bytes]) -> None:
    reader, received = RecordReader(limit=100), []
    try:
        for piece in pieces:
            received += reader.feed(piece)
        reader.feed(b"")
    except RecordError:
        pass
    assert sum(map(len, received)) <= sum(map(len, pieces))


def test_empty_fragments_add_nothing() -> None:
    reader = RecordReader()
    assert reader.feed(HEADER.pack(0) * 10_000) == []
    assert reader.feed(HEADER.pack(1) + b"a" + HEADER.pack(0) + HEADER.pack(LAST_FRAGMENT)) == [b"a"]
    assert reader.feed(HEADER.pack(LAST_FRAGMENT)) == [b""]


def test_a_promise_of_two_gigabytes_is_refused_at_once() -> None:
    tracemalloc.start()
    try:
        with pytest.raises(RecordError, match="a record of 2147483647 bytes or more is announced: 1048576 are allowed"):
            RecordReader().feed(b"\xff\xff\xff\xff")
        assert tracemalloc.get_traced_memory()[1] < 10_000_000  # of all threads
    finally:
        tracemalloc.stop()


def test_fragments_within_the_limit_whose_sum_is_over_it() -> None:
    reader = RecordReader(limit=10)
    assert reader.feed(HEADER.pack(6) + b"abcdef") == []
    with pytest.raises(RecordError, match="a record of 11 bytes or more is announced: 10 are allowed"):
        reader.feed(HEADER.pack(5))


def test_the_limit_is_of_each_record() -> None:
    assert RecordReader(limit=3).feed(framed(b"abc") + framed(b"def", 1)) == [b"abc", b"def"]


def test_what_came_before_the_damage_is_not_lost() -> None:
    """HTTP on an RPC port: its first four letters promise 1.2 GB."""
    reader = RecordReader()
    assert reader.feed(framed(b"abc") + b"GET / HTTP/1.1\r\n") == [b"abc"]
    for _ in range(2):
        with pytest.raises(RecordError, match="a record of 1195725856 bytes"):
            reader.feed(framed(b"never read"))


@pytest.mark.parametrize("cut", [b"\x80", HEADER.pack(LAST_FRAGMENT | 3) + b"ab", HEADER.pack(1) + b"a"])
def test_an_end_in_the_middle(cut: bytes) -> None:
    reader = RecordReader()
    assert reader.feed(cut) == []
    with pytest.raises(RecordError, match="the stream ended in the middle of a record"):
        reader.feed(b"")


def test_the_headers_fields() -> None:
    header = fields(bytes.fromhex("8000002c"))
    check_tiling(header, 4)
    assert [(field.name, field.value, field.where) for field in header] == [
        ("last fragment", "1", "byte 0 bit 0"),
        ("fragment length", "44", "bytes 0-3 bits 1-31"),
    ]


def test_a_header_that_is_cut() -> None:
    with pytest.raises(RecordError, match="a fragment's header has 4 bytes, and there are 3"):
        fields(b"\x80\x00\x00")
