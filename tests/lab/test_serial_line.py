from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import termios
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from scapy.layers.inet import IP, UDP

from helpers.lab import Host, LabError, Network, RuleUnused, Wire, experiment
from helpers.lab import serial_line as serial_line_module
from helpers.lab.serial_line import Codec, Discarded
from helpers.lessons.links import slip
from helpers.lessons.links.line_ends import CslipEnd, PppEnd, SlipEnd
from helpers.trace import Transmission, load
from tests.lab.conftest import Lab
from tests.needs import output_of

TOP = Path(__file__).parents[2]
CODECS: dict[str, Callable[[], Codec]] = {
    "SLIP": SlipEnd,
    "CSLIP": CslipEnd,
    "PPP": PppEnd,
    "PPP with compressed headers": lambda: PppEnd(compress_headers=True),
}
PORT = 9


class Plain:
    """A codec of a line on which each transmission is one packet."""

    def encode(self, packet: bytes) -> bytes:
        return packet

    def feed(self, data: bytes) -> Sequence[bytes | Discarded]:
        return [data]


def pack_up(lab: Lab, size: int = 1006) -> None:
    for host in (lab.client, lab.server):
        host.set_mtu("eth0", size)


def say(lab: Lab, text: bytes) -> None:
    """One UDP datagram from the client, and nothing else on the wire."""
    with lab.client.socket(type=socket.SOCK_DGRAM) as speaker:
        speaker.sendto(text, ("10.0.0.2", PORT))
    lab.wire.settle()


@pytest.fixture
def listening(lab: Lab) -> socket.socket:
    """The server's UDP socket."""
    made = lab.server.socket(type=socket.SOCK_DGRAM)
    made.bind(("10.0.0.2", PORT))
    made.settimeout(2)
    return made


def descriptors() -> set[str]:
    """Where this process's descriptors lead to."""
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found.add(f"{entry.name} {os.readlink(entry)}")
        except OSError:
            continue
    return found


@pytest.mark.parametrize("name", CODECS)
def test_a_connection_crosses_the_line(lab: Lab, name: str) -> None:
    pack_up(lab)
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
    assert any(frame.segment and "FIN" in frame.segment.has for frame in frames)
    assert [crossed.frame for crossed in trace.transmissions] == list(range(len(frames)))
    assert [crossed.delivered for crossed in trace.transmissions] == [(frame.data[14:],) for frame in frames]
    assert {crossed.dropped for crossed in trace.transmissions} == {""}
    assert {frame.fate for frame in frames} == {"delivered"}
    assert [crossed.sender for crossed in trace.transmissions] == [frame.sender for frame in frames]


def test_the_bytes_on_the_line_are_the_codecs(lab: Lab, listening: socket.socket) -> None:
    with lab.wire.serial(client=SlipEnd(), server=SlipEnd()) as line:
        say(lab, b"\xc0\xdb")
        assert listening.recv(10) == b"\xc0\xdb"
        (crossed,) = line.sent
    (frame,) = lab.wire.frames
    assert crossed.sent == slip.encode(frame.data[14:]) == crossed.received
    assert (crossed.sender, crossed.receiver, crossed.damaged) == ("client", "server", False)


def test_all_bytes_go_through_the_pty_as_they_are(lab: Lab, listening: socket.socket) -> None:
    """A terminal that is not raw changes line ends, takes 0x03 and 0x11 for itself and waits for a line's end."""
    pack_up(lab, 60_000)
    text = bytes(range(256)) * 200  # also far more than a pty holds
    with lab.wire.serial(client=Plain(), server=Plain()) as line:
        say(lab, text)
        assert listening.recv(60_000) == text
        assert line.sent[0].received == lab.wire.frames[0].data[14:]


def test_the_line_is_a_real_terminal(lab: Lab) -> None:
    with lab.wire.serial(client=Plain(), server=Plain()) as line:
        names = [os.ttyname(descriptor) for descriptor in line._descriptors.values()]
        flags = termios.tcgetattr(line._descriptors["server"])[3]
    assert any(re.fullmatch("/dev/pts/[0-9]+", name) for name in names)
    assert not flags & (termios.ECHO | termios.ICANON | termios.ISIG)


