"""The fields of a message: which of its bytes mean what. Whoever decodes a protocol says it in this form.

`check_tiling` is the contract: a message is explained only if each of its bits is, once. Header maps, tables and
comparisons need no more than a list of fields, and so know no protocol.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

PADDING = "padding"
"""The name of every field that carries nothing and only fills up to where the next one must begin."""


@dataclass(frozen=True)
class Field:
    """Some successive bytes or bits of a message, and what they say."""

    name: str
    """As the RFC writes it, as in "xid" or "Fragment Offset"."""
    start: int
    """Its first byte, counted from 0 at the beginning of the message."""
    length: int
    """How many bytes it touches, at least 1."""
    value: str
    """What stands in it here, as in "CALL (0)"."""
    meaning: str
    """What it is for, in one sentence."""
    source: str = ""
    """Where that is laid down, as in "RFC 5531 section 9"."""
    bits: tuple[int, int] | None = None
    """First bit and number of bits where it is not whole bytes: bit 0 is the highest of byte `start`, as in RFCs."""
    layer: str = ""
    """The protocol it belongs to where a message holds several, as in "TCP"; "": that of the field before."""

    @property
    def first_bit(self) -> int:
        """Its first bit, counted from the beginning of the message."""
        return 8 * self.start + (self.bits[0] if self.bits else 0)

    @property
    def end_bit(self) -> int:
        """The bit after its last one."""
        return self.first_bit + (self.bits[1] if self.bits else 8 * self.length)

    @property
    def where(self) -> str:
        """Its place, as in "bytes 0-3" or "byte 12 bits 0-3"; bits are counted from its first byte's highest one."""
        return place(self.first_bit, self.end_bit)

    @property
    def explanation(self) -> str:
        """Its meaning, and in brackets where that is laid down."""
        return f"{self.meaning} ({self.source})" if self.source else self.meaning

    def __str__(self) -> str:
        said = f"{self.name} = {self.value}" if self.value else self.name
        return f"{self.where}: {said}: {self.explanation}"


def shifted(fields: Iterable[Field], by: int, layer: str = "") -> list[Field]:
    """The same fields in a longer message, in which theirs begins `by` bytes later; `layer` names those without one."""
    return [replace(field, start=field.start + by, layer=field.layer or layer) for field in fields]


def check_tiling(fields: Sequence[Field], size: int) -> None:
    """Check that each bit of a message of `size` bytes belongs to one field.

    Raises ValueError that names the first gap, the first two fields that overlap, or the field beyond the end.
    """
    done, before = 0, ""
    for field in sorted(fields, key=lambda field: field.first_bit):
        if field.end_bit > 8 * size:
            raise ValueError(f"the field {field.name!r} is {field.where}, but the message has {size} bytes")
        if field.first_bit > done:
            raise ValueError(f"no field covers {place(done, field.first_bit)}")
        if field.first_bit < done:
            twice = place(field.first_bit, min(done, field.end_bit))
            raise ValueError(f"two fields, {before!r} and {field.name!r}, cover {twice}")
        done, before = field.end_bit, field.name
    if done < 8 * size:
        raise ValueError(f"no field covers {place(done, 8 * size)}")


def place(first: int, end: int) -> str:
    """Where the bits from `first` up to `end` are, as in "bytes 0-3", "byte 12 bits 0-3" or "bytes 6-7 bits 3-15"."""
    start, last = first // 8, (end - 1) // 8
    text = f"byte {start}" if start == last else f"bytes {start}-{last}"
    if first % 8 == 0 and end % 8 == 0:
        return text
    low, high = first - 8 * start, end - 1 - 8 * start
    return f"{text} bit {low}" if low == high else f"{text} bits {low}-{high}"
