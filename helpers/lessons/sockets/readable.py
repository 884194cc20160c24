"""What the kernel says of sockets on Linux, made readable: links in /proc, names in bytes, news of routes.

Each function gets what a call of the lesson gave, and does no I/O. The bytes of a name are explained field by field, so
the course's Reader takes them by a table. Of a message about a route only three values are wanted, and its numbers are
in this machine's byte order, which a Reader does not know: there `struct` is the shorter way.
"""

from __future__ import annotations

import re
import struct
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address

from helpers.draw.columns import Arrow, Card, Column, Columns
from helpers.draw.picture import Picture
from helpers.fields.field import Field
from helpers.fields.reader import Part, Reader, Slot

NUMBERED = re.compile(r"(\w+):\[(\d+)\]")
"""How /proc/PID/fd names what has no path, as in "socket:[4711]": its kind and its inode (proc_pid_fd(5))."""


def descriptor_map(processes: Mapping[str, Mapping[int, str]], title: str = "") -> Picture:
    """Which descriptor of which process leads to which object of the kernel: by process the links in /proc/PID/fd.

    A process's numbers are cards beside its own, for there can be many. The text says "socket 1" and "socket 2" instead
    of inodes, so that it is the same on every run.
    """
    objects = {card.name: card for card in _objects(link for held in processes.values() for link in held.values())}
    holders, numbers, row = list[Card](), list[Card](), 0.0
    for name, held in processes.items():
        holders.append(Card((name,), name, row=row, rows=max(1, len(held))))
        numbers += [Card((name, number), str(number), row=row + place, rows=1) for place, number in enumerate(held)]
        row += max(1, len(held)) + 0.4
    kernel = Column("objects", list(objects.values()), 230, "in the kernel", 250)
    columns = (Column("processes", holders, 150), Column("numbers", numbers, 62, before=0), kernel)
    arrows = [Arrow((name, number), link) for name, held in processes.items() for number, link in held.items()]
    words = [
        f"{name}: {', '.join(f'{number} -> {objects[link].head}' for number, link in held.items()) or 'nothing'}"
        for name, held in processes.items()
    ]
    return Columns(columns, arrows, title, 40).picture(words, "Descriptors and what they lead to")


def _objects(links: Iterable[str]) -> Iterator[Card]:
    counted = Counter[str]()
    for link in dict.fromkeys(links):
        kind, inode = match.groups() if (match := NUMBERED.fullmatch(link)) else ("", "")
        counted[kind] += 1
        head, below = (f"{kind} {counted[kind]}", f"inode {inode}") if kind else (link.rpartition("/")[2], "has a path")
        yield Card(link, head, (below,), fill="shade")


def _own(number: int, size: int) -> int:
    """A number that was read highest byte first, and is in this machine's own order."""
    return int.from_bytes(number.to_bytes(size, "big"), sys.byteorder)


def _address6(number: int) -> str:
    address = IPv6Address(number)
    return f"::ffff:{address.ipv4_mapped}" if address.ipv4_mapped else str(address)


AF_INET, AF_INET6 = 2, 10  # <linux/socket.h>
FAMILIES = {AF_INET: "AF_INET (2)", AF_INET6: "AF_INET6 (10)"}
FAMILY = Slot("family", 16, "which kind of address follows; in this machine's byte order",
              lambda number: FAMILIES.get(_own(number, 2), _own(number, 2)))  # fmt: skip
PORT = Slot("port", 16, "16 bits, highest byte first")
STRUCTURES = {
    AF_INET: ("struct sockaddr_in", "ip(7)", (
        FAMILY,
        PORT,
        Slot("address", 32, "32 bits, highest byte first", IPv4Address),
        Slot("zero", 64, "nothing: it fills up to the length of struct sockaddr", lambda number: f"{number:016x}"),
    )),
    AF_INET6: ("struct sockaddr_in6", "ipv6(7), RFC 3493 section 3.3", (
        FAMILY,
        PORT,
        Slot("flow info", 32, "meant for what belongs to a flow of packets; on Linux its label; 0: none"),
        Slot("address", 128, "128 bits, highest byte first", _address6),
        Slot("scope id", 32, "for fe80:: addresses: which interface; in this machine's byte order",
             lambda number: _own(number, 4)),
    )),
}  # fmt: skip
"""By family: the structure, where it is laid down, and its fields. Port and address go over the network as they are."""


def address(name: bytes) -> list[Field]:
    """The fields of an address as getsockname(2) fills it in; of other families than IPv4's and IPv6's the family."""
    family = int.from_bytes(name[:2], sys.byteorder)
    structure, source, slots = STRUCTURES.get(family, ("struct sockaddr", "POSIX.1-2017, <sys/socket.h>", (FAMILY,)))
    with Reader(Part(name, 0, len(name)), structure, source) as reader:
        reader.slots(slots)
    return reader.fields


HEADER = struct.Struct("=IHHII8BI")
"""struct nlmsghdr: length, type, flags, sequence number, port (netlink(7)); then struct rtmsg: family, bits of the
destination's prefix, six more bytes, flags (rtnetlink(7))."""
ATTRIBUTE = struct.Struct("=HH")
"""struct rtattr: length, itself included, and type; then the value. The next begins at a multiple of four bytes."""
KINDS = {24: "RTM_NEWROUTE", 25: "RTM_DELROUTE"}  # <linux/rtnetlink.h>
RTA_DST, RTA_GATEWAY = 1, 5


def route(message: bytes) -> str:
    """The news of a route, as in "RTM_NEWROUTE: 10.9.0.0/16 via 10.0.0.1"."""
    length, kind, _, _, _, _, bits, *_ = HEADER.unpack_from(message)
    if kind not in KINDS:
        return f"a message of type {kind}, not about a route"
    at, values = HEADER.size, {RTA_DST: bytes(4)}
    while at < length:
        size, number = ATTRIBUTE.unpack_from(message, at)
        values[number] = message[at + ATTRIBUTE.size : at + size]
        at += -(-size // 4) * 4
    via = f" via {ip_address(values[RTA_GATEWAY])}" if RTA_GATEWAY in values else ""
    return f"{KINDS[kind]}: {ip_address(values[RTA_DST])}/{bits}{via}"
