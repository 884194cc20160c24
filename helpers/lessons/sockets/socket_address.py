"""Socket addresses as C programs and the kernel write them on Linux, `struct sockaddr` and its kin, byte by byte.

Family, scope and the like are numbers of this machine, in its own byte order; port and address go over the network as
they are, highest byte first (POSIX.1-2017, <netinet/in.h>). Nothing here does I/O.
"""

from __future__ import annotations

import sys
from ipaddress import IPv4Address, IPv6Address

from helpers.fields.field import Field
from helpers.fields.reader import Part, Reader

AF_UNIX, AF_INET, AF_INET6 = 1, 2, 10  # <linux/socket.h>
_NAMES = {AF_UNIX: "AF_UNIX", AF_INET: "AF_INET", AF_INET6: "AF_INET6"}
_STRUCTURES = {
    AF_UNIX: ("struct sockaddr_un", "unix(7)"),
    AF_INET: ("struct sockaddr_in", "ip(7)"),
    AF_INET6: ("struct sockaddr_in6", "ipv6(7), RFC 3493 section 3.3"),
}


def fields(address: bytes) -> list[Field]:
    """The fields of an address as getsockname(2) fills it in, whatever its family; damaged bytes raise nothing."""
    number = int.from_bytes(address[:2], sys.byteorder)
    layer, source = _STRUCTURES.get(number, ("struct sockaddr", "POSIX.1-2017, <sys/socket.h>"))
    with Reader(Part(address, 0, len(address)), layer, source) as reader:
        reader.octets("family", 2, "which kind of address follows; in this machine's byte order", _family)
        _REST.get(number, _unknown)(reader)
    return reader.fields


def _family(data: bytes) -> str:
    number = int.from_bytes(data, sys.byteorder)
    return f"{_NAMES[number]} ({number})" if number in _NAMES else str(number)


def _own_order(data: bytes) -> str:
    return str(int.from_bytes(data, sys.byteorder))


def _internet(reader: Reader) -> None:
    _port(reader)
    reader.octets("address", 4, "32 bits, highest byte first", lambda data: str(IPv4Address(data)))
    reader.octets("zero", 8, "nothing: it fills up to the length of struct sockaddr")


def _internet6(reader: Reader) -> None:
    _port(reader)
    reader.number("flow info", 32, "meant for what belongs to a flow of packets; on Linux its label; 0: none")
    reader.octets("address", 16, "128 bits, highest byte first", _address6)
    reader.octets("scope id", 4, "for fe80:: addresses: which interface; in this machine's byte order", _own_order)


def _port(reader: Reader) -> None:
    reader.number("port", 16, "16 bits, highest byte first")


def _address6(data: bytes) -> str:
    address = IPv6Address(data)
    return f"::ffff:{address.ipv4_mapped}" if address.ipv4_mapped else str(address)


def _unix(reader: Reader) -> None:
    path = reader.left.data
    if path.startswith(b"\0"):
        reader.octets("abstract name", len(path), "begins with a zero, and is in no file system", repr)
    else:
        reader.octets("path", len(path.partition(b"\0")[0]), "the name in the file system", repr)
        reader.octets("end", 1, "the zero at which the path ends; a path of the greatest length has none")


def _unknown(reader: Reader) -> None:
    reader.rest("data", "what an address of that family looks like is not told here")


_REST = {AF_UNIX: _unix, AF_INET: _internet, AF_INET6: _internet6}
