"""Checkers of notebook 06: each makes sockets, has the reader's function work on them, and looks at what came of it."""

from __future__ import annotations

import contextlib
import errno
import select
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from helpers.ipc import Child
from helpers.lab import Host, LabUnavailable, Network
from helpers.study.checking import NeedsLiveLab, Wrong, exercise, expect
from helpers.study.own_process import name_of, result, running

LOOPBACK = "127.0.0.1"
PATIENCE = 5.0
"""Seconds to wait for what comes in a millisecond."""
ANY = ("0.0.0.0", 0)
"""A listener's remote end in the kernel's table."""
Address = tuple[str, int]
Entry = tuple[Address, Address]
"""A socket's local and remote end."""

_LISTEN = """
listener = socket.socket(family)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
listener.bind((address, port))
listener.listen()
listener.getsockname()[1]
"""


@exercise("06.1", "from a port to all its processes")
def owners_of_a_port(owners: Callable[[int], Any]) -> str:
    """One port: a listening socket of two processes, another one of a third, an IPv6 one of a fourth, and a process
    that has only a connection of that port. Then a port that is bound, and at which nobody listens."""
    with contextlib.ExitStack() as stack:
        children = {name: stack.enter_context(Child(name)) for name in ("forking", "sharing", "sixth")}
        port = children["forking"].do(_LISTEN, family=socket.AF_INET, address=LOOPBACK, port=0)
        with socket.create_connection((LOOPBACK, port)):
            children["forking"].do("connection, _ = listener.accept()")
            children["serving"] = children["forking"].fork("serving")
            children["serving"].do("listener.close()")
            children["forking"].do("connection.close()")
            children["forked"] = children["forking"].fork("forked")
            children["sharing"].do(_LISTEN, family=socket.AF_INET, address=LOOPBACK, port=port)
            if not _listens_by_ipv6(children["sixth"], port):
                del children["sixth"]
            _compare_owners(owners(port), {name: child.pid for name, child in children.items()})
    with socket.socket() as silent:
        silent.bind((LOOPBACK, 0))
        if owners(silent.getsockname()[1]) != set():
            raise Wrong("Where nobody listens, return an empty set: one socket is bound here, and does no more.")
    return "Forked processes, shared ports, both families; and who has only a connection is no owner."


def _listens_by_ipv6(child: Child, port: int) -> bool:
    """Have it listen at that port of ::1, if this machine has IPv6 and the port is free there."""
    with contextlib.suppress(OSError):
        return bool(child.do(_LISTEN, family=socket.AF_INET6, address="::1", port=port))
    return False


def _compare_owners(answer: Any, pids: dict[str, int]) -> None:
    """Raises Wrong unless these are the PIDs of all processes but "serving"."""
    if not isinstance(answer, set | frozenset) or not all(type(pid) is int for pid in answer):
        raise Wrong(f"Return a set of PIDs, whole numbers; you returned {answer!r}.")
    roles = {
        "forking": "the process that called listen()",
        "forked": "a process that was forked from the one that called listen(), and holds the same socket",
        "sharing": "a process with another socket that listens at this port (SO_REUSEPORT)",
        "sixth": "a process that listens by IPv6, whose sockets are in /proc/net/tcp6",
    }
    missed = [role for name, role in roles.items() if name in pids and pids[name] not in answer]
    if missed:
        raise Wrong(f"You missed {missed[0]}.")
    if pids["serving"] in answer:
        raise Wrong("One of your processes has only a connection of that port, in ESTABLISHED.")
    if strangers := answer - set(pids.values()):
        raise Wrong(f"{len(strangers)} of your PIDs are of processes that do not listen at that port.")


