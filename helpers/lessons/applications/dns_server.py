"""A name server for the zone course.example, over UDP and TCP at one port (RFC 1035), by dnspython."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.node
import dns.opcode
import dns.rcode
import dns.rdatatype
import dns.zone

from helpers.lessons.applications.dns_message import HEADER, LENGTH, MOST_OVER_UDP
from helpers.lessons.applications.program import begin, listening

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
short 300 TXT   "one short text"
{TEXTS}"""
"""What is known, as a zone file has it (RFC 1035, section 5)."""
MOST_WITH_EDNS = 1232
"""Bytes of a datagram at most for who takes more than 512: it crosses IPv6 links in one piece (DNS flag day 2020)."""
IDLE = 10.0
"""Seconds after which a connection is closed on which nothing comes."""
CHASES = 8
"""Aliases that are followed."""


class Names:
    """Answers queries about one zone."""

    def __init__(self) -> None:
        self._zone = dns.zone.from_text(ZONE, origin="course.example.", relativize=False)

    def answer(self, query: bytes, limit: int) -> bytes | None:
        """The response, in at most so many bytes unless the query allows more; None for what is no query at all."""
        try:
            asked = dns.message.from_wire(query)
        except dns.exception.DNSException:
            return _format_error(query)
        if asked.flags & dns.flags.QR:
            return None  # or two servers might talk for ever
        response = dns.message.make_response(asked, our_payload=MOST_WITH_EDNS)
        response.flags |= dns.flags.AA
        if asked.opcode() != dns.opcode.QUERY or len(asked.question) != 1:
            response.set_rcode(dns.rcode.NOTIMP)
        else:
            self._look_up(response)
        if limit == MOST_OVER_UDP and asked.edns >= 0:
            limit = max(MOST_OVER_UDP, min(asked.payload, MOST_WITH_EDNS))
        try:
            return response.to_wire(max_size=limit, want_shuffle=False)
        except dns.exception.TooBig:
            return _truncated(response, limit)

    def _look_up(self, response: dns.message.Message) -> None:
        """Add what is known; an alias is followed (RFC 1034, section 4.3.2)."""
        name, wanted = response.question[0].name, response.question[0].rdtype
        assert self._zone.origin is not None
        if not name.is_subdomain(self._zone.origin):
            response.flags &= ~dns.flags.AA
            response.set_rcode(dns.rcode.REFUSED)
            return
        for _ in range(CHASES):
            node = self._zone.get_node(name)
            if node is None:
                response.set_rcode(dns.rcode.NXDOMAIN)
                return
            found = [each for each in node.rdatasets if wanted in (each.rdtype, dns.rdatatype.ANY)]
            alias = self._zone.get_rrset(name, dns.rdatatype.CNAME)
            response.answer += [self._zone.find_rrset(name, each.rdtype) for each in found]
            if found or alias is None:
                return
            response.answer.append(alias)
            name = alias[0].target


class OverUDP(asyncio.DatagramProtocol):
    """A query in a datagram, a response in another."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def connection_made(self, transport: Any) -> None:
        self._transport: asyncio.DatagramTransport = transport

    def datagram_received(self, data: bytes, address: Any) -> None:
        response = self._names.answer(data, MOST_OVER_UDP)
        if response is not None:
            self._transport.sendto(response, address)


async def speak_tcp(names: Names, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Queries and responses one after the other, each after its length (RFC 1035, section 4.2.2)."""
    try:
        async with asyncio.timeout(IDLE):
            while True:
                (length,) = struct.unpack(">H", await reader.readexactly(LENGTH))
                response = names.answer(await reader.readexactly(length), 65535)
                if response is None:
                    break
                writer.write(struct.pack(">H", len(response)) + response)
                await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError, TimeoutError):
        pass  # it has hung up, or says nothing
    finally:
        writer.close()


def _truncated(response: dns.message.Message, limit: int) -> bytes:
    """Only the question, and TC: «ask again over TCP» (RFC 2181, section 9)."""
    response.flags |= dns.flags.TC
    for section in (response.answer, response.authority, response.additional):
        section.clear()
    return response.to_wire(max_size=limit, want_shuffle=False)


def _format_error(query: bytes) -> bytes | None:
    """FORMERR for a query that cannot be read, if there is a header that the response can repeat."""
    if len(query) < HEADER or query[2] & 0x80:
        return None
    return query[:2] + bytes([0x80 | query[2] & 0x79, dns.rcode.FORMERR]) + bytes(8)


async def serve() -> None:
    """Serve until standard input ends."""
    told = begin(__doc__ or "")
    names = Names()
    loop = asyncio.get_running_loop()

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await speak_tcp(names, reader, writer)

    while True:
        server = await asyncio.start_server(speak, told.host, told.port, family=socket.AF_INET)
        address = server.sockets[0].getsockname()
        try:
            await loop.create_datagram_endpoint(lambda: OverUDP(names), local_addr=address)
            break
        except OSError:
            server.close()  # where any port may be taken, UDP's of that number may be in use
            if told.port:
                raise
    listening(address)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
