from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.fields.onc_rpc import AcceptedReply, AcceptStatus, Call, Caller, Client, Server, decode, encode
from helpers.fields.xdr import Packer, Unpacker, XDRError
from helpers.lessons.remote_calls.port_mapper import (
    PROGRAM,
    TCP,
    UDP,
    Binding,
    Mapping,
    PortMapper,
    PortMapperProcedure,
    RpcbindProcedure,
    parse_universal_address,
    universal_address,
    unpack_address,
    unpack_bindings,
    unpack_mappings,
    unpack_port,
    unpack_success,
)

HOST = "10.0.0.2"
LOCAL, REMOTE = Caller("udp", "127.0.0.1", 700), Caller("udp", "10.0.0.1", 700)
CALCULATOR = 0x20000099


class Asked:
    """A port mapper that is asked in bytes."""

    def __init__(self) -> None:
        self.server = Server()
        self.mapper = PortMapper(self.server, HOST)

    def __call__(self, version: int, procedure: int, arguments: bytes = b"", caller: Caller = LOCAL) -> bytes:
        client = Client(PROGRAM, version)
        reply = self.server.handle(client.call(procedure, arguments), caller)
        assert reply is not None
        results = client.results(reply)
        assert results is not None
        return results

    def own(self) -> set[tuple[int, str]]:
        """Versions and transports of the calculator, as the mapper knows them."""
        return {(each.version, each.netid) for each in self.mapper.bindings if each.program == CALCULATOR}


@pytest.fixture
def asked() -> Asked:
    return Asked()


def test_it_lists_itself(asked: Asked) -> None:
    listed = unpack_mappings(asked(2, PortMapperProcedure.DUMP))
    assert {(each.version, each.protocol) for each in listed} == {(v, p) for v in (2, 3, 4) for p in (TCP, UDP)}
    assert {(each.program, each.port) for each in listed} == {(PROGRAM, 111)}


def test_set_get_unset_in_version_2(asked: Asked) -> None:
    mapping = Mapping(CALCULATOR, 1, UDP, 2049)
    question = Mapping(CALCULATOR, 1, UDP).packed()
    assert unpack_port(asked(2, PortMapperProcedure.GETPORT, question)) == 0
    assert unpack_success(asked(2, PortMapperProcedure.SET, mapping.packed()))
    assert unpack_port(asked(2, PortMapperProcedure.GETPORT, question, REMOTE)) == 2049
    assert unpack_port(asked(2, PortMapperProcedure.GETPORT, Mapping(CALCULATOR, 1, TCP).packed())) == 0
    assert mapping in unpack_mappings(asked(2, PortMapperProcedure.DUMP, caller=REMOTE))
    assert unpack_success(asked(2, PortMapperProcedure.UNSET, question))
    assert not unpack_success(asked(2, PortMapperProcedure.UNSET, question))
    assert unpack_port(asked(2, PortMapperProcedure.GETPORT, question)) == 0


def test_set_get_unset_in_versions_3_and_4(asked: Asked) -> None:
    for version in (3, 4):
        binding = Binding(CALCULATOR, 1, "udp", "10.0.0.2.8.1", "someone")
        assert unpack_success(asked(version, RpcbindProcedure.SET, binding.packed()))
        assert unpack_address(asked(version, RpcbindProcedure.GETADDR, binding.packed(), REMOTE)) == "10.0.0.2.8.1"
        listed = unpack_bindings(asked(version, RpcbindProcedure.DUMP, caller=REMOTE))
        assert [each.address for each in listed if each.program == CALCULATOR] == ["10.0.0.2.8.1"]
        assert unpack_success(asked(version, RpcbindProcedure.UNSET, binding.packed()))
        assert unpack_address(asked(version, RpcbindProcedure.GETADDR, binding.packed())) == ""


def test_what_is_there_is_not_set_again(asked: Asked) -> None:
    """RFC 1833, section 3.2."""
    asked.mapper.set(Mapping(CALCULATOR, 1, UDP, 2049))
    assert not unpack_success(asked(2, PortMapperProcedure.SET, Mapping(CALCULATOR, 1, UDP, 2050).packed()))
    binding = Binding(CALCULATOR, 1, "udp", "10.0.0.2.8.2")
    assert not unpack_success(asked(4, RpcbindProcedure.SET, binding.packed()))
    assert unpack_port(asked(2, PortMapperProcedure.GETPORT, Mapping(CALCULATOR, 1, UDP).packed())) == 2049