@exercise("06.2", "one port for two processes")
def port_for_two(listener: Callable[[int], Any]) -> str:
    """Called in two processes, the second time with the first one's port, it must leave two listening sockets."""
    with running(listener, "first") as first, running(listener, "second") as second:
        port, inode = _listening_at(first, listener, 0)
        other_port, other_inode = _listening_at(second, listener, port)
        expect(other_port, port, "the port of the second socket")
        assert inode != other_inode  # two processes without a common ancestor that had it open
    return "Two sockets, one name: the kernel now chooses one of them for each caller."


def _listening_at(child: Child, listener: Callable[[int], Any], port: int) -> tuple[int, int]:
    """The port and the inode of what the reader's function returned there. Raises Wrong if it does not listen."""
    doing = child.start(f"kept = {name_of(listener)}(port)", port=port)
    result(doing, "Your function waits. It was to return the listening socket.")
    if not child.do("isinstance(kept, socket.socket) and kept.fileno() != -1"):
        raise Wrong(f"Return the listening socket itself, open; you returned {child.do('repr(kept)')}.")
    if not child.do("kept.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)"):
        raise Wrong("Your socket does not listen: call listen() before you return it.")
    address, bound, *_ = child.do("kept.getsockname()")
    if address != LOOPBACK:
        raise Wrong(f"Bind it to {LOOPBACK}; yours is bound to {address}.")
    return bound, child.do("os.fstat(kept.fileno()).st_ino")


@exercise("06.3", "four of five values equal")
def four_values_equal(two_connections: Callable[[Address, Address], Any]) -> str:
    """Both sockets must be connected, from one local address and port, to two ports of one host."""
    with socket.create_server((LOOPBACK, 0)) as first, socket.create_server((LOOPBACK, 0)) as second:
        servers = first.getsockname(), second.getsockname()
        with _two_sockets(two_connections(*servers)) as (one, other):
            for sock, wanted in zip((one, other), servers, strict=True):
                expect(_peer(sock), wanted, "the other end of one of your sockets")
            expect(other.getsockname(), one.getsockname(), "the local address and port of your second socket")
    return "Same protocol, same two addresses, same port here: only the server's port tells them apart."


@contextlib.contextmanager
def _two_sockets(made: Any) -> Iterator[tuple[socket.socket, socket.socket]]:
    """The two, closed at the end. Raises Wrong if they are no two open sockets."""
    parts = tuple(made) if isinstance(made, tuple | list) else ()
    sockets = [part for part in parts if isinstance(part, socket.socket)]
    with contextlib.ExitStack() as stack:
        for sock in sockets:
            stack.enter_context(sock)
        if len(parts) != 2 or len(sockets) != 2:
            raise Wrong(f"Return the two sockets, as in `return one, other`; you returned {made!r}.")
        if -1 in (sock.fileno() for sock in sockets):
            raise Wrong("Your function closed a socket before it returned it: who calls it closes them.")
        yield sockets[0], sockets[1]


def _peer(sock: socket.socket) -> Any:
    try:
        return sock.getpeername()
    except OSError:
        return "not there: it is not connected"


@exercise("06.4", "the address that the kernel would take")
def address_that_it_takes(address_towards: Callable[[Host, str], Any]) -> str:
    """Asked for several destinations on a host with three networks, it must be right each time, and nothing may have
    crossed the wire."""
    expected = {"10.0.1.9": "10.0.1.1", "10.0.0.9": "10.0.0.1", "10.0.2.9": "10.0.2.1", LOOPBACK: LOOPBACK}
    with _network() as network:
        host = network.host("you", "10.0.0.1", "10.0.1.1", "10.0.2.1")
        for destination, address in expected.items():
            before = len(network.wire.frames)
            try:
                got = address_towards(host, destination)
            finally:  # a TCP socket's connect() also fails: nobody is there
                network.wire.settle()
                if len(network.wire.frames) != before:
                    raise Wrong("A packet crossed the wire. connect() of a UDP socket sends nothing (udp(7)).")
            expect(got, address, f"the address towards {destination}")
    return "The kernel has looked up the route, and nobody has heard of it."


