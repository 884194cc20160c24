"""Two ends of PPP come to terms, and tshark reads what they say."""

from __future__ import annotations

from pathlib import Path

import pytest
from scapy.layers.ppp import (
    PPP_IPCP,
    PPP_IPCP_Option,
    PPP_IPCP_Option_IPAddress,
    PPP_LCP_Configure,
    PPP_LCP_Magic_Number_Option,
    PPP_LCP_MRU_Option,
    PPP_LCP_Option,
)

from helpers.lessons.links import ppp
from helpers.lessons.links.ppp_control import VAN_JACOBSON, Negotiation, ipcp_judge, lcp_judge, summary
from tests.fields.tshark import PPP_WITH_DIRECTION, read


def said_by(*ends):
    """What is said until nobody has anything to say: each packet with the number of its end."""
    packets = [(number, end.request()) for number, end in enumerate(ends)]
    for number, packet in packets:
        packets += [(1 - number, answer) for answer in ends[1 - number].receive(packet)]
        assert len(packets) < 100
    return [(number, summary(packet)) for number, packet in packets]


def lcp(*wanted):
    return Negotiation(PPP_LCP_Configure, wanted, lcp_judge)


def ipcp(address, other, *wanted):
    return Negotiation(PPP_IPCP, [PPP_IPCP_Option_IPAddress(data=address), *wanted], ipcp_judge(other))


def test_an_option_that_is_not_known_is_rejected_and_asked_for_no_more():
    assert said_by(lcp(PPP_LCP_MRU_Option(max_recv_unit=900), PPP_LCP_Option(type=99, data=b"?")), lcp()) == [
        (0, "LCP Configure-Request 0: MRU 900, 99 3f"),
        (1, "LCP Configure-Request 0: no options"),
        (1, "LCP Configure-Reject 0: 99 3f"),
        (0, "LCP Configure-Ack 0: no options"),
        (0, "LCP Configure-Request 1: MRU 900"),
        (1, "LCP Configure-Ack 1: MRU 900"),
    ]


def test_an_address_that_the_other_end_does_not_want_is_replaced():
    last = said_by(ipcp("0.0.0.0", "10.0.0.2"), ipcp("10.0.0.9", "10.0.0.1", VAN_JACOBSON))[-2:]
    words = "IP-Compression-Protocol 0x002d, Max-Slot-Id 15, Comp-Slot-Id 1"
    assert sorted(last) == [
        (0, f"IPCP Configure-Ack 1: IP-Address 10.0.0.2, {words}"),
        (1, "IPCP Configure-Ack 1: IP-Address 10.0.0.1"),
    ]


def test_another_compression_is_rejected():
    other = PPP_IPCP_Option(type=2, data=b"\x00\x37\x0f\x01")
    assert "Configure-Reject" in said_by(ipcp("10.0.0.1", "10.0.0.2", other), ipcp("10.0.0.2", "10.0.0.1"))[2][1]


def test_a_line_that_is_a_loop_comes_to_an_end():
    """Both draw the same magic number again and again (RFC 1661, sections 4.6 and 6.4)."""
    magic = PPP_LCP_Magic_Number_Option(magic_number=7)
    words = [text for _, text in said_by(lcp(magic), lcp(magic))]
    assert sum("Nak" in text for text in words) == 10 and sum("Reject" in text for text in words) == 2


def test_an_answer_to_another_request_is_of_no_use():
    end = lcp(PPP_LCP_MRU_Option(max_recv_unit=900))
    assert end.receive(PPP_LCP_Configure(code=3, id=5, options=[PPP_LCP_MRU_Option(max_recv_unit=5)])) == []


@pytest.mark.parametrize("protocol", ["LCP", "IPCP"])
def test_tshark_reads_it(protocol, tmp_path: Path):
    ends = {
        "LCP": (0xC021, lcp(PPP_LCP_MRU_Option(max_recv_unit=1006), PPP_LCP_Option(type=7))),
        "IPCP": (0x8021, ipcp("10.0.0.1", "10.0.0.2", VAN_JACOBSON)),
    }
    number, end = ends[protocol]
    record = b"\1" + ppp.ADDRESS_CONTROL + number.to_bytes(2) + bytes(end.request())
    names = ["ppp.protocol", "ppp.code", "lcp.opt.type", "lcp.opt.mru", "ipcp.opt.ip_address", "ipcp.opt.max_slot_id"]
    assert read([record], PPP_WITH_DIRECTION, names, tmp_path) == [
        ["0xc021", "1", "1,7", "1006", "", ""] if protocol == "LCP" else ["0x8021", "1", "", "", "10.0.0.1", "15"]
    ]
