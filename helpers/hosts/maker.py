"""One process a notebook kernel that makes hosts; run as `python -m helpers.hosts.maker PARENT CHANNEL`.

It enters a user namespace, where it is root without being root outside (user_namespaces(7)), and a network namespace
where the wire's ends lie. pyroute2 is imported once here, and a host is a fork: 0.2 s of imports are paid once.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import select
import signal
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from helpers.hosts import control, process
from helpers.interrupts import end_of_start

CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000  # <linux/sched.h>
PR_SET_CHILD_SUBREAPER = 36  # <linux/prctl.h>
SIOCETHTOOL = 0x8946  # <linux/sockios.h>
ETHTOOL_SRXCSUM, ETHTOOL_STXCSUM, ETHTOOL_SSG, ETHTOOL_STSO = 0x15, 0x17, 0x19, 0x1F  # <linux/ethtool.h>
ETHTOOL_SGSO, ETHTOOL_SGRO = 0x24, 0x2C
RTMGRP_LINK = 1  # <linux/rtnetlink.h>
ETH_P_ALL = 0x0003  # <linux/if_ether.h>
SO_TIMESTAMPNS = 35  # <asm-generic/socket.h>
SO_RCVBUFFORCE = 33
WIRE_BUFFER = 8 * 1024 * 1024
"""Bytes of frames that may wait for the wire; a full buffer would lose frames that no rule asked to lose."""
LARGEST_MTU = 65535
"""Bytes of the longest packet that a veth takes."""
LINK_PATIENCE = 5.0
"""Seconds to wait for news of a link at most."""
HOST_HASH_ENTRIES = 4096
"""Buckets of a host's TCP hash table. Reading /proc/net/tcp walks them all: 1.2 ms with the usual 262,144."""

libc = ctypes.CDLL(None, use_errno=True)


def unshare(flags: int) -> None:
    """unshare(2). Raises OSError."""
    if libc.unshare(flags) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def enter_namespaces() -> None:
    """Become root of a new user namespace with a network namespace of its own; root may do without the former.

    Raises OSError where this machine refuses.
    """
    user, group = os.geteuid(), os.getegid()
    try:
        unshare(CLONE_NEWUSER | CLONE_NEWNET)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    except OSError:
        if user != 0:
            raise
        unshare(CLONE_NEWNET)
    try:
        Path("/proc/sys/net/ipv4/tcp_child_ehash_entries").write_text(str(HOST_HASH_ENTRIES))
    except OSError:
        pass  # before Linux 6.1, or /proc/sys is read-only as in a container: hosts work, only slower to look at


def serve(channel: socket.socket, notebook: int) -> None:
    """Make and end hosts as asked, until the channel closes or the notebook's process ends."""
    poll = select.poll()
    poll.register(channel, select.POLLIN)
    poll.register(notebook, select.POLLIN)
    with IPRoute() as links:
        while True:
            ready = {descriptor for descriptor, _ in poll.poll()}
            if notebook in ready:
                return
            try:
                message, _ = control.receive(channel)
            except EOFError:
                return
            given: list[int] = []
            try:
                if message["ask"] == "make":
                    given = make_host(links, message, channel, notebook)
                else:
                    remove_link(links, message["wire"])
                control.give(channel, {}, given)
            except NetlinkError as error:
                control.send(channel, control.failure(OSError(error.code, str(error))))
            except OSError as error:
                control.send(channel, control.failure(error))


