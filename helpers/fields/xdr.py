"""XDR, the External Data Representation (RFC 4506): values as bytes that mean the same on every machine.

Every value takes a multiple of four bytes, highest byte first, and does not say of what type it is: both sides know.
Python had a module for it, xdrlib, up to version 3.12 (PEP 594 removed it). Nothing here does I/O.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from dataclasses import replace
from enum import IntEnum
from typing import Self, TypeVar

from helpers.errors import CourseError
from helpers.fields.fields import Field, padding

UNIT = 4
"""Bytes of XDR's basic block (section 3): shorter data are filled up with zeros."""
NO_LIMIT = 2**32 - 1
"""The most that a length can say, written <> in an XDR declaration (section 4.10)."""

_INT, _UNSIGNED_INT = struct.Struct(">i"), struct.Struct(">I")
_HYPER, _UNSIGNED_HYPER = struct.Struct(">q"), struct.Struct(">Q")

Value = TypeVar("Value")
Member = TypeVar("Member", bound=IntEnum)


class XDRError(CourseError):
    """A value that XDR cannot express, or bytes that are not what the declaration says."""


class Packer:
    """Values to bytes: `Packer().pack_int(-1).pack_string("sum").data`. Each method raises XDRError."""

    def __init__(self) -> None:
        self._packed = bytearray()

    @property
    def data(self) -> bytes:
        """What has been packed so far; its length is a multiple of four."""
        return bytes(self._packed)

    def pack_int(self, value: int) -> Self:
        """From -2**31 to 2**31 - 1, two's complement (section 4.1)."""
        return self._pack_number(_INT, "int", value)

    def pack_unsigned_int(self, value: int) -> Self:
        """From 0 to 2**32 - 1 (section 4.2)."""
        return self._pack_number(_UNSIGNED_INT, "unsigned int", value)

    def pack_hyper(self, value: int) -> Self:
        """From -2**63 to 2**63 - 1, in eight bytes (section 4.5)."""
        return self._pack_number(_HYPER, "hyper", value)

    def pack_unsigned_hyper(self, value: int) -> Self:
        """From 0 to 2**64 - 1, in eight bytes (section 4.5)."""
        return self._pack_number(_UNSIGNED_HYPER, "unsigned hyper", value)

    def pack_enum(self, member: IntEnum) -> Self:
        """As an int (section 4.3)."""
        return self.pack_int(int(member))

    def pack_bool(self, value: bool) -> Self:
        """As an int, FALSE is 0 and TRUE is 1 (section 4.4)."""
        return self.pack_int(1 if value else 0)

    def pack_fixed_opaque(self, data: bytes, size: int) -> Self:
        """Exactly `size` bytes, which both sides know, filled up with zeros (section 4.9)."""
        if len(data) != size:
            raise XDRError(f"{len(data)} bytes are no opaque data of the fixed length {size}")
        self._packed += data + bytes(-size % UNIT)
        return self

    def pack_opaque(self, data: bytes, limit: int = NO_LIMIT) -> Self:
        """Their number, the bytes, and zeros to fill up (section 4.10)."""
        if len(data) > limit:
            raise XDRError(f"opaque data of {len(data)} bytes: the declaration allows {limit}")
        return self.pack_unsigned_int(len(data)).pack_fixed_opaque(data, len(data))

    def pack_string(self, text: str, limit: int = NO_LIMIT) -> Self:
        """As opaque data; XDR's strings are ASCII (section 4.11)."""
        if not text.isascii():
            raise XDRError(f"{text!r} is not ASCII, as a string of XDR must be: send its UTF-8 bytes as opaque data")
        return self.pack_opaque(text.encode("ascii"), limit)

    def pack_array(self, items: Iterable[Value], pack: Callable[[Value], object], limit: int = NO_LIMIT) -> Self:
        """The number of items, then each as `pack` does it, this packer's `pack_int` say (section 4.13)."""
        known = list(items)
        if len(known) > limit:
            raise XDRError(f"an array of {len(known)} items: the declaration allows {limit}")
        self.pack_unsigned_int(len(known))
        for item in known:
            pack(item)
        return self

    def pack_optional(self, value: Value | None, pack: Callable[[Value], object]) -> Self:
        """TRUE and the value, or FALSE alone for None (section 4.19)."""
        self.pack_bool(value is not None)
        if value is not None:
            pack(value)
        return self

    def pack_list(self, items: Iterable[Value], pack: Callable[[Value], object]) -> Self:
        """A linked list: TRUE before each item, FALSE at the end (section 4.19)."""
        for item in items:
            self.pack_optional(item, pack)
        return self.pack_bool(False)

    def _pack_number(self, form: struct.Struct, kind: str, value: int) -> Self:
        try:
            self._packed += form.pack(value)
        except struct.error:
            raise XDRError(f"{value!r} is no {kind} of XDR, which has {8 * form.size} bits") from None
        return self


