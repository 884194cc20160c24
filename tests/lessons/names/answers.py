"""Answers to the exercises of notebook 06."""

from __future__ import annotations

import contextlib
import glob
import os
import socket
from typing import Any

from helpers.lab import Host
from tests.lessons.table import Tried, solutions

SOLVED = solutions("06")
ANYWHERE = ("0.0.0.0", 0)
Address = tuple[str, int]
Table = list[tuple[Address, Address]]


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


def one_of_each_socket(port: int) -> set[int]:
    return {min(holders([link])) for link in links(port)}


def every_process(port: int) -> set[int]:
    """Whoever has anything open."""
    return {int(path.split("/")[2]) for path in glob.glob("/proc/[0-9]*/fd/*")}


def and_another(port: int) -> set[int]:
    return SOLVED["owners"](port) | {1}


def no_option(port: int) -> socket.socket:
    made = socket.socket()
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


def answers_calls(port: int) -> None:
    made = socket.create_server(("127.0.0.1", port), reuse_port=True)
    made.accept()


def two_ports(first: Address, second: Address) -> Any:
    return socket.create_connection(first), socket.create_connection(second)


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


def in_the_wrong_order(first: Address, second: Address) -> Any:
    return SOLVED["two_connections"](second, first)


def closed(first: Address, second: Address) -> Any:
    one, other = SOLVED["two_connections"](first, second)
    with one, other:
        return one, other


def first_address(host: Host, destination: str) -> str:
    return host.addresses[0]


def without_connect(host: Host, destination: str) -> Any:
    return host.socket(type=socket.SOCK_DGRAM).getsockname()[0]


def sends_a_datagram(host: Host, destination: str) -> Any:
    asking = host.socket(type=socket.SOCK_DGRAM)
    asking.sendto(b"?", (destination, 9))
    return asking.getsockname()[0]


def starts_a_connection(host: Host, destination: str) -> Any:
    caller = host.socket()
    caller.setblocking(False)
    caller.connect_ex((destination, 9))
    return caller.getsockname()[0]


def whole_name(host: Host, destination: str) -> Any:
    asking = host.socket(type=socket.SOCK_DGRAM)
    asking.connect((destination, 9))
    return asking.getsockname()


def first_that_fits(table: Table, source: Address, destination: Address) -> int | None:
    for place, (local, remote) in enumerate(table):
        if local in (destination, ("0.0.0.0", destination[1])) and remote in (source, ANYWHERE):
            return place
    return None


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


def never_nobody(table: Table, source: Address, destination: Address) -> int:
    place = SOLVED["receiver"](table, source, destination)
    return 0 if place is None else place


def the_entry(table: Table, source: Address, destination: Address) -> Any:
    place = SOLVED["receiver"](table, source, destination)
    return None if place is None else table[place]


def by_ss(port: int) -> set[int]:
    """ss(8) knows the owners of this user's sockets."""
    import re
    import subprocess

    shown = subprocess.run(["ss", "-Hltnp", f"sport = :{port}"], capture_output=True, text=True, check=True).stdout
    return {int(pid) for pid in re.findall(r"pid=(\d+)", shown)}


def with_a_filter(port: int) -> set[int]:
    wanted = set(links(port))
    return {pid for pid in every_process(port) if wanted & set(links_of(pid))}


def links_of(pid: int) -> list[str]:
    found = []
    for path in glob.glob(f"/proc/{pid}/fd/*"):
        with contextlib.suppress(OSError):
            found.append(os.readlink(path))
    return found


def by_create_server(port: int) -> socket.socket:
    return socket.create_server(("127.0.0.1", port), reuse_port=True)


