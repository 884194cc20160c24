"""Links in /proc, names in bytes and news of routes, held to the kernel, to Python's socket module and to pyroute2."""

from __future__ import annotations

import ctypes
import socket
import struct
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroute2.netlink.rtnl.rtmsg import rtmsg

from helpers.draw.drawing import Line
from helpers.fields.field import check_tiling
from helpers.lessons.sockets.readable import KINDS, address, descriptor_map, route
from tests.draw.geometry import faults

libc = ctypes.CDLL(None, use_errno=True)


def test_the_map_tells_of_roles_and_draws_numbers():
    held = {3: "socket:[101]", 4: "socket:[102]", 5: "socket:[101]", 6: "/tmp/x/notes"}
    picture = descriptor_map({"parent": held, "heir": {3: "socket:[101]", 4: "pipe:[7]"}, "stranger": {}})
    assert picture.text.splitlines()[1:] == ["heir: 3 -> socket 1, 4 -> pipe 1", "stranger: nothing"]
    assert {"6", "inode 101", "has a path", "stranger"} <= {text.text for text in picture.drawing.texts()}
    ends = [item.points[-1] for item in picture.drawing.items if isinstance(item, Line)]
    assert len(ends) == 6 and ends[0] == ends[2] == ends[4] and len(set(ends)) == 4


def test_the_map_can_be_read():
    many = {f"a process with a very long name, {n}": dict.fromkeys(range(n), f"/tmp/{n}{'y' * 80}") for n in range(9)}
    assert faults(descriptor_map(many, "A title").drawing) == []


def values(name: bytes) -> dict[str, str]:
    fields = address(name)
    check_tiling(fields, len(name))
    return {field.name: field.value for field in fields}


@pytest.mark.parametrize(
    ("family", "host", "rest"),
    [
        (socket.AF_INET, "127.0.0.1", {"family": "AF_INET (2)", "zero": "0" * 16}),
        (socket.AF_INET6, "::ffff:127.0.0.1", {"family": "AF_INET6 (10)", "flow info": "0", "scope id": "0"}),
    ],
)
def test_a_name_that_the_kernel_fills_in(family: socket.AddressFamily, host: str, rest: dict[str, str]):
    room, size = ctypes.create_string_buffer(200), ctypes.c_uint32(200)
    with socket.socket(family) as sock:
        sock.bind((host, 0))
        assert libc.getsockname(sock.fileno(), room, ctypes.byref(size)) == 0
        port = str(sock.getsockname()[1])
    assert values(room.raw[: size.value]) == {**rest, "address": host, "port": port}


def test_scope_and_flow_have_each_their_byte_order():
    name = (10).to_bytes(2, sys.byteorder) + bytes.fromhex("0050 0000 0007 fe80") + bytes(13) + b"\1"
    fields = values(name + (3).to_bytes(4, sys.byteorder))
    assert (fields["port"], fields["flow info"], fields["address"], fields["scope id"]) == ("80", "7", "fe80::1", "3")


@given(st.sampled_from([1, 2, 10, 16]), st.binary(max_size=140), st.integers(0, 142))
def test_any_bytes_have_fields_that_cover_them(family: int, rest: bytes, length: int):
    values((family.to_bytes(2, sys.byteorder) + rest)[:length])


@given(st.sampled_from([24, 25]), st.ip_addresses(v=4), st.integers(0, 32), st.none() | st.ip_addresses(v=4))
def test_any_route_that_pyroute2_writes(kind, network, bits, gateway):
    message = rtmsg()
    message["family"], message["dst_len"], message["header"]["type"] = 2, bits, kind
    message["attrs"] = [("RTA_PREF", 0), ("RTA_DST", str(network))]
    message["attrs"] += [("RTA_GATEWAY", str(gateway))] if gateway else []
    message.encode()
    via = f" via {gateway}" if gateway else ""
    assert route(bytes(message.data)) == f"{KINDS[kind]}: {network}/{bits}{via}"


def test_a_default_route_has_no_destination_and_other_news_say_so():
    assert route(struct.pack("=IHHII8BI", 28, 24, *[0] * 3, 2, *[0] * 8)) == "RTM_NEWROUTE: 0.0.0.0/0"
    assert route(struct.pack("=IHHII8BI", 28, 16, *[0] * 3, 2, *[0] * 8)) == "a message of type 16, not about a route"
