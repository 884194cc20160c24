from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from enum import IntEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.fields.fields import Field, check_tiling
from helpers.fields.xdr import Packer, Unpacker, XDRError

INTS = st.integers(-(2**31), 2**31 - 1)
UNSIGNED = st.integers(0, 2**32 - 1)
ASCII = st.text(st.characters(max_codepoint=127), max_size=40)


class FileKind(IntEnum):
    """Of RFC 4506's example."""

    TEXT = 0
    DATA = 1
    EXEC = 2


EXAMPLE = bytes.fromhex(
    "00000009 73696c6c 7970726f 67000000 00000002 00000004 6c697370 00000004 6a6f686e 00000006 28717569 74290000"
)
"""RFC 4506, section 7: a file «sillyprog» of kind EXEC for «lisp», of «john», with the data «(quit)»."""


def test_the_rfcs_example_is_packed() -> None:
    packer = Packer().pack_string("sillyprog", 255).pack_enum(FileKind.EXEC).pack_string("lisp", 255)
    assert packer.pack_string("john", 32).pack_opaque(b"(quit)", 65535).data == EXAMPLE


def test_the_rfcs_example_is_unpacked_and_explained() -> None:
    unpacker = Unpacker(EXAMPLE)
    assert unpacker.unpack_string(255, "filename") == "sillyprog"
    assert unpacker.unpack_enum(FileKind, "type") is FileKind.EXEC
    assert (unpacker.unpack_string(255, "interpretor"), unpacker.unpack_string(32, "owner")) == ("lisp", "john")
    assert unpacker.unpack_opaque(65535, "data") == b"(quit)"
    unpacker.done()
    check_tiling(unpacker.fields, len(EXAMPLE))
    assert [(field.name, field.start, field.length, field.value) for field in unpacker.fields] == [
        ("length of filename", 0, 4, "9"),
        ("filename", 4, 9, "'sillyprog'"),
        ("padding", 13, 3, "zero"),
        ("type", 16, 4, "EXEC (2)"),
        ("length of interpretor", 20, 4, "4"),
        ("interpretor", 24, 4, "'lisp'"),
        ("length of owner", 28, 4, "4"),
        ("owner", 32, 4, "'john'"),
        ("length of data", 36, 4, "6"),
        ("data", 40, 6, "28 71 75 69 74 29"),
        ("padding", 46, 2, "zero"),
    ]


@pytest.mark.parametrize(
    ("packed", "data"),
    [
        (Packer().pack_int(-2), "fffffffe"),
        (Packer().pack_unsigned_int(2**32 - 1), "ffffffff"),
        (Packer().pack_hyper(-2), "fffffffffffffffe"),
        (Packer().pack_unsigned_hyper(2**63), "8000000000000000"),
        (Packer().pack_bool(True), "00000001"),
        (Packer().pack_fixed_opaque(b"abcde", 5), "6162636465000000"),
        (Packer().pack_opaque(b""), "00000000"),
        (Packer().pack_array([1, 2], Packer().pack_int), "00000002"),
        (Packer().pack_optional(None, Packer().pack_int), "00000000"),
        (Packer().pack_list([], Packer().pack_int), "00000000"),
    ],
)
def test_bytes_of_each_type(packed: Packer, data: str) -> None:
    assert packed.data.hex() == data


KINDS: list[tuple[st.SearchStrategy[Any], Callable[[Packer, Any], object], Callable[[Unpacker], object]]] = [
    (INTS, Packer.pack_int, Unpacker.unpack_int),
    (UNSIGNED, Packer.pack_unsigned_int, Unpacker.unpack_unsigned_int),
    (st.integers(-(2**63), 2**63 - 1), Packer.pack_hyper, Unpacker.unpack_hyper),
    (st.integers(0, 2**64 - 1), Packer.pack_unsigned_hyper, Unpacker.unpack_unsigned_hyper),
    (st.booleans(), Packer.pack_bool, Unpacker.unpack_bool),
    (st.sampled_from(FileKind), Packer.pack_enum, lambda unpacker: unpacker.unpack_enum(FileKind)),
    (st.binary(min_size=7, max_size=7), lambda p, v: p.pack_fixed_opaque(v, 7), lambda u: u.unpack_fixed_opaque(7)),
    (st.binary(max_size=40), Packer.pack_opaque, Unpacker.unpack_opaque),
    (ASCII, Packer.pack_string, Unpacker.unpack_string),
    (st.lists(INTS), lambda p, v: p.pack_array(v, p.pack_int), lambda u: u.unpack_array(u.unpack_int)),
    (st.none() | ASCII, lambda p, v: p.pack_optional(v, p.pack_string), lambda u: u.unpack_optional(u.unpack_string)),
    (st.lists(INTS), lambda p, v: p.pack_list(v, p.pack_int), lambda u: u.unpack_list(u.unpack_int)),
]


@given(st.lists(st.sampled_from(KINDS).flatmap(lambda kind: st.tuples(st.just(kind), kind[0])), max_size=8))
@settings(deadline=None)
def test_what_was_packed_is_unpacked(packed: list[tuple[Any, object]]) -> None:
    packer = Packer()
    for (_, pack, _), value in packed:
        pack(packer, value)
    assert len(packer.data) % 4 == 0
    unpacker = Unpacker(packer.data)
    assert [unpack(unpacker) for (_, _, unpack), _ in packed] == [value for _, value in packed]
    unpacker.done()
    check_tiling(unpacker.fields, len(packer.data))


