from __future__ import annotations

import contextlib
import glob
import os
import socket
from collections.abc import Callable
from typing import Any

import pytest

from helpers.ipc import Child
from helpers.lab import Host, LabUnavailable
from helpers.lessons.names import check as names
from helpers.study import check, own_process
from tests.lessons.solved import solutions

SOLVED = solutions("06_who_are_you_on_a_network")
ANYWHERE = ("0.0.0.0", 0)


def assert_wrong(number: str, answer: object, sentence: str) -> None:
    checked = check(number, answer)
    assert checked.status == "wrong" and sentence in checked.text, checked.text


@pytest.mark.parametrize(("number", "name"), [("06.1", "owners"), ("06.2", "listener"), ("06.3", "two_connections")])
def test_the_solution_passes(monkeypatch: pytest.MonkeyPatch, number: str, name: str) -> None:
    monkeypatch.setattr(own_process, "LONGEST", 10.0)
    checked = check(number, SOLVED[name])
    assert checked.status == "passed", checked.text


@pytest.mark.parametrize(("number", "name"), [("06.4", "address_towards"), ("06.5", "receiver")])
def test_the_solution_in_the_lab_passes(needs_lab: None, number: str, name: str) -> None:
    checked = check(number, SOLVED[name])
    assert checked.status == "passed", checked.text


def links(port: int, tables: tuple[str, ...] = ("tcp", "tcp6"), states: tuple[str, ...] = ("0A",)) -> list[str]:
    found = []
    for table in tables:
        with contextlib.suppress(FileNotFoundError), open(f"/proc/net/{table}") as lines:
            for fields in map(str.split, lines):
                if fields[1].endswith(f":{port:04X}") and fields[3] in states:
                    found.append(f"socket:[{fields[9]}]")
    return found


def holders(wanted: list[str]) -> set[int]:
    found = set()
    for path in glob.glob("/proc/[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if os.readlink(path) in wanted:
                found.add(int(path.split("/")[2]))
    return found


def only_ipv4(port: int) -> set[int]:
    return holders(links(port, tables=("tcp",)))


def in_any_state(port: int) -> set[int]:
    return holders(links(port, states=("0A", "01")))


def one_of_each_socket(port: int) -> set[int]:
    return {min(holders([link])) for link in links(port)}


def every_process(port: int) -> set[int]:
    """Whoever has anything open."""
    return {int(path.split("/")[2]) for path in glob.glob("/proc/[0-9]*/fd/*")}


def and_this_one(port: int) -> set[int]:
    return SOLVED["owners"](port) | {os.getpid()}


def and_another(port: int) -> set[int]:
    return SOLVED["owners"](port) | {1}


def somebody_in_any_case(port: int) -> set[int]:
    return SOLVED["owners"](port) or {os.getpid()}


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (in_any_state, "has only a connection of that port, in ESTABLISHED"),
        (every_process, "has only a connection of that port, in ESTABLISHED"),
        (one_of_each_socket, "it was forked from the one that called listen()"),
        (and_this_one, "has a connection *to* that port"),
        (and_another, "1 of your PIDs are of processes that do not listen"),
        (somebody_in_any_case, "Where nobody listens, return an empty set"),
        (lambda port: set(), "You missed the process that called listen()"),
        (lambda port: sorted(SOLVED["owners"](port)), "Return a set of PIDs, whole numbers; you returned ["),
        (lambda port: {str(pid) for pid in SOLVED["owners"](port)}, "Return a set of PIDs, whole numbers"),
        (lambda port: None, "you returned None"),
    ],
)
def test_processes_too_many_or_too_few(answer: Callable[[int], Any], sentence: str) -> None:
    assert_wrong("06.1", answer, sentence)


def test_a_second_socket_at_the_port_is_missed() -> None:
    """Which of the two lines comes first is the kernel's choice."""

    def without(name: str) -> Callable[[int], set[int]]:
        return lambda port: {pid for pid in SOLVED["owners"](port) if f" {name} " not in command_line(pid)}

    assert_wrong("06.1", without("sharing"), "two sockets listen at this port (SO_REUSEPORT)")


def command_line(pid: int) -> str:
    with open(f"/proc/{pid}/cmdline") as line:
        return line.read().replace("\0", " ")


def test_ipv6_counts_where_the_machine_has_it() -> None:
    checked = check("06.1", only_ipv4)
    with Child("probe") as probe:
        ipv6 = names._listens_by_ipv6(probe, 0)
    assert checked.status == ("wrong" if ipv6 else "passed")
    assert ("/proc/net/tcp6" in checked.text) == ipv6


def test_without_ipv6_nobody_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "_listens_by_ipv6", lambda child, port: False)
    assert check("06.1", only_ipv4).status == "passed"


def no_option(port: int) -> socket.socket:
    made = socket.socket()
    made.bind(("127.0.0.1", port))
    made.listen()
    return made


