from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import ARP, Ether

from helpers.fields.segment import SEQUENCE_SPACE, Segment, dissect, relative, summary
from tests.samples import MAC


def framed(**fields: object) -> bytes:
    return bytes(Ether(dst=MAC) / IP(src="10.0.0.1", dst="10.0.0.2") / TCP(sport=40000, dport=80, **fields))


def test_ethernet_padding_is_no_data() -> None:
    packet = bytes(Ether(dst=MAC) / IP(src="1.1.1.1", dst="2.2.2.2") / TCP(flags="PA") / b"hi")
    segment = dissect(packet.ljust(60, b"\0"))
    assert segment is not None and (segment.payload, segment.length) == (b"hi", 2)


@pytest.mark.parametrize("frame", [b"", b"\0" * 14, bytes(Ether() / ARP()), bytes(Ether() / IP() / UDP())])
def test_what_carries_no_tcp(frame: bytes) -> None:
    assert dissect(frame) is None
    assert "\n" not in summary(frame)


@given(st.binary(max_size=120), st.integers(0, 60))
def test_no_bytes_whatever_break_it(data: bytes, kept: int) -> None:
    for damaged in (data, framed(flags="SA")[:kept] + data):
        dissect(damaged)
        summary(damaged)


def crossed(forth: bool, **fields: object) -> Segment:
    """A segment of the client, or of the server."""
    source, destination = ("10.0.0.1", "10.0.0.2") if forth else ("10.0.0.2", "10.0.0.1")
    ports = {"sport": 40000, "dport": 80} if forth else {"sport": 80, "dport": 40000}
    found = dissect(bytes(Ether(dst=MAC) / IP(src=source, dst=destination) / TCP(**ports, **fields)))
    assert found is not None
    return found


def counted(*segments: Segment) -> list[tuple[int, int | None]]:
    return [(segment.seq, segment.ack) for segment in relative((segment, True) for segment in segments)]


@given(st.integers(0, SEQUENCE_SPACE - 1), st.integers(0, SEQUENCE_SPACE - 1))
def test_relative_numbers_count_from_each_sides_syn(j: int, k: int) -> None:
    following, answering = (j + 1) % SEQUENCE_SPACE, (k + 1) % SEQUENCE_SPACE
    assert counted(
        crossed(True, flags="S", seq=j),
        crossed(False, flags="SA", seq=k, ack=following),
        crossed(True, flags="A", seq=following, ack=answering),
    ) == [(0, None), (0, 1), (1, 1)]


def test_an_injected_segment_does_not_set_a_sides_initial_number() -> None:
    real, old = crossed(True, flags="S", seq=1000), crossed(True, flags="S", seq=100)
    numbers = [segment.seq for segment in relative([(real, True), (old, False), (real, True)])]
    assert numbers == [0, (100 - 1000) % SEQUENCE_SPACE, 0]


def test_numbers_of_two_connections_of_the_same_ends_are_counted_each_from_its_own() -> None:
    old, new = 2**32 - 10, 5_000_000
    assert counted(
        crossed(True, flags="S", seq=old), crossed(False, flags="SA", seq=100, ack=old + 1),
        crossed(True, flags="S", seq=new), crossed(False, flags="A", seq=101, ack=old + 1),
        crossed(True, flags="R", seq=old + 1), crossed(False, flags="RA", seq=0, ack=new + 1),
    ) == [(0, None), (0, 1), (0, None), (1, 1), (1, None), (0, 1)]  # fmt: skip
