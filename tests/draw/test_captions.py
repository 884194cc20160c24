"""Which protocol a frame carries, its words, and the roles of ports."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, TCP, UDP, fragment
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6
from scapy.layers.l2 import ARP, Ether

from helpers.draw.captions import Label, arrows, not_shown, protocol
from helpers.draw.names import Names
from helpers.trace import Frame, HostInfo, SocketRow, Source, Table, Trace
from tests.samples import MAC
from tests.traces import SAMPLES, handshake

EVERYTHING = ("tcp", "udp", "icmp", "igmp", "arp", "ip", "ipv6", "other")
V4 = Ether(dst=MAC) / IP(src="10.0.0.1", dst="10.0.0.2")
V6 = Ether(dst=MAC) / IPv6(src="fd00::1", dst="fd00::2")
QUOTED = IP(src="10.0.0.1", dst="10.0.0.2") / UDP(sport=40001, dport=40002) / b"12345678"
GROUP = Ether(dst=MAC) / IP(src="10.0.0.1", dst="224.0.0.22", proto=2)


def labels(*packets, label: Label | None = None) -> list[str]:
    """What stands on the arrows of these packets, which one host sends to another."""
    hosts = (HostInfo("client", ("10.0.0.1",)), HostInfo("server", ("10.0.0.2",)))
    frames = tuple(Frame(1, "client", "server", bytes(packet), (2,)) for packet in packets)
    trace = Trace(hosts, Source(True, "Linux 6.18.1", "2026-01-31"), frames)
    return [arrow.label for arrow in arrows(trace, EVERYTHING, label=label)]


@pytest.mark.parametrize(
    ("packet", "name", "words"),
    [
        (V4 / UDP(sport=111, dport=53) / b"x", "udp", "UDP to 53, 1 byte"),
        (bytes(V4 / UDP(dport=9) / b"abc") + bytes(15), "udp", "UDP to 9, 3 bytes"),  # Ethernet's padding
        (V6 / UDP(sport=111, dport=40002) / b"abc", "udp", "UDP to 40002, 3 bytes"),
        (V4 / ICMP(type=8, id=77, seq=1) / b"data", "icmp", "ICMP echo request seq=1"),
        (V4 / ICMP(type=0, id=77, seq=12), "icmp", "ICMP echo reply seq=12"),
        (V4 / ICMP(type=3, code=3) / QUOTED, "icmp", "ICMP port unreachable"),
        (V4 / ICMP(type=3, code=4, nexthopmtu=600) / QUOTED, "icmp", "ICMP fragmentation needed, mtu=600"),
        (V4 / ICMP(type=11, code=0) / QUOTED, "icmp", "ICMP time exceeded"),
        (V4 / ICMP(type=42, code=2), "icmp", "ICMP type=42 code=2"),
        (GROUP / bytes.fromhex("2200000000000001 04000000ef010203"), "igmp", "IGMP report, join 239.1.2.3"),
        (GROUP / bytes.fromhex("2200000000000001 03000000ef010203"), "igmp", "IGMP report, leave 239.1.2.3"),
        (GROUP / bytes.fromhex("1164000000000000"), "igmp", "IGMP type=17, 8 bytes"),
        (Ether(dst=MAC) / ARP(psrc="10.0.0.1", pdst="10.0.0.2"), "arp", "ARP who has 10.0.0.2, tell 10.0.0.1"),
        (Ether(dst=MAC) / ARP(op=2, psrc="10.0.0.2", hwsrc=MAC), "arp", f"ARP 10.0.0.2 is at {MAC}"),
        (Ether() / IP(proto=89) / b"12345", "ip", "IP protocol 89, 5 bytes"),
        (V6 / ICMPv6EchoRequest(), "ipv6", "ipv6, 62 bytes"),
        (bytes(13), "other", "13 bytes that are no frame"),
    ],
)
def test_a_frame_is_told_without_names_that_differ_between_machines(packet, name, words):
    assert protocol(Frame(1, "client", "server", bytes(packet))) == name
    assert labels(packet) == [words]


def test_every_fragment_belongs_to_its_protocol_and_says_where_it_begins():
    parts = fragment(V4 / UDP(sport=40001, dport=40002) / bytes(1300), fragsize=576)
    assert labels(*parts) == [
        "UDP to 40002, 1300 bytes, fragment offset=0 len=576",
        "UDP fragment offset=576 len=576",
        "UDP last fragment offset=1152 len=156",
    ]
    assert labels(*fragment(V4 / TCP(flags="A") / bytes(100), fragsize=80))[1] == "TCP last fragment offset=80 len=40"


def test_other_protocols_are_left_out_and_counted(life):
    assert len(arrows(life, ("tcp", "arp"))) == 20
    assert not_shown(life, ("tcp",), counted=True) == "2 ARP frames not shown."
    assert not_shown(life, ("tcp",), counted=False) == "ARP not shown."
    assert not_shown(life, ("tcp", "arp"), counted=True) == ""
    assert not_shown(SAMPLES["none"], ("tcp",), counted=True) == "1 ARP frame not shown."


def test_a_broadcast_ends_at_every_host_of_its_lan():
    names = {"a": "10.0.0.1", "router": "10.0.1.254", "far": "10.0.1.2", "six": "fd00::1"}
    hosts = tuple(HostInfo(name, (address,)) for name, address in names.items())
    asked = Frame(1, "router", "all", bytes(Ether() / IP() / UDP()), (2, 2), lan="10.0.1.0/24")
    trace = Trace(hosts, Source(True, "Linux 6.18.1", "2026-01-31"), (asked,))
    assert [arrow.frame.receiver for arrow in arrows(trace, ("udp",))] == ["far"]


def test_what_a_lesson_says_stands_in_the_place_of_the_usual_words():
    question, answer = V4 / UDP(dport=111) / b"call", V4 / UDP(dport=9) / b"reply"
    found = labels(question, answer, label=lambda frame: "call\nxid 7" if b"call" in frame.data else None)
    assert found == ["call xid 7", "UDP to 9, 5 bytes"]


KINDS = [bytes(V4 / QUOTED[UDP]), bytes(V4 / ICMP(type=3, code=4) / QUOTED), bytes(V6 / UDP()), bytes(Ether() / ARP())]


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_damaged_frames_are_told_as_well(data):
    damaged = bytearray(data.draw(st.sampled_from(KINDS)))
    places = st.integers(0, len(damaged) - 1)
    for place, byte in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=4)):
        damaged[place] = byte
    (words,) = labels(bytes(damaged[: data.draw(st.integers(0, len(damaged)))]))
    assert words and "\n" not in words


def test_a_port_that_the_kernel_chose_is_a_role_and_the_servers_is_its_number(script):
    handshake(script)
    names = Names(script.trace())
    assert names.endpoint("10.0.0.1:40123") == "10.0.0.1:client-port"
    assert (names.endpoint("10.0.0.2:80"), names.endpoint("0.0.0.0:0")) == ("10.0.0.2:80", "0.0.0.0:*")
    assert names.written("socket 2, ('10.0.0.1', 40123)") == "socket 2, ('10.0.0.1', client-port)"
    assert names.endpoint("[fd00::1]:80") == "[fd00::1]:80"


@pytest.mark.parametrize(("listens", "name"), [(True, "server-port"), (False, "45678")])
def test_a_high_port_is_a_role_if_the_kernel_gave_it_to_a_listener_of_the_trace(script, listens, name):
    if listens:
        script.call("server", "listen", "5")
    row = SocketRow("10.0.0.2:45678", "0.0.0.0:0", "LISTEN", 0, 0, "", 0.0, 0, 1)
    script.tables.append(Table(script.now, "server", (row,)))
    frame = script.segment("client", "S", 0)
    packet = Ether(frame.data)
    packet[TCP].dport = 45678
    script.frames[:] = [replace(frame, data=bytes(packet))]
    assert Names(script.trace()).port(45678) == name


def test_datagrams_ports(script):
    script.udp_socket("server", 1, "10.0.0.2", 40002)
    script.datagram("client", 51234, 40002)
    script.datagram("server", 40002, 51234)
    script.datagram("client", 51235, 40002)
    script.datagram("client", 51236, 40002, fate="injected")
    names = Names(script.trace())
    assert [names.port(port) for port in (51234, 40002, 51235, 51236)] == [
        "client-port", "40002", "client-port-2", "51236",
    ]  # fmt: skip
