from __future__ import annotations

import contextlib
import tracemalloc
from collections.abc import Callable
from enum import IntEnum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.fields.field import check_tiling
from helpers.fields.xdr import Unpacker, XDRError, pack_int, pack_opaque, pack_string, pack_unsigned_int

FileKind = IntEnum("FileKind", ["TEXT", "DATA", "EXEC"], start=0)
"""Of RFC 4506's example."""
EXAMPLE = bytes.fromhex(
    "00000009 73696c6c 7970726f 67000000 00000002 00000004 6c697370 00000004 6a6f686e 00000006 28717569 74290000"
)
"""RFC 4506, section 7: a file «sillyprog» of kind EXEC for «lisp», of «john», with the data «(quit)»."""


def unpack_opaque(unpacker: Unpacker) -> bytes:
    return unpacker.unpack_fixed(unpacker.unpack_length("data"), "data", "bytes")


def test_the_rfcs_example_is_packed_unpacked_and_explained() -> None:
    packed = pack_string("sillyprog") + pack_int(FileKind.EXEC) + pack_string("lisp") + pack_string("john")
    assert packed + pack_opaque(b"(quit)") == EXAMPLE
    unpacker = Unpacker(EXAMPLE)
    assert unpacker.unpack_string("filename") == "sillyprog"
    assert unpacker.unpack_enum(FileKind, "type", "") is FileKind.EXEC
    assert (unpacker.unpack_string("interpretor"), unpacker.unpack_string("owner")) == ("lisp", "john")
    assert unpack_opaque(unpacker) == b"(quit)"
    unpacker.done()
    check_tiling(unpacker.fields, len(EXAMPLE))
    assert [(field.name, field.value) for field in unpacker.fields[:4]] == [
        ("length of filename", "9"), ("filename", "'sillyprog'"), ("padding", "zero"), ("type", "EXEC (2)"),
    ]  # fmt: skip


@given(
    st.integers(-(2**31), 2**31 - 1), st.integers(0, 2**32 - 1), st.binary(max_size=40),
    st.text(st.characters(max_codepoint=127), max_size=40),
)  # fmt: skip
@settings(deadline=None)
def test_what_was_packed_is_unpacked(signed: int, unsigned: int, data: bytes, text: str) -> None:
    packed = pack_string(text) + pack_int(signed) + pack_opaque(data) + pack_unsigned_int(unsigned)
    assert len(packed) % 4 == 0
    unpacker = Unpacker(packed)
    assert (unpacker.unpack_string(), unpacker.unpack_int()) == (text, signed)
    assert (unpack_opaque(unpacker), unpacker.unpack_unsigned_int()) == (data, unsigned)
    unpacker.done()
    check_tiling(unpacker.fields, len(packed))


DAMAGED: list[tuple[str, Callable[[Unpacker], object], str]] = [
    ("000000", Unpacker.unpack_int, "the bytes end inside int: it needs 4 bytes, and 3 are left"),
    ("00000002 6162", Unpacker.unpack_string, "the bytes end inside the padding of string"),
    ("ffffffff 61626364", Unpacker.unpack_string, "needs 4294967295 bytes"),
    ("00000003", lambda u: u.unpack_enum(FileKind, "type", ""), "type is 3, and can only be TEXT, DATA, EXEC"),
    ("00000001", Unpacker.done, "4 bytes are left after the last value"),
]


@pytest.mark.parametrize(("data", "read", "sentence"), DAMAGED)
def test_damaged_bytes_are_named_and_no_memory_is_promised(
    data: str, read: Callable[[Unpacker], object], sentence: str
) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(XDRError, match=sentence):
            read(Unpacker(bytes.fromhex(data)))
        assert tracemalloc.get_traced_memory()[1] < 10_000_000  # of all threads
    finally:
        tracemalloc.stop()


@given(st.binary(max_size=80), st.lists(st.sampled_from([read for _, read, _ in DAMAGED]), max_size=8))
@settings(deadline=None)
def test_no_bytes_whatever_do_more_than_raise_an_xdr_error(
    data: bytes, readers: list[Callable[[Unpacker], object]]
) -> None:
    unpacker = Unpacker(data)
    with contextlib.suppress(XDRError):
        for read in readers:
            read(unpacker)
    unpacker.rest("rest", "not read")
    check_tiling(unpacker.fields, len(data))