def test_there_is_no_arp_on_a_serial_line(lab: Lab, listening: socket.socket) -> None:
    with lab.wire.serial(client=Plain(), server=Plain()):
        say(lab, b"known already")
        assert listening.recv(20) == b"known already"
        assert [frame.data[12:14] for frame in lab.wire.frames] == [b"\x08\x00"]
        assert "PERMANENT" in output_of(lab.client, "ip", "neigh", "show", "10.0.0.2")
    say(lab, b"not any more")
    assert listening.recv(20) == b"not any more"
    assert [frame.data[12:14] for frame in lab.wire.frames[1:3]] == [b"\x08\x06"] * 2
    assert len(lab.network.trace().transmissions) == 1


def test_a_frame_of_arp_is_lost_and_the_reason_kept(lab: Lab) -> None:
    with lab.wire.serial(client=Plain(), server=Plain()) as line:
        lab.client.remove_neighbour("10.0.0.2", "eth0")
        say(lab, b"where are you?")
        first = line.sent[0]
    assert (first.sent, first.delivered, first.dropped) == (b"", (), "ARP has no place on a serial line")
    assert lab.wire.frames[0].lost


def test_other_frames_are_lost_and_the_reason_kept(lab: Lab) -> None:
    with lab.wire.serial(client=Plain(), server=Plain()) as line:
        with lab.client.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
            raw.bind(("eth0", 0))
            raw.send(b"\xff" * 6 + b"\x02" * 6 + b"\x88\xcc" + bytes(50))
        lab.wire.settle()
        assert line.sent[0].dropped == "a serial line carries IP packets, not Ethernet's type 0x88cc"


def test_ipv6_crosses_too(needs_lab: None) -> None:
    with Network() as network:
        client, server = network.host("client", "fd00::1"), network.host("server", "fd00::2")
        with network.wire.serial(client=SlipEnd(), server=SlipEnd()) as line:
            with client.socket(socket.AF_INET6, socket.SOCK_DGRAM) as speaker:
                listener = server.socket(socket.AF_INET6, socket.SOCK_DGRAM)
                listener.bind(("fd00::2", PORT))
                listener.settimeout(2)
                speaker.sendto(b"six", ("fd00::2", PORT))
                assert listener.recv(10) == b"six"
            crossed = [each for each in line.sent if each.sent and b"six" in each.sent]  # multicast reports cross too
            assert [each.delivered[0][0] >> 4 for each in crossed] == [6]


@pytest.mark.parametrize(("bit", "byte", "value"), [(0, 0, 1), (7, 0, 128), (8, 1, 1), (28 * 8 + 3, 28, 8)])
def test_a_flipped_bit_is_where_it_was_asked_for(
    lab: Lab, listening: socket.socket, bit: int, byte: int, value: int
) -> None:
    with lab.wire.serial(client=Plain(), server=Plain()) as line:
        line.flip_bit(packet=2, bit=bit)
        for text in (b"one", b"two", b"three"):
            say(lab, text)
        assert [crossed.damaged for crossed in line.sent] == [False, True, False]
        sent, received = line.sent[1].sent, line.sent[1].received
    changed = {place: a ^ b for place, (a, b) in enumerate(zip(sent, received, strict=True)) if a != b}
    assert changed == {byte: value}


def test_a_flipped_bit_may_be_one_senders(lab: Lab, listening: socket.socket) -> None:
    with lab.wire.serial(client=SlipEnd(), server=SlipEnd()) as line:
        line.flip_bit(packet=2, bit=9, sender="server")
        for text in (b"one", b"two", b"three"):
            say(lab, text)
            listening.sendto(text, ("10.0.0.1", PORT))  # type: ignore[attr-defined]
            lab.wire.settle()
        mine = [crossed for crossed in line.sent if crossed.sender == "server"]
        assert [crossed.damaged for crossed in mine] == [False, True, False]
        assert not any(crossed.damaged for crossed in line.sent if crossed.sender == "client")


