from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Ether

from helpers.fields.segment import FLAGS, dissect
from helpers.lab.matching import Match
from helpers.trace import Frame
from tests.samples import MAC

LETTERS = dict(zip(FLAGS, "SFRPAUEC", strict=True))
flag_sets = st.sets(st.sampled_from(FLAGS))


def frame(flags: set[str], payload: bytes = b"") -> Frame:
    tcp = TCP(sport=1, dport=2, flags="".join(LETTERS[name] for name in flags))
    return Frame(0, "client", "server", bytes(Ether(dst=MAC) / IP(src="10.0.0.1", dst="10.0.0.2") / tcp / payload))


@given(flag_sets, st.sets(st.sampled_from(FLAGS), max_size=1))
def test_flags_match_exactly_but_for_an_unnamed_push(wanted: set[str], changed: set[str]) -> None:
    on = wanted ^ changed
    assert Match(" ".join(wanted)).fits(frame(on)) == (on == wanted or on == wanted | {"PSH"})


@given(st.binary(max_size=40), st.binary(min_size=1, max_size=4))
def test_payload(data: bytes, part: bytes) -> None:
    one = frame({"ACK"}, data)
    assert [Match(payload=wanted).fits(one) for wanted in (True, False, part)] == [bool(data), not data, part in data]


@given(st.binary(max_size=200))
def test_no_bytes_whatever_break_a_predicate(data: bytes) -> None:
    damaged = Frame(0, "client", "server", data)
    assert Match(sender="client").fits(damaged) == (dissect(data) is not None)
    assert not Match(sender="server").fits(damaged)


def test_only_tcp_unless_a_function_says_otherwise() -> None:
    datagram = Frame(0, "client", "server", bytes(Ether() / IP() / UDP()))
    assert not Match().fits(datagram)
    assert Match(where=lambda frame: True).fits(datagram)
    assert not Match("SYN", where=lambda frame: True).fits(datagram)
