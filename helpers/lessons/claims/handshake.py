"""C20 to C23 and C40: the three-way handshake.

All between two hosts, for only the wire can hold a segment while both kernels' states are looked at.
"""

from __future__ import annotations

from helpers.fields.segment import Segment
from helpers.fields.tcp_states import LINUX_NAMES, STATES
from helpers.lessons.claims.claim import Claim
from helpers.lessons.claims.experiments import (
    an_old_syn_comes,
    data_in_the_syn,
    lost_then_closed,
    three_segments_held,
)


def numbered() -> tuple[Segment, Segment, Segment]:
    """The three segments of a handshake, with the numbers that stood in them."""
    (_, syn), (_, syn_ack), (_, ack) = three_segments_held().segments(absolute=True)[:3]
    return syn, syn_ack, ack


class C20(Claim):
    def support(self) -> bool:
        """a handshake in which the numbers go on as the article says"""
        syn, syn_ack, ack = numbered()
        return syn_ack.ack == (syn.seq + 1) % 2**32 and ack.ack == (syn_ack.seq + 1) % 2**32

    def counterexample(self) -> bool:
        """a SYN that brings five bytes, and is acknowledged with j+6"""
        (_, syn), (_, syn_ack) = data_in_the_syn().segments(absolute=True)[:2]
        return len(syn.payload) == 5 and syn_ack.ack == (syn.seq + 6) % 2**32


class C21(Claim):
    def support(self) -> bool:
        """a state SYN-SEND among those of RFC 9293 and of Linux"""
        return "SYN-SEND" in {*STATES, *LINUX_NAMES.values()}

    def counterexample(self) -> bool:
        """a client that waits in SYN-SENT while its SYN is held"""
        return three_segments_held().state("client", at="SYN held") == "SYN-SENT"


class C22(Claim):
    def support(self) -> bool:
        """an entry of the server's table in SYN-RECEIVED, while the third segment is held"""
        return three_segments_held().state("server", at="ACK held") == "SYN-RECEIVED"

    def counterexample(self) -> bool:
        """that this entry has no inode: there is no socket yet"""
        rows = three_segments_held().table("server", at="ACK held").rows
        return [row.inode for row in rows if row.state == "SYN-RECEIVED"] == [0]


class C23(Claim):
    def support(self) -> bool:
        """both ends in ESTABLISHED when all three have come"""
        trace = three_segments_held()
        return [trace.state(host, at="all delivered") for host in ("client", "server")] == ["ESTABLISHED"] * 2

    def counterexample(self) -> bool:
        """a client in ESTABLISHED while the third segment is held, and the server is not"""
        trace = three_segments_held()
        states = [trace.state(host, at="ACK held") for host in ("client", "server")]
        return states == ["ESTABLISHED", "SYN-RECEIVED"]


class C40(Claim):
    def support(self) -> bool:
        """an old SYN that opens no connection: the client answers the server's SYN ACK with RST, not with an ACK"""
        trace = an_old_syn_comes()
        answers = [segment.flags for frame, segment in trace.segments() if frame.sender == "client"]
        return "RST" in answers and trace.state("server", at="the client has answered") == "LISTEN"

    def counterexample(self) -> bool:
        """data that are lost after the handshake, and arrive all the same, without another handshake"""
        trace = lost_then_closed()
        syns = [segment for _, segment in trace.segments() if segment.flags == "SYN"]
        lost = [frame.lost for frame, segment in trace.segments() if segment.payload]
        return len(syns) == 1 and lost[0] and trace.call("recv").result == "b'hello'"