def make_host(links: IPRoute, message: control.Message, channel: socket.socket, notebook: int) -> list[int]:
    """A new host: its control channel and the packet sockets at the wire's ends of its links."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours:
        with theirs:
            if os.fork() == 0:
                channel.close()
                ours.close()
                _become_host(theirs, notebook)
        _, (namespace,) = control.answer(ours)
        interfaces = message["interfaces"]
        with contextlib.ExitStack() as coming_up:
            try:
                for number, interface in enumerate(interfaces):
                    index = _add_link(links, interface, f"eth{number}", namespace)
                    coming_up.enter_context(_bring_up(links, index, arp=False))
            finally:
                os.close(namespace)
            control.send(ours, {"addresses": [interface["addresses"] for interface in interfaces]})
            control.answer(ours)  # it is configured
        # Not before: bound to an interface that is down, it would answer its first send() with ENETDOWN.
        packets = [_packet_socket(interface["wire"]) for interface in interfaces]
        return [end.detach() for end in (ours, *packets)]


def _add_link(links: IPRoute, interface: control.Message, name: str, namespace: int) -> int:
    """A veth pair: the host's interface of that name, and the wire's end here, whose index is returned.

    The wire's end takes frames of any length: how long they may be is the hosts' affair.
    """
    wire = interface["wire"]
    peer = {"ifname": name, "address": interface["mac"], "net_ns_fd": namespace}
    links.link("add", ifname=wire, kind="veth", mtu=LARGEST_MTU, peer=peer)
    index = int(links.link_lookup(ifname=wire)[0])
    _silence_ipv6(links, index)
    return index


def remove_link(links: IPRoute, wire: str) -> None:
    """Cut the link at once, rather than when the kernel gets round to clearing the namespace away."""
    for index in links.link_lookup(ifname=wire):
        links.link("del", index=index)


def _become_host(channel: socket.socket, notebook: int) -> NoReturn:
    """In the forked child: leave for new namespaces, wait for the link, configure it, and live."""
    try:
        unshare(CLONE_NEWNET | CLONE_NEWPID)
        if (
            os.fork() != 0
        ):  # unshare(2): not the caller but its first child is process 1 of the new PID namespace
            os._exit(0)
        namespace = os.open("/proc/self/ns/net", os.O_RDONLY)
        control.send(channel, {}, [namespace])
        os.close(namespace)
        message, _ = control.receive(channel)
        _configure(message["addresses"])
        control.send(channel, {})
        process.live(channel, notebook)
    except OSError as error:
        control.send(channel, control.failure(error))
    except EOFError:
        pass  # the maker gave up on this host
    finally:
        os._exit(0)


def _configure(interfaces: list[list[str]]) -> None:
    """Give each interface, from eth0 on, its addresses, "address/prefix length" each, and bring them and lo up."""
    with IPRoute() as links:
        links.link("set", index=links.link_lookup(ifname="lo")[0], state="up")
        for number, addresses in enumerate(interfaces):
            _configure_link(links, f"eth{number}", addresses)


def _configure_link(links: IPRoute, name: str, addresses: list[str]) -> None:
    _switch_off_offloads(name)
    index = links.link_lookup(ifname=name)[0]
    _silence_ipv6(links, index)
    _solicit_no_router(name)
    for address in addresses:
        host, _, prefix = address.partition("/")
        flags: dict[str, Any] = {"flags": 0x02} if ":" in host else {}  # IFA_F_NODAD: usable at once
        try:
            links.addr("add", index=index, address=host, prefixlen=int(prefix), **flags)
        except NetlinkError as error:
            raise OSError(error.code, os.strerror(error.code)) from None
    with _bring_up(links, index):
        pass


@contextlib.contextmanager
def _bring_up(links: IPRoute, index: int, **settings: bool) -> Iterator[None]:
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
    """No link-local address but the reader's, so no neighbour discovery of the kernel's own between his frames."""
    try:
        links.link(
            "set",
            index=index,
            IFLA_AF_SPEC={"attrs": [("AF_INET6", {"attrs": [("IFLA_INET6_ADDR_GEN_MODE", 1)]})]},
        )
    except NetlinkError:
        pass  # a kernel without IPv6 is silent anyway


def _solicit_no_router(interface: str) -> None:
    """With a link-local address, the kernel asks for a router, again and again (RFC 4861, section 6.3.7)."""
    with contextlib.suppress(OSError):  # no IPv6, and nobody asks; or no right to write
        Path(f"/proc/sys/net/ipv6/conf/{interface}/router_solicitations").write_text("0")


def _switch_off_offloads(interface: str) -> None:
    """Have the kernel finish each segment and its checksum itself: a veth leaves both to a card that is not there."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        for command in (
            ETHTOOL_SRXCSUM,
            ETHTOOL_STXCSUM,
            ETHTOOL_SSG,
            ETHTOOL_STSO,
            ETHTOOL_SGSO,
            ETHTOOL_SGRO,
        ):
            value = ctypes.create_string_buffer(struct.pack("II", command, 0))
            request = struct.pack("16sP", interface.encode(), ctypes.addressof(value))
            fcntl.ioctl(any_socket, SIOCETHTOOL, request)


def _packet_socket(interface: str) -> socket.socket:
    """All frames that arrive at the wire's end, with the kernel's time stamp (packet(7))."""
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)  # 0: nothing arrives before bind()
    packets.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    try:
        packets.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, WIRE_BUFFER)
    except PermissionError:
        packets.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WIRE_BUFFER)  # as much as the system allows
    packets.bind((interface, ETH_P_ALL))
    packets.setblocking(False)
    return packets


def main() -> None:
    """Say "ready", or why not, and serve."""
    end_of_start()
    parent, descriptor = int(sys.argv[1]), int(sys.argv[2])
    channel = socket.socket(fileno=descriptor)
    channel.set_inheritable(False)
    notebook = os.pidfd_open(parent)
    if os.getppid() != parent:
        return  # it ended before we held its pidfd
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # ended hosts are reaped by the kernel
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        enter_namespaces()
        control.send(channel, {})
    except OSError as error:
        control.send(channel, control.failure(error))
        return
    serve(channel, notebook)


if __name__ == "__main__":
    main()
