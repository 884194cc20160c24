"""Which protocol a frame carries, and its words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, TCP, UDP, fragment
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6
from scapy.layers.l2 import ARP, Ether

from helpers.draw.captions import Label, arrows, not_shown, protocol
from helpers.errors import CourseError
from helpers.trace import Frame, HostInfo, Source, Trace
from tests.samples import MAC
from tests.traces import SAMPLES, Script

EVERYTHING = ("tcp", "udp", "icmp", "igmp", "arp", "ip", "ipv6", "other")


def of(packet) -> Frame:
    return Frame(1, "client", "server", bytes(packet), (2,))


def labels(*packets, label: Label | None = None) -> list[str]:
    """What stands on the arrows of these packets, which one host sends to another."""
    hosts = (HostInfo("client", ("10.0.0.1",)), HostInfo("server", ("10.0.0.2",)))
    trace = Trace(hosts, Source(True, "Linux 6.18.1", "2026-01-31"), tuple(map(of, packets)))
    return [arrow.label for arrow in arrows(trace, ["client", "server"], EVERYTHING, label=label)]


@pytest.mark.parametrize(
    ("packet", "name"),
    [
        (Ether() / IP() / UDP(), "udp"),
        (Ether() / IP() / ICMP(), "icmp"),
        (Ether() / IP(proto=2), "igmp"),
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


def test_a_broadcast_of_one_lan_goes_to_its_hosts():
    """A recording of a time with one LAN only does not say which: then it goes to all."""
    names = {"a": "10.0.0.1", "b": "10.0.0.2", "router": "10.0.1.254", "far": "10.0.1.2", "six": "fd00::1"}
    hosts = tuple(HostInfo(name, (address,)) for name, address in names.items())
    asked = Frame(1, "router", "all", bytes(Ether() / IP() / UDP()), (2, 2))
    for lan, receivers in (("10.0.1.0/24", ["far"]), ("", ["a", "b", "far", "six"])):
        trace = Trace(hosts, Source(True, "Linux 6.18.1", "2026-01-31"), (replace(asked, lan=lan),))
        assert [arrow.frame.receiver for arrow in arrows(trace, list(names), ("udp",))] == receivers


QUOTED = IP(src="10.0.0.1", dst="10.0.0.2") / UDP(sport=40001, dport=40002) / b"12345678"
V4 = Ether(dst=MAC) / IP(src="10.0.0.1", dst="10.0.0.2")
V6 = Ether(dst=MAC) / IPv6(src="fd00::1", dst="fd00::2")


@pytest.mark.parametrize(
    ("packet", "words"),
    [
        (V4 / UDP(sport=111, dport=2049) / b"abc", "UDP to 2049, 3 bytes"),
        (V4 / UDP(sport=111, dport=53) / b"x", "UDP to 53, 1 byte"),
        (V4 / UDP(sport=111, dport=111), "UDP to 111, 0 bytes"),
        (bytes(V4 / UDP(dport=9) / b"abc") + bytes(15), "UDP to 9, 3 bytes"),  # Ethernet's padding
        (V6 / UDP(sport=111, dport=40002) / b"abc", "UDP to 40002, 3 bytes"),
        (V4 / UDP(dport=9, len=8 + 4) / b"abc", "UDP to 9, 3 bytes, wrong length=12"),
        (V4 / UDP(dport=9, len=7) / b"abc", "UDP to 9, 3 bytes, wrong length=7"),
    ],
)
def test_a_datagrams_port_is_a_number_and_its_data_are_counted(packet, words):
    assert labels(packet) == [words]


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (ICMP(type=8, id=77, seq=1) / b"data", "ICMP echo request seq=1"),
        (ICMP(type=0, id=77, seq=12), "ICMP echo reply seq=12"),
        (ICMP(type=3, code=0) / QUOTED, "ICMP net unreachable"),
        (ICMP(type=3, code=1) / QUOTED, "ICMP host unreachable"),
        (ICMP(type=3, code=2) / QUOTED, "ICMP protocol unreachable"),
        (ICMP(type=3, code=3) / QUOTED, "ICMP port unreachable"),
        (ICMP(type=3, code=3, nexthopmtu=600) / QUOTED, "ICMP port unreachable"),  # only code 4 has that field
        (ICMP(type=3, code=4, nexthopmtu=600) / QUOTED, "ICMP fragmentation needed, mtu=600"),
        (ICMP(type=3, code=4) / QUOTED, "ICMP fragmentation needed"),
        (ICMP(type=3, code=5) / QUOTED, "ICMP source route failed"),
        (ICMP(type=3, code=13) / QUOTED, "ICMP destination unreachable code=13"),
        (ICMP(type=4) / QUOTED, "ICMP source quench"),
        (ICMP(type=5, code=0, gw="10.0.0.9") / QUOTED, "ICMP redirect for network, gateway=10.0.0.9"),
        (ICMP(type=5, code=1, gw="10.0.0.9") / QUOTED, "ICMP redirect for host, gateway=10.0.0.9"),
        (ICMP(type=11, code=0) / QUOTED, "ICMP time exceeded"),
        (ICMP(type=11, code=1) / QUOTED, "ICMP fragment reassembly time exceeded"),
        (ICMP(type=12) / QUOTED, "ICMP parameter problem"),
        (ICMP(type=13), "ICMP timestamp"),
        (ICMP(type=14), "ICMP timestamp reply"),
        (ICMP(type=15), "ICMP information request"),
        (ICMP(type=16), "ICMP information reply"),
        (ICMP(type=42, code=2), "ICMP type=42 code=2"),
    ],
)
def test_icmp_messages_have_the_names_of_their_rfcs(message, words):
    frame = of(V4 / message)
    assert (labels(frame.data), protocol(frame)) == ([words], "icmp")


@pytest.mark.parametrize(
    ("header", "first", "name"),
    [
        (UDP(sport=40001, dport=40002), "UDP to 40002, 1300 bytes, fragment offset=0 len=576", "UDP"),
        (ICMP(type=8, seq=3), "ICMP echo request seq=3, fragment offset=0 len=576", "ICMP"),
    ],
)
def test_every_fragment_belongs_to_its_protocol_and_says_where_it_begins(header, first, name):
    parts = fragment(V4 / header / bytes(1300), fragsize=576)
    assert labels(*parts) == [
        first,
        f"{name} fragment offset=576 len=576",
        f"{name} last fragment offset=1152 len=156",
    ]
    assert {protocol(of(part)) for part in parts} == {name.lower()}


def test_a_later_fragment_of_a_segment_is_tcp():
    first, later = fragment(V4 / TCP(flags="A") / bytes(100), fragsize=80)
    assert (protocol(of(first)), protocol(of(later))) == ("tcp", "tcp")
    assert labels(later) == ["TCP last fragment offset=80 len=40"]


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("2200 0000 0000 0001 0400 0000 ef01 0203", "IGMP report, join 239.1.2.3"),
        ("2200 0000 0000 0001 0300 0000 ef01 0203", "IGMP report, leave 239.1.2.3"),
        ("2200 0000 0000 0001 0400 0001 ef01 0203 0a00 0009", "IGMP report, 239.1.2.3"),
        ("2200 0000 0000 0002 0200 0000 ef01 0203 0200 0000 ef01 0204", "IGMP report, 239.1.2.3 and 1 more"),
        ("1164 0000 0000 0000", "IGMP query"),
        ("1164 0000 ef01 0203 027d 0000", "IGMP query 239.1.2.3"),
        ("1600 0000 ef01 0203", "IGMP report, 239.1.2.3"),
        ("1700 0000 ef01 0203", "IGMP leave 239.1.2.3"),
        ("2200 0000", "IGMP type=34, 4 bytes"),
        ("9900 0000 ef01 0203", "IGMP type=153, 8 bytes"),
        ("", "IGMP type=0, 0 bytes"),
    ],
)
def test_igmp_says_which_group(message, words):
    packet = bytes(Ether(dst=MAC) / IP(src="10.0.0.1", dst="224.0.0.22", proto=2) / bytes.fromhex(message))
    assert labels(packet, packet + bytes(9)) == [words, words]


@pytest.mark.parametrize(
    ("packet", "words"),
    [
        (Ether(dst=MAC) / ARP(psrc="10.0.0.1", pdst="10.0.0.2"), "ARP who has 10.0.0.2, tell 10.0.0.1"),
        (
            Ether(dst=MAC) / ARP(op=2, psrc="10.0.0.2", hwsrc="02:00:00:00:00:02", pdst="10.0.0.1"),
            "ARP 10.0.0.2 is at 02:00:00:00:00:02",
        ),
        (Ether(dst=MAC) / ARP(op=8), "ARP operation=8"),
        (V4 / IP(proto=89) / b"12345", "IP protocol 4, 25 bytes"),
        (Ether() / IP(proto=89) / b"12345", "IP protocol 89, 5 bytes"),
        (V6 / ICMPv6EchoRequest(), "IPv6 next header 58, 8 bytes"),
        (Ether(type=0x88B5) / b"1", "Ethernet frame, 15 bytes"),
        (bytes(13), "13 bytes that are no frame"),
    ],
)
def test_other_frames_are_told_without_names_that_differ_between_machines(packet, words):
    assert labels(packet) == [words]


KINDS = [bytes(V4 / QUOTED[UDP]), bytes(V4 / ICMP(type=3, code=4, nexthopmtu=600) / QUOTED), bytes(V6 / UDP() / b"x")]
KINDS += [bytes(Ether() / ARP()), bytes(V4 / ICMP(type=5) / QUOTED)]
KINDS += [frame.data for frame in SAMPLES["life"].frames[:4]]


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_damaged_frames_are_told_as_well(data):
    damaged = bytearray(data.draw(st.sampled_from(KINDS)))
    places = st.integers(0, len(damaged) - 1)
    for place, byte in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=4)):
        damaged[place] = byte
    cut = bytes(damaged[: data.draw(st.integers(0, len(damaged)))])
    (words,) = labels(cut)
    assert words and "\n" not in words


def test_a_port_that_the_kernel_chose_is_a_role(script: Script):
    script.udp_socket("server", 1, "10.0.0.2", 40002)
    script.datagram("client", 51234, 40002, b"x" * 36)
    script.datagram("server", 40002, 51234, b"x" * 28)
    found = arrows(script.trace(), ["client", "server"], ("udp",))
    assert [arrow.label for arrow in found] == ["UDP to 40002, 36 bytes", "UDP to client-port, 28 bytes"]


def test_what_a_lesson_says_stands_in_the_place_of_the_usual_words():
    def says(frame: Frame) -> str | None:
        return "call xid 7" if b"call" in frame.data else None

    question, answer = V4 / UDP(dport=111) / b"call", V4 / UDP(dport=9) / b"reply"
    assert labels(question, answer, label=says) == ["call xid 7", "UDP to 9, 5 bytes"]
    assert labels(question, label=lambda frame: "two\nlines") == ["two lines"]
    assert labels(question, label=lambda frame: "") == [""]


def test_what_a_lesson_says_replaces_a_connections_number_too():
    def says(frame: Frame) -> str | None:
        return "my words" if "SYN" in frame.segment.flags else None

    found = arrows(SAMPLES["three"], ["client", "server", "third"], label=says)
    assert {arrow.label for arrow in found} == {"my words", "#1 ACK seq=1 ack=1", "#2 ACK seq=1 ack=1"}


def test_a_lesson_is_asked_about_the_frames_that_are_drawn(script: Script):
    script.arp()
    drawn = script.segment("client", "S", 0)
    script.segment("third", "S", 0)
    asked: list[Frame] = []
    arrows(script.trace("client", "server", "third"), ["client", "server"], label=asked.append)
    assert asked == [drawn]


def test_errors_of_the_lessons_function_pass():
    with pytest.raises(ZeroDivisionError):
        labels(V4 / UDP(), label=lambda frame: str(1 // 0))


@pytest.mark.parametrize("value", [7, b"call", False])
def test_what_is_no_text_is_refused(value):
    with pytest.raises(CourseError, match="label= takes a function that returns a text or None"):
        labels(V4 / UDP(), label=lambda frame: value)
