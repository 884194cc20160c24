"""A host: a real kernel's TCP/IP stack, made without root (network_namespaces(7)), and what the reader asks of it.

Its process (`helpers.hosts.process`) hands over descriptors, so most of what is asked needs it no more: a socket is
used, and the kernel's table of sockets read, from here. Rejected: entering the host's namespace with setns(2), which
counts for one thread only and needs rights that a notebook does not have.
"""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import os
import shlex
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from helpers.errors import LabError, LabUnavailable, WireTimeout
from helpers.hosts import control
from helpers.interrupts import uninterrupted
from helpers.lab.host_maker import NO_IPV6, host_maker
from helpers.lab.lans import Interface, parse_address, parse_network
from helpers.lab.programs import HostProcess, Program, content, files_in_memory
from helpers.lab.socket_table import LOOK_EVERY, PATIENCE, parse
from helpers.lab.sockets import LabSocket, as_written, error_name
from helpers.trace import Call, SocketRow, Table, connection_states

if TYPE_CHECKING:
    from helpers.lab.network import Network

IP_FORWARD = "/proc/sys/net/ipv4/ip_forward"
LEAST_MTU, LARGEST_MTU = 68, 65535
"""Bytes: what every IPv4 link must take (RFC 791, section 3.2), and what an IPv4 packet has at most."""
CLOSED_SETTINGS = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT)