def reuse_address(port: int) -> socket.socket:
    return socket.create_server(("127.0.0.1", port))


def only_the_second_time(port: int) -> socket.socket:
    made = socket.socket()
    if port:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind(("127.0.0.1", port))
    made.listen()
    return made


def after_bind(port: int) -> socket.socket:
    made = socket.socket()
    made.bind(("127.0.0.1", port))
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.listen()
    return made


def another_port(port: int) -> socket.socket:
    made = socket.socket()
    made.bind(("127.0.0.1", 0))
    made.listen()
    return made


def does_not_listen(port: int) -> socket.socket:
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind(("127.0.0.1", port))
    return made


def elsewhere(port: int) -> socket.socket:
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind(("127.0.0.2", port))
    made.listen()
    return made


def closes(port: int) -> socket.socket:
    with socket.create_server(("127.0.0.1", port), reuse_port=True) as made:
        return made


def returns_nothing(port: int) -> None:
    made = socket.create_server(("127.0.0.1", port), reuse_port=True)
    made.listen()


def answers_calls(port: int) -> None:
    made = socket.create_server(("127.0.0.1", port), reuse_port=True)
    made.accept()


def connects(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", 1))


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (no_option, "The second process got EADDRINUSE"),
        (reuse_address, "The second process got EADDRINUSE"),
        (only_the_second_time, "The second process got EADDRINUSE"),
        (after_bind, "The second process got EADDRINUSE"),
        (another_port, "The second socket was to have port"),
        (does_not_listen, "call listen() before you return it"),
        (elsewhere, "yours is bound to 127.0.0.2"),
        (closes, "Return the listening socket itself, open; you returned <socket.socket [closed]"),
        (returns_nothing, "you returned None"),
        (answers_calls, "Your function waits for ever"),
        (connects, "ConnectionRefusedError"),
        (lambda port: None, "Write the function with def"),
        (8080, "Hand over the function itself"),
    ],
)
def test_ports_that_are_not_shared(
    answer: Callable[[int], Any], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_process, "LONGEST", 0.5 if answer is answers_calls else 10.0)
    assert_wrong("06.2", answer, sentence)


Address = tuple[str, int]


def two_ports(first: Address, second: Address) -> Any:
    return socket.create_connection(first), socket.create_connection(second)


def bound_without_option(first: Address, second: Address) -> Any:
    one, other = socket.create_connection(first), socket.socket()
    other.bind(one.getsockname())
    other.connect(second)
    return one, other


def option_for_the_second_only(first: Address, second: Address) -> Any:
    one, other = socket.create_connection(first), socket.socket()
    other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    other.bind(one.getsockname())
    other.connect(second)
    return one, other


def to_the_first_twice(first: Address, second: Address) -> Any:
    return SOLVED["two_connections"](first, first)


def one_socket_for_both(first: Address, second: Address) -> Any:
    with socket.create_connection(first) as one:
        one.connect(second)
        return one, one


def second_not_connected(first: Address, second: Address) -> Any:
    one, other = socket.create_connection(first), socket.socket()
    return one, other


def in_the_wrong_order(first: Address, second: Address) -> Any:
    return SOLVED["two_connections"](second, first)


def closed(first: Address, second: Address) -> Any:
    one, other = SOLVED["two_connections"](first, second)
    with one, other:
        return one, other


def only_one(first: Address, second: Address) -> Any:
    return socket.create_connection(first)


def their_addresses(first: Address, second: Address) -> Any:
    return first, second


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (two_ports, "Two values differ: the servers' ports, and your own"),
        (bound_without_option, "bind() failed: EADDRINUSE"),
        (option_for_the_second_only, "bind() failed: EADDRINUSE"),
        (to_the_first_twice, "connect() failed: EADDRNOTAVAIL. Both sockets call the same server"),
        (one_socket_for_both, "Your code raised EISCONN"),
        (second_not_connected, "its other end is not there: it is not connected"),
        (in_the_wrong_order, "One of your sockets is to be connected to"),
        (closed, "Your function closed a socket"),
        (only_one, "Return the two sockets"),
        (their_addresses, "Return the two sockets"),
        (lambda first, second: None, "you returned None"),
    ],
)
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # wrong answers leave sockets to the garbage collector
def test_connections_that_differ_in_more(answer: Callable[[Address, Address], Any], sentence: str) -> None:
    assert_wrong("06.3", answer, sentence)


def first_address(host: Host, destination: str) -> str:
    return host.addresses[0]


def without_connect(host: Host, destination: str) -> Any:
    return host.socket(type=socket.SOCK_DGRAM).getsockname()[0]


def sends_a_datagram(host: Host, destination: str) -> Any:
    asking = host.socket(type=socket.SOCK_DGRAM)
    asking.sendto(b"?", (destination, 9))
    return asking.getsockname()[0]


