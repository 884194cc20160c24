from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Ether

from helpers.fields.segment import FLAGS, dissect, flag_set
from helpers.lab.matching import Match
from helpers.trace import Frame
from tests.samples import MAC

LETTERS = dict(zip(FLAGS, "SFRPAUEC", strict=True))
flag_sets = st.sets(st.sampled_from(FLAGS))


def frame(flags: str = "SYN", payload: bytes = b"", sender: str = "client") -> Frame:
    letters = "".join(LETTERS[name] for name in flags.split())
    packet = Ether(dst=MAC) / IP(src="10.0.0.1", dst="10.0.0.2") / TCP(sport=1, dport=2, flags=letters) / payload
    return Frame(0, sender, "server", bytes(packet))


@given(flag_sets, st.sets(st.sampled_from(FLAGS), max_size=1))
def test_flags_match_exactly_but_for_an_unnamed_push(wanted: set[str], changed: set[str]) -> None:
    on = wanted ^ changed
    matched = Match(" ".join(wanted)).fits(frame(" ".join(on)))
    assert matched == (on == wanted or on == wanted | {"PSH"})


@given(flag_sets, st.sampled_from([" ", "+", ","]), st.booleans())
def test_flags_can_be_written_in_several_ways(names: set[str], separator: str, lower: bool) -> None:
    text = separator.join(names)
    assert flag_set(text.lower() if lower else text) == names


@given(st.binary(max_size=40), st.binary(min_size=1, max_size=4))
def test_payload(data: bytes, part: bytes) -> None:
    one = frame("ACK", data)
    assert Match(payload=True).fits(one) == (data != b"")
    assert Match(payload=False).fits(one) == (data == b"")
    assert Match(payload=part).fits(one) == (part in data)


@given(st.binary(max_size=200), flag_sets)
def test_no_bytes_whatever_break_a_predicate(data: bytes, wanted: set[str]) -> None:
    damaged = Frame(0, "client", "server", data)
    assert Match(" ".join(wanted)).fits(damaged) == (Match().fits(damaged) and dissect(data) is not None and (
        dissect(data).has in (wanted, wanted | {"PSH"})))  # type: ignore[union-attr]  # fmt: skip


@given(st.integers(1, 5), st.sets(st.integers(1, 5), min_size=1))
def test_nth_is_a_number_or_several(one: int, several: set[int]) -> None:
    assert Match(nth=one).numbers == {one}
    assert Match(nth=several).numbers == several
    assert Match().numbers is None


@pytest.mark.parametrize("nth", [0, -1, (), (0, 1)])
def test_numbers_that_no_frame_has(nth: int | tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="matches no frame: the first one is nth=1"):
        Match(nth=nth)


def test_only_tcp_unless_a_function_says_otherwise() -> None:
    datagram = Frame(0, "client", "server", bytes(Ether() / IP() / UDP()))
    assert not Match().fits(datagram)
    assert Match(where=lambda frame: True).fits(datagram)
    assert not Match("SYN", where=lambda frame: True).fits(datagram)


def test_sender() -> None:
    assert Match(sender="client").fits(frame()) and not Match(sender="server").fits(frame())


@pytest.mark.parametrize(
    ("match", "text"),
    [
        (Match("SYN ACK", sender="server", nth=2), "SYN ACK from server number 2"),
        (Match(payload=True), "any segment with data"),
        (Match("ACK", payload=False), "ACK without data"),
        (Match(payload=b"x", nth=(2, 1)), "any segment with b'x' number 1 or 2"),
    ],
)
def test_a_predicate_says_what_it_is(match: Match, text: str) -> None:
    assert str(match) == text
