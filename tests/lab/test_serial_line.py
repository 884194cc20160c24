"""A serial line between two hosts: real connections over a real pty, damage, refusals, and nothing left behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import termios
import threading
from pathlib import Path

import pytest

from helpers.errors import LabError, RuleUnused
from helpers.lab import Network, experiment
from helpers.lab import serial_line as serial_line_module
from helpers.lab.serial_line import Discarded
from helpers.lessons.links import CslipEnd, PppEnd, SlipEnd
from helpers.trace import load
from tests.needs import output_of

CODECS = {"SLIP": SlipEnd, "CSLIP": CslipEnd, "PPP": PppEnd, "PPP + VJ": lambda: PppEnd(compress_headers=True)}
PORT = 9


class Plain:
    """A codec of a line on which each transmission is one packet; or one that is wrong in one way."""

    def __init__(self, encoded=None, fed=None):
        self.encoded, self.fed = encoded, fed

    def encode(self, packet):
        return result(self.encoded, packet)

    def feed(self, data):
        return result(self.fed, [data])


def result(wanted, usual):
    if isinstance(wanted, Exception):
        raise wanted
    return usual if wanted is None else wanted


def say(lab, text):
    """One UDP datagram from the client, and nothing else on the wire."""
    with lab.client.socket(type=socket.SOCK_DGRAM) as speaker:
        speaker.sendto(text, ("10.0.0.2", PORT))
    lab.wire.settle()


@pytest.fixture
def listening(lab):
    """The server's UDP socket."""
    made = lab.server.socket(type=socket.SOCK_DGRAM)
    made.bind(("10.0.0.2", PORT))
    made.settimeout(2)
    return made


def descriptors():
    """Where this process's descriptors lead to."""
    return {f"{fd.name} {os.readlink(fd)}" for fd in Path("/proc/self/fd").iterdir() if fd.is_symlink()}


@pytest.mark.parametrize("name", CODECS)
def test_a_connection_crosses_the_line(lab, name):
    with lab.wire.serial(client=CODECS[name](), server=CODECS[name]()):
        caller, answerer = lab.connection()
        text = bytes(range(256)) * 20
        caller.sendall(text)
        came = b""
        while len(came) < len(text):
            came += answerer.recv(len(text))
        assert came == text
        caller.close()
        assert answerer.recv(1) == b""
    trace = lab.network.trace()
    frames = trace.frames[: len(trace.transmissions)]  # the FIN's delayed acknowledgment may come after the line's end
    assert [crossed.frame for crossed in trace.transmissions] == list(range(len(frames)))
    assert [crossed.delivered for crossed in trace.transmissions] == [(frame.data[14:],) for frame in frames]
    assert {crossed.dropped for crossed in trace.transmissions} == {""}
    assert {frame.fate for frame in frames} == {"delivered"}


def test_all_bytes_go_through_a_real_terminal_as_they_are(lab, listening):
    """One that is not raw changes line ends, takes 0x03 and 0x11 for itself and waits for a line's end."""
    for host in (lab.client, lab.server):
        host.set_mtu("eth0", 60_000)
    text = bytes(range(256)) * 200  # also far more than a pty holds
    with lab.wire.serial(client=Plain(), server=Plain()) as line:
        names = [os.ttyname(descriptor) for descriptor in line._descriptors.values()]
        assert any(re.fullmatch("/dev/pts/[0-9]+", name) for name in names)
        assert not termios.tcgetattr(line._descriptors["server"])[3] & (termios.ECHO | termios.ICANON | termios.ISIG)
        say(lab, text)
        assert listening.recv(60_000) == text
        assert line.sent[0].received == lab.wire.frames[0].data[14:]


def test_there_is_no_arp_on_a_serial_line(lab, listening):
    with lab.wire.serial(client=Plain(), server=Plain()) as line:
        say(lab, b"known already")
        assert listening.recv(20) == b"known already"
        assert "PERMANENT" in output_of(lab.client, "ip", "neigh", "show", "10.0.0.2")
        lab.client.remove_neighbour("10.0.0.2", "eth0")
        say(lab, b"where are you?")
        assert line.sent[1].dropped == "a serial line carries IP packets, not Ethernet's type 0x0806"
    assert [frame.fate for frame in lab.wire.frames[:2]] == ["delivered", "dropped"]


