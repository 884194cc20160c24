"""What notebook 07 shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.l2 import ARP, Ether

from helpers.errors import CourseError
from helpers.fields.frame import fields
from helpers.lessons.layers.demo import INTERNET, LAYER_OF, OSI, counters, layer_models, nested_layers
from tests.draw.geometry import faults

HEAD = Ether(dst="02:00:00:00:00:02", src="02:00:00:00:00:01")
IP4 = IP(src="10.0.0.1", dst="10.0.0.2")


def test_the_models_are_those_of_their_documents() -> None:
    assert set(LAYER_OF.values()) == set(INTERNET)
    assert sorted([5, *(number for *_, numbers in INTERNET.values() for number in numbers)]) == sorted(OSI)


@settings(deadline=None, max_examples=20)
@given(st.sets(st.sampled_from(sorted(LAYER_OF))))
def test_whatever_was_seen_stands_in_its_layer_and_can_be_read(seen: set[str]) -> None:
    picture = layer_models(seen)
    assert faults(picture.drawing) == []
    for line in str(picture).splitlines():
        if "Seen: " in line:
            names = set(line.split("Seen: ")[1].split(", "))
            assert names == {name for name in seen if LAYER_OF[name] == line.split()[0]}
            seen -= names
    assert not seen


def test_a_protocol_without_a_place_is_named() -> None:
    with pytest.raises(CourseError, match="in which layer is 'GRE'"):
        layer_models(["quoted IPv4", "GRE"])


def test_a_frame_peeled_can_be_read_and_its_bytes_add_up() -> None:
    error = HEAD / IP4 / ICMP(type=3, code=3) / IP4 / UDP(dport=53) / b"hello"
    for packet in (error, HEAD / ARP(), HEAD / IP4 / UDP() / bytes(900)):
        assert faults(nested_layers(fields(bytes(packet)), "A title").drawing) == []
    assert str(nested_layers(fields(bytes(error)))).splitlines()[2:5] == [
        "internet     ICMP         8 bytes + 33, Type = 3 (destination unreachable)",
        "             quoted IPv4  20 bytes + 13, Protocol = 17 (UDP)",
        "             quoted UDP   8 bytes + 5, Destination Port = 53",
    ]
    short = str(nested_layers(fields(bytes(HEAD / ARP()) + bytes(18)))).splitlines()
    assert short[0] == "link         Ethernet     14 bytes + 28, EtherType = 0x0806 (ARP), 18 bytes of padding behind"


def test_counters_of_this_machine_and_of_a_text() -> None:
    assert counters("Ip: A B\nIp: 1 2\nTcp: A\nTcp: -1\n") == {"Ip.A": 1, "Ip.B": 2, "Tcp.A": -1}
    if (table := Path("/proc/net/snmp")).exists():
        assert {"Ip.InReceives", "Udp.InDatagrams", "Tcp.InCsumErrors"} <= set(counters(table.read_text()))
