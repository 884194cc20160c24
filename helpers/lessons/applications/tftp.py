"""TFTP packets (RFC 1350): what each byte means, and the packet in a few words for an arrow.

To read a packet is to explain it, so there is no decoder beside `fields`. scapy has the packets too, but takes a text
for what stands before the first zero byte of *all* that is left, and names no byte.
"""

from __future__ import annotations

from helpers.fields.field import Field
from helpers.fields.reader import Part, Reader

BLOCK = 512
"""Bytes of data in a packet; fewer say that this is the last one (section 2)."""
OPCODES = {1: "RRQ", 2: "WRQ", 3: "DATA", 4: "ACK", 5: "ERROR", 6: "OACK"}
"""Section 5; the last is RFC 2347's."""


def fields(packet: bytes) -> list[Field]:
    """What each byte of a packet means, in order; nothing is raised."""
    with Reader(Part(packet, 0, len(packet)), "TFTP", "RFC 1350 section 5") as reader:
        opcode = reader.number("opcode", 16, "what kind of packet this is", OPCODES)
        match OPCODES.get(opcode):
            case "RRQ" | "WRQ":
                _text(reader, "filename", "the file that is wanted, as the server names it")
                _text(reader, "mode", "netascii: lines of text; octet: bytes as they are")
            case "DATA":
                reader.number("block number", 16, "which block this is, counted from 1")
                reader.rest("data", f"{BLOCK} bytes of the file; fewer in the last block")
            case "ACK":
                reader.number("block number", 16, "the block that has come; 0: you may write")
            case "ERROR":
                reader.number("error code", 16, "why the transfer ends")
                _text(reader, "error message", "the same for people")
        while opcode in OPCODES and len(reader.left):
            _text(reader, "option", "what the sender would like to agree on, then how", "RFC 2347")
    return reader.fields


def in_words(packet: bytes) -> str:
    """The packet in a few words, as in "DATA 1, 512 bytes"."""
    name = OPCODES.get(int.from_bytes(packet[:2]), "no packet of TFTP")
    number, rest = int.from_bytes(packet[2:4]), packet[4:]
    match name:
        case "RRQ" | "WRQ" | "OACK":
            return " ".join([name, *packet[2:].decode("latin-1").split("\0")[:-1]])
        case "DATA":
            return f"DATA {number}, {len(rest)} bytes"
        case "ACK":
            return f"ACK {number}"
        case "ERROR":
            return f"ERROR {number}: {rest.rstrip(bytes(1)).decode('latin-1')}"
    return name


def _text(reader: Reader, name: str, meaning: str, source: str = "") -> None:
    """A text with the zero byte at its end. Where that is missing, the packet is cut short."""
    text, end, _ = reader.left.data.partition(b"\0")
    said = f"{text.decode('latin-1')!r} and a zero byte"
    reader.octets(name, len(text) + 1, meaning, lambda _: said, source)
