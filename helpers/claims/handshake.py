"""C20 to C23 and C40: the three-way handshake."""

from __future__ import annotations

from typing import Any

from helpers.claims.claim import Cell, Claim
from helpers.lab import experiment
from helpers.protocols.segment import Segment
from helpers.protocols.tcp_states import STATES
from helpers.trace import Trace


@experiment
def three_segments_held(client: Any, server: Any, wire: Any) -> None:
    """Each segment of a handshake is held, and meanwhile both kernels are looked at."""
    listener = server.socket()
    listener.bind(("10.0.0.2", 80))
    listener.listen()
    caller = client.socket()
    caller.setblocking(False)
    with wire.hold("SYN") as first, wire.hold("SYN ACK") as second, wire.hold("ACK") as third:
        caller.connect_ex(("10.0.0.2", 80))
        for segment, moment in ((first, "SYN held"), (second, "SYN ACK held"), (third, "ACK held")):
            segment.wait()
            wire.mark(moment)
            segment.release()
    server.wait_for_state("ESTABLISHED")
    wire.mark("all delivered")


def held() -> Trace:
    """The handshake of this run, segment by segment."""
    return three_segments_held()


def numbered() -> tuple[Segment, Segment, Segment]:
    """Its three segments, with the numbers that stood in them."""
    (_, syn), (_, syn_ack), (_, ack) = held().segments(absolute=True)[:3]
    return syn, syn_ack, ack


class C20(Claim):
    """The client sends syn=j, the server answers ack=j+1 and syn=k, the client ack=k+1."""

    instead = "SYN is a flag of one bit; j and k are sequence numbers beside it, and a SYN counts as one."
    sources = ("RFC 9293 §3.5", "RFC 9293 §3.4", "RFC 6528")
    seen_in = Cell("12_three_way_handshake", "handshake-07-check")

    def support(self) -> bool:
        """a handshake in which the numbers go on as the article says"""
        syn, syn_ack, ack = numbered()
        return syn_ack.ack == (syn.seq + 1) % 2**32 and ack.ack == (syn_ack.seq + 1) % 2**32

    def counterexample(self) -> bool:
        """a segment whose flag SYN is set, and whose number is neither 0 nor 1: the number is not the flag"""
        return any("SYN" in segment.has and segment.seq > 1 for segment in numbered())


class C21(Claim):
    """After its SYN the client waits in the state SYN_SEND."""

    instead = "The state is called SYN-SENT: the SYN has been sent."
    sources = ("RFC 9293 §3.3.2",)
    seen_in = Cell("12_three_way_handshake", "handshake-20")

    def support(self) -> bool:
        """a state SYN-SEND among those of TCP"""
        return "SYN-SEND" in STATES

    def counterexample(self) -> bool:
        """a client that waits in SYN-SENT while its SYN is held"""
        return held().state("client", at="SYN held") == "SYN-SENT"


class C22(Claim):
    """When the SYN has come, the server's socket enters the state SYN_RECV."""

    instead = (
        "RFC 9293 calls it SYN-RECEIVED. On Linux it is the state of a small request: "
        "the socket comes into being with the third segment."
    )
    sources = ("RFC 9293 §3.3.2", "tcp(7), tcp_max_syn_backlog")
    seen_in = Cell("12_three_way_handshake", "handshake-24")

    def support(self) -> bool:
        """an entry of the server's table in SYN-RECEIVED, while the third segment is held"""
        return held().state("server", at="ACK held") == "SYN-RECEIVED"

    def counterexample(self) -> bool:
        """that this entry has no inode: there is no socket yet"""
        rows = held().table("server", at="ACK held").rows
        return [row.inode for row in rows if row.state == "SYN-RECEIVED"] == [0]


class C23(Claim):
    """After the third segment client and server enter the state ESTABLISHED."""

    instead = (
        "In the end both are; but the client is first, for it has heard the server, "
        "and the server has not heard the third segment yet."
    )
    sources = ("RFC 9293 §3.5, figure 6",)
    seen_in = Cell("12_three_way_handshake", "handshake-26")

    def support(self) -> bool:
        """both ends in ESTABLISHED when all three have come"""
        trace = held()
        return [trace.state(host, at="all delivered") for host in ("client", "server")] == ["ESTABLISHED"] * 2

    def counterexample(self) -> bool:
        """a client in ESTABLISHED while the third segment is held, and the server is not"""
        trace = held()
        states = [trace.state(host, at="ACK held") for host in ("client", "server")]
        return states == ["ESTABLISHED", "SYN-RECEIVED"]


@experiment
def lost_after_handshake(client: Any, server: Any, wire: Any) -> None:
    """Data are lost on an open connection."""
    listener = server.socket()
    listener.bind(("10.0.0.2", 80))
    listener.listen()
    caller = client.socket()
    caller.connect(("10.0.0.2", 80))
    connection, _ = listener.accept()
    with wire.drop(payload=True, nth=1) as lost:
        caller.send(b"hello")
        lost.wait()
    connection.recv(100)
    wire.wait_for("ACK", sender="server", payload=False)


class C40(Claim):
    """TCP gives a reliable connection by the three-way handshake."""

    instead = (
        "The handshake opens the connection and agrees on the first numbers. "
        "Reliable it becomes by acknowledgement and retransmission."
    )
    sources = ("RFC 9293 §2.2", "RFC 9293 §3.8", "RFC 6298")
    seen_in = Cell("12_three_way_handshake", "handshake-57")

    def support(self) -> bool:
        """data that reach the other program although the wire has lost them: the connection is reliable"""
        return lost_after_handshake().call("recv").result == "b'hello'"

    def counterexample(self) -> bool:
        """that the handshake did not do it: it had succeeded before, and the data were sent again"""
        sent = [frame.lost for frame, segment in lost_after_handshake().segments() if segment.payload == b"hello"]
        return sent[0] and not all(sent)
