"""A name server for the zone course.example, over UDP and TCP at one port (RFC 1035), by dnspython."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.zone
from dns.rdatatype import RdataType

from helpers.lessons.applications.service import begin, listening

TEXTS = "".join(f'long 300 TXT "This is text {number} of 20; together they are long."\n' for number in range(1, 21))
ZONE = f"""
@     300 SOA   ns hostmaster 1 7200 900 1209600 300
@     300 NS    ns
@     300 MX    10 mail
ns    300 A     10.0.0.2
www   300 A     10.0.0.2
www   300 AAAA  fd00::2
mail  300 A     10.0.0.2
ftp   300 CNAME www
{TEXTS}"""
"""What is known, as a zone file has it (RFC 1035, section 5)."""
MOST_OVER_UDP, MOST_WITH_EDNS = 512, 1232
"""Bytes of a datagram (section 4.2.1); the second for whoever takes so many (RFC 6891; DNS flag day 2020)."""
_zone = dns.zone.from_text(ZONE, origin="course.example.", relativize=False)


def answer(query: bytes, limit: int) -> bytes:
    """The response, in at most so many bytes. Raises DNSException or IndexError for what is no query."""
    asked = dns.message.from_wire(query)
    response = dns.message.make_response(asked, our_payload=MOST_WITH_EDNS)  # raises for a response: that has none
    _look_up(response)
    if limit == MOST_OVER_UDP and asked.edns >= 0:
        limit = max(limit, min(asked.payload, MOST_WITH_EDNS))
    try:
        return response.to_wire(max_size=limit, want_shuffle=False)
    except dns.exception.TooBig:  # only the question, and TC: «ask again over TCP» (RFC 2181, section 9)
        response.flags |= dns.flags.TC
        response.answer.clear()
        return response.to_wire(want_shuffle=False)


def _look_up(response: dns.message.Message) -> None:
    """Add what is known; an alias is followed (RFC 1034, section 4.3.2)."""
    name, wanted = response.question[0].name, response.question[0].rdtype
    assert _zone.origin is not None
    if not name.is_subdomain(_zone.origin):
        response.set_rcode(dns.rcode.REFUSED)
        return
    response.flags |= dns.flags.AA
    if alias := _zone.get_rrset(name, RdataType.CNAME):
        response.answer.append(alias)
        name = alias[0].target
    if _zone.get_node(name) is None:
        response.set_rcode(dns.rcode.NXDOMAIN)
    elif found := _zone.get_rrset(name, wanted):
        response.answer.append(found)


def over_udp(sock: socket.socket) -> None:
    """A query in a datagram, a response in another."""
    while True:
        query, client = sock.recvfrom(1 << 16)
        with contextlib.suppress(dns.exception.DNSException, IndexError):  # what cannot be read has no answer
            sock.sendto(answer(query, MOST_OVER_UDP), client)


def over_tcp(caller: socket.socket) -> None:
    """Queries and responses one after the other, each after its length (RFC 1035, section 4.2.2)."""
    with caller, caller.makefile("rb") as stream, contextlib.suppress(dns.exception.DNSException, IndexError, OSError):
        while length := stream.read(2):
            response = answer(stream.read(int.from_bytes(length)), 65535)
            caller.sendall(struct.pack(">H", len(response)) + response)


def both_at(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    """A listener of TCP and a socket of UDP at one port; 0: any that is free for both."""
    while True:
        listener, datagrams = socket.create_server((host, port)), socket.socket(type=socket.SOCK_DGRAM)
        try:
            datagrams.bind(listener.getsockname())
            return listener, datagrams
        except OSError:
            if port:
                raise
            listener.close()


if __name__ == "__main__":
    told = begin()
    listener, datagrams = both_at(told.host, told.port)
    listening(datagrams)
    threading.Thread(target=over_udp, args=[datagrams], daemon=True).start()
    while True:
        threading.Thread(target=over_tcp, args=[listener.accept()[0]], daemon=True).start()
