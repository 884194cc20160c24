"""The fields of OSPF's and EIGRP's hellos, held to what scapy and tshark read in the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.contrib.eigrp import EIGRP as EIGRPPacket
from scapy.contrib.eigrp import EIGRPParam, EIGRPSwVer
from scapy.contrib.ospf import OSPF_DBDesc, OSPF_Hdr, OSPF_Hello
from scapy.layers.inet import IP

from helpers.fields.field import Field, check_tiling
from helpers.lessons.links.routing_hellos import (
    ALL_EIGRP_ROUTERS,
    ALL_OSPF_ROUTERS,
    EIGRP,
    OSPF,
    eigrp_fields,
    ospf_fields,
)
from tests.fields import tshark

IPV4 = 228  # a link type (tcpdump.org/linktypes.html)
NEIGHBOURS = ["10.0.0.254", "10.9.8.7"]
OSPF_HELLO = bytes(
    OSPF_Hdr(src="10.0.0.253", area="0.0.0.1")
    / OSPF_Hello(options=2, prio=7, router="10.0.0.254", backup="10.0.0.253", neighbors=NEIGHBOURS)
)
EIGRP_HELLO = bytes(EIGRPPacket(asn=7, tlvlist=[EIGRPParam(k5=9, holdtime=15), EIGRPSwVer(ios="v15.4")]))

u8, u16 = st.integers(0, 2**8 - 1), st.integers(0, 2**16 - 1)
addresses = st.ip_addresses(v=4).map(str)
FIELDS = pytest.mark.parametrize("fields", [ospf_fields, eigrp_fields])
Fields = Callable[[bytes], list[Field]]


def read(fields: Fields, data: bytes) -> dict[str, str]:
    """Names and values, once it is clear that the fields cover everything. Of one name the last counts."""
    found = fields(data)
    check_tiling(found, len(data))
    assert all(field.layer and field.meaning and field.source for field in found)
    return {field.name: field.value for field in found}


def test_an_ospf_hello() -> None:
    assert read(ospf_fields, OSPF_HELLO) == {
        "Version": "2", "Type": "1 (Hello)", "Packet length": "52", "Router ID": "10.0.0.253", "Area ID": "0.0.0.1",
        "Checksum": f"0x{OSPF_HELLO[12:14].hex()} (right)", "AuType": "0 (null)", "Authentication": "zero",
        "Network mask": "255.255.255.0", "HelloInterval": "10", "Options": "0x02 (E)", "Router priority": "7",
        "RouterDeadInterval": "40", "Designated Router": "10.0.0.254", "Backup Designated Router": "10.0.0.253",
        "Neighbor": "10.9.8.7",
    }  # fmt: skip
    assert [field.value for field in ospf_fields(OSPF_HELLO)][-2:] == NEIGHBOURS


def test_an_eigrp_hello() -> None:
    assert read(eigrp_fields, EIGRP_HELLO) == {
        "Header version": "2", "Opcode": "5 (hello)", "Checksum": f"0x{EIGRP_HELLO[2:4].hex()} (right)",
        "Flags": "0x00000000", "Sequence number": "0", "Acknowledgment number": "0",
        "Virtual router ID": "0 (unicast address family)", "Autonomous system": "7",
        "K1": "1", "K2": "0", "K3": "1", "K4": "0", "K5": "9", "K6": "0", "Hold time": "15",
        "Software version": "15.4", "TLV version": "1.2",
        "TLV type": "4 (software version)", "TLV length": "8",
    }  # fmt: skip


@given(addresses, addresses, addresses, u16, u8, u8, st.integers(0, 2**32 - 1), st.lists(addresses, max_size=4))
@settings(deadline=None)
def test_scapy_writes_what_is_read_in_an_ospf_hello(
    router: str, area: str, mask: str, interval: int, options: int, priority: int, dead: int, neighbours: list[str]
) -> None:
    options &= ~0x10  # scapy takes this bit for another one, behind which there would be more
    hello = OSPF_Hello(
        mask=mask, hellointerval=interval, options=options, prio=priority, deadinterval=dead, neighbors=neighbours
    )
    packet = bytes(OSPF_Hdr(src=router, area=area) / hello)
    found = read(ospf_fields, packet)
    told = (found["Router ID"], found["Area ID"], found["Network mask"], found["HelloInterval"])
    assert told == (router, area, mask, str(interval))
    assert found["Options"].split()[0] == f"0x{options:02x}"
    assert (found["Router priority"], found["RouterDeadInterval"]) == (str(priority), str(dead))
    assert [field.value for field in ospf_fields(packet) if field.name == "Neighbor"] == neighbours
    assert found["Checksum"].endswith("(right)")


@given(u16, u16, st.lists(u8, min_size=6, max_size=6))
@settings(deadline=None)
def test_scapy_writes_what_is_read_in_an_eigrp_hello(system: int, hold: int, weights: list[int]) -> None:
    names = [f"k{number}" for number in range(1, 6)]
    weighed = EIGRPParam(**dict(zip(names, weights, strict=False)), reserved=weights[5], holdtime=hold)
    found = read(eigrp_fields, bytes(EIGRPPacket(asn=system, tlvlist=[weighed])))
    assert [found[f"K{number}"] for number in range(1, 7)] == [str(weight) for weight in weights]
    assert (found["Autonomous system"], found["Hold time"]) == (str(system), str(hold))
    assert found["Checksum"].endswith("(right)")


@FIELDS
@given(st.binary(max_size=90))
@settings(deadline=None)
def test_any_bytes(fields: Fields, data: bytes) -> None:
    check_tiling(fields(data), len(data))


@pytest.mark.parametrize(("fields", "hello"), [(ospf_fields, OSPF_HELLO), (eigrp_fields, EIGRP_HELLO)])
def test_a_hello_cut_anywhere_says_so(fields: Fields, hello: bytes) -> None:
    whole = [field.name for field in fields(hello)]
    for end in range(1, len(hello)):
        found = fields(hello[:end])
        check_tiling(found, end)
        told = found[-1].name
        assert told in ("cut short", "rest", "TLV value", *whole)
        assert [field.name for field in found[:-1]] == whole[: len(found) - 1]


@pytest.mark.parametrize(("fields", "hello"), [(ospf_fields, OSPF_HELLO), (eigrp_fields, EIGRP_HELLO)])
def test_each_bit_counts_in_the_checksum(fields: Fields, hello: bytes) -> None:
    for bit in range(8 * len(hello)):
        damaged = bytearray(hello)
        damaged[bit // 8] ^= 1 << bit % 8
        (verdict,) = (field.value for field in fields(bytes(damaged)) if field.name == "Checksum")
        left_out = fields is ospf_fields and (16 <= bit // 8 < 24 or bit == 8 * 15 + 1)  # the proof; AuType becomes 2
        assert verdict.endswith("wrong)") is not left_out


def test_the_authentication_is_left_out_of_ospfs_checksum() -> None:
    password = bytes(OSPF_Hdr(src="10.0.0.253", authtype=1, authdata=0x7365637265742121) / OSPF_Hello())
    found = read(ospf_fields, password)
    assert found["AuType"] == "1 (simple password)" and found["Authentication"] == b"secret!!".hex(" ")
    assert found["Checksum"].endswith("(right)")
    cryptographic = bytes(OSPF_Hdr(src="10.0.0.253", authtype=2, chksum=0) / OSPF_Hello())
    assert read(ospf_fields, cryptographic)["Checksum"] == "0x0000 (not in use)"


def test_what_is_behind_the_packets_own_length() -> None:
    found = ospf_fields(OSPF_HELLO + bytes(6))
    assert (found[-1].name, found[-1].start, found[-1].length) == ("padding", 52, 6)
    assert found[-2].value == NEIGHBOURS[-1]


def test_other_packets_of_ospf() -> None:
    found = ospf_fields(bytes(OSPF_Hdr(src="10.0.0.253") / OSPF_DBDesc()))
    assert found[1].value == "2 (Database Description)" and found[-1].name == "rest"


def test_a_tlv_that_is_not_known_is_passed_over() -> None:
    """That is what its length is for (RFC 7868, section 6.6)."""
    unknown = bytes.fromhex("00ff 0007 0a0b0c")
    found = eigrp_fields(EIGRP_HELLO[:20] + unknown + EIGRP_HELLO[20:])
    assert [field.name for field in found[8:11]] == ["TLV type", "TLV length", "TLV value"]
    assert found[11].value == "1 (parameters)" and found[-1].value == "1.2"


@pytest.mark.parametrize("length", [0, 3, 13, 65535])
def test_a_tlv_whose_length_cannot_be(length: int) -> None:
    found = eigrp_fields(EIGRP_HELLO[:20] + b"\x00\x01" + length.to_bytes(2, "big") + bytes(8))
    assert (found[-1].name, found[-1].start, found[-1].length) == ("rest", 24, 8)


def test_tshark_reads_the_same_in_an_ospf_hello(tmp_path: Path) -> None:
    packet = bytes(IP(src="10.0.0.253", dst=ALL_OSPF_ROUTERS, ttl=1, proto=OSPF) / OSPF_HELLO)
    names = ["version", "msg", "packet_length", "srcrouter", "area_id", "checksum", "auth.type"]
    names += ["hello.network_mask", "hello.hello_interval", "v2.options", "hello.router_priority"]
    names += ["hello.router_dead_interval", "hello.designated_router", "hello.backup_designated_router"]
    names += ["hello.active_neighbor"]
    (told,) = tshark.read([packet], IPV4, [f"ospf.{name}" for name in names], tmp_path)
    found = read(ospf_fields, OSPF_HELLO)
    del found["Authentication"]
    values = [value.split()[0] for value in found.values()]
    values[-1] = ",".join(NEIGHBOURS)
    assert told == values


def test_tshark_reads_the_same_in_an_eigrp_hello(tmp_path: Path) -> None:
    packet = bytes(IP(src="10.0.0.253", dst=ALL_EIGRP_ROUTERS, ttl=1, proto=EIGRP) / EIGRP_HELLO)
    names = ["version", "opcode", "checksum", "flags", "seq", "ack", "vrid", "as"]
    names += ["par.k1", "par.k2", "par.k3", "par.k4", "par.k5", "par.k6", "par.holdtime"]
    (told,) = tshark.read([packet], IPV4, [f"eigrp.{name}" for name in names], tmp_path)
    found = read(eigrp_fields, EIGRP_HELLO)
    assert told == [found[name].split()[0] for name in list(found)[:8] + [f"K{n}" for n in range(1, 7)] + ["Hold time"]]
