"""One process a notebook kernel that makes hosts; run as `python -m helpers.hosts.maker PARENT CHANNEL`.

It enters a user namespace, where it is root without being root outside (user_namespaces(7)), and a network namespace
where the wire's ends lie. A host is a fork of it: pyroute2 takes 0.2 s to import, and a fresh interpreter a host would
pay that each time; here it is paid once, and two hosts are up in less than 0.1 s. Not forked from the notebook itself:
its threads would not come along while their locks would, and its descriptors would live on in every host.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import sys
from pathlib import Path
from typing import NoReturn

from pyroute2 import IPRoute

from helpers.hosts import control, process
from helpers.hosts.links import add_link, bring_up, configure, refusals, remove_link
from helpers.interrupts import end_of_start

CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000  # <linux/sched.h>
PR_SET_CHILD_SUBREAPER = 36  # <linux/prctl.h>
ETH_P_ALL = 0x0003  # <linux/if_ether.h>
SO_TIMESTAMPNS = 35  # <asm-generic/socket.h>
SO_RCVBUFFORCE = 33
WIRE_BUFFER = 8 * 1024 * 1024
"""Bytes of frames that may wait for the wire; a full buffer would lose frames that no rule asked to lose."""
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


def make_host(links: IPRoute, message: control.Message, channel: socket.socket, notebook: int) -> list[int]:
    """A new host: its control channel and the packet sockets at the wire's ends of its links."""
    interfaces = message["interfaces"]
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours:
        with theirs:
            if os.fork() == 0:
                channel.close()
                ours.close()
                _become_host(theirs, notebook)
        _, (namespace,) = control.answer(ours)
        with contextlib.ExitStack() as coming_up:
            try:
                for number, interface in enumerate(interfaces):
                    index = add_link(links, interface, f"eth{number}", namespace)
                    coming_up.enter_context(bring_up(links, index, arp=False))
            finally:
                os.close(namespace)
            control.send(ours, {"addresses": [interface["addresses"] for interface in interfaces]})
            control.answer(ours)  # it is configured
        # Not before: bound to an interface that is down, it would answer its first send() with ENETDOWN.
        packets = [_packet_socket(interface["wire"]) for interface in interfaces]
        return [end.detach() for end in (ours, *packets)]


def _become_host(channel: socket.socket, notebook: int) -> NoReturn:
    """In the forked child: leave for new namespaces, wait for the link, configure it, and live."""
    try:
        unshare(CLONE_NEWNET | CLONE_NEWPID)
        if os.fork() != 0:  # unshare(2): not the caller but its first child is process 1 of the new PID namespace
            os._exit(0)
        namespace = os.open("/proc/self/ns/net", os.O_RDONLY)
        control.send(channel, {}, [namespace])
        os.close(namespace)
        message, _ = control.receive(channel)
        configure(message["addresses"])
        control.send(channel, {})
        process.live(channel, notebook)
    except OSError as error:
        control.send(channel, control.failure(error))
    except EOFError:
        pass  # the maker gave up on this host
    finally:
        os._exit(0)


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
    with IPRoute() as links:

        def reply(message: control.Message, _: list[int]) -> control.Answer:
            with refusals():
                if message["ask"] == "make":
                    return {}, make_host(links, message, channel, notebook)
                remove_link(links, message["wire"])
            return {}, []

        control.serve(channel, notebook, reply)


if __name__ == "__main__":
    main()