@pytest.mark.parametrize(
    ("version", "wrong"),
    [
        (2, Mapping(CALCULATOR, 1, UDP, 0)),
        (2, Mapping(CALCULATOR, 1, UDP, 65536)),
        (2, Mapping(CALCULATOR, 1, 1, 2049)),
        (4, Binding(CALCULATOR, 1, "", "10.0.0.2.8.1")),
        (4, Binding(CALCULATOR, 1, "carrier pigeon", "10.0.0.2.8.1")),
        (4, Binding(CALCULATOR, 1, "udp", "")),
        (4, Binding(CALCULATOR, 1, "udp", "10.0.0.2")),
    ],
)
def test_what_is_no_place_is_not_set(asked: Asked, version: int, wrong: Mapping | Binding) -> None:
    assert not unpack_success(asked(version, 1, wrong.packed()))
    assert asked.own() == set()


def test_only_programs_of_this_host_register(asked: Asked) -> None:
    """RFC 1833, section 2.2.2."""
    mapping, binding = Mapping(CALCULATOR, 1, UDP, 2049).packed(), Binding(CALCULATOR, 1, "tcp", "0.0.0.0.8.1").packed()
    assert not unpack_success(asked(2, PortMapperProcedure.SET, mapping, REMOTE))
    assert not unpack_success(asked(4, RpcbindProcedure.SET, binding, REMOTE))
    assert asked.own() == set()
    assert unpack_success(asked(2, PortMapperProcedure.SET, mapping, Caller("udp", HOST, 700)))
    assert unpack_success(asked(4, RpcbindProcedure.SET, binding))
    assert not unpack_success(asked(2, PortMapperProcedure.UNSET, mapping, REMOTE))
    assert not unpack_success(asked(4, RpcbindProcedure.UNSET, binding, REMOTE))
    assert asked.own() == {(1, "udp"), (1, "tcp")}


def test_unset_of_one_transport_or_of_all(asked: Asked) -> None:
    def register() -> None:
        for protocol in (TCP, UDP):
            asked.mapper.set(Mapping(CALCULATOR, 1, protocol, 2049))
            asked.mapper.set(Mapping(CALCULATOR, 2, protocol, 2049))

    register()
    asked(4, RpcbindProcedure.UNSET, Binding(CALCULATOR, 1, "tcp").packed())
    assert asked.own() == {(1, "udp"), (2, "tcp"), (2, "udp")}
    register()
    asked(4, RpcbindProcedure.UNSET, Binding(CALCULATOR, 1, "").packed())
    assert asked.own() == {(2, "tcp"), (2, "udp")}
    register()
    asked(2, PortMapperProcedure.UNSET, Mapping(CALCULATOR, 1, TCP).packed())
    assert asked.own() == {(2, "tcp"), (2, "udp")}


def test_the_transport_is_the_one_by_which_the_question_came(asked: Asked) -> None:
    """RFC 1833, section 2.2.1: what the question says of it is ignored."""
    asked.mapper.set(Mapping(CALCULATOR, 1, UDP, 2049))
    asked.mapper.set(Mapping(CALCULATOR, 1, TCP, 2050))
    for netid, address in (("udp", "10.0.0.2.8.1"), ("tcp", "10.0.0.2.8.2")):
        for procedure in (RpcbindProcedure.GETADDR, RpcbindProcedure.GETVERSADDR):
            question = Binding(CALCULATOR, 1, "udp").packed()
            assert unpack_address(asked(4, procedure, question, REMOTE._replace(netid=netid))) == address


def test_another_version_is_found_but_not_by_getversaddr(asked: Asked) -> None:
    """There PROG_MISMATCH tells which versions there are (RFC 1833, section 2.2.2)."""
    asked.mapper.set(Mapping(CALCULATOR, 3, UDP, 2049))
    question = Binding(CALCULATOR, 1, "udp").packed()
    assert unpack_port(asked(2, PortMapperProcedure.GETPORT, Mapping(CALCULATOR, 1, UDP).packed())) == 2049
    assert unpack_address(asked(4, RpcbindProcedure.GETADDR, question)) == "10.0.0.2.8.1"
    assert unpack_address(asked(4, RpcbindProcedure.GETVERSADDR, question)) == ""


def test_a_program_at_all_addresses_is_reached_at_the_hosts(asked: Asked) -> None:
    asked(4, RpcbindProcedure.SET, Binding(CALCULATOR, 1, "udp", "0.0.0.0.8.1").packed())
    question = Binding(CALCULATOR, 1, "udp").packed()
    assert unpack_address(asked(4, RpcbindProcedure.GETADDR, question, REMOTE)) == "10.0.0.2.8.1"
    assert unpack_port(asked(2, PortMapperProcedure.GETPORT, Mapping(CALCULATOR, 1, UDP).packed())) == 2049


