from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import ICMPv6EchoRequest, ICMPv6ND_NA, ICMPv6ND_NS, IPv6
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet

from helpers.trace import Call, Frame, Mark, SocketRow, Table, Trace, Transmission
from tests.notebooks.differences import differences
from tests.samples import segment_frame, trace_of


def call(**changes: object) -> Call:
    base = Call(10, 20, "client", "connect", "('10.0.0.2', 80)", "0", "", 1, 5)
    return replace(base, **changes)  # type: ignore[arg-type]


def row(state: str) -> SocketRow:
    return SocketRow("10.0.0.1:40000", "10.0.0.2:80", state, 0, 0, "", 0.0, 0, 77)


def datagram_frame(**changes: object) -> Frame:
    """A datagram from a port of the kernel's choice."""
    ports = {"sport": 40000, "dport": 53} | changes
    return frame(IP(src="10.0.0.1", dst="10.0.0.2") / UDP(**ports) / b"hello")


def frame(packet: Packet) -> Frame:
    return Frame(2, "client", "server", bytes(Ether(dst="02:00:00:00:00:02", src="02:00:00:00:00:01") / packet), (3,))


SECOND = 10**9
CROSSED = Transmission(7, 0, "client", "server", b"\x45", b"\x45", (b"\x45",), "")
LONG = "(b'k\\r\\xb4p... (88 bytes), ('10.0.0.1', 602))"
BASE = replace(
    trace_of([segment_frame(0, "SYN", seq=7, port=40000), segment_frame(SECOND, "SYN", seq=7, port=40000)]),
    calls=(call(),),
    tables=(Table(5, "client", (row("SYN-SENT"),)),),
    marks=(Mark(6, "here"),),
    transmissions=(CROSSED,),
)
SAME = {
    "other bytes on a serial line": replace(
        BASE, transmissions=(replace(CROSSED, time=9, sent=b"\xdb\xdc", received=b"\xdb\xdc", delivered=(b"\xc0",)),)
    ),
    "another port and initial number": replace(
        BASE,
        frames=(
            segment_frame(0, "SYN", seq=99, port=50000),
            segment_frame(SECOND, "SYN", seq=99, port=50000),
        ),
    ),
    "a little later": replace(
        BASE, frames=(BASE.frames[0], replace(BASE.frames[1], sent=SECOND + 3 * 10**8))
    ),
}
LONGER = frame(IP(src="10.0.0.1", dst="10.0.0.2") / UDP(sport=40000, dport=53) / b"hello!").data
DATAGRAM = replace(BASE, frames=(*BASE.frames, datagram_frame()))
SAME_DATAGRAM = {
    "a datagram from another port": replace(BASE, frames=(*BASE.frames, datagram_frame(sport=50000))),
    "a question for a hardware address": replace(DATAGRAM, frames=(frame(ARP()), *DATAGRAM.frames)),
    "a report on a group": replace(DATAGRAM, frames=(*DATAGRAM.frames, frame(IP(proto=2) / b"report!!"))),
    "a report on an IPv6 group": replace(
        DATAGRAM, frames=(*DATAGRAM.frames, frame(IPv6(src="fe80::1", dst="ff02::16", nh=0) / b"report!!"))
    ),
    "a neighbour's address asked for and told": replace(
        DATAGRAM,
        frames=(*DATAGRAM.frames, frame(IPv6() / ICMPv6ND_NS()), frame(IPv6() / ICMPv6ND_NA())),
    ),
}
OTHER_DATAGRAM = {
    "a datagram less": BASE,
    "a datagram more": replace(DATAGRAM, frames=(*DATAGRAM.frames, datagram_frame())),
    "a datagram to another port": replace(BASE, frames=(*BASE.frames, datagram_frame(dport=54))),
    "a datagram lost": replace(BASE, frames=(*BASE.frames, replace(datagram_frame(), arrivals=(), fate="dropped"))),
    "an echo over IPv6 more": replace(DATAGRAM, frames=(*DATAGRAM.frames, frame(IPv6() / ICMPv6EchoRequest()))),
    "an error in its place": replace(BASE, frames=(*BASE.frames, frame(IP(proto=1) / bytes(13)))),
    "a longer datagram": replace(BASE, frames=(*BASE.frames, replace(datagram_frame(), data=LONGER))),
}
OTHER = {
    "a frame more": replace(BASE, frames=(*BASE.frames, segment_frame(2 * SECOND, "ACK"))),
    "a frame lost": replace(
        BASE, frames=(replace(BASE.frames[0], fate="dropped", arrivals=()), BASE.frames[1])
    ),
    "another flag": replace(BASE, frames=(BASE.frames[0], segment_frame(SECOND, "SYN ACK", seq=7))),
    "much later": replace(BASE, frames=(BASE.frames[0], replace(BASE.frames[1], sent=2 * SECOND))),
    "another result": replace(BASE, calls=(call(error="ETIMEDOUT", result=""),)),
    "another state": replace(BASE, tables=(Table(5, "client", (row("ESTABLISHED"),)),)),
    "another mark": replace(BASE, marks=(Mark(6, "there"),)),
    "a packet lost on a serial line": replace(
        BASE, transmissions=(replace(CROSSED, delivered=(), dropped="its check sequence is wrong"),)
    ),
    "another experiment": replace(BASE, about={"experiment": "other"}),
}


