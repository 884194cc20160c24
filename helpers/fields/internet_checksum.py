"""The Internet checksum (RFC 1071): how IP, ICMP, UDP and TCP notice that bytes have changed on the way.

It adds the 16-bit words in ones' complement arithmetic, where a carry out of the highest bit comes back in at the
lowest, and sends the complement of the sum. Then the sum over everything, checksum included, is all ones. scapy has a
checksum, too; here it is by hand because it is a lesson of notebook 07, and because checkers compare with it.
"""

from __future__ import annotations

import ipaddress
import struct

ALL_ONES = 0xFFFF
"""The sum over data that carry their right checksum: minus zero in ones' complement."""
UDP = 17
"""Its number in the IP header. In UDP alone a checksum of 0 means that there is none (RFC 768)."""


def ones_complement_sum(data: bytes) -> int:
    """The sum of the 16-bit words, highest byte first, from 0 to 0xFFFF; an odd last byte gets a zero after it.

    RFC 1071, sections 1 and 2.
    """
    even = data + bytes(len(data) % 2)
    total: int = sum(struct.unpack(f">{len(even) // 2}H", even))
    while total > ALL_ONES:  # the carries come back in
        total = (total & ALL_ONES) + (total >> 16)
    return total


def checksum(data: bytes) -> int:
    """The checksum of data whose checksum field is zero: the complement of the sum (RFC 1071, section 1)."""
    return ones_complement_sum(data) ^ ALL_ONES


def verify(data: bytes) -> bool:
    """True if data with the checksum in them add up to all ones (RFC 1071, section 1)."""
    return ones_complement_sum(data) == ALL_ONES


def pseudo_header(source: str, destination: str, protocol: int, length: int) -> bytes:
    """What TCP and UDP add to the sum and do not send: who speaks to whom, so that a stray segment is noticed.

    `protocol` is the number in the IP header (6 for TCP), `length` that of the segment in bytes, header included.
    RFC 9293, section 3.1, and RFC 768 for IPv4; RFC 8200, section 8.1, for IPv6. Raises ValueError for what is no
    address.
    """
    addresses = ipaddress.ip_address(source), ipaddress.ip_address(destination)
    numbers = struct.pack(">I3xB", length, protocol) if ":" in source else struct.pack(">BBH", 0, protocol, length)
    return b"".join(address.packed for address in addresses) + numbers


def transport_checksum(source: str, destination: str, protocol: int, segment: bytes) -> int:
    """The checksum of a TCP segment or UDP datagram whose checksum field is zero.

    UDP sends 0xFFFF, the other zero of ones' complement, in place of 0. To verify a segment that carries its checksum:
    `verify(pseudo_header(...) + segment)`.
    """
    computed = checksum(pseudo_header(source, destination, protocol, len(segment)) + segment)
    return ALL_ONES if protocol == UDP and computed == 0 else computed
