"""Solutions to the exercises of notebook 09. Try first: a wrong answer is told what is wrong with it."""

import socket
import struct

END, ESC = 0xC0, 0xDB
FLAG, ESCAPE = 0x7E, 0x7D


def slip_decoder():
    """09.1: a line may be cut anywhere, even between ESC and the byte that belongs to it. So two things are kept from
    one piece to the next: the packet that has begun, and whether the last byte was ESC. They belong to this decoder
    alone, since each call makes new ones. An END with nothing before it ends no packet."""
    packet, escaped = bytearray(), False

    def feed(data):
        nonlocal escaped
        complete = []
        for byte in data:
            if byte == END:
                if packet:
                    complete.append(bytes(packet))
                packet.clear()
            elif byte == ESC:
                escaped = True
            else:
                packet.append({0xDC: END, 0xDD: ESC}[byte] if escaped else byte)
                escaped = False
        return complete

    return feed


def fcs_register(data):
    """The notebook's function: the division of RFC 1662, appendix C, lowest bit first."""
    register = 0xFFFF
    for byte in data:
        for bit in range(8):
            carry = (register ^ byte >> bit) & 1
            register = register >> 1 ^ (0x8408 if carry else 0)
    return register


def packet_in(line):
    """09.2: the sender computes the check sequence before it escapes, so here the escapes come out first. The division
    over all bytes, check sequence included, gives f0b8 for every undamaged frame: nothing has to be compared byte by
    byte. What is left without address, control, protocol and check sequence is the packet."""
    content, escaped = bytearray(), False
    for byte in line.strip(bytes([FLAG])):
        if byte == ESCAPE:
            escaped = True
        else:
            content.append(byte ^ 0x20 if escaped else byte)
            escaped = False
    if fcs_register(content) != 0xF0B8:
        return None
    return bytes(content[4:-2])


def two_bits(packet):
    """09.3: TCP's checksum adds words of 16 bits. A 1 and a 0 in the same column of two words are flipped: one word
    becomes less by as much as the other becomes more, and the sum is the same. A flip in a column of its own always
    changes the sum."""
    bits = range(8 * 40, 8 * len(packet))
    for first in bits:
        for second in range(first + 16, 8 * len(packet), 16):
            if packet[first // 8] >> first % 8 & 1 != packet[second // 8] >> second % 8 & 1:
                return first, second
    return None


def repair(client, north, south, server):
    """09.4: a packet and its answer choose their ways by themselves, so both hosts need a new route, over south. The
    connection needs nothing: it is known by addresses and ports, and these have not changed. TCP sends again what was
    lost, and its segments take the new way."""
    client.add_route("10.0.1.0/24", via="10.0.0.254")
    server.add_route("10.0.0.0/24", via="10.0.1.254")


# 09.5: an ACK is 40 bytes of headers. SLIP puts 2 bytes around them, PPP 8: two flags, address, control, 2 of protocol,
# 2 of FCS. Compressed, the headers are 6 bytes: the mask has 1, the checksum 2, and the difference 3, since 966 is no
# number from 1 to 255 and is sent as 0 and 2 bytes.
ack_bytes = {"SLIP": 40 + 2, "CSLIP": 6 + 2, "PPP": 40 + 8, "PPP + VJ": 6 + 8}


def alive(hellos, now):
    """09.6: the map says where things are: the packet's length at byte 2, the router ID at byte 4, the interval at
    byte 32; and the sum leaves the authentication, bytes 16 to 23, out. A hello must be as long as it says, for the sum
    does not miss zeros that were cut off. A later hello replaces an earlier one of the same router."""
    until = {}
    for second, hello in hellos:
        if len(hello) == int.from_bytes(hello[2:4]) and _sum(hello[:16] + hello[24:]) == 0xFFFF:
            (dead,) = struct.unpack_from(">I", hello, 32)
            until[socket.inet_ntoa(hello[4:8])] = second + dead
    return {router for router, end in until.items() if now < end}


def _sum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    return (total & 0xFFFF) + (total >> 16)