def test_the_address_list(asked: Asked) -> None:
    """rpcb_entry_list of RFC 1833, section 2.1, by hand."""
    asked.mapper.set(Mapping(CALCULATOR, 1, UDP, 2049))
    asked.mapper.set(Mapping(CALCULATOR, 1, TCP, 2049))
    asked.mapper.set(Mapping(CALCULATOR, 2, TCP, 2049))
    unpacker = Unpacker(asked(4, RpcbindProcedure.GETADDRLIST, Binding(CALCULATOR, 1, "tcp").packed()))

    def entry() -> tuple[str, str, int, str, str]:
        return (
            unpacker.unpack_string(), unpacker.unpack_string(), unpacker.unpack_unsigned_int(),
            unpacker.unpack_string(), unpacker.unpack_string(),
        )  # fmt: skip

    assert unpacker.unpack_list(entry) == [
        ("10.0.0.2.8.1", "udp", 1, "inet", "udp"),
        ("10.0.0.2.8.1", "tcp", 3, "inet", "tcp"),
    ]
    unpacker.done()


def test_the_time(asked: Asked) -> None:
    before = int(time.time())
    told = Unpacker(asked(3, RpcbindProcedure.GETTIME)).unpack_unsigned_int()
    assert before <= told <= time.time()


@pytest.mark.parametrize(
    ("version", "procedure"),
    [(2, 5), (3, 5), (3, RpcbindProcedure.GETVERSADDR), (3, RpcbindProcedure.GETADDRLIST), (4, 12)],
)
def test_procedures_that_it_has_not(asked: Asked, version: int, procedure: int) -> None:
    reply = asked.server.handle(encode(Call(5, PROGRAM, version, procedure)), LOCAL)
    assert reply is not None and decode(reply) == AcceptedReply(5, AcceptStatus.PROC_UNAVAIL)


@pytest.mark.parametrize("procedure", [1, 2, 3])
@pytest.mark.parametrize("version", [2, 3, 4])
def test_garbage_is_named_garbage(asked: Asked, version: int, procedure: int) -> None:
    for arguments in (b"", b"\0" * 15, b"\xff" * 24, b"\0" * 40):
        reply = asked.server.handle(encode(Call(5, PROGRAM, version, procedure, arguments)), LOCAL)
        assert reply is not None and decode(reply) == AcceptedReply(5, AcceptStatus.GARBAGE_ARGS)


@given(st.sampled_from([2, 3, 4]), st.integers(0, 12), st.binary(max_size=80))
@settings(deadline=None)
def test_no_arguments_whatever_make_it_fail(version: int, procedure: int, arguments: bytes) -> None:
    asked = Asked()
    asked.server.handle(encode(Call(5, PROGRAM, version, procedure, arguments)), LOCAL)
    assert asked.server.last_failure is None
    asked(2, PortMapperProcedure.DUMP)


@given(st.binary(max_size=60))
@settings(deadline=None)
def test_no_results_whatever_do_more_than_raise_an_xdr_error(results: bytes) -> None:
    for unpack in (unpack_port, unpack_success, unpack_address, unpack_mappings, unpack_bindings):
        try:
            unpack(results)
        except XDRError as error:
            assert "\n" not in str(error)


@given(st.ip_addresses().map(str), st.integers(0, 65535))
def test_universal_addresses(host: str, port: int) -> None:
    assert parse_universal_address(universal_address(host, port)) == (host, port)


def test_universal_addresses_as_rfc_5665_writes_them() -> None:
    assert universal_address("10.0.0.2", 111) == "10.0.0.2.0.111"
    assert parse_universal_address("fd00::2.8.1") == ("fd00::2", 2049)


@pytest.mark.parametrize(
    "text", ["", "10.0.0.2", "10.0.0.2.256.1", "10.0.0.2.-1.1", "10.0.0.2.a.b", "here.0.111", "0.111"]
)
def test_what_is_no_universal_address(text: str) -> None:
    with pytest.raises(ValueError, match="is no universal address, such as 10.0.0.2.0.111"):
        parse_universal_address(text)


def test_trailing_bytes_of_results_are_an_error() -> None:
    with pytest.raises(XDRError, match="4 bytes are left"):
        unpack_port(Packer().pack_unsigned_int(1).pack_unsigned_int(2).data)