READERS: list[Callable[[Unpacker], object]] = [
    Unpacker.unpack_int,
    Unpacker.unpack_unsigned_int,
    Unpacker.unpack_hyper,
    Unpacker.unpack_unsigned_hyper,
    Unpacker.unpack_bool,
    lambda unpacker: unpacker.unpack_enum(FileKind),
    lambda unpacker: unpacker.unpack_fixed_opaque(7),
    Unpacker.unpack_opaque,
    Unpacker.unpack_string,
    lambda unpacker: unpacker.unpack_array(unpacker.unpack_int),
    lambda unpacker: unpacker.unpack_optional(unpacker.unpack_hyper),
    lambda unpacker: unpacker.unpack_list(unpacker.unpack_string),
    Unpacker.unpack_rest,
    Unpacker.done,
]


@given(st.binary(max_size=80), st.lists(st.sampled_from(READERS), max_size=8))
@settings(deadline=None)
def test_no_bytes_whatever_do_more_than_raise_an_xdr_error(
    data: bytes, readers: list[Callable[[Unpacker], object]]
) -> None:
    unpacker = Unpacker(data)
    try:
        for read in readers:
            read(unpacker)
    except XDRError as error:
        assert "\n" not in str(error)
    assert 0 <= unpacker.position <= len(data)


@pytest.mark.parametrize(
    ("data", "read", "sentence"),
    [
        ("000000", Unpacker.unpack_int, "the bytes end inside int: it needs 4 bytes, and 3 are left"),
        ("00000002", Unpacker.unpack_bool, "bool is 2, and can only be FALSE .0. or TRUE .1."),
        ("00000005 61626364", Unpacker.unpack_opaque, "the bytes end inside opaque: it needs 5 bytes, and 4 are left"),
        ("00000002 6162", Unpacker.unpack_opaque, "the bytes end inside the padding of opaque"),
        ("00000002 61620001", Unpacker.unpack_opaque, "the padding of opaque is not zero"),
        ("00000002 c3a40000", Unpacker.unpack_string, "string has bytes that are not ASCII"),
        ("00000003", lambda u: u.unpack_enum(FileKind), "enum is 3, and can only be TEXT .0., DATA .1., EXEC .2."),
        ("00000005 6162636465000000", lambda u: u.unpack_opaque(4), "5 bytes long: the declaration allows 4"),
        ("00000003" + 3 * "00000000", lambda u: u.unpack_array(u.unpack_int, 2), "3 items: the declaration allows 2"),
        ("00000003 0000", lambda u: u.unpack_array(u.unpack_int), "3 items: the 2 bytes left are too few"),
        ("00000001", Unpacker.done, "4 bytes are left after the last value"),
    ],
)
def test_damaged_bytes_are_named(data: str, read: Callable[[Unpacker], object], sentence: str) -> None:
    with pytest.raises(XDRError, match=sentence):
        read(Unpacker(bytes.fromhex(data)))


@pytest.mark.parametrize(
    "read",
    [
        Unpacker.unpack_opaque,
        Unpacker.unpack_string,
        lambda unpacker: unpacker.unpack_array(unpacker.unpack_int),
        lambda unpacker: unpacker.unpack_array(lambda: unpacker.unpack_fixed_opaque(0)),
        lambda unpacker: unpacker.unpack_fixed_opaque(2**32 - 1),
    ],
)
def test_a_length_of_four_gigabytes_takes_no_memory(read: Callable[[Unpacker], object]) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(XDRError):
            read(Unpacker(b"\xff\xff\xff\xff" + bytes(100)))
        assert tracemalloc.get_traced_memory()[1] < 10_000_000  # of all threads
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("pack", "sentence"),
    [
        (lambda: Packer().pack_int(2**31), "2147483648 is no int of XDR, which has 32 bits"),
        (lambda: Packer().pack_unsigned_int(-1), "-1 is no unsigned int of XDR"),
        (lambda: Packer().pack_hyper(2**63), "is no hyper of XDR, which has 64 bits"),
        (lambda: Packer().pack_int(1.5), "1.5 is no int of XDR"),
        (lambda: Packer().pack_string("größe"), "'größe' is not ASCII"),
        (lambda: Packer().pack_string("abcde", 4), "opaque data of 5 bytes: the declaration allows 4"),
        (lambda: Packer().pack_fixed_opaque(b"abc", 4), "3 bytes are no opaque data of the fixed length 4"),
        (lambda: Packer().pack_array([1, 2], Packer().pack_int, 1), "an array of 2 items: the declaration allows 1"),
    ],
)
def test_values_that_xdr_cannot_express(pack: Callable[[], object], sentence: str) -> None:
    with pytest.raises(XDRError, match=sentence):
        pack()


def test_fields_say_where_the_value_is_declared() -> None:
    unpacker = Unpacker(bytes(8), position=4, source="RFC 5531 section 9", layer="ONC RPC")
    unpacker.unpack_int("status", "how it went")
    assert unpacker.fields == [Field("status", 4, 4, "0", "how it went", "RFC 5531 section 9", layer="ONC RPC")]
