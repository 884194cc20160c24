"""Traces made by hand, frame by frame: what the views draw must not depend on this machine's kernel."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import ARP, Ether

from helpers.trace import WIRE, Call, Frame, HostInfo, Mark, SocketRow, Source, Table, Trace

MILLISECOND = 1_000_000
SECOND = 1_000 * MILLISECOND
ADDRESS = {"client": "10.0.0.1", "server": "10.0.0.2", "third": "10.0.0.3"}
PORT = {"client": 40123, "server": 80, "third": 41999}
FIRST = {"client": 1_000_000, "server": 3_000_000_000, "third": 77}
MAC = {"client": "02:00:00:00:00:01", "server": "02:00:00:00:00:02", "third": "02:00:00:00:00:03"}


@dataclass
class Script:
    """Writes a trace down as one would tell it: what happens, one thing after the other."""

    now: int = 1_700_000_000 * SECOND
    frames: list[Frame] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)

    def segment(
        self, sender: str, flags: str, seq: int, ack: int | None = None, payload: bytes = b"",
        fate: str = "delivered", after: tuple[int, ...] = (60_000,), to: str = "",
    ) -> Frame:  # fmt: skip
        """A segment of a host, or one injected in its name; `after`: nanoseconds until each arrival."""
        receiver = to or ("server" if sender != "server" else "client")
        tcp = TCP(
            sport=PORT[sender], dport=PORT[receiver], flags=flags, seq=(FIRST[sender] + seq) % 2**32,
            ack=0 if ack is None else (FIRST[receiver] + ack) % 2**32, window=64240,
        )  # fmt: skip
        packet = (
            Ether(src=MAC[sender], dst=MAC[receiver])
            / IP(src=ADDRESS[sender], dst=ADDRESS[receiver])
            / tcp
            / payload
        )
        arrivals = () if fate in ("dropped", "held") else tuple(self.now + delay for delay in after)
        origin = WIRE if fate == "injected" else sender
        frame = Frame(self.now, origin, receiver, bytes(packet), arrivals, fate)
        self.frames.append(frame)
        self.now += 100_000
        return frame

    def datagram(
        self, sender: str, source: int, destination: int, payload: bytes = b"", fate: str = "delivered", to: str = ""
    ) -> Frame:
        """A UDP datagram from port to port, of a host or injected in its name."""
        receiver = to or ("server" if sender != "server" else "client")
        packet = (
            Ether(src=MAC[sender], dst=MAC[receiver])
            / IP(src=ADDRESS[sender], dst=ADDRESS[receiver])
            / UDP(sport=source, dport=destination)
            / payload
        )
        arrivals = () if fate in ("dropped", "held") else (self.now + 60_000,)
        frame = Frame(
            self.now, WIRE if fate == "injected" else sender, receiver, bytes(packet), arrivals, fate
        )
        self.frames.append(frame)
        self.now += 100_000
        return frame

    def udp_socket(self, host: str, number: int, *address: object, error: str = "") -> None:
        """A host's UDP socket of that number, bound to the address if there is one."""
        self.call(host, "socket", "AF_INET, SOCK_DGRAM", f"socket {number}", socket=number, made=number)
        if address:
            self.call(host, "bind", repr(address), socket=number, error=error)

    def arp(self) -> None:
        """The client asks for the server's hardware address."""
        packet = Ether(src=MAC["client"], dst="ff:ff:ff:ff:ff:ff") / ARP(psrc="10.0.0.1", pdst="10.0.0.2")
        self.frames.append(Frame(self.now, "client", "server", bytes(packet), (self.now + 50_000,)))
        self.now += 100_000

    def call(
        self, host: str, name: str, arguments: str = "", result: str = "0", error: str = "",
        lasts: int = 20_000,
        socket: int = 1, made: int | None = None, blocked: bool = False,
    ) -> None:  # fmt: skip
        """A call that begins now."""
        end = None if blocked else self.now + lasts
        self.calls.append(
            Call(
                self.now, end, host, name, arguments, "" if error or blocked else result, error, socket,
                50 + socket,
                made, None if made is None else 50 + made,
            )
        )  # fmt: skip
        self.now += 100_000

    def states(self, **states: str) -> None:
        """A look at each named host's socket table: "LISTEN", or "LISTEN + SYN-RECEIVED", or ""."""
        for host, text in states.items():
            rows = [self.row(host, state) for state in text.split(" + ") if state]
            self.tables.append(Table(self.now, host, tuple(rows)))
        self.now += 1_000

    @staticmethod
    def row(host: str, state: str) -> SocketRow:
        """A line of a socket table for a connection between client and server in that state."""
        peer = "server" if host == "client" else "client"
        local = f"{ADDRESS[host]}:{PORT[host]}" if state != "LISTEN" else f"0.0.0.0:{PORT[host]}"
        remote = f"{ADDRESS[peer]}:{PORT[peer]}" if state != "LISTEN" else "0.0.0.0:0"
        waiting = state in ("SYN-SENT", "SYN-RECEIVED")
        timer = "retransmit" if waiting else "TIME-WAIT" if state == "TIME-WAIT" else ""
        return SocketRow(local, remote, state, 0, 0, timer, 0.8 if timer else 0.0, 0, 4711)

    def mark(self, label: str) -> None:
        """Give this moment a name."""
        self.marks.append(Mark(self.now, label))
        self.now += 50_000

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += round(seconds * SECOND)

    def trace(self, *hosts: str) -> Trace:
        """What was written down so far."""
        infos = tuple(HostInfo(host, (ADDRESS[host],)) for host in hosts or ("client", "server"))
        return Trace(
            infos, Source(True, "Linux 6.18.1", "2026-01-31"), tuple(self.frames), tuple(self.calls),
            tuple(self.tables), tuple(self.marks),
        )  # fmt: skip