def conversation(*spoken: Frame, port: int = 40000) -> Trace:
    """A program of the host server answers: the trace has no socket of that host."""
    opened = segment_frame(0, "SYN", port=port), segment_frame(1, "SYN ACK", sender="server", ack=1, port=port)
    return replace(BASE, frames=(*opened, *spoken))


HELLO = segment_frame(2, "PSH ACK", seq=1, ack=1, payload=b"hello")
SPOKEN = conversation(HELLO, segment_frame(3, "ACK", "server", seq=1, ack=6))
SAME_CONVERSATION = {
    "without an acknowledgement of its own": conversation(HELLO),
    "much later": conversation(replace(HELLO, sent=5 * SECOND)),
    "in two segments": conversation(
        segment_frame(2, "ACK", seq=1, payload=b"he"), segment_frame(3, "PSH ACK", seq=3, payload=b"llo")
    ),
    "from another port": conversation(
        segment_frame(2, "PSH ACK", seq=1, ack=1, payload=b"hello", port=50000), port=50000
    ),
}
OTHER_CONVERSATION = {
    "nothing is said": conversation(),
    "another word": conversation(segment_frame(2, "PSH ACK", seq=1, ack=1, payload=b"hallo")),
    "an answer": conversation(HELLO, segment_frame(3, "PSH ACK", "server", seq=1, ack=6, payload=b"yes")),
    "a second connection": conversation(HELLO, segment_frame(3, "SYN", port=40001)),
}


def test_the_case_of_an_smtp_command_is_no_difference_and_that_of_an_address_is(tmp_path: Path) -> None:
    def mail(text: bytes) -> Trace:
        return conversation(segment_frame(2, "PSH ACK", seq=1, ack=1, payload=b"ehlo a\r\n" + text))

    old, new, other = map(mail, (b"mail FROM:<ann@a>", b"mail from:<ann@a>", b"mail from:<Ann@a>"))
    assert compared(old, new, tmp_path) == []
    assert len(compared(old, other, tmp_path)) == 1


def test_where_the_trace_knows_the_socket_segments_are_compared(tmp_path: Path) -> None:
    made = (call(host="server", name="socket", arguments="AF_INET, SOCK_STREAM"),)
    one, other = replace(SPOKEN, calls=made), replace(SAME_CONVERSATION["in two segments"], calls=made)
    assert compared(one, other, tmp_path) != []


def test_of_long_data_in_a_call_the_length_counts(tmp_path: Path) -> None:
    one, other, longer = (
        replace(BASE, calls=(call(result=result),))
        for result in (LONG, LONG.replace("b'k", "b'x"), LONG.replace("88", "89"))
    )
    assert compared(one, other, tmp_path) == []
    assert len(compared(one, longer, tmp_path)) == 1


def compared(one: Trace, other: Trace, folder: Path) -> list[str]:
    one.save(folder / "one")
    other.save(folder / "other")
    return differences(folder / "one", folder / "other")


PAIRS = (
    (BASE, SAME, OTHER),
    (DATAGRAM, SAME_DATAGRAM, OTHER_DATAGRAM),
    (SPOKEN, SAME_CONVERSATION, OTHER_CONVERSATION),
)


@pytest.mark.parametrize("base, same, other", PAIRS)
def test_what_matters_is_a_difference_and_what_varies_is_none(
    base: Trace, same: dict[str, Trace], other: dict[str, Trace], tmp_path: Path
) -> None:
    assert {name: compared(base, trace, tmp_path) for name, trace in same.items()} == dict.fromkeys(same, [])
    assert [name for name, trace in other.items() if not compared(base, trace, tmp_path)] == []
