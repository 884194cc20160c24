"""Solutions to the exercises of notebook 07. Try first: a wrong answer is told what is wrong with it."""

import errno
import select
import socket
import struct

from helpers.lab import experiment


def checksum(data):
    """The Internet checksum of an even number of bytes, by hand as in the notebook."""
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return (0xFFFF - total).to_bytes(2, "big")


def with_checksum(header):
    """The IP header with the checksum that it should have."""
    return header[:10] + checksum(header[:10] + bytes(2) + header[12:]) + header[12:]


def next_hop(packet):
    """07.1: a packet that has one hop left ends here. Else byte 8, the time to live, gets one less, and the checksum is
    computed anew, for it covers that byte. The low half of the first byte says how long the header is, in words of four
    bytes, so options are covered as well; all the rest goes on as it came.
    """
    if packet[8] <= 1:
        return None
    length = 4 * (packet[0] & 0x0F)
    lower = packet[:8] + bytes([packet[8] - 1]) + packet[9:length]
    return with_checksum(lower) + packet[length:]


def tcp_payload(frame):
    """07.2: behind Ethernet's 14 bytes, IP's Total Length says where the packet ends. What comes later only fills up
    the frame. IP's first byte says where TCP begins, and the high half of TCP's byte 12 where the data begin. So nobody
    has to look at the data themselves.
    """
    packet = frame[14:]
    packet = packet[: int.from_bytes(packet[2:4], "big")]
    segment = packet[4 * (packet[0] & 0x0F) :]
    return segment[4 * (segment[12] >> 4) :]


def cut_up(packet, mtu):
    """07.3: each piece takes as much as fits behind its header. All but the last take a multiple of 8 bytes, since the
    offset counts in eights. Each has the packet's header, but for four fields: Total Length, MF (1 where others
    follow), the offset, and the checksum, which covers the other three.
    """
    header, data = packet[:20], packet[20:]
    pieces, start = [], 0
    while start < len(data):
        last = len(data) - start <= mtu - 20
        part = data[start:] if last else data[start : start + (mtu - 20) // 8 * 8]
        flags = (0 if last else 0x2000) | start // 8
        new = header[:2] + struct.pack(">H2sH", 20 + len(part), header[4:6], flags) + header[8:]
        pieces.append(with_checksum(new) + part)
        start += len(part)
    return pieces


IP_MTU_DISCOVER, IP_PMTUDISC_DO, IP_MTU = 10, 2, 14


def wait_for_error(sock):
    """As in the notebook."""
    waiting = select.poll()
    waiting.register(sock, 0)
    waiting.poll(5000)
    return sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


def largest_datagram(host, address):
    """07.4: with IP_PMTUDISC_DO no router may cut a probe: one that is too long comes back as an error, from which the
    kernel learns the next MTU. So ask it for the MTU that it knows, send as much as fits, and do so again until the
    answer is «refused»: that one has arrived, for nobody listens there. IP's and UDP's headers take 28 bytes.
    """
    with host.socket(type=socket.SOCK_DGRAM) as probe:
        probe.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO)
        probe.connect(address)
        while True:
            size = probe.getsockopt(socket.IPPROTO_IP, IP_MTU) - 28
            probe.send(bytes(size))
            if wait_for_error(probe) == errno.ECONNREFUSED:
                return size


@experiment
def nobody_speaks_it(client, server, wire):
    """07.5: a raw socket with a number writes that number into the Protocol byte of IP's header. 253 is for experiments
    (RFC 3692, section 2.1), so no kernel has a program for it, and says so by ICMP. The wire shows when it has.
    """
    client.socket(type=socket.SOCK_RAW, protocol=253).sendto(b"hello", ("10.0.0.2", 0))
    wire.wait_for(sender="server", where=lambda frame: frame.data[12:14] == b"\x08\x00" and frame.data[23] == 1)