def listening(script: Script) -> None:
    """The server's first calls."""
    script.states(client="", server="")
    script.call("server", "socket", "AF_INET, SOCK_STREAM", "socket 1", made=1)
    script.call("server", "bind", "('10.0.0.2', 80)")
    script.call("server", "listen", "5")
    script.mark("server listens")
    script.states(server="LISTEN")
    script.call("client", "socket", "AF_INET, SOCK_STREAM", "socket 1", made=1)


def handshake(script: Script) -> None:
    """The server listens, the first SYN is lost, the third segment is held for a while."""
    listening(script)
    script.arp()
    script.arp()
    connect = script.now
    script.states(client="SYN-SENT")
    script.segment("client", "S", 0, fate="dropped")
    script.wait(1.02)
    script.segment("client", "S", 0)
    script.states(server="LISTEN + SYN-RECEIVED")
    script.segment("server", "SA", 0, 1)
    script.states(client="ESTABLISHED")
    begin, script.now = script.now, connect
    script.call("client", "connect", "('10.0.0.2', 80)", lasts=begin - connect + 10_000)
    script.now = begin + 30_000
    script.segment("client", "A", 1, 1, fate="released", after=(400 * MILLISECOND,))
    script.mark("client is ESTABLISHED, server is not")
    script.wait(0.4)
    script.states(server="LISTEN + ESTABLISHED")
    script.call("server", "accept", "", "socket 2, ('10.0.0.1', 40123)", made=2)


def whole_life() -> Trace:
    """Handshake, data both ways, close by both: with every fate a frame can have."""
    script = Script()
    handshake(script)
    script.call("client", "send", "b'hello'", "5")
    script.segment("client", "PA", 1, 1, b"hello", fate="duplicated", after=(60_000, 900_000))
    script.segment("server", "A", 1, 6)
    script.wait(0.002)
    script.call("server", "recv", "100", "b'hello'", socket=2)
    script.call("server", "send", "b'a long answer to it'", "19", socket=2)
    script.segment("server", "PA", 1, 6, b"a long answer to it", fate="delayed", after=(250 * MILLISECOND,))
    script.wait(0.3)
    script.segment("client", "A", 6, 20)
    script.call("client", "recv", "100", "b'a long answer to it'")
    script.segment("server", "PA", 20, 6, b"one", fate="reordered", after=(400_000,))
    script.segment("server", "PA", 23, 6, b"two")
    script.wait(0.001)
    script.segment("client", "A", 6, 26)
    script.segment("server", "R", 9_999, fate="injected", to="client")
    script.segment("client", "A", 6, 26)
    script.mark("the client closes")
    script.call("client", "close")
    script.segment("client", "FA", 6, 26)
    script.states(client="FIN-WAIT-1", server="LISTEN + CLOSE-WAIT")
    script.segment("server", "A", 26, 7)
    script.states(client="FIN-WAIT-2")
    script.call("server", "close", socket=2)
    script.segment("server", "FA", 26, 7)
    script.states(client="TIME-WAIT", server="LISTEN + LAST-ACK")
    script.segment("client", "A", 7, 27)
    script.states(server="LISTEN")
    script.call("client", "bind", "('10.0.0.1', 40123)", error="EADDRINUSE", socket=2)
    script.call("server", "accept", blocked=True)
    script.segment("client", "S", 0, fate="held")
    return script.trace()


def forty_arrows() -> Trace:
    """A long conversation."""
    script = Script()
    handshake(script)
    for number in range(18):
        fate = "dropped" if number % 7 == 3 else "delivered"
        script.segment("client", "PA", 1 + 1000 * number, 1, b"x" * 1000, fate=fate)
        script.segment("server", "A", 1, 1001 + 1000 * number)
        script.wait(0.01)
    return script.trace()


def three_hosts() -> Trace:
    """Two clients of one server, the server between them."""
    script = Script()
    handshake(script)
    script.segment("third", "S", 0, to="server")
    script.segment("server", "SA", 500, 1, to="third")
    script.segment("third", "A", 1, 501, to="server")
    script.states(server="LISTEN + ESTABLISHED")
    return script.trace("client", "server", "third")


def no_segments() -> Trace:
    """A listener nobody called: no TCP on the wire."""
    script = Script()
    listening(script)
    script.arp()
    return script.trace()


@pytest.fixture(scope="session")
def life() -> Trace:
    """A whole conversation with every fate."""
    return whole_life()


@pytest.fixture
def script() -> Script:
    """An empty trace to be written."""
    return Script()


SAMPLES = {
    "life": whole_life(), "forty": forty_arrows(), "three": three_hosts(), "none": no_segments(),
    "empty": Script().trace(),
    "recorded": replace(whole_life(), source=Source(False, "Linux 5.15.0", "2025-12-01")),
}  # fmt: skip
