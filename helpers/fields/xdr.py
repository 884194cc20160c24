"""XDR, the External Data Representation (RFC 4506): values as bytes that mean the same on every machine.

Every value takes a multiple of four bytes, highest byte first, and does not say of what type it is: both sides know.
`Unpacker` is the course's one `Reader` with XDR's types, so each value that is read is explained as well. One thing
differs: where a Reader turns damaged bytes into a field that says so, an Unpacker raises, for a server has to refuse
them. What is packed `struct` checks. Only the types that the course sends are here; Python's own xdrlib was removed in
Python 3.13 (PEP 594).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import TypeVar

from helpers.errors import CourseError
from helpers.fields.field import PADDING
from helpers.fields.reader import Part, Reader, Show

UNIT = 4
"""Bytes of XDR's basic block (section 3): shorter data are filled up with zeros."""

Item = TypeVar("Item")
Member = TypeVar("Member", bound=IntEnum)


class XDRError(CourseError):
    """Bytes that are not what the declaration says."""


def pack_int(value: int) -> bytes:
    """Two's complement; an enum and a bool are packed so, too (sections 4.1, 4.3, 4.4)."""
    return struct.pack(">i", value)


def pack_unsigned_int(*values: int) -> bytes:
    """Section 4.2; several are one after the other."""
    return struct.pack(f">{len(values)}I", *values)


def pack_opaque(data: bytes) -> bytes:
    """Their number, the bytes, and zeros to fill up (section 4.10)."""
    return pack_unsigned_int(len(data)) + data + bytes(-len(data) % UNIT)


def pack_string(text: str) -> bytes:
    """As opaque data; XDR's strings are ASCII (section 4.11)."""
    return pack_opaque(text.encode("ascii"))


def pack_array(items: Sequence[Item], pack: Callable[[Item], bytes]) -> bytes:
    """The number of items, then each as `pack` does it (section 4.13)."""
    return pack_unsigned_int(len(items)) + b"".join(map(pack, items))


class Unpacker(Reader):
    """Bytes to values, in the order in which they were packed.

    It trusts no length: one that leads beyond the end is refused before anything is made of it. Each method raises
    XDRError, and takes the value's name and meaning for `fields`, where every byte read is explained.
    """

    def __init__(self, data: bytes | Part, layer: str = "", source: str = "") -> None:
        super().__init__(data if isinstance(data, Part) else Part(data, 0, len(data)), layer, source)

    def done(self) -> None:
        """Say that this was all. Raises XDRError if bytes are left."""
        if left := len(self.left):
            raise XDRError(f"{left} bytes are left after the last value")

    def unpack_int(self, name: str = "int", meaning: str = "a signed number") -> int:
        """Section 4.1."""
        return _signed(self._unpack(name, meaning, lambda number: str(_signed(number))))

    def unpack_unsigned_int(self, name: str = "unsigned int", meaning: str = "a number") -> int:
        """Section 4.2."""
        return self._unpack(name, meaning, str)

    def unpack_enum(self, kind: type[Member], name: str, meaning: str) -> Member:
        """A member of `kind`; a number that is none of them is an error (section 4.3)."""
        known = {each.value: each for each in kind}
        number = int.from_bytes(self.left.cut(UNIT).data)
        if number not in known:
            raise XDRError(f"{name} is {number}, and can only be {', '.join(each.name for each in kind)}")
        return known[self._unpack(name, meaning, lambda number: f"{known[number].name} ({number})")]

    def unpack_string(self, name: str = "string", meaning: str = "text") -> str:
        """Section 4.11. A byte that is not ASCII, as it must be, is shown as an escape."""
        return _text(self.unpack_fixed(self.unpack_length(name), name, meaning, lambda data: repr(_text(data))))

    def unpack_length(self, name: str) -> int:
        """The length in front of opaque data and strings (section 4.10)."""
        return self.unpack_unsigned_int(f"length of {name}", f"how many bytes {name} has, without padding")

    def unpack_fixed(self, size: int, name: str, meaning: str, show: Callable[[bytes], str] = bytes.hex) -> bytes:
        """Opaque data of a known size, and what fills them up: other bytes than zero are an error (sections 3, 4.9)."""
        self._need(size, name)
        data = self.octets(name, size, meaning, show)
        filling = -size % UNIT
        self._need(filling, f"the padding of {name}")
        if any(self.left.cut(filling).data):
            raise XDRError(f"the padding of {name} is not zero")
        fills_up = "carries nothing: it fills up to where the next field must begin"
        self.octets(PADDING, filling, fills_up, lambda _: "zero", "RFC 4506 section 3")
        return data

    def _unpack(self, name: str, meaning: str, show: Show) -> int:
        self._need(UNIT, name)
        return self.number(name, 8 * UNIT, meaning, show)

    def _need(self, size: int, name: str) -> None:
        if size > (left := len(self.left)):
            raise XDRError(f"the bytes end inside {name}: it needs {size} bytes, and {left} are left")


def _signed(number: int) -> int:
    return number - (number >> 31 << 32)


def _text(data: bytes) -> str:
    return data.decode("ascii", errors="backslashreplace")
