"""Socket addresses, held to what the kernel fills in and to what Python's socket module reads in it."""

from __future__ import annotations

import ctypes
import socket
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.fields.field import check_tiling
from helpers.lessons.sockets.socket_address import fields

libc = ctypes.CDLL(None, use_errno=True)


def name(sock: socket.socket) -> bytes:
    """What getsockname(2) fills in."""
    room, size = ctypes.create_string_buffer(200), ctypes.c_uint32(200)
    assert libc.getsockname(sock.fileno(), room, ctypes.byref(size)) == 0
    return room.raw[: size.value]


def values(address: bytes) -> dict[str, str]:
    found = fields(address)
    check_tiling(found, len(address))
    assert all(field.meaning and field.source and field.layer for field in found)
    return {field.name: field.value for field in found}


def test_internet():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        address = name(sock)
        assert len(address) == 16
        assert values(address) == {
            "family": "AF_INET (2)",
            "port": str(sock.getsockname()[1]),
            "address": "127.0.0.1",
            "zero": bytes(8).hex(),
        }


def test_internet_version_6():
    with socket.socket(socket.AF_INET6) as sock:
        sock.bind(("::ffff:127.0.0.1", 0))
        address = name(sock)
        assert len(address) == 28
        port = str(sock.getsockname()[1])
    told = {"family": "AF_INET6 (10)", "port": port, "flow info": "0", "scope id": "0"}
    assert values(address) == {**told, "address": "::ffff:127.0.0.1"}


def test_scope_and_flow_have_each_their_byte_order():
    address = (10).to_bytes(2, sys.byteorder) + bytes.fromhex("0050 0000 0007 fe80") + bytes(13) + b"\1"
    found = values(address + (3).to_bytes(4, sys.byteorder))
    assert (found["port"], found["flow info"], found["address"], found["scope id"]) == ("80", "7", "fe80::1", "3")


def test_unix(tmp_path: Path):
    path = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX) as sock:
        assert values(name(sock)) == {"family": "AF_UNIX (1)"}
        sock.bind(path)
        assert values(name(sock)) == {"family": "AF_UNIX (1)", "path": repr(path.encode()), "end": "00"}
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind("")
        assert values(name(sock)) == {"family": "AF_UNIX (1)", "abstract name": repr(sock.getsockname())}


@pytest.mark.parametrize("path", [b"x" * 108, b"name"])
def test_a_path_without_a_zero_at_its_end(path: bytes):
    assert values((1).to_bytes(2, sys.byteorder) + path) == {"family": "AF_UNIX (1)", "path": repr(path)}


@pytest.mark.parametrize("cut", range(16))
def test_an_address_that_ends_too_soon(cut: int):
    whole = (2).to_bytes(2, sys.byteorder) + bytes.fromhex("0050 7f000001") + bytes(8)
    expected = {0: {}, 2: {"family"}, 4: {"family", "port"}, 8: {"family", "port", "address"}}
    names = set(values(whole[:cut]))
    assert names == set(expected[max(n for n in expected if n <= cut)]) | (
        {"cut short"} if cut not in expected else set()
    )


def test_more_than_there_should_be():
    assert "rest" in values((2).to_bytes(2, sys.byteorder) + bytes(20))


@given(
    st.one_of(
        st.binary(max_size=140),
        st.builds(
            lambda n, rest: n.to_bytes(2, sys.byteorder) + rest,
            st.sampled_from([1, 2, 10, 16]),
            st.binary(max_size=140),
        ),
    )
)
def test_any_bytes_have_fields_that_cover_them(address: bytes):
    values(address)
