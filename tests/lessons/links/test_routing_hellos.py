"""The fields of OSPF's and EIGRP's hellos, held to what tshark reads in the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.contrib.eigrp import EIGRP, EIGRPParam, EIGRPSwVer
from scapy.contrib.ospf import OSPF_DBDesc, OSPF_Hdr, OSPF_Hello
from scapy.layers.inet import IP

from helpers.fields.field import Field, check_tiling
from helpers.lessons.links.routing_hellos import eigrp_fields, ospf_fields
from tests.fields import tshark

IPV4 = 228  # a link type (tcpdump.org/linktypes.html)
OSPF_HELLO = bytes(
    OSPF_Hdr(src="10.0.0.253", area="0.0.0.1")
    / OSPF_Hello(options=2, prio=7, router="10.0.0.254", backup="10.0.0.253", neighbors=["10.0.0.254", "10.9.8.7"])
)
EIGRP_HELLO = bytes(EIGRP(asn=7, tlvlist=[EIGRPParam(k5=9, holdtime=15), EIGRPSwVer(ios="v15.4")]))
Fields = Callable[[bytes], list[Field]]
BOTH = pytest.mark.parametrize(("fields", "hello"), [(ospf_fields, OSPF_HELLO), (eigrp_fields, EIGRP_HELLO)])


def read(fields: Fields, data: bytes) -> dict[str, str]:
    """Names and values, once it is clear that the fields cover everything. Of one name the last counts."""
    found = fields(data)
    check_tiling(found, len(data))
    assert all(field.layer and field.meaning and field.source for field in found)
    return {field.name: field.value for field in found}


@BOTH
@given(st.binary(max_size=90))
@settings(deadline=None)
def test_every_bit_of_any_bytes_belongs_to_one_field(fields: Fields, hello: bytes, data: bytes) -> None:
    read(fields, data)
    read(fields, hello[: len(data)] + data)


@BOTH
def test_a_hello_cut_anywhere_says_so(fields: Fields, hello: bytes) -> None:
    whole = [field.name for field in fields(hello)]
    for end in range(1, len(hello)):
        found = fields(hello[:end])
        check_tiling(found, end)
        assert found[-1].name in ("cut short", *whole)
        assert [field.name for field in found[:-1]] == whole[: len(found) - 1]


@BOTH
def test_each_bit_counts_in_the_checksum_but_those_of_ospfs_proof(fields: Fields, hello: bytes) -> None:
    for bit in range(8 * len(hello)):
        damaged = bytearray(hello)
        damaged[bit // 8] ^= 1 << bit % 8
        verdict = next(field.value for field in fields(bytes(damaged)) if field.name == "Checksum")
        assert ("wrong" in verdict) is not (fields is ospf_fields and 16 <= bit // 8 < 24)


def test_of_other_packets_of_ospf_the_header_is_read() -> None:
    found = ospf_fields(bytes(OSPF_Hdr(src="10.0.0.253") / OSPF_DBDesc()))
    assert found[1].value == "2 (Database Description)" and found[-1].name == "rest"


def test_a_tlv_that_is_not_known_is_passed_over() -> None:
    """That is what its length is for (RFC 7868, section 6.6)."""
    found = eigrp_fields(EIGRP_HELLO[:20] + bytes.fromhex("00ff 0007 0a0b0c") + EIGRP_HELLO[20:])
    assert [field.name for field in found[8:11]] == ["TLV type", "TLV length", "TLV value"]
    assert found[11].value == "1 (parameters)" and found[-1].value == "1.2"
    assert eigrp_fields(EIGRP_HELLO[:20] + bytes.fromhex("0001 0003 0000"))[-1].name == "rest"


def test_tshark_reads_the_same_in_an_ospf_hello(tmp_path: Path) -> None:
    packet = bytes(IP(src="10.0.0.253", dst="224.0.0.5", ttl=1, proto=89) / OSPF_HELLO)
    names = ["version", "msg", "packet_length", "srcrouter", "area_id", "checksum", "auth.type"]
    names += ["hello.network_mask", "hello.hello_interval", "v2.options", "hello.router_priority"]
    names += ["hello.router_dead_interval", "hello.designated_router", "hello.backup_designated_router"]
    names += ["hello.active_neighbor"]
    (theirs,) = tshark.read([packet], IPV4, [f"ospf.{name}" for name in names], tmp_path)
    ours = [field.value.split()[0] for field in ospf_fields(OSPF_HELLO) if field.name != "Authentication"]
    assert theirs == [*ours[:-2], ",".join(ours[-2:])]


def test_tshark_reads_the_same_in_an_eigrp_hello(tmp_path: Path) -> None:
    packet = bytes(IP(src="10.0.0.253", dst="224.0.0.10", ttl=1, proto=88) / EIGRP_HELLO)
    names = ["version", "opcode", "checksum", "flags", "seq", "ack", "vrid", "as"]
    names += ["par.k1", "par.k2", "par.k3", "par.k4", "par.k5", "par.k6", "par.holdtime"]
    (theirs,) = tshark.read([packet], IPV4, [f"eigrp.{name}" for name in names], tmp_path)
    ours = read(eigrp_fields, EIGRP_HELLO)
    assert theirs == [ours[name].split()[0] for name in [*list(ours)[:8], *(f"K{n}" for n in range(1, 7)), "Hold time"]]
