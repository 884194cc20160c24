"""The Internet checksum (RFC 1071): how IP, ICMP, UDP and TCP notice that bytes have changed on the way.

It adds the 16-bit words in ones' complement arithmetic, where a carry out of the highest bit comes back in at the
lowest, and sends the complement of the sum. Then the sum over everything, checksum included, is all ones.
"""

from __future__ import annotations

import ipaddress
import struct

ALL_ONES = 0xFFFF
"""The sum over data that carry their right checksum: minus zero in ones' complement."""
UDP = 17
"""Its number in the IP header. In UDP alone a checksum of 0 means that there is none (RFC 768)."""

_PSEUDO_IPV4, _PSEUDO_IPV6 = struct.Struct(">BBH"), struct.Struct(">I3xB")


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


def update(old_checksum: int, old: bytes, new: bytes) -> int:
    """The checksum after the bytes `old` have become `new`, without another look at the rest (RFC 1624, equation 3).

    A router does this to each packet, whose time to live it lowers. Both are whole words, as they stand at an even
    place; raises ValueError for an odd number of bytes or different ones. Wrong only where all data are zero now, which
    no header is.
    """
    if len(old) != len(new) or len(old) % 2:
        raise ValueError(f"{len(old)} bytes cannot become {len(new)}: it must be the same, even number of them")
    subtracted = bytes(byte ^ 0xFF for byte in old)
    return checksum((old_checksum ^ ALL_ONES).to_bytes(2, "big") + subtracted + new)


def pseudo_header(source: str, destination: str, protocol: int, length: int) -> bytes:
    """What TCP and UDP add to the sum and do not send: who speaks to whom, so that a stray segment is noticed.

    `protocol` is the number in the IP header (6 for TCP), `length` that of the segment in bytes, header included.
    RFC 9293, section 3.1, and RFC 768 for IPv4; RFC 8200, section 8.1, for IPv6. Raises ValueError for what is no
    address, for two addresses of different families, and for a number that does not fit.
    """
    here, there = ipaddress.ip_address(source), ipaddress.ip_address(destination)
    if here.version != there.version:
        raise ValueError(f"{source} and {destination} are not of the same version of IP")
    try:
        if here.version == 4:
            return here.packed + there.packed + _PSEUDO_IPV4.pack(0, protocol, length)
        return here.packed + there.packed + _PSEUDO_IPV6.pack(length, protocol)
    except struct.error:
        raise ValueError(f"protocol {protocol} and length {length} do not fit into a pseudo header") from None


def transport_checksum(source: str, destination: str, protocol: int, segment: bytes) -> int:
    """The checksum of a TCP segment or UDP datagram whose checksum field is zero.

    UDP sends 0xFFFF, the other zero of ones' complement, in place of 0. To verify a segment that carries its checksum:
    `verify(pseudo_header(...) + segment)`. Raises ValueError as `pseudo_header` does.
    """
    computed = checksum(pseudo_header(source, destination, protocol, len(segment)) + segment)
    return ALL_ONES if protocol == UDP and computed == 0 else computed