class Host:
    """A host of a network. Made by `Network.host`."""

    def __init__(
        self, network: Network, name: str, addresses: tuple[str, ...], interfaces: tuple[Interface, ...]
    ) -> None:
        self.network = network
        self.name = name
        self.addresses = addresses
        """Without prefix lengths, in the order given."""
        self.interfaces = interfaces
        """One for each LAN it is on, "eth0" first."""
        self._sockets: dict[int, LabSocket] = {}
        self._programs: set[HostProcess] = set()
        self._made = 0
        self._channel: control.Channel | None = None
        self._tables: list[int] = []
        self._looking = threading.Lock()
        self._uses_ipv6 = any(":" in address for address in addresses)
        """Or may: a look at each table walks the kernel's whole hash table, which is long before Linux 6.1."""
        self._boot()

    def socket(
        self, family: int = socket.AF_INET, type: int = socket.SOCK_STREAM, protocol: int = 0
    ) -> LabSocket:
        """A socket of this host: an ordinary `socket.socket`, used from here.

        Raises OSError as socket(2) does, LabUnavailable for one of IPv6 where that is switched off.
        """
        begin, written = time.time_ns(), as_written(family, type, protocol)
        try:
            _, (descriptor,) = self._ask({"ask": "socket", "family": family, "type": type, "protocol": protocol})
        except OSError as error:
            if family == socket.AF_INET6 and error.errno == errno.EAFNOSUPPORT:
                raise LabUnavailable(f"{NO_IPV6} (EAFNOSUPPORT)") from None
            self._note(begin, "socket", written, "", error_name(error), 0, -1)
            raise
        self._uses_ipv6 |= family == socket.AF_INET6
        made = LabSocket(self, descriptor)
        ids = made.number, made.fileno()
        self._note(begin, "socket", written, f"socket {made.number}", "", *ids, *ids)
        return made

    def run(
        self, argv: Sequence[str], input: bytes = b"", timeout: float = 10.0
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a program in this host to its end; the trace keeps what it printed.

        Raises FileNotFoundError if there is no such program, subprocess.TimeoutExpired after `timeout` seconds.
        """
        begin, self._uses_ipv6 = time.time_ns(), True
        with files_in_memory(input) as files:
            program = HostProcess(self._channel_in_use(), argv, files)
            self._programs.add(program)
            try:
                status = program.wait(timeout)
            finally:
                program.close()
                self._programs.discard(program)
            ended = subprocess.CompletedProcess(argv, status, content(files[1]), content(files[2]))
        said = ended.stdout.decode(errors="replace").strip() or f"exit status {status}"
        written = shlex.join("python" if part == sys.executable else part for part in argv)  # where it lies varies
        self._note(begin, "run", written, said, "", 0, -1)
        return ended

    def start(self, argv: Sequence[str]) -> Program:
        """Start a program in this host and go on. Raises FileNotFoundError if there is no such program."""
        self._uses_ipv6 = True
        program = Program(self._channel_in_use(), argv)
        self._programs.add(program)
        return program

    def read(self, path: str) -> str:
        """The text of a file as this host sees it: /proc/net and /proc/sys/net differ from host to host."""
        _, (descriptor,) = self._ask({"ask": "open", "path": path})
        with open(descriptor) as file:
            return file.read()

    def write(self, path: str, text: str) -> None:
        """Write a kernel setting under /proc/sys/net of this host.

        Raises LabUnavailable where this machine's settings cannot be written, or its kernel has no such setting.
        """
        try:
            self._ask({"ask": "write", "path": path, "text": text})
        except OSError as error:
            if error.errno not in CLOSED_SETTINGS:
                raise
            why = f"{path} cannot be written ({error.strerror})"
            raise LabUnavailable(f"the settings of {self.name} are closed on this machine: {why}") from None

    def forward(self) -> None:
        """Be a router from now on: IPv4 packets that are for others are sent on (ip_forward, ip-sysctl).

        Raises LabUnavailable where this machine's settings cannot be written.
        """
        self.write(IP_FORWARD, "1")

    def add_route(self, network: str, via: str) -> None:
        """Send packets for that network, "10.0.1.0/24" or "default", to the router with the address `via` (RFC 1812).

        A route to the same network that was there before is replaced. Raises ValueError for what is no network, or a
        router that is on none of this host's LANs.
        """
        destination = parse_network(network)
        networks = [ipaddress.ip_interface(a).network for i in self.interfaces for a in i.addresses]
        if not any(parse_address(via).ip in there for there in networks):
            where = ", ".join(map(str, networks))
            raise ValueError(f"{self.name} cannot reach the router {via}: its own networks are {where}")
        self._ask({"ask": "route", "network": destination, "via": via})

    def set_mtu(self, interface: str, size: int) -> None:
        """Let the packets of an interface, "eth0" say, have at most `size` bytes, IP header included.

        It counts in both directions: the wire loses frames to it that are longer. Raises ValueError for an interface
        that it has not, or a size that no IPv4 link may have.
        """
        if not LEAST_MTU <= size <= LARGEST_MTU:
            raise ValueError(f"an MTU is from {LEAST_MTU} to {LARGEST_MTU} bytes, not {size}")
        self._ask({"ask": "mtu", "interface": self._interface(interface).name, "mtu": size})
        self.network.wire.set_mtu(self.name, interface, size)

    def add_neighbour(self, address: str, mac: str, interface: str) -> None:
        """Tell it a neighbour's hardware address: it will never ask for it (arp(7)). Raises OSError if it refuses."""
        self._ask({"ask": "neighbour", "interface": interface, "address": address, "mac": mac})

    def remove_neighbour(self, address: str, interface: str) -> None:
        """Have it forget a neighbour's hardware address. Raises OSError if it knows none."""
        self._ask({"ask": "no neighbour", "interface": interface, "address": address})

    def sockets(self) -> tuple[SocketRow, ...]:
        """This host's TCP sockets as its kernel lists them now, in /proc/net/tcp and /proc/net/tcp6."""
        self._channel_in_use()
        with self._looking:
            return self._read_table()

    def wait_for_state(self, state: str, timeout: float = PATIENCE) -> None:
        """Wait until a connection of this host is in that state ("CLOSED": until it has none).

        Raises WireTimeout after `timeout` seconds.
        """

        def states() -> set[str]:
            return connection_states(self.table())

        def reached() -> bool:
            return state in states() or (state == "CLOSED" and states() == {"LISTEN"})

        deadline = time.monotonic() + timeout
        while not self.network.wire.until(reached, LOOK_EVERY):  # a kernel's timers announce nothing
            if time.monotonic() > deadline:
                seen = ", ".join(sorted(states()))
                raise WireTimeout(f"{self.name} did not come to {state} within {timeout:g} s; it is in {seen}")
        self.look()

    def restart(self) -> None:
        """Take the power away and boot again: same name and addresses, nothing remembered. Its sockets are gone."""
        with uninterrupted():
            self.close()
            self._boot()
        self.look()

    def look(self) -> None:
        """Take the socket table into the trace, if it has changed."""
        if not self.network.closed and self.network.watched:
            with self._looking:
                self.network.recorder.add_table(Table(time.time_ns(), self.name, self._read_table()))

    def table(self) -> Table:
        """The socket table now."""
        return Table(time.time_ns(), self.name, self.sockets())

    def close(self) -> None:
        """Take the power away: its sockets, programs and links go. Called by the network."""
        if self._channel is None:
            return
        self.network.wire.unplug(self.name)
        for made in list(self._sockets.values()):  # another thread may be closing one
            with contextlib.suppress(OSError):  # have another thread's blocked call return before the descriptor goes
                socket.socket.shutdown(made, socket.SHUT_RDWR)  # unlike LabSocket's own, not a call of the trace
            socket.socket.close(made)
        self._sockets.clear()
        for program in list(self._programs):
            program.close()
        self._programs.clear()
        self._channel.close()
        self._channel = None
        with self._looking:
            for descriptor in self._tables:
                os.close(descriptor)
            self._tables = []
        for link in self._links:
            host_maker().remove(link)

    def count_socket(self, made: LabSocket) -> int:
        """Keep a new socket until it is closed; returns its number, from 1.

        It lives on without a variable: an experiment's last line is not a hidden close().
        """
        self._made += 1
        self._sockets[self._made] = made
        return self._made

    def forget_socket(self, number: int) -> None:
        """A socket that was closed needs no keeping."""
        self._sockets.pop(number, None)

    def _note(self, begin: int, name: str, arguments: str, result: str, error: str, *numbers: int) -> None:
        """Keep a call that has ended now in the trace."""
        call = Call(begin, time.time_ns(), self.name, name, arguments, result, error, *numbers)
        self.network.recorder.add_call(call)

    def _boot(self) -> None:
        channel, ends, self._links = host_maker().make(self.interfaces)
        self._channel = control.Channel(channel)
        for name in ("tcp", "tcp6"):
            with contextlib.suppress(FileNotFoundError):  # IPv6 may be switched off (ipv6.disable=1)
                _, opened = self._ask({"ask": "open", "path": f"/proc/self/net/{name}"})
                self._tables += opened
        for interface, packets in zip(self.interfaces, ends, strict=True):
            self.network.wire.plug(self, interface, packets)

    def _interface(self, name: str) -> Interface:
        for interface in self.interfaces:
            if interface.name == name:
                return interface
        known = ", ".join(interface.name for interface in self.interfaces)
        raise ValueError(f"{self.name} has no interface {name!r}; it has {known}")

    def _read_table(self) -> tuple[SocketRow, ...]:
        rows: list[SocketRow] = []
        for descriptor in self._tables if self._uses_ipv6 else self._tables[:1]:
            text, position = b"", 0
            while part := os.pread(descriptor, 1 << 16, position):
                text += part
                position += len(part)
            rows.extend(parse(text.decode()))
        return tuple(rows)

    def _ask(self, message: control.Message) -> tuple[control.Message, list[int]]:
        try:
            return self._channel_in_use().ask(message)
        except EOFError:
            raise LabError(f"the host {self.name} has gone: make a new network with Network()") from None

    def _channel_in_use(self) -> control.Channel:
        if self._channel is None:
            raise LabError(f"the network of {self.name} is closed: make a new one with Network()")
        return self._channel
