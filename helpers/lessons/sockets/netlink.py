"""Netlink messages about routes: what the kernel says, over an AF_NETLINK socket, of a way to a network that comes or
goes (netlink(7), rtnetlink(7); RFC 3549). Numbers are in this machine's byte order. Nothing here does I/O.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address

from helpers.errors import CourseError

AF_INET = 2
RTM_NEWROUTE, RTM_DELROUTE = 24, 25  # <linux/rtnetlink.h>
RTA_DST, RTA_GATEWAY = 1, 5
NAMES = {RTM_NEWROUTE: "RTM_NEWROUTE", RTM_DELROUTE: "RTM_DELROUTE"}

_HEADER = struct.Struct("=IHHII")
"""struct nlmsghdr: length, type, flags, sequence number, port."""
_ROUTE = struct.Struct("=8BI")
"""struct rtmsg: family, bits of the destination's prefix, six more bytes, flags."""
_ATTRIBUTE = struct.Struct("=HH")
"""struct rtattr: length, itself included, and type; then the value."""
ALIGNMENT = 4
"""Each attribute begins at a multiple of so many bytes (RTA_ALIGNTO)."""


class NetlinkError(CourseError):
    """Bytes that are no message about an IPv4 route."""


@dataclass(frozen=True)
class RouteMessage:
    """A route has appeared or gone."""

    kind: str
    """"RTM_NEWROUTE" or "RTM_DELROUTE"."""
    network: str
    """As in "10.9.0.0/16"."""
    gateway: str
    """The router's address; "" for a network on the link itself."""

    def __str__(self) -> str:
        return f"{self.kind}: {self.network}{f' via {self.gateway}' if self.gateway else ''}"


def route(message: bytes) -> RouteMessage:
    """The route that the first message in these bytes tells of. Raises NetlinkError for anything else."""
    try:
        length, kind, *_ = _HEADER.unpack_from(message)
        family, bits, *_ = _ROUTE.unpack_from(message, _HEADER.size)
    except struct.error:
        raise NetlinkError(f"{len(message)} bytes are too few for a message about a route") from None
    if kind not in NAMES or family != AF_INET or length > len(message) or bits > 32:
        raise NetlinkError(f"no message about an IPv4 route: type {kind}, family {family}, length {length}")
    values = _attributes(message[_HEADER.size + _ROUTE.size : length])
    return RouteMessage(
        NAMES[kind], f"{_address(values.get(RTA_DST, bytes(4)))}/{bits}", _address(values.get(RTA_GATEWAY))
    )


def _attributes(data: bytes) -> dict[int, bytes]:
    values: dict[int, bytes] = {}
    at = 0
    while at + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, at)
        if not _ATTRIBUTE.size <= length <= len(data) - at:
            raise NetlinkError(f"an attribute of {length} bytes does not fit into the message")
        values[kind] = data[at + _ATTRIBUTE.size : at + length]
        at += -(-length // ALIGNMENT) * ALIGNMENT
    return values


def _address(value: bytes | None) -> str:
    if value is None:
        return ""
    if len(value) != 4:
        raise NetlinkError(f"an IPv4 address has 4 bytes, not {len(value)}")
    return str(IPv4Address(value))
