"""Reads a message from the front, number by number, and keeps a `Field` for each: to read it is to explain it.

So no protocol counts bytes of its own, and none can forget one. Nothing here raises for damaged or cut bytes: what was
not read becomes a field that says so. A library of declared structures (construct, say) was rejected: it gives values,
not places, and fails at the first damaged byte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import NamedTuple, NoReturn, Self

from helpers.fields.field import Field

CUT_SHORT = "cut short", "the header goes on, but its bytes end here"
"""Name and meaning of the field for what is left of a header whose end is missing."""
REST = "rest", "what these bytes mean cannot be told"
"""Of the field for bytes that cannot be read, because the header before them contradicts itself."""
PAYLOAD = "payload"
"""The field, and its layer, for what a header carries that is none of the protocols known here."""
SHOWN = 16
"""Bytes of a payload that its field always shows; all are shown if their text is not longer than LONGEST_TEXT."""
LONGEST_TEXT = 60
"""Characters."""

Show = Callable[[int], object] | Mapping[int, str]
"""How a number is written: by a function, or with the name of each number that has one."""


class _Stop(Exception):
    """What comes cannot be read: it goes into a field of this name and meaning. It never leaves a `Reader`."""


class Slot(NamedTuple):
    """One field of a header's form: a line of a table, for `Reader.slots`."""

    name: str
    bits: int
    meaning: str
    show: Show = str
    source: str = ""


@dataclass(frozen=True)
class Part:
    """Some successive bytes of a message: a header with what it carries. Places are those of the whole message."""

    message: bytes
    start: int
    end: int

    @property
    def data(self) -> bytes:
        """Its bytes."""
        return self.message[self.start : self.end]

    def __len__(self) -> int:
        return self.end - self.start

    def cut(self, length: int) -> Part:
        """Its first `length` bytes, or all if there are fewer."""
        return Part(self.message, self.start, min(self.end, self.start + max(0, length)))


class Reader:
    """Used in a `with` statement, at whose end `fields` cover the whole part."""

    def __init__(self, part: Part, layer: str, source: str) -> None:
        self._part = part
        self._bit = 8 * part.start
        self.fields: list[Field] = []
        self.begin(layer, source)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> bool:
        stopped = isinstance(error, _Stop)
        if stopped or error is None:
            self.rest(*(error.args if error else REST))
        return stopped

    @property
    def position(self) -> int:
        """Bytes read so far, from the beginning of the part."""
        return self._bit // 8 - self._part.start

    @property
    def left(self) -> Part:
        """What was not read yet."""
        return Part(self._part.message, self._bit // 8, self._part.end)

    def begin(self, layer: str, source: str) -> None:
        """Layer and source of each field from here on that does not say otherwise."""
        self._layer, self._source = layer, source

    def end_at(self, length: int) -> None:
        """Leave alone what is behind the first `length` bytes of the part."""
        self._part = self._part.cut(length)

    def give_up(self) -> NoReturn:
        """End the `with` statement: what was not read becomes a field "rest"."""
        raise _Stop(*REST)

    def slots(self, table: Iterable[Slot], shows: Mapping[str, Show] | None = None) -> dict[str, int]:
        """The next numbers by name, as `number` gives each; `shows` takes the place of what the table has."""
        others = shows or {}
        return {
            name: self.number(name, bits, meaning, others.get(name, show), source)
            for name, bits, meaning, show, source in table
        }

    def number(self, name: str, bits: int, meaning: str, show: Show = str, source: str = "") -> int:
        """The next number, highest bit first; its field is kept. A missing end ends the `with` statement."""
        end = self._bit + bits
        if end > 8 * self._part.end:
            raise _Stop(*CUT_SHORT)
        whole = int.from_bytes(self._part.message[self._bit // 8 : (end + 7) // 8])
        value = whole >> -end % 8 & (1 << bits) - 1
        self._keep(name, end, shown(value, show), meaning, source)
        return value

    def octets(
        self, name: str, length: int, meaning: str, show: Callable[[bytes], str] = bytes.hex, source: str = ""
    ) -> bytes:
        """The next `length` whole bytes, otherwise as `number`. A length of 0 makes no field."""
        taken = self.left.cut(length).data
        if len(taken) < length:
            raise _Stop(*CUT_SHORT)
        if taken:
            self._keep(name, self._bit + 8 * length, show(taken), meaning, source)
        return taken

    def rest(self, name: str, meaning: str, source: str = "") -> None:
        """All that was not read yet as one field; none if nothing is left."""
        if self._bit < 8 * self._part.end:
            value = "" if self._bit % 8 else text_of(self.left.data)
            self._keep(name, 8 * self._part.end, value, meaning, source)

    def add(self, fields: list[Field]) -> None:
        """The fields of the next bytes, which somebody else has read."""
        self.fields += fields
        self._bit += sum(field.end_bit - field.first_bit for field in fields)

    def _keep(self, name: str, end: int, value: str, meaning: str, source: str) -> None:
        start, first = self._bit // 8, self._bit % 8
        length = (end + 7) // 8 - start
        bits = None if first == 0 and end % 8 == 0 else (first, end - self._bit)
        self.fields.append(Field(name, start, length, value, meaning, source or self._source, bits, self._layer))
        self._bit = end


def shown(value: int, show: Show) -> str:
    """A number as its field shows it."""
    if callable(show):
        return str(show(value))
    return f"{value} ({show[value]})" if value in show else str(value)


def hexadecimal(digits: int) -> Callable[[int], str]:
    """Writes a number as 0x and so many digits."""
    return lambda value: f"0x{value:0{digits}x}"


def text_of(data: bytes) -> str:
    """Bytes as Python writes them, with their number if they are too many to show."""
    if len(data) <= SHOWN or len(repr(data)) <= LONGEST_TEXT:
        return repr(data)
    return f"{data[:SHOWN]!r}... ({len(data)} bytes)"
