"""Solutions to the exercises of notebook 09. Try first: a wrong answer is told what is wrong with it."""

import socket
import struct

END, ESC = 0xC0, 0xDB
FLAG, ESCAPE = 0x7E, 0x7D


def slip_decoder():
    """09.1: two things are kept from one piece to the next: the packet begun, and whether the last byte was ESC."""
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
    """Of the notebook: the division of RFC 1662, appendix C."""
    register = 0xFFFF
    for byte in data:
        for bit in range(8):
            carry = (register ^ byte >> bit) & 1
            register = register >> 1 ^ (0x8408 if carry else 0)
    return register


def packet_in(line):
    """09.2: first undo the escapes, then look at the check sequence, then cut off what is around the packet."""
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
    """09.3: a 1 and a 0 in the same column of two words: one becomes less by as much as the other becomes more."""
    bits = range(8 * 40, 8 * len(packet))
    for first in bits:
        for second in range(first + 16, 8 * len(packet), 16):
            if packet[first // 8] >> first % 8 & 1 != packet[second // 8] >> second % 8 & 1:
                return first, second
    return None


def repair(client, north, south, server):
    """09.4: two routes, one for each direction."""
    client.add_route("10.0.1.0/24", via="10.0.0.254")
    server.add_route("10.0.0.0/24", via="10.0.1.254")


# 09.5: the mask has 1 byte, the checksum 2, and 966 is no number from 1 to 255: 0 and 2 bytes.
ack_bytes = {"SLIP": 40 + 2, "CSLIP": 6 + 2, "PPP": 40 + 8, "PPP + VJ": 6 + 8}


def alive(hellos, now):
    """09.6: router ID at byte 4, RouterDeadInterval at byte 32; the sum leaves bytes 16 to 23 out."""
    until = {}
    for second, hello in hellos:
        if len(hello) % 2 == 0 and _sum(hello[:16] + hello[24:]) == 0xFFFF:
            (dead,) = struct.unpack_from(">I", hello, 32)
            until[socket.inet_ntoa(hello[4:8])] = second + dead
    return {router for router, end in until.items() if now < end}


def _sum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    return (total & 0xFFFF) + (total >> 16)