def test_ipv6_crosses_too(needs_lab):
    with Network() as network:
        client, server = network.host("client", "fd00::1"), network.host("server", "fd00::2")
        with network.wire.serial(client=SlipEnd(), server=SlipEnd()):
            speaker = client.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            listener = server.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            listener.bind(("fd00::2", PORT))
            listener.settimeout(2)
            speaker.sendto(b"six", ("fd00::2", PORT))
            assert listener.recv(10) == b"six"


@pytest.mark.parametrize(("bit", "byte", "value"), [(0, 0, 1), (7, 0, 128), (8, 1, 1), (28 * 8 + 3, 28, 8)])
def test_a_flipped_bit_is_where_it_was_asked_for(lab, listening, bit, byte, value):
    with lab.wire.serial(client=Plain(), server=Plain()) as line:
        line.flip_bit(packet=2, bit=bit, sender="client")
        for text in (b"one", b"two", b"three"):
            say(lab, text)
        assert [crossed.damaged for crossed in line.sent] == [False, True, False]
        sent, received = line.sent[1].sent, line.sent[1].received
    assert {at: a ^ b for at, (a, b) in enumerate(zip(sent, received, strict=True)) if a != b} == {byte: value}


def test_who_notices_a_flipped_bit(lab, listening):
    """SLIP delivers the damage and UDP's checksum finds it; PPP's check sequence finds it on the line."""

    def checksum_errors():
        names, values = (line.split() for line in lab.server.read("/proc/net/snmp").splitlines() if "Udp:" in line)
        return int(values[names.index("InCsumErrors")])

    for end, fate in ((SlipEnd, "damaged"), (PppEnd, "dropped")):
        with lab.wire.serial(client=end(), server=end()) as line:
            line.flip_bit(packet=1, bit=8 * 30)
            say(lab, b"damaged")
        assert lab.wire.frames[-1].fate == fate
        assert checksum_errors() == 1
    assert line.sent[0].dropped == "a frame was thrown away: its check sequence is wrong"


def test_a_bit_that_was_never_flipped_is_an_error(lab, listening):
    with pytest.raises(RuleUnused, match="«flip bit 9000 of packet 1» never happened: .* transmissions: 1$"):
        with lab.wire.serial(client=Plain(), server=Plain()) as line:
            line.flip_bit(packet=1, bit=9000)
            say(lab, b"too short")
    with pytest.raises(ZeroDivisionError):
        with lab.wire.serial(client=Plain(), server=Plain()) as line:
            line.flip_bit(packet=1, bit=1)
            raise ZeroDivisionError