def test_who_notices_a_flipped_bit(lab: Lab, listening: socket.socket) -> None:
    """SLIP delivers the damage and UDP's checksum finds it; PPP's check sequence finds it on the line."""

    def checksum_errors() -> int:
        names, values = (line.split() for line in lab.server.read("/proc/net/snmp").splitlines() if "Udp:" in line)
        return int(values[names.index("InCsumErrors")])

    with lab.wire.serial(client=SlipEnd(), server=SlipEnd()) as line:
        line.flip_bit(packet=1, bit=8 * 30)
        say(lab, b"damaged")
        assert line.sent[0].delivered and not line.sent[0].dropped
    assert lab.wire.frames[0].fate == "damaged" and lab.wire.frames[0].comment == "damaged on the serial line"
    assert checksum_errors() == 1
    with lab.wire.serial(client=PppEnd(), server=PppEnd()) as line:
        line.flip_bit(packet=1, bit=8 * 30)
        say(lab, b"damaged")
        assert line.sent[0].dropped == "a frame was thrown away: its check sequence is wrong"
    assert [frame.fate for frame in lab.wire.frames if b"damaged" in frame.data] == ["damaged", "dropped"]
    assert checksum_errors() == 1


def test_tcp_repairs_what_the_line_breaks(lab: Lab) -> None:
    pack_up(lab)
    with lab.wire.serial(client=CslipEnd(), server=CslipEnd()) as line:
        caller, answerer = lab.connection()
        line.flip_bit(packet=len(line.sent) + 2, bit=40, sender=None)
        for text in (b"one", b"two", b"three"):
            caller.sendall(text)
            lab.wire.settle()
        came = b""
        while len(came) < len(b"onetwothree"):
            came += answerer.recv(100)
    assert came == b"onetwothree"


def test_a_bit_that_was_never_flipped_is_an_error(lab: Lab, listening: socket.socket) -> None:
    with pytest.raises(RuleUnused, match="«flip bit 9000 of packet 1» never happened: .* transmissions: 1$"):
        with lab.wire.serial(client=Plain(), server=Plain()) as line:
            line.flip_bit(packet=1, bit=9000)
            say(lab, b"too short")
    with pytest.raises(ZeroDivisionError):
        with lab.wire.serial(client=Plain(), server=Plain()) as line:
            line.flip_bit(packet=1, bit=1)
            raise ZeroDivisionError


def test_a_bit_that_cannot_be_is_refused(lab: Lab, listening: socket.socket) -> None:
    with lab.wire.serial(client=Plain(), server=Plain()) as line:
        say(lab, b"gone")
        with pytest.raises(ValueError, match="packet 1 has passed: 1 have crossed this line"):
            line.flip_bit(packet=1, bit=0)
        with pytest.raises(ValueError, match="no bit -1 of a packet from either end"):
            line.flip_bit(packet=2, bit=-1)
        with pytest.raises(ValueError, match="no bit 3 of a packet from router"):
            line.flip_bit(packet=2, bit=3, sender="router")


def test_noise_before_a_packet(lab: Lab, listening: socket.socket) -> None:
    """What the END at the beginning of a packet is for (RFC 1055)."""
    with lab.wire.serial(client=SlipEnd(), server=SlipEnd()) as line:
        noise = line.inject(b"\x12\x34", sender="client")
        say(lab, b"heard")
        assert listening.recv(10) == b"heard"
        assert (noise.frame, noise.dropped) == (None, "no packet came out")
        assert line.sent[1].dropped == "what came out is no IP packet: its version is neither 4 nor 6"
        with pytest.raises(ValueError, match="router is not on this line; its ends are client and server"):
            line.inject(b"", sender="router")
    with pytest.raises(LabError, match="this serial line has ended"):
        line.inject(b"x", sender="client")


def test_a_packet_of_injected_bytes_is_delivered(lab: Lab, listening: socket.socket) -> None:
    packet = bytes(IP(src="10.0.0.1", dst="10.0.0.2") / UDP(sport=7, dport=PORT) / b"from nowhere")
    with lab.wire.serial(client=SlipEnd(), server=SlipEnd()) as line:
        line.inject(slip.encode(packet), sender="client")
        assert listening.recv(20) == b"from nowhere"
    (frame,) = lab.wire.frames
    assert (frame.sender, frame.receiver, frame.fate) == ("wire", "server", "injected")