def waits_for_a_connection(host: Host, destination: str) -> Any:
    caller = host.socket()
    caller.connect((destination, 9))
    return caller.getsockname()[0]


def starts_a_connection(host: Host, destination: str) -> Any:
    caller = host.socket()
    caller.setblocking(False)
    caller.connect_ex((destination, 9))
    return caller.getsockname()[0]


def whole_name(host: Host, destination: str) -> Any:
    asking = host.socket(type=socket.SOCK_DGRAM)
    asking.connect((destination, 9))
    return asking.getsockname()


def of_this_machine(host: Host, destination: str) -> Any:
    with socket.socket(type=socket.SOCK_DGRAM) as asking:
        asking.connect(("127.0.0.1", 9))
        return asking.getsockname()[0]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (first_address, "Towards 10.0.1.9 this host would use 10.0.1.1; you returned '10.0.0.1'"),
        (without_connect, "0.0.0.0 means: not chosen yet"),
        (sends_a_datagram, "A packet crossed the wire"),
        (starts_a_connection, "A packet crossed the wire"),
        (waits_for_a_connection, "A packet crossed the wire"),
        (whole_name, "you returned ('10.0.1.1', "),
        (of_this_machine, "you returned '127.0.0.1'"),
        (lambda host, destination: None, "you returned None"),
    ],
)
def test_addresses_not_of_the_route(needs_lab: None, answer: Callable[[Host, str], Any], sentence: str) -> None:
    assert_wrong("06.4", answer, sentence)


Table = list[tuple[Address, Address]]


def first_that_fits(table: Table, source: Address, destination: Address) -> int | None:
    for place, (local, remote) in enumerate(table):
        if local in (destination, ("0.0.0.0", destination[1])) and remote in (source, ANYWHERE):
            return place
    return None


def last_that_fits(table: Table, source: Address, destination: Address) -> int | None:
    place = first_that_fits(table[::-1], source, destination)
    return None if place is None else len(table) - 1 - place


def listeners_only(table: Table, source: Address, destination: Address) -> int | None:
    for local in (destination, ("0.0.0.0", destination[1])):
        if (local, ANYWHERE) in table:
            return table.index((local, ANYWHERE))
    return None


def by_the_caller(table: Table, source: Address, destination: Address) -> int | None:
    for place, (_, remote) in enumerate(table):
        if remote == source:
            return place
    return listeners_only(table, source, destination)


def any_connection_of_that_address(table: Table, source: Address, destination: Address) -> int | None:
    """Takes no notice of who has sent the segment."""
    for place, (local, remote) in enumerate(table):
        if local == destination and remote != ANYWHERE:
            return place
    return listeners_only(table, source, destination)


def any_port_of_the_caller(table: Table, source: Address, destination: Address) -> int | None:
    for place, (local, remote) in enumerate(table):
        if local == destination and remote[0] == source[0]:
            return place
    return listeners_only(table, source, destination)


def exact_only(table: Table, source: Address, destination: Address) -> int | None:
    for remote in (source, ANYWHERE):
        if (destination, remote) in table:
            return table.index((destination, remote))
    return None


def never_nobody(table: Table, source: Address, destination: Address) -> int:
    place = SOLVED["receiver"](table, source, destination)
    return 0 if place is None else place


def the_entry(table: Table, source: Address, destination: Address) -> Any:
    place = SOLVED["receiver"](table, source, destination)
    return None if place is None else table[place]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (first_that_fits, "A listener at exactly this address is a closer fit"),
        (last_that_fits, "A listener at exactly this address is a closer fit"),
        (listeners_only, "A connection whose two ends both fit comes before any listener"),
        (by_the_caller, "the listener at 0.0.0.0 gets it"),
        (any_connection_of_that_address, "A connection gets only what its own other end sends"),
        (any_port_of_the_caller, "A connection gets only what its own other end sends"),
        (exact_only, "the listener at 0.0.0.0 gets it"),
        (never_nobody, "you say 0, the kernel gave it to None. No socket has this port"),
        (the_entry, "Return the place in the list, counted from 0, or None; you returned (("),
        (lambda table, source, destination: None, "you say None, the kernel gave it to 1"),
        (lambda table, source, destination: True, "Return the place in the list"),
    ],
)
def test_sockets_that_the_kernel_does_not_take(needs_lab: None, answer: Callable[..., Any], sentence: str) -> None:
    assert_wrong("06.5", answer, sentence)


@pytest.mark.parametrize(("number", "name"), [("06.4", "address_towards"), ("06.5", "receiver")])
def test_where_the_lab_does_not_run(number: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise LabUnavailable("hosts are refused in this test")

    monkeypatch.setattr(names, "Network", refused)
    checked = check(number, SOLVED[name])
    assert checked.status == "unavailable" and "hosts are refused in this test" in checked.text