@pytest.mark.parametrize(
    ("codec", "reason"),
    [
        (Plain(encoded=KeyError("tail")), "KeyError: 'tail'"),
        (Plain(encoded=LabError("this packet is too long")), "this packet is too long"),
        (Plain(encoded=...), "TypeError: cannot convert 'ellipsis' object to bytes"),
        (Plain(encoded=b""), "no packet came out"),
        (Plain(fed=IndexError("list index out of range")), "IndexError: list index out of range"),
        (Plain(fed=...), "TypeError: 'ellipsis' object is not iterable"),
        (Plain(fed=[5]), "feed() must return a list of packets, and there was 5 in it"),
        (Plain(fed=[]), "no packet came out"),
        (Plain(fed=[Discarded("half a packet"), Discarded("and another")]), "half a packet; and another"),
        (Plain(fed=[b""]), "what came out is no IP packet: its version is neither 4 nor 6"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_faulty_codec_loses_packets_and_says_why(lab, codec, reason):
    with lab.wire.serial(client=codec, server=codec) as line:
        say(lab, b"hello")
        assert [crossed.dropped for crossed in line.sent] == [reason]
    assert [frame.fate for frame in lab.wire.frames] == ["dropped"]
    lab.connection()  # the wire carries on


def test_rules_of_the_wire_still_count(lab, listening):
    with lab.wire.serial(client=SlipEnd(), server=SlipEnd()) as line:
        with lab.wire.drop(where=lambda frame: b"lost" in frame.data):
            say(lab, b"lost")
        with lab.wire.duplicate(where=lambda frame: b"twice" in frame.data):
            say(lab, b"twice")
        assert [listening.recv(10), listening.recv(10)] == [b"twice"] * 2
        assert [crossed.frame for crossed in line.sent] == [1, 1]
    assert [(frame.fate, len(frame.arrivals)) for frame in lab.wire.frames] == [("dropped", 0), ("duplicated", 2)]


def test_a_restarted_host_is_introduced_again(lab):
    with lab.wire.serial(client=SlipEnd(), server=SlipEnd()) as line:
        lab.server.restart()
        listener = lab.server.socket(type=socket.SOCK_DGRAM)
        listener.bind(("10.0.0.2", PORT))
        listener.settimeout(2)
        say(lab, b"again")
        listener.sendto(listener.recv(10), ("10.0.0.1", PORT))
        lab.wire.settle()
        assert {crossed.dropped for crossed in line.sent} == {""} and len(line.sent) == 3


def test_a_line_beside_an_ethernet(needs_lab):
    with Network() as network:
        client = network.host("client", "10.0.0.1")
        router = network.host("router", "10.0.0.254", "10.0.1.254")
        server = network.host("server", "10.0.1.2")
        router.forward()
        client.add_route("10.0.1.0/24", via="10.0.0.254")
        server.add_route("10.0.0.0/24", via="10.0.1.254")
        with network.wire.serial(server=PppEnd(), router=PppEnd()) as line:
            assert "1 received" in output_of(client, "ping", "-c", "1", "-W", "2", "10.0.1.2")
            assert [crossed.sender for crossed in line.sent] == ["router", "server"]


def test_ends_that_cannot_be_are_refused(lab):
    with pytest.raises(ValueError, match="a serial line has two ends, .* not 1"):
        lab.wire.serial(client=Plain())
    with lab.wire.serial(client=Plain(), server=Plain()):
        with pytest.raises(ValueError, match="client and server have no LAN to themselves that is no serial line"):
            lab.wire.serial(client=Plain(), server=Plain())
    lab.network.host("third")
    with pytest.raises(ValueError, match="client and third have no LAN to themselves"):
        lab.wire.serial(client=Plain(), third=Plain())


def test_without_a_pty_there_is_one_clear_sentence(lab, monkeypatch):
    def refuse():
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(serial_line_module.os, "openpty", refuse)
    with pytest.raises(LabError, match="this machine gives no pseudo-terminal for a serial line: No space left"):
        lab.wire.serial(client=Plain(), server=Plain())


def test_nothing_is_left_open(lab):
    before = descriptors()
    with lab.wire.serial(client=Plain(), server=Plain()) as line:
        assert len(descriptors() - before) == 2
    assert descriptors() == before
    line.close()
    with pytest.raises(LabError, match="network was closed"):
        with lab.wire.serial(client=Plain(), server=Plain()):
            lab.network.close()
    assert not [name for name in descriptors() - before if "ptmx" in name or "/pts/" in name]


def test_an_interrupt_leaves_no_bytes_in_the_line(lab):
    """Ctrl-C in the middle of a transfer: the next one's bytes are its own."""
    with lab.wire.serial(client=Plain(), server=Plain()) as line:
        interrupt = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
        interrupt.start()
        with pytest.raises(KeyboardInterrupt):
            while True:
                assert line._transfer("client", "server", bytes(50_000)) == bytes(50_000)
        assert line._transfer("client", "server", b"next") == b"next"


@experiment
def damaged_datagram(client, server, wire):
    with wire.serial(client=PppEnd(), server=PppEnd()) as line:
        line.flip_bit(packet=1, bit=100)
        with client.socket(type=socket.SOCK_DGRAM) as speaker:
            speaker.sendto(b"damaged", ("10.0.0.2", PORT))
            speaker.sendto(b"whole", ("10.0.0.2", PORT))


def test_an_experiments_trace_keeps_what_crossed(needs_lab, tmp_path):
    trace = damaged_datagram.run()
    trace.save(tmp_path / "line")
    assert load(tmp_path / "line").transmissions == trace.transmissions
    assert [(crossed.damaged, len(crossed.delivered)) for crossed in trace.transmissions[:2]] == [(True, 0), (False, 1)]


def test_settled_means_that_the_line_is_quiet(lab, listening):
    with lab.wire.serial(client=SlipEnd(), server=SlipEnd()) as line:
        for number in range(1, 51):
            say(lab, b"x")
            assert len(line.sent) == number
            assert listening.recv(10, socket.MSG_DONTWAIT) == b"x"
