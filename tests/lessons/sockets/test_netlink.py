"""Messages about routes, held to what pyroute2 writes."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroute2.netlink.rtnl.rtmsg import rtmsg

from helpers.lessons.sockets.netlink import RTM_DELROUTE, RTM_NEWROUTE, NetlinkError, RouteMessage, route

RECORDED = bytes.fromhex(
    "3c000000 1800 0006 ff000000 01000000 02 10 00 00 fe 04 00 01 00000000"
    "0800 0f00 fe000000 0800 0100 0a090000 0800 0500 0a000001 0800 0400 02000000"
)
"""What a kernel (Linux 6.18, little-endian) said when 10.9.0.0/16 via 10.0.0.1 was added."""

HEAD = struct.pack("=HHII8BI", RTM_NEWROUTE, 0, 0, 0, 2, 8, 0, 0, 0, 0, 0, 0, 0)


def written(kind: int, network: str, bits: int, *attributes: tuple[str, object]) -> bytes:
    message = rtmsg()
    message["family"], message["dst_len"] = 2, bits
    message["header"]["type"] = kind
    message["attrs"] = [("RTA_DST", network), *attributes]
    message.encode()
    return bytes(message.data)


def test_what_a_kernel_said():
    if struct.pack("=H", 1) == struct.pack("<H", 1):
        assert route(RECORDED) == RouteMessage("RTM_NEWROUTE", "10.9.0.0/16", "10.0.0.1")


def test_in_words():
    assert str(RouteMessage("RTM_NEWROUTE", "10.9.0.0/16", "10.0.0.1")) == "RTM_NEWROUTE: 10.9.0.0/16 via 10.0.0.1"
    assert str(RouteMessage("RTM_DELROUTE", "10.0.0.0/24", "")) == "RTM_DELROUTE: 10.0.0.0/24"


@pytest.mark.parametrize(("kind", "name"), [(RTM_NEWROUTE, "RTM_NEWROUTE"), (RTM_DELROUTE, "RTM_DELROUTE")])
def test_what_pyroute2_writes(kind: int, name: str):
    message = written(kind, "10.0.1.0", 24, ("RTA_OIF", 2), ("RTA_GATEWAY", "10.0.0.9"))
    assert route(message) == RouteMessage(name, "10.0.1.0/24", "10.0.0.9")


def test_a_default_route_has_no_destination():
    header = struct.pack("=IHHII", 28, RTM_NEWROUTE, 0, 0, 0)
    assert route(header + struct.pack("=8BI", 2, 0, 0, 0, 0, 0, 0, 0, 0)).network == "0.0.0.0/0"


def test_an_attribute_begins_at_a_multiple_of_four():
    odd = struct.pack("=HHB3x", 5, 20, 0)  # RTA_PREF, one byte
    message = HEAD + odd + struct.pack("=HH4s", 8, 1, bytes([10, 1, 0, 0]))
    assert route(struct.pack("=I", 4 + len(message)) + message).network == "10.1.0.0/8"


@given(st.ip_addresses(v=4), st.integers(0, 32), st.none() | st.ip_addresses(v=4))
def test_any_route_comes_back(network, bits, gateway):
    more = [("RTA_GATEWAY", str(gateway))] if gateway else []
    found = route(written(RTM_NEWROUTE, str(network), bits, *more))
    assert (found.network, found.gateway) == (f"{network}/{bits}", str(gateway or ""))


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        (b"", "0 bytes are too few"),
        (RECORDED[:27], "27 bytes are too few"),
        (written(16, "10.0.0.0", 8), "no message about an IPv4 route: type 16"),
        (written(RTM_NEWROUTE, "10.0.0.0", 33), "no message about an IPv4 route"),
        (written(RTM_NEWROUTE, "10.0.0.0", 8)[:-1], "no message about an IPv4 route: type 24, family 2, length 36"),
        (written(RTM_NEWROUTE, "10.0.0.0", 8)[:28] + struct.pack("=HHI", 9, 1, 0), "an attribute of 9 bytes"),
        (written(RTM_NEWROUTE, "10.0.0.0", 8)[:28] + struct.pack("=HHI", 3, 1, 0), "an attribute of 3 bytes"),
        (
            written(RTM_NEWROUTE, "10.0.0.0", 8)[:28] + struct.pack("=HHI", 7, 1, 0),
            "an IPv4 address has 4 bytes, not 3",
        ),
    ],
)
def test_other_bytes_are_a_clear_error(message: bytes, sentence: str):
    with pytest.raises(NetlinkError, match=sentence):
        route(message)


@given(
    st.binary(max_size=200) | st.binary(max_size=60).map(lambda rest: struct.pack("=I", 28 + len(rest)) + HEAD + rest)
)
def test_any_bytes_are_a_route_or_a_clear_error(message: bytes):
    try:
        assert route(message).network
    except NetlinkError as error:
        assert str(error)
