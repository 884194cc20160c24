"""The port mapper (RFC 1833): the one program at a known port, 111, which tells at which ports the others are.

It is an ONC RPC program itself, number 100000. Version 2 (section 3) speaks of ports of TCP and UDP; versions 3 and 4,
called rpcbind (section 2), of universal addresses on any transport. Nothing here does I/O.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum

from helpers.fields.onc_rpc import Procedure, Server
from helpers.fields.xdr import Packer, Unpacker

PROGRAM = 100000
PORT = 111
PORT_MAPPER_VERSION = 2
RPCBIND_VERSIONS = (3, 4)
TCP, UDP = 6, 17
"""Protocol numbers as version 2 has them: IPPROTO_TCP and IPPROTO_UDP."""
NETIDS = {TCP: "tcp", UDP: "udp"}
"""The names that versions 3 and 4 have for them over IPv4 (RFC 5665)."""

_PROTOCOLS = {netid: protocol for protocol, netid in NETIDS.items()}
_SEMANTICS = {"tcp": 3, "udp": 1}
"""NC_TPI_COTS_ORD, a connection with an orderly release; NC_TPI_CLTS, datagrams (section 2.1)."""
_OWNER = "course"
_VERSION_2, _RPCBIND = "RFC 1833 section 3.1", "RFC 1833 section 2.1"


class PortMapperProcedure(IntEnum):
    """Version 2 (section 3.1)."""

    SET = 1
    UNSET = 2
    GETPORT = 3
    DUMP = 4


class RpcbindProcedure(IntEnum):
    """Versions 3 and 4; the last two are in 4 only (section 2.1)."""

    SET = 1
    UNSET = 2
    GETADDR = 3
    DUMP = 4
    GETTIME = 6
    GETVERSADDR = 9
    GETADDRLIST = 11


@dataclass(frozen=True)
class Mapping:
    """mapping: what version 2 knows of a program."""

    program: int
    version: int
    protocol: int
    """TCP or UDP."""
    port: int = 0
    """0 in a question."""

    def packed(self) -> bytes:
        """In XDR. Raises XDRError for a number of more than 32 bits."""
        packer = Packer()
        _pack_mapping(packer, self)
        return packer.data

    @classmethod
    def unpack(cls, unpacker: Unpacker) -> Mapping:
        """Raises XDRError."""
        unpacker.source = _VERSION_2
        return cls(
            unpacker.unpack_unsigned_int("prog", "the program that is registered or asked for"),
            unpacker.unpack_unsigned_int("vers", "its version"),
            unpacker.unpack_unsigned_int("prot", "6 for TCP, 17 for UDP"),
            unpacker.unpack_unsigned_int("port", "where it is; 0 in a question"),
        )


@dataclass(frozen=True)
class Binding:
    """rpcb: what versions 3 and 4 know of a program."""

    program: int
    version: int
    netid: str
    """The transport, "tcp" or "udp"."""
    address: str = ""
    """A universal address; "" in a question."""
    owner: str = ""

    def packed(self) -> bytes:
        """In XDR. Raises XDRError for a number of more than 32 bits, or text that is not ASCII."""
        packer = Packer()
        _pack_binding(packer, self)
        return packer.data

    @classmethod
    def unpack(cls, unpacker: Unpacker) -> Binding:
        """Raises XDRError."""
        unpacker.source = _RPCBIND
        return cls(
            unpacker.unpack_unsigned_int("r_prog", "the program that is registered or asked for"),
            unpacker.unpack_unsigned_int("r_vers", "its version"),
            unpacker.unpack_string(name="r_netid", meaning="the transport"),
            unpacker.unpack_string(name="r_addr", meaning="where it is, as a universal address"),
            unpacker.unpack_string(name="r_owner", meaning="who registered it"),
        )


def universal_address(host: str, port: int) -> str:
    """The IP address, then the port's two bytes, in decimal: "10.0.0.2.0.111" (RFC 5665, IPv4 transports)."""
    return f"{host}.{port >> 8}.{port & 0xFF}"


def parse_universal_address(address: str) -> tuple[str, int]:
    """Host and port. Raises ValueError for what is no universal address of TCP or UDP over IP."""
    host, *bytes_of_port = address.rsplit(".", 2)
    try:
        high, low = (int(byte) for byte in bytes_of_port)
        if not (0 <= high <= 255 and 0 <= low <= 255):
            raise ValueError
        return str(ipaddress.ip_address(host)), high << 8 | low
    except ValueError:
        raise ValueError(f"{address!r} is no universal address, such as 10.0.0.2.0.111") from None