class Faulty(Plain):
    """A reader's codec that is wrong in one way."""

    def __init__(self, encoded: object = None, fed: object = None) -> None:
        self.encoded, self.fed = encoded, fed

    def encode(self, packet: bytes) -> bytes:
        return self._result(self.encoded, packet)

    def feed(self, data: bytes) -> Sequence[bytes | Discarded]:
        return self._result(self.fed, [data])

    def _result(self, wanted: object, usual: object):  # type: ignore[no-untyped-def]
        if isinstance(wanted, Exception):
            raise wanted
        return usual if wanted is None else wanted


@pytest.mark.parametrize(
    ("codec", "reason"),
    [
        (Faulty(encoded=KeyError("tail")), "KeyError: 'tail'"),
        (Faulty(encoded=LabError("this packet is too long")), "this packet is too long"),
        (Faulty(encoded=...), "encode() must return bytes, and returned ellipsis"),
        (Faulty(encoded=b""), "no packet came out"),
        (Faulty(fed=IndexError("list index out of range")), "IndexError: list index out of range"),
        (Faulty(fed=...), "feed() must return a list of packets, and returned Ellipsis"),
        (Faulty(fed=[5]), "feed() must return a list of packets, and returned [5]"),
        (Faulty(fed=[]), "no packet came out"),
        (Faulty(fed=[Discarded("half a packet"), Discarded("and another")]), "half a packet; and another"),
        (Faulty(fed=[b""]), "what came out is no IP packet: its version is neither 4 nor 6"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_faulty_codec_loses_packets_and_says_why(lab: Lab, codec: Codec, reason: str) -> None:
    with lab.wire.serial(client=codec, server=codec) as line:
        say(lab, b"hello")
        assert [crossed.dropped for crossed in line.sent] == [reason]
    assert [frame.fate for frame in lab.wire.frames] == ["dropped"]
    lab.connection()  # the wire carries on


def test_rules_of_the_wire_still_count(lab: Lab, listening: socket.socket) -> None:
    with lab.wire.serial(client=SlipEnd(), server=SlipEnd()) as line:
        with lab.wire.drop(where=lambda frame: b"lost" in frame.data):
            say(lab, b"lost")
        with lab.wire.duplicate(where=lambda frame: b"twice" in frame.data):
            say(lab, b"twice")
        assert [listening.recv(10), listening.recv(10)] == [b"twice"] * 2
        assert [crossed.frame for crossed in line.sent] == [1, 1]
    assert [(frame.fate, len(frame.arrivals)) for frame in lab.wire.frames] == [("dropped", 0), ("duplicated", 2)]


def test_a_restarted_host_is_introduced_again(lab: Lab) -> None:
    with lab.wire.serial(client=SlipEnd(), server=SlipEnd()) as line:
        lab.server.restart()
        listener = lab.server.socket(type=socket.SOCK_DGRAM)
        listener.bind(("10.0.0.2", PORT))
        listener.settimeout(2)
        say(lab, b"again")
        listener.sendto(listener.recv(10), ("10.0.0.1", PORT))
        lab.wire.settle()
        assert {crossed.dropped for crossed in line.sent} == {""} and len(line.sent) == 3


def test_a_line_beside_an_ethernet(needs_lab: None) -> None:
    with Network() as network:
        client = network.host("client", "10.0.0.1")
        router = network.host("router", "10.0.0.254", "10.0.1.254")
        server = network.host("server", "10.0.1.2")
        router.forward()
        client.add_route("10.0.1.0/24", via="10.0.0.254")
        server.add_route("10.0.0.0/24", via="10.0.1.254")
        with network.wire.serial(server=PppEnd(), router=PppEnd()) as line:
            assert "1 received" in output_of(client, "ping", "-c", "1", "-W", "2", "10.0.1.2")
            assert [(crossed.sender, crossed.receiver) for crossed in line.sent] == [
                ("router", "server"),
                ("server", "router"),
            ]


def test_ends_that_cannot_be_are_refused(lab: Lab) -> None:
    with pytest.raises(ValueError, match="a serial line has two ends, .* not 1"):
        lab.wire.serial(client=Plain())
    with pytest.raises(ValueError, match="there is no host 'sever' on this wire; its hosts are client, server"):
        lab.wire.serial(client=Plain(), sever=Plain())
    with lab.wire.serial(client=Plain(), server=Plain()):
        with pytest.raises(ValueError, match="client and server have no LAN to themselves that is no serial line"):
            lab.wire.serial(client=Plain(), server=Plain())
    lab.network.host("third")
    with pytest.raises(ValueError, match="client and third have no LAN to themselves"):
        lab.wire.serial(client=Plain(), third=Plain())


def test_without_a_pty_there_is_one_clear_sentence(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> tuple[int, int]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(serial_line_module.os, "openpty", refuse)
    with pytest.raises(LabError, match="this machine gives no pseudo-terminal for a serial line: No space left"):
        lab.wire.serial(client=Plain(), server=Plain())


def test_nothing_is_left_open(lab: Lab) -> None:
    before = descriptors()
    with lab.wire.serial(client=Plain(), server=Plain()) as line:
        assert len(descriptors() - before) == 2
    assert descriptors() == before
    line.close()
    lab.wire.serial(client=Plain(), server=Plain())
    lab.network.close()
    assert not [name for name in descriptors() if "ptmx" in name or "/pts/" in name and name not in before]


def test_a_line_ends_with_its_network(lab: Lab) -> None:
    with pytest.raises(LabError, match="network was closed"):
        with lab.wire.serial(client=Plain(), server=Plain()):
            lab.network.close()
    with pytest.raises(LabError, match="network is closed"):
        lab.wire.serial(client=Plain(), server=Plain())


INTERRUPTED = """
import os, signal, threading
from helpers.lab import Network
from helpers.lessons.links.line_ends import SlipEnd
signal.signal(signal.SIGINT, signal.default_int_handler)
network = Network()
client, server = network.host("client"), network.host("server")
server.set_mtu("eth0", 60000); client.set_mtu("eth0", 60000)
line = network.wire.serial(client=SlipEnd(), server=SlipEnd())
done = 0
threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    while True:
        line.inject(b"\\xc0" + b"\\x01" * 50000 + b"\\xc0", sender="client")
        done += 1
except KeyboardInterrupt:
    pass
after = line.inject(b"\\xc0\\x45abc\\xc0", sender="client")  # the first END ends what the decoder has half read
print(done > 0, after.received, after.delivered)
network.close()
print([name for name in map(os.readlink, (f"/proc/self/fd/{fd}" for fd in os.listdir("/proc/self/fd")
       if os.path.exists(f"/proc/self/fd/{fd}"))) if "pt" in name and "/dev" in name], threading.active_count())
"""


def test_an_interrupt_leaves_no_bytes_in_the_line(needs_lab: None) -> None:
    told = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], cwd=TOP, capture_output=True, text=True, timeout=60, check=True,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert told.stderr == ""
    assert told.stdout.splitlines() == [r"True b'\xc0Eabc\xc0' (b'Eabc',)", "[] 1"]


@experiment
def damaged_datagram(client: Host, server: Host, wire: Wire) -> None:
    with wire.serial(client=PppEnd(), server=PppEnd()) as line:
        line.flip_bit(packet=1, bit=100)
        with client.socket(type=socket.SOCK_DGRAM) as speaker:
            speaker.sendto(b"damaged", ("10.0.0.2", PORT))
            speaker.sendto(b"whole", ("10.0.0.2", PORT))


def test_an_experiments_trace_keeps_what_crossed(needs_lab: None, tmp_path: Path) -> None:
    trace = damaged_datagram.run()
    trace.save(tmp_path / "line")
    loaded = load(tmp_path / "line")
    assert loaded.transmissions == trace.transmissions
    outcome = [(crossed.sender, crossed.damaged, len(crossed.delivered)) for crossed in loaded.transmissions]
    assert outcome[:2] == [("client", True, 0), ("client", False, 1)]
    assert isinstance(loaded.transmissions[0], Transmission)


def test_settled_means_that_the_line_is_quiet(lab: Lab, listening: socket.socket) -> None:
    with lab.wire.serial(client=SlipEnd(), server=SlipEnd()) as line:
        for number in range(1, 51):
            say(lab, b"x")
            assert len(line.sent) == number
            assert listening.recv(10, socket.MSG_DONTWAIT) == b"x"


