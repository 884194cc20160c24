"""Hosts and the network that joins them: real kernels' TCP/IP stacks, made without root (network_namespaces(7))."""

from __future__ import annotations

import atexit
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
import weakref
from collections.abc import Sequence
from typing import Self

from helpers.hosts import control
from helpers.interrupts import starting_apart, uninterrupted
from helpers.lab.errors import LabError, LabUnavailable, RuleUnused, WireTimeout
from helpers.lab.lans import Interface, Lans
from helpers.lab.lans import parse as parse_address
from helpers.lab.programs import Program
from helpers.lab.recorder import Recorder
from helpers.lab.rules import PATIENCE
from helpers.lab.socket_table import parse
from helpers.lab.sockets import LabSocket, refused
from helpers.lab.wire import Wire
from helpers.trace import Call, HostInfo, SocketRow, Table, Trace, connection_states

IP_FORWARD = "/proc/sys/net/ipv4/ip_forward"
LEAST_MTU, LARGEST_MTU = 68, 65535
"""Bytes: what every IPv4 link must take (RFC 791, section 3.2), and what an IPv4 packet has at most."""
NO_IPV6 = "IPv6 is switched off on this machine"
POLL_INTERVAL = 0.005
"""Seconds between two looks at a kernel's table, whose timers announce nothing."""


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
        self._programs: list[Program] = []
        self._made = 0
        self._looking = threading.Lock()
        self._uses_ipv6 = any(":" in address for address in addresses)
        """Or may: a look at each table walks the kernel's whole hash table, which is long before Linux 6.1."""
        self._boot()

    def socket(
        self,
        family: int = socket.AF_INET,
        type: int = socket.SOCK_STREAM,
        protocol: int = 0,
    ) -> LabSocket:
        """A socket of this host: an ordinary `socket.socket`, used from here.

        Raises OSError as socket(2) does, LabUnavailable for one of IPv6 where that is switched off.
        """
        begin = time.time_ns()
        request = {"ask": "socket", "family": family, "type": type, "protocol": protocol}
        try:
            _, (descriptor,) = self._ask(request)
        except OSError as error:
            if family == socket.AF_INET6 and error.errno == errno.EAFNOSUPPORT:
                raise LabUnavailable(f"{NO_IPV6} (EAFNOSUPPORT)") from None
            call = refused(self.name, begin, error, family, type, protocol)
            self.network.recorder.end_call(self.network.recorder.begin_call(call), call)
            raise
        self._uses_ipv6 |= family == socket.AF_INET6
        made = LabSocket(self, descriptor)
        made.note_birth(begin, family, type, protocol)
        return made

    def run(
        self, argv: Sequence[str], input: bytes = b"", timeout: float = 10.0
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a program in this host to its end; the trace keeps what it printed.

        Raises FileNotFoundError if there is no such program, subprocess.TimeoutExpired after `timeout` seconds.
        """
        begin = time.time_ns()
        program = self.start(argv)
        try:
            ended = program.communicate(input, timeout)
        finally:
            self._programs.remove(program)
            program.close()
        said = ended.stdout.decode(errors="replace").strip() or f"exit status {ended.returncode}"
        written = shlex.join("python" if part == sys.executable else part for part in argv)  # where it lies varies
        call = Call(begin, time.time_ns(), self.name, "run", written, said, "", 0, -1)
        self.network.recorder.end_call(self.network.recorder.begin_call(call), call)
        return ended

    def start(self, argv: Sequence[str]) -> Program:
        """Start a program in this host and go on. Raises FileNotFoundError if there is no such program."""
        self._uses_ipv6 = True
        program = Program(self._channel_in_use(), argv)
        self._programs.append(program)
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
            if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT):
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
        destination = _network(network)
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

    def add_neighbour(self, address: str, mac: str, interface: str = "eth0") -> None:
        """Tell it a neighbour's hardware address: it will never ask for it (arp(7)). Raises OSError if it refuses."""
        request = {"ask": "neighbour", "interface": self._interface(interface).name}
        self._ask({**request, "address": str(parse_address(address).ip), "mac": mac})

    def remove_neighbour(self, address: str, interface: str = "eth0") -> None:
        """Have it forget a neighbour's hardware address. Raises OSError if it knows none."""
        request = {"ask": "no neighbour", "interface": self._interface(interface).name}
        self._ask({**request, "address": str(parse_address(address).ip)})

    def sockets(self) -> tuple[SocketRow, ...]:
        """This host's TCP sockets as its kernel lists them now, in /proc/net/tcp and /proc/net/tcp6."""
        self._channel_in_use()
        with self._looking:
            return self._read_table()

    def wait_for_state(self, state: str, timeout: float = PATIENCE) -> None:
        """Wait until a connection of this host is in that state ("CLOSED": until it has none).

        Raises WireTimeout after `timeout` seconds.
        """

        def reached() -> bool:
            return state in connection_states(Table(0, self.name, self.sockets())) or (
                state == "CLOSED" and all(row.state == "LISTEN" for row in self.sockets())
            )

        deadline = time.monotonic() + timeout
        while not reached():
            if time.monotonic() > deadline:
                states = ", ".join(sorted(connection_states(Table(0, self.name, self.sockets()))))
                raise WireTimeout(
                    f"{self.name} did not come to {state} within {timeout:g} s; it is in {states}"
                )
            self.network.wire.until(lambda: False, POLL_INTERVAL)
        self.look()

    def restart(self) -> None:
        """Take the power away and boot again: same name and addresses, nothing remembered. Its sockets are gone."""
        with uninterrupted():
            self._power_off()
            self._boot()
        self.look()

    def look(self) -> None:
        """Take the socket table into the trace, if it has changed."""
        if not self.network.closed and self.network.watched:
            with self._looking:
                self.network.recorder.add_table(Table(time.time_ns(), self.name, self._read_table()))

    def table(self) -> Table:
        """The socket table now."""
        rows = self.sockets()
        return Table(time.time_ns(), self.name, rows)

    def close(self) -> None:
        """Take the power away for good. Called by the network."""
        self._power_off()

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

    def _boot(self) -> None:
        channel, ends, self._links = _maker().make(self.interfaces)
        self._channel: control.Channel | None = control.Channel(channel)
        self._tables = [self._open_table("tcp")]
        with contextlib.suppress(FileNotFoundError):  # IPv6 may be switched off (ipv6.disable=1)
            self._tables.append(self._open_table("tcp6"))
        for interface, packets in zip(self.interfaces, ends, strict=True):
            self.network.wire.plug(self, interface, packets)

    def _power_off(self) -> None:
        if self._channel is None:
            return
        self.network.wire.unplug(self.name)
        for made in list(self._sockets.values()):  # another thread may be closing one
            _wake(made)
            socket.socket.close(made)
        self._sockets.clear()
        for program in self._programs:
            program.close()
        self._programs.clear()
        self._channel.close()
        self._channel = None
        with self._looking:
            for descriptor in self._tables:
                os.close(descriptor)
            self._tables = []
        for link in self._links:
            _maker().remove(link)

    def _interface(self, name: str) -> Interface:
        for interface in self.interfaces:
            if interface.name == name:
                return interface
        known = ", ".join(interface.name for interface in self.interfaces)
        raise ValueError(f"{self.name} has no interface {name!r}; it has {known}")

    def _open_table(self, name: str) -> int:
        _, (descriptor,) = self._ask({"ask": "open", "path": f"/proc/self/net/{name}"})
        return descriptor

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


class Network:
    """A wire and the hosts on it. A new one closes the one before; so does the end of the kernel.

    Each IP network is a LAN of its own: a host with addresses in two networks has two interfaces, and only hosts
    of one LAN get each other's frames. The one `Wire` carries them all.
    """

    def __init__(self, watched: bool = True) -> None:
        """`watched`: take both kernels' socket tables into the trace at every frame and call.

        Raises LabUnavailable, saying why, where this machine lets us make no hosts.
        """
        global _current
        _maker()
        previous = _current() if _current is not None else None
        if previous is not None:
            previous.close()
        self.watched = watched
        self.closed = False
        self.recorder = Recorder()
        self.wire = Wire(self.recorder)
        self.hosts: dict[str, Host] = {}
        self._lans = Lans()
        _current = weakref.ref(self)

    def host(self, name: str, *addresses: str) -> Host:
        """A new host with these addresses, as "10.0.0.1" or "10.0.0.1/16"; by default the next of 10.0.0.0/24.

        Raises ValueError for a name or address that is taken, or is no address.
        """
        if self.closed:
            raise LabError("this network is closed: make a new one with Network()")
        if name in self.hosts or name in ("wire", "all", ""):
            raise ValueError(
                f"the name {name!r} is taken; the hosts are {', '.join(self.hosts) or 'none yet'}"
            )
        number = len(self.hosts) + 1
        parsed = [parse_address(address) for address in addresses or (f"10.0.0.{number}",)]
        given = tuple(str(address.ip) for address in parsed)
        taken = {address: host.name for host in self.hosts.values() for address in host.addresses}
        for address in given:
            if address in taken:
                raise ValueError(
                    f"the address {address} is already taken by the host {taken[address]}: choose another"
                )
        interfaces = self._lans.interfaces(parsed, number)
        with uninterrupted():
            self.hosts[name] = Host(self, name, given, interfaces)
        return self.hosts[name]

    def trace(self, about: dict[str, str] | None = None) -> Trace:
        """What has happened up to now."""
        hosts = tuple(HostInfo(host.name, host.addresses) for host in self.hosts.values())
        return self.recorder.trace(hosts, about)

    def close(self) -> None:
        """End every host, its programs and sockets, and the wire. A second time it does nothing."""
        if self.closed:
            return
        with uninterrupted():
            self.closed = True
            for host in self.hosts.values():
                host.close()
            self.wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Close. Raises RuleUnused if a rule never matched, unless another error is on its way."""
        unused = self.wire.unused()
        self.close()
        if unused and kind is None:
            raise RuleUnused(
                f"the rule «{unused[0]}» matched none of the {len(self.wire.frames)} frames that crossed"
            )


class _Maker:
    """The host maker's end in this process: started once, at the first network."""

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


_current: weakref.ref[Network] | None = None
_the_maker: _Maker | None = None
_the_refusal = ""
"""Why there is none. What a machine refuses this process now, it refuses it to the end; asking costs 0.3 seconds."""


def why_unavailable() -> str:
    """Why this machine lets us make no hosts, in one sentence; "" if it does."""
    try:
        _maker()
    except LabUnavailable as refusal:
        return str(refusal)
    return ""


def _maker() -> _Maker:
    global _the_maker, _the_refusal
    if _the_refusal:
        raise LabUnavailable(_the_refusal)
    if _the_maker is None or not _the_maker.lives:
        if sys.platform != "linux":
            raise LabUnavailable(f"the lab's hosts are Linux network namespaces, and this is {sys.platform}")
        try:
            with uninterrupted():
                _the_maker = _Maker()
                _probe(_the_maker)
        except LabUnavailable as refusal:
            _the_refusal = str(refusal)
            raise
    return _the_maker


def _probe(maker: _Maker) -> None:
    """Build a host: that unshare() succeeds does not say so (Ubuntu's AppArmor takes the capabilities afterwards)."""
    channel, (packets,), (link,) = maker.make(Lans().interfaces([parse_address("192.0.2.1")], 254))
    channel.close()
    packets.close()
    maker.remove(link)


def _why_not(error: OSError | EOFError) -> str:
    reasons: dict[int, str] = {
        1: "this machine refuses network namespaces to ordinary users (EPERM), as containers and Ubuntu's AppArmor do",
        13: "this machine refuses network namespaces to ordinary users (EACCES), as some security modules do",
        22: "this kernel has no user or network namespaces (EINVAL)",
        95: f"{NO_IPV6} (EOPNOTSUPP)",
        28: "the limit of user or network namespaces is reached or is 0 (ENOSPC; see /proc/sys/user)",
    }
    number = error.errno if isinstance(error, OSError) else None
    return reasons.get(number or 0, f"the process that makes hosts failed: {error}")


def _network(text: str) -> str:
    """A destination as the kernel takes it. Raises ValueError for what is none."""
    try:
        return str(ipaddress.ip_network("0.0.0.0/0" if text == "default" else text))
    except ValueError as error:
        raise ValueError(f"{text!r} is no network, such as 10.0.1.0/24 or default: {error}") from None


def _wake(blocked: socket.socket) -> None:
    """Have another thread's blocked call on this socket return before the descriptor goes."""
    with contextlib.suppress(OSError):
        socket.socket.shutdown(blocked, socket.SHUT_RDWR)  # unlike LabSocket's own, not a call of the trace


def _close_all() -> None:
    network = _current() if _current is not None else None
    if network is not None:
        network.close()
    if _the_maker is not None and _the_maker.lives:
        _the_maker.close()


atexit.register(_close_all)