def unpack_port(results: bytes) -> int:
    """What GETPORT of version 2 returns: a port, 0 where the program is not registered. Raises XDRError."""
    unpacker = Unpacker(results)
    port = unpacker.unpack_unsigned_int("port")
    unpacker.done()
    return port


def unpack_success(results: bytes) -> bool:
    """What SET and UNSET return. Raises XDRError."""
    unpacker = Unpacker(results)
    success = unpacker.unpack_bool("success")
    unpacker.done()
    return success


def unpack_address(results: bytes) -> str:
    """What GETADDR and GETVERSADDR return: a universal address, "" where there is none. Raises XDRError."""
    unpacker = Unpacker(results)
    address = unpacker.unpack_string(name="address")
    unpacker.done()
    return address


def unpack_mappings(results: bytes) -> list[Mapping]:
    """What DUMP of version 2 returns. Raises XDRError."""
    unpacker = Unpacker(results)
    mappings = unpacker.unpack_list(lambda: Mapping.unpack(unpacker))
    unpacker.done()
    return mappings


def unpack_bindings(results: bytes) -> list[Binding]:
    """What DUMP of versions 3 and 4 returns. Raises XDRError."""
    unpacker = Unpacker(results)
    bindings = unpacker.unpack_list(lambda: Binding.unpack(unpacker))
    unpacker.done()
    return bindings


class PortMapper:
    """The programs of one host and where they are, offered as program 100000 of a `Server`."""

    def __init__(self, server: Server, host: str) -> None:
        """Register with `server`, and itself in its own list; `host` is the IP address at which it is reached."""
        self._server = server
        self._host = host
        self._bindings: dict[tuple[int, int, str], Binding] = {}
        server.register(PROGRAM, PORT_MAPPER_VERSION, self._port_mapper())
        for version in RPCBIND_VERSIONS:
            server.register(PROGRAM, version, self._rpcbind(version))
        for version in (PORT_MAPPER_VERSION, *RPCBIND_VERSIONS):
            for protocol in NETIDS:
                self.set(Mapping(PROGRAM, version, protocol, PORT))

    @property
    def bindings(self) -> tuple[Binding, ...]:
        """What is registered, in the order in which it was."""
        return tuple(self._bindings.values())

    def set(self, mapping: Mapping) -> bool:
        """Register a program of this host. False if it is there already, has no port, or is neither TCP nor UDP."""
        if mapping.protocol not in NETIDS or not 0 < mapping.port < 1 << 16:
            return False
        where = universal_address(self._host, mapping.port)
        return self._add(Binding(mapping.program, mapping.version, NETIDS[mapping.protocol], where, _OWNER))

    def unset(self, program: int, version: int, netid: str = "") -> bool:
        """Forget a program on one transport, or on all. False if it was not registered."""
        gone = [key for key in self._bindings if key[:2] == (program, version) and netid in ("", key[2])]
        for key in gone:
            del self._bindings[key]
        return bool(gone)

    def find(self, program: int, version: int, netid: str) -> Binding | None:
        """Where that version is; if it is not registered, where another version of the program is.

        There the server answers a call with PROG_MISMATCH and the versions that it has (RFC 1833, section 2.2.2, has
        GETVERSADDR for those who want that version only).
        """
        others = (each for each in self.bindings if (each.program, each.netid) == (program, netid))
        return self._bindings.get((program, version, netid)) or next(others, None)

    def _add(self, binding: Binding) -> bool:
        key = binding.program, binding.version, binding.netid
        if key in self._bindings:
            return False
        self._bindings[key] = binding
        return True

    def _is_local(self) -> bool:
        """Only programs of this host may register here (section 2.2.2)."""
        caller = self._server.caller
        return caller is not None and caller.host in ("127.0.0.1", "::1", self._host)

    def _netid(self, asked: Binding) -> str:
        """The transport by which the question came; what it says itself is ignored (section 2.2.1)."""
        return self._server.caller.netid if self._server.caller else asked.netid

    def _port_mapper(self) -> dict[int, Procedure]:
        return {
            PortMapperProcedure.SET: self._set_mapping,
            PortMapperProcedure.UNSET: self._unset_mapping,
            PortMapperProcedure.GETPORT: self._get_port,
            PortMapperProcedure.DUMP: self._dump_mappings,
        }

    def _set_mapping(self, arguments: bytes) -> bytes:
        mapping = _only_mapping(arguments)
        return Packer().pack_bool(self._is_local() and self.set(mapping)).data

    def _unset_mapping(self, arguments: bytes) -> bytes:
        """Protocol and port are ignored (section 3.2)."""
        mapping = _only_mapping(arguments)
        return Packer().pack_bool(self._is_local() and self.unset(mapping.program, mapping.version)).data

    def _get_port(self, arguments: bytes) -> bytes:
        asked = _only_mapping(arguments)
        found = self.find(asked.program, asked.version, NETIDS.get(asked.protocol, ""))
        return Packer().pack_unsigned_int(_port(found) if found else 0).data

    def _dump_mappings(self, _: bytes) -> bytes:
        mappings = (
            Mapping(each.program, each.version, _PROTOCOLS[each.netid], _port(each)) for each in self.bindings
        )
        packer = Packer()
        return packer.pack_list(mappings, lambda mapping: _pack_mapping(packer, mapping)).data

    def _rpcbind(self, version: int) -> dict[int, Procedure]:
        procedures: dict[int, Procedure] = {
            RpcbindProcedure.SET: self._set_binding,
            RpcbindProcedure.UNSET: self._unset_binding,
            RpcbindProcedure.GETADDR: self._get_address,
            RpcbindProcedure.DUMP: self._dump_bindings,
            RpcbindProcedure.GETTIME: _get_time,
        }
        if version >= 4:
            procedures[RpcbindProcedure.GETVERSADDR] = self._get_address_of_version
            procedures[RpcbindProcedure.GETADDRLIST] = self._get_address_list
        return procedures

    def _set_binding(self, arguments: bytes) -> bytes:
        binding = _only_binding(arguments)
        success = self._is_local() and self._is_possible(binding) and self._add(replace(binding, owner=_OWNER))
        return Packer().pack_bool(success).data

    def _is_possible(self, binding: Binding) -> bool:
        try:
            parse_universal_address(binding.address)
        except ValueError:
            return False
        return binding.netid in _PROTOCOLS

    def _unset_binding(self, arguments: bytes) -> bytes:
        binding = _only_binding(arguments)
        success = self._is_local() and self.unset(binding.program, binding.version, binding.netid)
        return Packer().pack_bool(success).data

    def _get_address(self, arguments: bytes) -> bytes:
        asked = _only_binding(arguments)
        return self._packed_address(self.find(asked.program, asked.version, self._netid(asked)))

    def _get_address_of_version(self, arguments: bytes) -> bytes:
        asked = _only_binding(arguments)
        return self._packed_address(self._bindings.get((asked.program, asked.version, self._netid(asked))))

    def _packed_address(self, binding: Binding | None) -> bytes:
        return Packer().pack_string(self._reachable(binding) if binding else "").data

    def _reachable(self, binding: Binding) -> str:
        """Its address; a program that listens on all addresses, 0.0.0.0, is reached at this host's."""
        host, port = parse_universal_address(binding.address)
        return universal_address(self._host, port) if ipaddress.ip_address(host).is_unspecified else binding.address

    def _dump_bindings(self, _: bytes) -> bytes:
        packer = Packer()
        return packer.pack_list(self.bindings, lambda binding: _pack_binding(packer, binding)).data

    def _get_address_list(self, arguments: bytes) -> bytes:
        """All transports on which that version is."""
        asked = _only_binding(arguments)
        found = [each for each in self.bindings if (each.program, each.version) == (asked.program, asked.version)]
        return _packed_entries((each.netid, self._reachable(each)) for each in found)


