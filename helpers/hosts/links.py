"""What maker and hosts tell their kernels about links: veth pairs, addresses, routes, neighbours (rtnetlink(7)).

A host's link is a veth pair, whose other end stays with the maker: it needs no device file, as TUN and TAP do, which
containers lack. It is told by pyroute2 and not by the program `ip`, which would be a process for each sentence.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import select
import socket
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from helpers.hosts import control

SIOCETHTOOL = 0x8946  # <linux/sockios.h>
OFFLOADS = (0x15, 0x17, 0x19, 0x1F, 0x24, 0x2C)
"""ETHTOOL_SRXCSUM, STXCSUM, SSG, STSO, SGSO, SGRO (<linux/ethtool.h>)."""
RTMGRP_LINK = 1  # <linux/rtnetlink.h>
IFA_F_NODAD = 0x02  # <linux/if_addr.h>
IN6_ADDR_GEN_MODE_NONE = 1  # <linux/if_link.h>
LARGEST_MTU = 65535
"""Bytes of the longest packet that a veth takes."""
LINK_PATIENCE = 5.0
"""Seconds to wait for news of a link at most."""


@contextlib.contextmanager
def refusals() -> Iterator[None]:
    """What the kernel refuses in this block is an OSError."""
    try:
        yield
    except NetlinkError as error:
        raise OSError(error.code, os.strerror(error.code)) from None


def add_link(links: IPRoute, interface: control.Message, name: str, namespace: int) -> int:
    """A veth pair: the host's interface of that name, and the wire's end here, whose index is returned.

    The wire's end takes frames of any length: how long they may be is the hosts' affair.
    """
    peer = {"ifname": name, "address": interface["mac"], "net_ns_fd": namespace}
    links.link("add", ifname=interface["wire"], kind="veth", mtu=LARGEST_MTU, peer=peer)
    index = socket.if_nametoindex(interface["wire"])
    _silence_ipv6(links, index)
    return index


def remove_link(links: IPRoute, wire: str) -> None:
    """Cut the link at once, rather than when the kernel gets round to clearing the namespace away."""
    with contextlib.suppress(OSError):  # if_nametoindex: it went with its namespace
        links.link("del", index=socket.if_nametoindex(wire))


def configure(interfaces: Sequence[Sequence[str]]) -> None:
    """Give each interface, from eth0 on, its addresses, "address/prefix length" each, and bring them and lo up."""
    with IPRoute() as links, refusals():
        links.link("set", index=socket.if_nametoindex("lo"), state="up")
        for number, addresses in enumerate(interfaces):
            name = f"eth{number}"
            index = socket.if_nametoindex(name)
            _switch_off_offloads(name)
            _silence_ipv6(links, index)
            _solicit_no_router(name)
            for address in addresses:
                host, _, prefix = address.partition("/")
                usable_at_once: dict[str, Any] = {"flags": IFA_F_NODAD} if ":" in host else {}
                links.addr("add", index=index, address=host, prefixlen=int(prefix), **usable_at_once)
            with bring_up(links, index):
                pass


def change(message: control.Message) -> None:
    """A host's MTU, route or neighbour, as asked."""
    with IPRoute() as links, refusals():
        match message:
            case {"ask": "mtu", "interface": name, "mtu": size}:
                links.link("set", index=socket.if_nametoindex(name), mtu=size)
            case {"ask": "route", "network": network, "via": router}:
                links.route("replace", dst=network, gateway=router)
            case {"ask": "neighbour", "interface": name, "address": address, "mac": mac}:
                index = socket.if_nametoindex(name)
                links.neigh("replace", dst=address, lladdr=mac, ifindex=index, state="permanent")
            case {"ask": "no neighbour", "interface": name, "address": address}:
                links.neigh("del", dst=address, ifindex=socket.if_nametoindex(name))


@contextlib.contextmanager
def bring_up(links: IPRoute, index: int, **settings: bool) -> Iterator[None]:
    """Set an interface up; at the block's end wait until it really carries frames.

    The kernel activates the queue of an interface some time after both ends are up, and drops what is sent before.
    Raises TimeoutError after LINK_PATIENCE seconds.
    """
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as news:
        news.bind((0, RTMGRP_LINK))
        links.link("set", index=index, state="up", **settings)
        yield
        while links.get_links(index)[0].get_attr("IFLA_OPERSTATE") != "UP":
            changed, _, _ = select.select([news], [], [], LINK_PATIENCE)
            if not changed:
                raise TimeoutError(errno.ETIMEDOUT, "the link did not come up")
            news.recv(1 << 16)
        links.link("set", index=index, state="up")  # takes the lock under which the kernel activates the queue


def _silence_ipv6(links: IPRoute, index: int) -> None:
    """No link-local address but the reader's, so no neighbour discovery of the kernel's own between the frames."""
    mode = {"attrs": [("IFLA_INET6_ADDR_GEN_MODE", IN6_ADDR_GEN_MODE_NONE)]}
    with contextlib.suppress(NetlinkError):  # a kernel without IPv6 is silent anyway
        links.link("set", index=index, IFLA_AF_SPEC={"attrs": [("AF_INET6", mode)]})


def _solicit_no_router(interface: str) -> None:
    """With a link-local address, the kernel asks for a router, again and again (RFC 4861, section 6.3.7)."""
    with contextlib.suppress(OSError):  # no IPv6, and nobody asks; or no right to write
        Path(f"/proc/sys/net/ipv6/conf/{interface}/router_solicitations").write_text("0")


def _switch_off_offloads(interface: str) -> None:
    """Have the kernel finish each segment and its checksum itself: a veth leaves both to a card that is not there."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        for command in OFFLOADS:
            value = ctypes.create_string_buffer(struct.pack("II", command, 0))
            request = struct.pack("16sP", interface.encode(), ctypes.addressof(value))
            fcntl.ioctl(any_socket, SIOCETHTOOL, request)