@contextlib.contextmanager
def _network() -> Iterator[Network]:
    """Raises NeedsLiveLab where this machine makes no hosts."""
    try:
        network = Network(watched=False)
    except LabUnavailable as reason:
        raise NeedsLiveLab(str(reason)) from None
    with network:
        yield network


@exercise("06.5", "which socket gets the segment?")
def closest_fit(receiver: Callable[[list[Entry], Address, Address], Any]) -> str:
    """A real server shows first which socket got what. Then the reader's function must say the same of the table that
    the server had before, in whatever order."""
    with _network() as network:
        facts = list(_facts(network.host("client", "10.0.0.1"), network.host("server", "10.0.0.2", "10.0.0.3")))
    for fact in facts:
        for order in (fact.table, fact.table[::-1]):
            got = receiver(list(order), fact.source, fact.destination)
            _compare_receiver(got, order, fact)
    return "As the kernel did it: a connection first, then the exact address, then any."


@dataclass(frozen=True)
class Fact:
    """A segment that a kernel has received, and which of its sockets got it."""

    table: tuple[Entry, ...]
    """The sockets before it came."""
    source: Address
    destination: Address
    winner: Entry | None
    """None: it was refused."""
    hint: str
    """What a wrong answer has missed."""


def _facts(client: Host, server: Host) -> Iterator[Fact]:
    """Two calls from one port, one from another, the bytes of the first, and a call that is refused: each happens,
    and is told."""
    listeners = [_shared_listener(server, address) for address in ("0.0.0.0", "10.0.0.2")]
    table: tuple[Entry, ...] = tuple((listener.getsockname(), ANY) for listener in listeners)
    source, other = ("10.0.0.1", 40001), ("10.0.0.1", 40002)
    exact = "A listener at exactly this address is a closer fit than one at any address."
    anyone = "No connection and no listener has exactly this address: the listener at 0.0.0.0 gets it."
    new = "A connection gets only what its own other end sends, address *and* port. This caller has none yet."
    callers, connections = [], []
    for caller, address, hint in ((source, "10.0.0.2", exact), (source, "10.0.0.3", anyone), (other, "10.0.0.2", new)):
        callers.append(_caller(client, caller))
        callers[-1].connect((address, 80))
        (listener,), _, _ = select.select(listeners, [], [], PATIENCE)
        yield Fact(table, caller, (address, 80), (listener.getsockname(), ANY), hint)
        connection, peer = listener.accept()
        connections.append(connection)
        table = (*table, (connection.getsockname(), peer))
    callers[0].send(b"!")
    (connection,), _, _ = select.select([*listeners, *connections], [], [], PATIENCE)
    got_it = connection.getsockname(), connection.getpeername()
    yield Fact(table, source, got_it[0], got_it, "A connection whose two ends both fit comes before any listener.")
    if _caller(client, source).connect_ex(("10.0.0.2", 81)) == errno.ECONNREFUSED:
        yield Fact(table, source, ("10.0.0.2", 81), None, "No socket has this port: the answer is None.")


def _shared_listener(server: Host, address: str) -> socket.socket:
    listener = server.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((address, 80))
    listener.listen()
    return listener


def _caller(client: Host, source: Address) -> socket.socket:
    caller = client.socket()
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    caller.bind(source)
    return caller


def _compare_receiver(got: Any, table: tuple[Entry, ...], fact: Fact) -> None:
    """Raises Wrong unless that is the winner's place in the table."""
    place = None if fact.winner is None else table.index(fact.winner)
    if type(got) is type(place) and got == place:
        return
    if got is not None and type(got) is not int:
        raise Wrong(f"Return the place in the list, counted from 0, or None; you returned {got!r}.")
    lines = "; ".join(f"{number}: {local} {remote}" for number, (local, remote) in enumerate(table))
    raise Wrong(
        f"A segment from {fact.source} for {fact.destination}: you say {got}, the kernel gave it to {place}. "
        f"{fact.hint} The table was {lines}."
    )
