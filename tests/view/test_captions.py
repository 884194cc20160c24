"""Which protocol a frame carries, and its words."""

from __future__ import annotations

import pytest
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.l2 import Ether

from helpers.trace import Frame, HostInfo, Source, Trace
from helpers.view.captions import arrows, not_shown, protocol
from tests.view.conftest import SAMPLES


def of(packet) -> Frame:
    return Frame(1, "client", "server", bytes(packet), (2,))


@pytest.mark.parametrize(
    ("packet", "name"),
    [
        (Ether() / IP() / UDP(), "udp"),
        (Ether() / IP() / ICMP(), "icmp"),
        (Ether() / IP(proto=89), "ip"),
        (b"", "other"),
        (b"\x00" * 13, "other"),
    ],
)
def test_protocol_is_the_innermost_one_that_is_drawn(packet, name):
    assert protocol(of(packet)) == name


def test_arrows_leave_out_other_protocols_and_count_them(life):
    assert len(arrows(life, ["client", "server"])) == 18
    assert len(arrows(life, ["client", "server"], ("tcp", "arp"))) == 20
    assert not_shown(life, ("tcp",), counted=True) == "2 ARP frames not shown."
    assert not_shown(life, ("tcp",), counted=False) == "ARP not shown."
    assert not_shown(life, ("tcp", "arp"), counted=True) == ""


def test_one_frame_is_not_two():
    assert not_shown(SAMPLES["none"], ("tcp",), counted=True) == "1 ARP frame not shown."


def test_sequence_numbers_are_absolute_on_request(life):
    assert arrows(life, ["client", "server"], absolute=True)[0].label == "SYN seq=1000000"
    assert arrows(life, ["client", "server"])[0].label == "SYN seq=0"


def test_connections_are_numbered_only_where_there_are_several(life):
    assert [a.label for a in arrows(SAMPLES["three"], ["client", "server", "third"])][
        -1
    ] == "#2 ACK seq=1 ack=1"
    assert not any(arrow.label.startswith("#") for arrow in arrows(life, ["client", "server"]))


def test_arrows_stay_between_the_chosen_hosts():
    chosen = arrows(SAMPLES["three"], ["third", "server"])
    assert {(arrow.frame.sender, arrow.frame.receiver) for arrow in chosen} == {
        ("third", "server"),
        ("server", "third"),
    }


def test_a_broadcast_ends_at_every_other_host():
    hosts = tuple(HostInfo(name, ()) for name in ("a", "b", "c"))
    frame = Frame(1, "a", "all", bytes(Ether() / IP() / UDP()), (2,))
    trace = Trace(hosts, Source(True, "Linux 6.18.1", "2026-01-31"), (frame,))
    assert [a.frame.receiver for a in arrows(trace, ["a", "b", "c"], ("udp",))] == ["b", "c"]