class Unpacker:
    """Bytes to values, in the order in which they were packed.

    It trusts no length: one that is over its limit or beyond the end is refused before anything is made of it. Each
    method raises XDRError, and takes the value's name and meaning for `fields`, where every byte read is explained.
    """

    def __init__(self, data: bytes, position: int = 0, source: str = "", layer: str = "") -> None:
        self._data = data
        self.position = position
        """The next byte to read."""
        self.source = source
        """Where the values that come next are declared, as in "RFC 5531 section 9"."""
        self.layer = layer
        """The protocol or the part of the message they belong to."""
        self.fields: list[Field] = []
        """What has been read so far."""

    @property
    def remaining(self) -> int:
        """How many bytes have not been read."""
        return len(self._data) - self.position

    def done(self) -> None:
        """Say that this was all. Raises XDRError if bytes are left."""
        if self.remaining:
            raise XDRError(f"{self.remaining} bytes are left after the last value")

    def unpack_int(self, name: str = "int", meaning: str = "a signed number") -> int:
        """Section 4.1."""
        return self._unpack_number(_INT, name, meaning)

    def unpack_unsigned_int(self, name: str = "unsigned int", meaning: str = "a number") -> int:
        """Section 4.2."""
        return self._unpack_number(_UNSIGNED_INT, name, meaning)

    def unpack_hyper(self, name: str = "hyper", meaning: str = "a signed number") -> int:
        """Section 4.5."""
        return self._unpack_number(_HYPER, name, meaning)

    def unpack_unsigned_hyper(self, name: str = "unsigned hyper", meaning: str = "a number") -> int:
        """Section 4.5."""
        return self._unpack_number(_UNSIGNED_HYPER, name, meaning)

    def unpack_enum(self, kind: type[Member], name: str = "enum", meaning: str = "one of a few values") -> Member:
        """A member of `kind`; a number that is none of them is an error (section 4.3)."""
        number = self._number(_INT, name)
        try:
            member = kind(number)
        except ValueError:
            known = ", ".join(f"{each.name} ({each.value})" for each in kind)
            raise XDRError(f"{name} is {number}, and can only be {known}") from None
        self._note(name, _INT.size, f"{member.name} ({number})", meaning)
        return member

    def unpack_bool(self, name: str = "bool", meaning: str = "yes or no") -> bool:
        """Section 4.4: other numbers than 0 and 1 are an error."""
        number = self._number(_INT, name)
        if number not in (0, 1):
            raise XDRError(f"{name} is {number}, and can only be FALSE (0) or TRUE (1)")
        self._note(name, _INT.size, "TRUE (1)" if number else "FALSE (0)", meaning)
        return bool(number)

    def unpack_fixed_opaque(self, size: int, name: str = "opaque", meaning: str = "bytes") -> bytes:
        """Section 4.9; fill bytes that are not zero are an error (section 3)."""
        data = self._bytes(size, name)
        self._note(name, size, data.hex(" "), meaning)
        self._unpack_padding(size, name)
        return data

    def unpack_opaque(self, limit: int = NO_LIMIT, name: str = "opaque", meaning: str = "bytes") -> bytes:
        """Section 4.10."""
        return self.unpack_fixed_opaque(self._length(limit, name), name, meaning)

    def unpack_string(self, limit: int = NO_LIMIT, name: str = "string", meaning: str = "text") -> str:
        """Section 4.11."""
        data = self._bytes(self._length(limit, name), name)
        if not data.isascii():
            raise XDRError(f"{name} has bytes that are not ASCII, as those of a string must be: {data[:20]!r}")
        text = data.decode("ascii")
        self._note(name, len(data), repr(text), meaning)
        self._unpack_padding(len(data), name)
        return text

    def unpack_array(self, unpack: Callable[[], Value], limit: int = NO_LIMIT, name: str = "array") -> list[Value]:
        """As many items as it says, each as `unpack` does it, at least four bytes long (section 4.13)."""
        count = self._number(_UNSIGNED_INT, name)
        if count > limit:
            raise XDRError(f"{name} says that it has {count} items: the declaration allows {limit}")
        self._note(f"number of {name}", _UNSIGNED_INT.size, str(count), "how many items follow")
        if count * UNIT > self.remaining:
            raise XDRError(f"{name} says that it has {count} items: the {self.remaining} bytes left are too few")
        return [unpack() for _ in range(count)]

    def unpack_optional(
        self, unpack: Callable[[], Value], name: str = "value follows", meaning: str = "whether a value follows"
    ) -> Value | None:
        """The value, or None where there is none (section 4.19)."""
        return unpack() if self.unpack_bool(name, meaning) else None

    def unpack_list(self, unpack: Callable[[], Value]) -> list[Value]:
        """The items of a linked list (section 4.19). It ends with the bytes at the latest."""
        items: list[Value] = []
        while self.unpack_bool("value follows", "whether the list goes on"):
            items.append(unpack())
        return items

    def unpack_rest(self, name: str = "rest", meaning: str = "bytes that someone else declares") -> bytes:
        """All bytes that are left, of whatever type they may be."""
        data = self._bytes(self.remaining, name)
        self._note(name, len(data), data.hex(" "), meaning)
        return data

    def _unpack_number(self, form: struct.Struct, name: str, meaning: str) -> int:
        number = self._number(form, name)
        self._note(name, form.size, str(number), meaning)
        return number

    def _number(self, form: struct.Struct, name: str) -> int:
        return int(form.unpack(self._bytes(form.size, name))[0])

    def _length(self, limit: int, name: str) -> int:
        length = self._number(_UNSIGNED_INT, name)
        if length > limit:
            raise XDRError(f"{name} says that it is {length} bytes long: the declaration allows {limit}")
        self._note(f"length of {name}", _UNSIGNED_INT.size, str(length), f"how many bytes {name} has, without padding")
        return length

    def _bytes(self, size: int, name: str) -> bytes:
        """The next bytes, which are not yet read by it: `_note` goes on to those behind them."""
        if size > self.remaining:
            raise XDRError(f"the bytes end inside {name}: it needs {size} bytes, and {self.remaining} are left")
        return bytes(self._data[self.position : self.position + size])

    def _unpack_padding(self, size: int, name: str) -> None:
        length = -size % UNIT
        if any(self._bytes(length, f"the padding of {name}")):
            raise XDRError(f"the padding of {name} is not zero")
        if length:
            self.fields.append(replace(padding(self.position, length, "RFC 4506 section 3"), layer=self.layer))
        self.position += length

    def _note(self, name: str, size: int, value: str, meaning: str) -> None:
        if size:
            self.fields.append(Field(name, self.position, size, value, meaning, self.source, layer=self.layer))
        self.position += size
