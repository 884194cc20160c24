"""TFTP packets (RFC 1350): what each byte means, and the packet in a few words for an arrow.

To read a packet is to explain it, so there is no decoder beside `fields`. scapy has the packets too, but takes a text
for what stands before the first zero byte of *all* that is left, and names no byte.
"""

from __future__ import annotations

from helpers.fields.field import Field
from helpers.fields.reader import Part, Reader

BLOCK = 512
"""Bytes of data in a packet; fewer say that this is the last one (section 2)."""
OPCODES = {1: "RRQ", 2: "WRQ", 3: "DATA", 4: "ACK", 5: "ERROR"}
_REQUEST = {
    "filename": "the file that is wanted, as the server names it",
    "mode": "netascii: lines of text; octet: bytes as they are",
}
_OTHERS = {
    "DATA": ("block number", "which block this is, counted from 1",
             "data", f"{BLOCK} bytes of the file; fewer in the last block"),
    "ACK": ("block number", "the block that has come; 0: you may write", "rest", "nothing"),
    "ERROR": ("error code", "why the transfer ends", "error message", "the same for people"),
}  # fmt: skip
"""The number behind the opcode, and what comes behind that (section 5)."""


def fields(packet: bytes) -> list[Field]:
    """What each byte of a packet means, in order; nothing is raised."""
    with Reader(Part(packet, 0, len(packet)), "TFTP", "RFC 1350 section 5") as reader:
        kind = OPCODES.get(reader.number("opcode", 16, "what kind of packet this is", OPCODES), "")
        for name, meaning in _REQUEST.items() if kind in ("RRQ", "WRQ") else ():
            text = reader.left.data.partition(b"\0")[0]
            reader.octets(name, len(text) + 1, meaning, _text)
        if kind in _OTHERS:
            number, meaning, rest, of_rest = _OTHERS[kind]
            reader.number(number, 16, meaning)
            reader.rest(rest, of_rest)
    return reader.fields


def in_words(packet: bytes) -> str:
    """The packet in a few words, as in "DATA 1, 512 bytes"."""
    name = OPCODES.get(int.from_bytes(packet[:2]), "no packet of TFTP")
    number, rest = int.from_bytes(packet[2:4]), packet[4:]
    match name:
        case "RRQ" | "WRQ":
            return " ".join([name, *packet[2:].decode("latin-1").split("\0")[:-1]])
        case "DATA":
            return f"DATA {number}, {len(rest)} bytes"
        case "ACK":
            return f"ACK {number}"
        case "ERROR":
            return f"ERROR {number}: {rest.rstrip(bytes(1)).decode('latin-1')}"
    return name


def _text(data: bytes) -> str:
    return f"{data[:-1].decode('latin-1')!r} and a zero byte"
