"""A name server for the zone course.example, over UDP and TCP at one port (RFC 1035), by dnspython.

The zone has what the lesson and its exercises ask for, and no alias. What cannot be read gets no answer.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.zone

from helpers.lessons.applications.service import begin, listening

TEXTS = "".join(f'long 300 TXT "This is text {number} of 20; together they are long."\n' for number in range(1, 21))
ZONE = f"""
@     300 SOA   ns hostmaster 1 7200 900 1209600 300
@     300 NS    ns
@     300 MX    10 mail
ns    300 A     10.0.0.2
www   300 A     10.0.0.2
mail  300 A     10.0.0.2
{TEXTS}"""
"""What is known, as a zone file has it (RFC 1035, section 5)."""
MOST_OVER_UDP, MOST_WITH_EDNS, MOST_OVER_TCP = 512, 1232, 65535
"""Bytes of a response (section 4.2); the second for whoever takes so many (RFC 6891; DNS flag day 2020)."""
_ORIGIN = dns.name.from_text("course.example.")
_zone = dns.zone.from_text(ZONE, origin=_ORIGIN, relativize=False)


def answer(query: bytes, limit: int) -> bytes:
    """The response, in at most so many bytes. Raises DNSException or IndexError for what is no query."""
    asked = dns.message.from_wire(query)
    response = dns.message.make_response(asked, our_payload=MOST_WITH_EDNS)  # raises for a response: that has none
    name, kind = asked.question[0].name, asked.question[0].rdtype
    if not name.is_subdomain(_ORIGIN):
        response.set_rcode(dns.rcode.REFUSED)
    else:
        response.flags |= dns.flags.AA
        if records := _zone.get_rrset(name, kind):
            response.answer.append(records)
        elif _zone.get_node(name) is None:
            response.set_rcode(dns.rcode.NXDOMAIN)
    try:
        return response.to_wire(max_size=max(limit, min(asked.payload, MOST_WITH_EDNS)), want_shuffle=False)
    except dns.exception.TooBig:  # only the question, and TC: «ask again over TCP» (RFC 2181, section 9)
        response.flags |= dns.flags.TC
        response.answer.clear()
        return response.to_wire(want_shuffle=False)


def over_udp(sock: socket.socket) -> None:
    """A query in a datagram, a response in another."""
    while True:
        query, client = sock.recvfrom(1 << 16)
        with contextlib.suppress(dns.exception.DNSException, IndexError):
            sock.sendto(answer(query, MOST_OVER_UDP), client)


def over_tcp(caller: socket.socket) -> None:
    """Queries and responses one after the other, each after its length (RFC 1035, section 4.2.2)."""
    with caller, caller.makefile("rb") as stream, contextlib.suppress(dns.exception.DNSException, IndexError, OSError):
        while length := stream.read(2):
            response = answer(stream.read(int.from_bytes(length)), MOST_OVER_TCP)
            caller.sendall(struct.pack(">H", len(response)) + response)


def both_at(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    """A listener of TCP and a socket of UDP at one port; 0: any that is free for both."""
    while True:
        listener, datagrams = socket.create_server((host, port)), socket.socket(type=socket.SOCK_DGRAM)
        with contextlib.suppress(OSError):  # that port of UDP is taken
            datagrams.bind(listener.getsockname())
            return listener, datagrams


if __name__ == "__main__":
    told = begin()
    listener, datagrams = both_at(told.host, told.port)
    listening(datagrams)
    threading.Thread(target=over_udp, args=[datagrams], daemon=True).start()
    while True:
        threading.Thread(target=over_tcp, args=[listener.accept()[0]], daemon=True).start()
