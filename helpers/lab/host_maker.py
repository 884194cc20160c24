"""The host maker's end in the notebook's process: started once, at the first network, and asked for each host.

Whether this machine lets us make hosts is found out by making one; there is no other way to know (see `_probe`).
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Sequence

from helpers.errors import LabUnavailable
from helpers.hosts import control
from helpers.interrupts import starting_apart, uninterrupted
from helpers.lab.lans import Interface, Lans, parse_address

NO_IPV6 = "IPv6 is switched off on this machine"
REASONS = {
    1: "this machine refuses network namespaces to ordinary users (EPERM), as containers and Ubuntu's AppArmor do",
    13: "this machine refuses network namespaces to ordinary users (EACCES), as some security modules do",
    22: "this kernel has no user or network namespaces (EINVAL)",
    95: f"{NO_IPV6} (EOPNOTSUPP)",
    28: "the limit of user or network namespaces is reached or is 0 (ENOSPC; see /proc/sys/user)",
}
"""What the kernel's refusals mean here (user_namespaces(7), unshare(2))."""


class HostMaker:
    """The process that makes hosts."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-m", "helpers.hosts.maker", str(os.getpid()), str(theirs.fileno())]
            with starting_apart():
                self.process = subprocess.Popen(
                    command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                    start_new_session=True,  # the interrupt key and Jupyter's interrupt go to the whole process group
                )  # fmt: skip
        self.owner = os.getpid()
        self._channel = control.Channel(ours)
        self._links = 0
        try:
            control.answer(ours)
        except (OSError, EOFError) as error:
            self.close()
            raise LabUnavailable(_why_not(error)) from None

    def make(self, interfaces: Sequence[Interface]) -> tuple[socket.socket, list[socket.socket], list[str]]:
        """A new host: its control channel, the packet sockets of its interfaces' links, the links' names."""
        links = [f"wire{self._links + place}" for place, _ in enumerate(interfaces, 1)]
        self._links += len(links)
        wanted = [
            {"mac": interface.mac, "wire": link, "addresses": interface.addresses}
            for interface, link in zip(interfaces, links, strict=True)
        ]
        try:
            _, (channel, *packets) = self._channel.ask({"ask": "make", "interfaces": wanted})
        except (OSError, EOFError) as error:
            raise LabUnavailable(_why_not(error)) from None
        return socket.socket(fileno=channel), [socket.socket(fileno=end) for end in packets], links

    def remove(self, link: str) -> None:
        """Remove the link of a host that has ended."""
        with contextlib.suppress(OSError, EOFError):  # with the maker gone its links are gone too
            self._channel.ask({"ask": "remove", "wire": link})

    def close(self) -> None:
        """End the maker, and with it every host."""
        self._channel.close()
        self.process.wait()

    @property
    def lives(self) -> bool:
        """False after it ended, and in a child that has forked from the process that started it."""
        return self.owner == os.getpid() and not self._channel.closed and self.process.poll() is None


_the_maker: HostMaker | None = None
_the_refusal = ""
"""Why there is none. What a machine refuses this process now, it refuses it to the end; asking costs 0.3 seconds."""


def why_unavailable() -> str:
    """Why this machine lets us make no hosts, in one sentence; "" if it does."""
    try:
        host_maker()
    except LabUnavailable as refusal:
        return str(refusal)
    return ""


def host_maker() -> HostMaker:
    """The one that lives, or a new one. Raises LabUnavailable, saying why, where this machine makes no hosts."""
    global _the_maker, _the_refusal
    if _the_refusal:
        raise LabUnavailable(_the_refusal)
    if _the_maker is None or not _the_maker.lives:
        if sys.platform != "linux":
            raise LabUnavailable(f"the lab's hosts are Linux network namespaces, and this is {sys.platform}")
        try:
            with uninterrupted():
                _the_maker = HostMaker()
                _probe(_the_maker)
        except LabUnavailable as refusal:
            _the_refusal = str(refusal)
            raise
    return _the_maker


def _probe(maker: HostMaker) -> None:
    """Build a host: that unshare() succeeds does not say so (Ubuntu's AppArmor takes the capabilities afterwards)."""
    channel, (packets,), (link,) = maker.make(Lans().interfaces([parse_address("192.0.2.1")], 254))
    channel.close()
    packets.close()
    maker.remove(link)


def _why_not(error: OSError | EOFError) -> str:
    return REASONS.get(getattr(error, "errno", 0), f"the process that makes hosts failed: {error}")


def end_host_maker() -> None:
    """At the end of this process."""
    if _the_maker is not None and _the_maker.lives:
        _the_maker.close()