def with_another_backlog(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
        made.setsockopt(socket.SOL_SOCKET, option, 1)
    made.bind(("localhost", port))
    made.listen(0)
    return made


def chooses_itself(first: Address, second: Address, host: str = "127.0.0.1") -> Any:
    """With an option of which the solution does without."""
    one, other = socket.socket(), socket.socket()
    for made in (one, other):
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    one.bind((host, 0))
    other.bind(one.getsockname())
    one.connect(first)
    other.connect(second)
    return [one, other]


def at_another_address(first: Address, second: Address) -> Any:
    one = socket.create_connection(first)
    other = socket.socket()
    other.bind(("127.0.0.3", one.getsockname()[1]))
    other.connect(second)
    return one, other


def by_connect(first: Address, second: Address) -> Any:
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.connect(first)
    other = socket.socket()
    other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    other.bind(one.getsockname())
    other.connect(second)
    return one, other


def asks_ip(host: Host, destination: str) -> str:
    words = host.run(["ip", "route", "get", destination]).stdout.decode().split()
    return words[words.index("src") + 1]


def asks_with_a_raw_socket(host: Host, destination: str) -> Any:
    with host.socket(type=socket.SOCK_RAW, protocol=253) as asking:
        asking.connect((destination, 0))
        return asking.getsockname()[0]


def by_a_score(table: Table, source: Address, destination: Address) -> int | None:
    def score(entry: tuple[Address, Address]) -> int:
        local, remote = entry
        fits = local in (destination, ("0.0.0.0", destination[1])) and remote in (source, ANYWHERE)
        return fits and 1 + 2 * (remote == source) + (local == destination)

    best = max(range(len(table)), key=lambda place: score(table[place]), default=None)
    return best if best is not None and score(table[best]) else None


def by_a_dictionary(table: Table, source: Address, destination: Address) -> int | None:
    places = {entry: place for place, entry in enumerate(table)}
    keys = [(destination, source), (destination, ANYWHERE), (("0.0.0.0", destination[1]), ANYWHERE)]
    return next((places[key] for key in keys if key in places), None)


TRIED = [
    Tried("06.1", SOLVED["owners"], "passed", ""),
    Tried("06.1", by_ss, "passed", ""),
    Tried("06.1", with_a_filter, "passed", ""),
    Tried("06.1", only_ipv4, "wrong", "/proc/net/tcp6"),
    Tried("06.1", every_process, "wrong", "has only a connection of that port, in ESTABLISHED"),
    Tried("06.1", one_of_each_socket, "wrong", "that was forked from the one that called listen()"),
    Tried("06.1", and_another, "wrong", "1 of your PIDs are of processes that do not listen"),
    Tried("06.1", lambda port: set(), "wrong", "You missed the process that called listen()"),
    Tried("06.1", lambda port: sorted(SOLVED["owners"](port)), "wrong", "you returned ["),
    Tried("06.1", lambda port: {str(pid) for pid in SOLVED["owners"](port)}, "wrong", "Return a set of PIDs"),
    Tried("06.1", lambda port: None, "wrong", "you returned None"),
    Tried("06.2", SOLVED["listener"], "passed", ""),
    Tried("06.2", by_create_server, "passed", ""),
    Tried("06.2", with_another_backlog, "passed", ""),
    Tried("06.2", no_option, "wrong", "[Errno 98] Address already in use, in process second"),
    Tried("06.2", after_bind, "wrong", "[Errno 98] Address already in use, in process second"),
    Tried("06.2", another_port, "wrong", "The port of the second socket: expected"),
    Tried("06.2", does_not_listen, "wrong", "call listen() before you return it"),
    Tried("06.2", elsewhere, "wrong", "yours is bound to 127.0.0.2"),
    Tried("06.2", closes, "wrong", "Return the listening socket itself, open; you returned <socket.socket [closed]"),
    Tried("06.2", answers_calls, "wrong", "Your function waits", hangs=True),
    Tried("06.2", lambda port: None, "wrong", "Write the function with def"),
    Tried("06.2", 8080, "wrong", "Hand over the function itself"),
    Tried("06.3", SOLVED["two_connections"], "passed", ""),
    Tried("06.3", chooses_itself, "passed", ""),
    Tried("06.3", by_connect, "passed", ""),
    Tried("06.3", at_another_address, "wrong", "127.0.0.3"),
    Tried("06.3", two_ports, "wrong", "The local address and port of your second socket: expected"),
    Tried("06.3", option_for_the_second_only, "failed", "[Errno 98] Address already in use, in line"),
    Tried("06.3", to_the_first_twice, "failed", "[Errno 99] Cannot assign requested address, in line"),
    Tried("06.3", one_socket_for_both, "failed", "is already connected, in line"),
    Tried("06.3", in_the_wrong_order, "wrong", "The other end of one of your sockets: expected"),
    Tried("06.3", closed, "wrong", "Your function closed a socket"),
    Tried("06.3", lambda first, second: None, "wrong", "you returned None"),
    Tried("06.4", SOLVED["address_towards"], "passed", ""),
    Tried("06.4", asks_ip, "passed", ""),
    Tried("06.4", asks_with_a_raw_socket, "passed", ""),
    Tried("06.4", first_address, "wrong", "The address towards 10.0.1.9: expected '10.0.1.1', got '10.0.0.1'"),
    Tried("06.4", without_connect, "wrong", "got '0.0.0.0'"),
    Tried("06.4", sends_a_datagram, "wrong", "A packet crossed the wire"),
    Tried("06.4", starts_a_connection, "wrong", "A packet crossed the wire"),
    Tried("06.4", whole_name, "wrong", "got ('10.0.1.1', "),
    Tried("06.4", lambda host, destination: None, "wrong", "got None"),
    Tried("06.5", SOLVED["receiver"], "passed", ""),
    Tried("06.5", by_a_score, "passed", ""),
    Tried("06.5", by_a_dictionary, "passed", ""),
    Tried("06.5", first_that_fits, "wrong", "A listener at exactly this address is a closer fit"),
    Tried("06.5", listeners_only, "wrong", "A connection whose two ends both fit comes before any listener"),
    Tried("06.5", by_the_caller, "wrong", "the listener at 0.0.0.0 gets it"),
    Tried("06.5", any_connection_of_that_address, "wrong", "A connection gets only what its own other end sends"),
    Tried("06.5", never_nobody, "wrong", "you say 0, the kernel gave it to None. No socket has this port"),
    Tried("06.5", the_entry, "wrong", "Return the place in the list, counted from 0, or None; you returned (("),
    Tried("06.5", lambda table, source, destination: None, "wrong", "you say None, the kernel gave it to 1"),
    Tried("06.5", lambda table, source, destination: True, "wrong", "Return the place in the list"),
]
