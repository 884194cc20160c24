"""Messages with their fields, made by hand: a remote call, a long opaque value, the headers of a SYN."""

from __future__ import annotations

from helpers.fields.field import PADDING, Field, shifted

Message = tuple[bytes, list[Field]]
RPC = "RFC 5531 section 9"


def words(*entries: tuple[str, bytes, str]) -> Message:
    """Name, bytes and value of each field, one after the other; a name of "" stands for padding."""
    data, fields = b"", []
    for name, content, value in entries:
        start, length = len(data), len(content)
        made = Field(name, start, length, value, f"the {name} of the call", RPC) if name else Field(PADDING, start, length, "zero", "fills up")
        fields.append(made)
        data += content
    return data, fields


def word(number: int) -> bytes:
    """As XDR writes an unsigned integer (RFC 4506, section 4.2)."""
    return number.to_bytes(4, "big")


def call() -> Message:
    """A call over TCP, behind its record mark, with a name of six letters."""
    data, fields = words(
        ("xid", word(42), "42"), ("mtype", word(0), "CALL (0)"), ("name length", word(6), "6 bytes"),
        ("name", b"client", "'client'"), ("", bytes(2), ""), ("flavor", word(1), "AUTH_SYS (1)"),
        ("flavor", word(0), "AUTH_NONE (0)"),
    )  # fmt: skip
    mark = [
        Field("last fragment", 0, 1, "1", "no other follows", "RFC 5531 section 11", (0, 1), "Record marking"),
        Field("length", 0, 4, "28 bytes", "of this fragment", "RFC 5531 section 11", (1, 31), "Record marking"),
    ]
    return word(0x8000_0000 | len(data)) + data, mark + shifted(fields, 4, "ONC RPC")


def opaque(length: int, value: str = "it") -> Message:
    """A word, an opaque value of that many bytes, and what fills up the last row."""
    rest = -length % 4
    return words(("xid", word(1), "1"), ("data", bytes(length), value), *([("", bytes(rest), "")] if rest else []))


def many(count: int) -> Message:
    """So many words."""
    return words(*((f"number {number}", word(number), str(number)) for number in range(count)))


def syn() -> Message:
    """Ethernet, IPv4 and TCP: with fields of one bit, of thirteen, and of six bytes."""
    addresses = [("destination", 48, "02:00:00:00:00:02"), ("source", 48, "02:00:00:00:00:01")]
    ethernet = [*addresses, ("EtherType", 16, "IPv4")]
    ipv4 = [
        ("Version", 4, "4"), ("IHL", 4, "5"), ("DSCP", 6, "0"), ("ECN", 2, "0"), ("Total Length", 16, "40"),
        ("Identification", 16, "1"), ("Reserved", 1, "0"), ("DF", 1, "1"), ("MF", 1, "0"), ("Fragment Offset", 13, "0"),
        ("Time to Live", 8, "64"), ("Protocol", 8, "6 (TCP)"), ("Header Checksum", 16, "0x7ace"),
        ("Source Address", 32, "10.0.0.1"), ("Destination Address", 32, "10.0.0.2"),
    ]  # fmt: skip
    flags = [(name, 1, str(int(name == "SYN"))) for name in "CWR ECE URG ACK PSH RST SYN FIN".split()]
    tcp = [
        ("Source Port", 16, "40123"), ("Destination Port", 16, "80"), ("Sequence Number", 32, "7"),
        ("Acknowledgment Number", 32, "0"), ("Data Offset", 4, "5"), ("Rsrvd", 4, "0"), *flags,
        ("Window", 16, "64240"), ("Checksum", 16, "0x1234"), ("Urgent Pointer", 16, "0"),
    ]  # fmt: skip
    fields: list[Field] = []
    first = 0
    for layer, entries in (("Ethernet", ethernet), ("IPv4", ipv4), ("TCP", tcp)):
        for name, bits, value in entries:
            start, length = first // 8, (first + bits + 7) // 8 - first // 8
            place = (first - 8 * start, bits)
            fields.append(Field(name, start, length, value, f"says {name}", "RFC 9293", place, layer))
            first += bits
    content = bytes.fromhex(
        "020000000002 020000000001 0800 4500002800014000 40067ace 0a000001 0a000002"
        "9cbb0050 00000007 00000000 5002faf0 12340000"
    )
    return content, fields
