"""What a host is told about its links while it runs: MTU, routes, neighbours (rtnetlink(7))."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from helpers.hosts import control

Answer = tuple[control.Message, list[int]]


def set_mtu(message: control.Message, _: list[int]) -> Answer:
    """The longest IP packet of an interface, in bytes."""
    with _links() as links:
        links.link("set", index=_index(links, message), mtu=message["mtu"])
    return {}, []


def add_route(message: control.Message, _: list[int]) -> Answer:
    """The way to a network goes over another host; a way that was there is replaced."""
    with _links() as links:
        links.route("replace", dst=message["network"], gateway=message["via"])
    return {}, []


def add_neighbour(message: control.Message, _: list[int]) -> Answer:
    """The hardware address of a host on the link, which is then never asked for (arp(7))."""
    with _links() as links:
        index = _index(links, message)
        links.neigh("replace", dst=message["address"], lladdr=message["mac"], ifindex=index, state="permanent")
    return {}, []


def remove_neighbour(message: control.Message, _: list[int]) -> Answer:
    """Forget it again."""
    with _links() as links:
        links.neigh("del", dst=message["address"], ifindex=_index(links, message))
    return {}, []


@contextlib.contextmanager
def _links() -> Iterator[IPRoute]:
    """The kernel's netlink socket; what the kernel refuses is an OSError."""
    with IPRoute() as links:
        try:
            yield links
        except NetlinkError as error:
            raise OSError(error.code, os.strerror(error.code)) from None


def _index(links: IPRoute, message: control.Message) -> int:
    return int(links.link_lookup(ifname=message["interface"])[0])