def _get_time(_: bytes) -> bytes:
    """Seconds since 1970 on this host."""
    return Packer().pack_unsigned_int(int(time.time())).data


def _packed_entries(entries: Iterable[tuple[str, str]]) -> bytes:
    """A list of rpcb_entry, from netids and universal addresses."""
    packer = Packer()

    def pack(entry: tuple[str, str]) -> None:
        netid, address = entry
        packer.pack_string(address).pack_string(netid).pack_unsigned_int(_SEMANTICS[netid])
        packer.pack_string("inet").pack_string(netid)

    return packer.pack_list(entries, pack).data


def _port(binding: Binding) -> int:
    return parse_universal_address(binding.address)[1]


def _pack_mapping(packer: Packer, mapping: Mapping) -> None:
    packer.pack_unsigned_int(mapping.program).pack_unsigned_int(mapping.version)
    packer.pack_unsigned_int(mapping.protocol).pack_unsigned_int(mapping.port)


def _pack_binding(packer: Packer, binding: Binding) -> None:
    packer.pack_unsigned_int(binding.program).pack_unsigned_int(binding.version)
    packer.pack_string(binding.netid).pack_string(binding.address).pack_string(binding.owner)


def _only_mapping(arguments: bytes) -> Mapping:
    unpacker = Unpacker(arguments)
    mapping = Mapping.unpack(unpacker)
    unpacker.done()
    return mapping


def _only_binding(arguments: bytes) -> Binding:
    unpacker = Unpacker(arguments)
    binding = Binding.unpack(unpacker)
    unpacker.done()
    return binding
