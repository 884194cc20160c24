"""BER, the Basic Encoding Rules (X.690) as SNMP uses them (RFC 3417, section 8): each value says its type and length.

A value is a tag of one byte, a length, and so many bytes of contents, which may be values again. Nothing here does I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from helpers.errors import CourseError
from helpers.fields.fields import Field

INTEGER, OCTET_STRING, NULL, OBJECT_IDENTIFIER, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
LONG_FORM = 0x80
"""The highest bit of a length's first byte: its other bits say how many bytes of length follow (X.690, 8.1.3.5)."""
LONGEST_LENGTH = 4
"""Bytes of a length in the long form: more than a datagram can need."""
MORE = 0x80
"""The highest bit of a byte of an object identifier: its number goes on in the next one (X.690, 8.19.2)."""
MOST_SUBIDENTIFIERS, LARGEST_SUBIDENTIFIER = 128, 2**32 - 1
"""What an object identifier of SNMP may have (RFC 2578, section 3.5)."""


class BERError(CourseError):
    """Bytes that are no value in BER, or a value that it cannot express as SNMP wants it."""


def value(tag: int, contents: bytes) -> bytes:
    """Tag, length and contents; a length of 128 or more is written in the long form."""
    size = len(contents)
    if size < LONG_FORM:
        return bytes([tag, size]) + contents
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, LONG_FORM | len(length)]) + length + contents


def integer(number: int, tag: int = INTEGER) -> bytes:
    """Two's complement in as few bytes as possible (X.690, 8.3)."""
    bits = (number if number >= 0 else ~number).bit_length()  # without the sign's
    return value(tag, number.to_bytes(bits // 8 + 1, "big", signed=True))


def octets(text: bytes) -> bytes:
    """A string of bytes."""
    return value(OCTET_STRING, text)


def object_identifier(name: str) -> bytes:
    """A name such as "1.3.6.1.2.1.1.5.0": the first two numbers share a byte, 40 times the one plus the other.

    Raises BERError for what is no such name.
    """
    try:
        first, second, *rest = (int(number) for number in name.split("."))
    except ValueError:
        raise BERError(f"{name!r} is no object identifier, such as 1.3.6.1.2.1.1.5.0") from None
    numbers = [40 * first + second, *rest]
    if first not in (0, 1, 2) or (first < 2 and second > 39) or not all(_possible(number) for number in numbers):
        raise BERError(f"{name!r} has a number that no object identifier may have there")
    return value(OBJECT_IDENTIFIER, b"".join(map(_in_base_128, numbers)))


def sequence(*values: bytes, tag: int = SEQUENCE) -> bytes:
    """Values one after the other, as the contents of one."""
    return value(tag, b"".join(values))


def read_integer(contents: bytes) -> int:
    """Raises BERError for no byte."""
    if not contents:
        raise BERError("a number has at least one byte")
    return int.from_bytes(contents, "big", signed=True)


def read_object_identifier(contents: bytes) -> str:
    """Its numbers with dots between them. Raises BERError where they are none."""
    numbers: list[int] = []
    number, complete = 0, True
    for byte in contents:
        number, complete = number << 7 | byte & ~MORE, not byte & MORE
        if number > LARGEST_SUBIDENTIFIER or len(numbers) == MOST_SUBIDENTIFIERS:
            raise BERError("an object identifier has at most 128 numbers of at most 32 bits")
        if complete:
            numbers.append(number)
            number = 0
    if not numbers or not complete:
        raise BERError("the bytes end inside an object identifier")
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, [first, numbers[0] - 40 * first, *numbers[1:]]))


class Reader:
    """Values out of a message, in order. It trusts no length; every byte that it has read is explained in `fields`."""

    def __init__(self, data: bytes, source: str, layer: str, tags: dict[int, str]) -> None:
        """`tags`: the names of the types by their tags."""
        self.position = 0
        """The next byte to read."""
        self.source = source
        """Where the values that come next are laid down."""
        self.fields: list[Field] = []
        self._data, self._layer, self._tags = data, layer, tags

    @property
    def more(self) -> bool:
        """Whether bytes are left."""
        return self.position < len(self._data)

    def begin(self, tags: Collection[int], name: str, meaning: str) -> tuple[int, int]:
        """Read type and length of a value that has one of these types; returns its tag and where it ends."""
        start = self.position
        try:
            tag, size = self._type(tags, name), self._length(name)
            left = len(self._data) - self.position
            if size > left:
                raise BERError(f"{name} says that it has {size} bytes, and {left} are left")
        except BERError:
            self.position = start  # `rest` explains what could not be read
            raise
        said = f"{self._tags[tag]}, {size} byte{'s' if size != 1 else ''}"
        self._explain(f"{name}: type, length", start, said, meaning)
        return tag, self.position + size

    def end(self, place: int, name: str) -> None:
        """Check that a value's parts end where it ends. Raises BERError."""
        if self.position != place:
            raise BERError(f"the parts of {name} end {abs(place - self.position)} bytes before or after it does")

    def contents(self, end: int, name: str, show: Callable[[bytes], str], meaning: str) -> bytes:
        """The bytes up to the end of a value whose type and length were read; `show` says what they are."""
        start = self.position
        data = self._data[start:end]
        said = show(data)  # raises before anything is read
        self.position = end
        if data:
            self._explain(name, start, said, meaning)
        return data

    def single(self, tags: Collection[int], name: str, show: Callable[[bytes], str], meaning: str) -> bytes:
        """A value that has no parts: its contents."""
        _, end = self.begin(tags, name, "what kind of value follows, and how many bytes")
        return self.contents(end, name, show, meaning)

    def rest(self, name: str, meaning: str) -> None:
        """Explain all that is left as one field, if anything is."""
        start, self.position = self.position, len(self._data)
        if start < self.position:
            self._explain(name, start, f"{self.position - start} bytes", meaning)

    def _explain(self, name: str, start: int, said: str, meaning: str) -> None:
        field = Field(name, start, self.position - start, said, meaning, self.source, layer=self._layer)
        self.fields.append(field)

    def _byte(self, name: str) -> int:
        if not self.more:
            raise BERError(f"the bytes end before {name}")
        self.position += 1
        return self._data[self.position - 1]

    def _type(self, tags: Collection[int], name: str) -> int:
        tag = self._byte(name)
        if tag not in tags:
            wanted = " or ".join(self._tags[known] for known in tags)
            raise BERError(f"{name} must be of the type {wanted}, and its tag is 0x{tag:02x}")
        return tag

    def _length(self, name: str) -> int:
        """Raises BERError for nonsense, and for the indefinite form, which SNMP does not have (RFC 3417, section 8)."""
        first = self._byte(f"the length of {name}")
        if not first & LONG_FORM:
            return first
        count = first & ~LONG_FORM
        if not 1 <= count <= LONGEST_LENGTH:
            raise BERError(f"the length of {name} is of a form that SNMP does not have: 0x{first:02x}")
        return int.from_bytes(bytes(self._byte(f"the length of {name}") for _ in range(count)), "big")


def _possible(number: int) -> bool:
    return 0 <= number <= LARGEST_SUBIDENTIFIER


def _in_base_128(number: int) -> bytes:
    """Seven bits a byte, the highest first; all bytes but the last have the bit MORE."""
    digits = [number & ~MORE & 0xFF]
    while number := number >> 7:
        digits.insert(0, MORE | number & 0xFF)
    return bytes(digits)
