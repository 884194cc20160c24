"""C20 to C23 and C40: the three-way handshake."""

from __future__ import annotations

import contextlib
import socket
from typing import Any

from scapy.layers.inet import TCP
from scapy.layers.l2 import Ether

from helpers.fields.segment import Segment
from helpers.fields.tcp_states import LINUX_NAMES, STATES
from helpers.lab import experiment
from helpers.lessons.claims.claim import Cell, Claim
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


@experiment
def data_in_the_syn(client: Any, server: Any, wire: Any) -> None:
    """TCP Fast Open, without its cookie: five bytes come with the SYN. The wire holds the third segment."""
    client.write("/proc/sys/net/ipv4/tcp_fastopen", f"{0x1 | 0x4}")  # ip-sysctl: as a client, without a cookie
    server.write("/proc/sys/net/ipv4/tcp_fastopen", f"{0x2 | 0x200}")  # as a server, without a cookie
    listener = server.socket()
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 1)
    listener.bind(("10.0.0.2", 80))
    listener.listen()
    with wire.hold("ACK", sender="client", nth=1) as third:
        client.socket().sendto(b"hello", socket.MSG_FASTOPEN, ("10.0.0.2", 80))
        third.wait()
        listener.setblocking(False)  # without Fast Open accept() would wait now
        with contextlib.suppress(BlockingIOError):
            listener.accept()[0].recv(100)
        wire.mark("third segment held")
    server.wait_for_state("ESTABLISHED")


class C20(Claim):
    """The client sends the server a SYN packet (Synchronize Sequence Numbers), syn=j. (The server then answers ack=j+1
    and syn=k, and the client ack=k+1.)"""

    article = "向服务器发送syn包(同步序列编号Synchronize Sequence Numbers),syn=j"
    condition = "the SYN carries no data"
    instead = (
        "SYN is a flag of one bit, and j is the sequence number beside it. The flag counts as one, "
        "and data that come with it are counted, too."
    )
    sources = ("RFC 9293 §3.4", "RFC 9293 §3.5", "RFC 7413 §3")
    seen_in = Cell("12_three_way_handshake", "handshake-07-check")

    def support(self) -> bool:
        """a handshake in which the numbers go on as the article says"""
        syn, syn_ack, ack = numbered()
        return syn_ack.ack == (syn.seq + 1) % 2**32 and ack.ack == (syn_ack.seq + 1) % 2**32

    def counterexample(self) -> bool:
        """a SYN that brings five bytes, and is acknowledged with j+6"""
        (_, syn), (_, syn_ack) = data_in_the_syn().segments(absolute=True)[:2]
        return len(syn.payload) == 5 and syn_ack.ack == (syn.seq + 6) % 2**32


class C21(Claim):
    """The client enters the state SYN_SEND and waits for the server's confirmation."""

    article = "客户端进入SYN_SEND状态等待服务器确认"
    instead = "The state is called SYN-SENT: the SYN has been sent."
    sources = ("RFC 9293 §3.3.2",)
    seen_in = Cell("12_three_way_handshake", "handshake-20")

    def support(self) -> bool:
        """a state SYN-SEND among those of RFC 9293 and of Linux"""
        return "SYN-SEND" in {*STATES, *LINUX_NAMES.values()}

    def counterexample(self) -> bool:
        """a client that waits in SYN-SENT while its SYN is held"""
        return held().state("client", at="SYN held") == "SYN-SENT"


class C22(Claim):
    """Now the server enters the state SYN_RECV."""

    article = "此时服务器进入SYN_RECV状态"
    instead = (
        "Its kernel has an entry in this state, which RFC 9293 calls SYN-RECEIVED. On Linux that is a small request: "
        "a socket comes into being with the third segment, and the listener stays in LISTEN."
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
    """When this packet has been sent, client and server enter the state ESTABLISHED, and the three-way handshake is
    complete."""

    article = "此包发送完毕,客户端和服务器进入ESTABLISHED状态,完成三次握手"
    condition = "the packet has arrived as well"
    instead = (
        "The client is first: it has received the server's answer, "
        "and the server has not received the third segment yet."
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


@experiment
def an_old_syn_comes(client: Any, server: Any, wire: Any) -> None:
    """The client's SYN is lost, and one with an older number arrives (RFC 9293 §3.5, figure 8)."""
    listener = server.socket()
    listener.bind(("10.0.0.2", 80))
    listener.listen()
    caller = client.socket()
    caller.setblocking(False)
    with wire.drop("SYN", nth=1) as lost, wire.hold("SYN", nth=1):
        caller.connect_ex(("10.0.0.2", 80))
        old = Ether(lost.wait().data)
        old[TCP].seq = (old[TCP].seq - 1000) % 2**32
        del old[TCP].chksum  # scapy computes it anew
        wire.inject(old, to="server")
        wire.wait_for("SYN ACK", sender="server")
        wire.settle()
        wire.mark("the client has answered")
    server.wait_for_state("ESTABLISHED")


class C40(Claim):
    """TCP makes a reliable connection by the three-way handshake."""

    article = "TCP协议通过三次握手建立一个可靠的连接"
    condition = "reliable means that no old SYN opens a connection"
    instead = (
        "What is lost comes again by sequence numbers, acknowledgement and retransmission, for the whole life of the "
        "connection. The handshake only agrees on the first numbers."
    )
    sources = ("RFC 9293 §3.5", "RFC 9293 §3.8", "RFC 6298")
    seen_in = Cell("12_three_way_handshake", "handshake-57")

    def support(self) -> bool:
        """an old SYN that opens no connection: the client answers the server's SYN ACK with RST, not with an ACK"""
        trace = an_old_syn_comes()
        answers = [segment.flags for frame, segment in trace.segments() if frame.sender == "client"]
        return "RST" in answers and trace.state("server", at="the client has answered") == "LISTEN"

    def counterexample(self) -> bool:
        """data that are lost after the handshake, and arrive all the same, without another handshake"""
        trace = lost_after_handshake()
        syns = [segment for _, segment in trace.segments() if segment.flags == "SYN"]
        lost = [frame.lost for frame, segment in trace.segments() if segment.payload]
        return len(syns) == 1 and lost[0] and trace.call("recv").result == "b'hello'"
