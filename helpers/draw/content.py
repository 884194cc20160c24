"""What a frame without TCP carries, in a few words: which protocol, and what it says. TCP's words are `Segment`'s.

Only the protocols that the course draws have words of their own; of any other frame there is its length. Names of ports
are left out, because they differ between machines.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from functools import lru_cache

from scapy.layers.inet import ICMP, IP, UDP, icmpcodes, icmptypes
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet

IGMP, REPORT = 2, 0x22
"""IGMP's protocol number (RFC 791), and the type of version 3's report (RFC 9776, section 4.2)."""
CHANGES = {3: "leave", 4: "join"}
"""What a record says that lists no senders, as Linux sends it: packets of none, or of all (RFC 9776, 4.2.12)."""
TRANSPORTS = {1: "icmp", 6: "tcp", 17: "udp"}
"""What a fragment without that protocol's header belongs to (RFC 791, section 3.1)."""
ARP_WORDS = {1: "ARP who has {0.pdst}, tell {0.psrc}", 2: "ARP {0.psrc} is at {0.hwsrc}"}
"""Request and reply (RFC 826)."""
UNREACHABLE = 3
"""ICMP's type whose code says more than the type does (RFC 792)."""


@dataclass(frozen=True)
class Content:
    """What a frame without a TCP header carries."""

    protocol: str
    """The innermost that this course draws: "udp", "icmp", "igmp", "arp", "ip", "ipv6" or "other"."""
    words: str
    source: tuple[str, int] = ("", 0)
    """Address and port of a UDP datagram."""
    port: int | None = None
    """A UDP datagram's destination port; the words follow it."""


@lru_cache(maxsize=10_000)
def content(data: bytes) -> Content:
    """What these bytes of a frame carry."""
    try:
        packet = Ether(data)
    except Exception:  # damaged bytes; scapy's own errors leave it in many kinds
        return Content("other", f"{octets(len(data))} that are no frame")
    if ARP in packet:
        return Content("arp", ARP_WORDS.get(packet[ARP].op, "ARP operation={0.op}").format(packet[ARP]))
    if IP in packet:
        return _of_ip(packet[IP])
    if IPv6 in packet and UDP in packet:
        return _of_udp(packet[IPv6], "")
    name = "ipv6" if IPv6 in packet else "other"
    return Content(name, f"{name}, {octets(len(data))}")


def octets(number: int) -> str:
    """As in "1 byte" or "3 bytes"."""
    return f"{number} byte{'s' if number != 1 else ''}"


def _of_ip(ip: Packet) -> Content:
    length = max(0, ip.len - 4 * ip.ihl)
    part = f"fragment offset={8 * ip.frag} len={length}" if ip.frag or ip.flags.MF else ""
    if ip.frag and ip.proto in TRANSPORTS:
        name = TRANSPORTS[ip.proto]
        return Content(name, f"{name.upper()} {'' if ip.flags.MF else 'last '}{part}")
    if UDP in ip:
        return _of_udp(ip, part)
    if ICMP in ip:
        return Content("icmp", _joined(_icmp(ip[ICMP]), part))
    if ip.proto == IGMP and not part:
        return Content("igmp", _igmp(bytes(ip.payload)[:length]))
    return Content("ip", f"IP protocol {ip.proto}, {octets(length)}")


def _of_udp(ip: Packet, part: str) -> Content:
    """`part`: which fragment it is. Only the first one has a header, which tells the length of all (RFC 768)."""
    udp = ip[UDP]
    return Content("udp", _joined(octets(udp.len - 8), part), (ip.src, udp.sport), udp.dport)


def _icmp(icmp: Packet) -> str:
    name = icmpcodes[icmp.type].get(icmp.code) if icmp.type == UNREACHABLE else icmptypes.get(icmp.type)
    words = f"ICMP {(name or f'type={icmp.type} code={icmp.code}').replace('-', ' ')}"
    if words.startswith("ICMP echo"):
        return f"{words} seq={icmp.seq}"
    return f"{words}, mtu={icmp.nexthopmtu}" if icmp.nexthopmtu else words  # RFC 1191, section 4


def _igmp(message: bytes) -> str:
    """Of a report its first group."""
    if len(message) < 16 or message[0] != REPORT:
        return f"IGMP type={message[0] if message else 0}, {octets(len(message))}"
    return f"IGMP report, {CHANGES.get(message[8], 'of')} {socket.inet_ntoa(message[12:16])}"


def _joined(*words: str) -> str:
    return ", ".join(filter(None, words))
