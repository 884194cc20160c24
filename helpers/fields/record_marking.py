"""Record marking (RFC 5531, section 11): where a message ends in a stream of bytes that has no ends, TCP's.

Each message, called a record here, is cut into one or more fragments. Before each goes a header of four bytes: its
highest bit says whether this is the record's last fragment, the other 31 bits how many bytes the fragment has.
Nothing here does I/O.
"""

from __future__ import annotations

import struct

from helpers.errors import CourseError
from helpers.fields.fields import Field

HEADER = struct.Struct(">I")
LAST_FRAGMENT = 0x80000000
LONGEST_FRAGMENT = LAST_FRAGMENT - 1
"""Bytes, as 31 bits can say."""
LIMIT = 1 << 20
"""Bytes of the longest record that a reader takes unless told otherwise: a header may promise 2 GiB that never come."""
SOURCE = "RFC 5531 section 11"


class RecordError(CourseError):
    """A stream that cannot be cut into records. There is no way back into step: the connection has to be closed."""


def framed(message: bytes, fragment_size: int = LONGEST_FRAGMENT) -> bytes:
    """The message as a record, in fragments of at most so many bytes. Raises ValueError for an impossible size."""
    if not 1 <= fragment_size <= LONGEST_FRAGMENT:
        raise ValueError(f"a fragment has from 1 to {LONGEST_FRAGMENT} bytes, not {fragment_size}")
    record = bytearray()
    for start in range(0, len(message) or 1, fragment_size):
        fragment = message[start : start + fragment_size]
        last = LAST_FRAGMENT if start + fragment_size >= len(message) else 0
        record += HEADER.pack(last | len(fragment)) + fragment
    return bytes(record)


def fields(header: bytes) -> list[Field]:
    """The two fields of a fragment's header. Raises RecordError if it has fewer than four bytes."""
    last, length = _read_header(header)
    return [
        Field(
            "last fragment", 0, 1, str(int(last)), "1 if the record ends with this fragment", SOURCE,
            bits=(0, 1), layer="record marking",
        ),
        Field(
            "fragment length", 0, 4, str(length), "how many bytes of the record follow", SOURCE,
            bits=(1, 31), layer="record marking",
        ),
    ]  # fmt: skip


class RecordReader:
    """Bytes as they come from a stream, in pieces of any size, to complete records."""

    def __init__(self, limit: int = LIMIT) -> None:
        """`limit`: how many bytes a record may have; one that promises more is refused before it is waited for."""
        self._limit = limit
        self._unread = bytearray()
        self._record = bytearray()
        self._in_record = False

    def feed(self, data: bytes) -> list[bytes]:
        """The records that are complete with these bytes, in order; b"" says that the stream has ended.

        Raises RecordError for a record over the limit, and then whenever it is called again, or for one that the end
        cuts. Where complete records came before it they are returned, and the next call raises.
        """
        self._unread += data
        records: list[bytes] = []
        try:
            while (record := self._next_record()) is not None:
                records.append(record)
            if not data and (self._unread or self._in_record):
                raise RecordError("the stream ended in the middle of a record")
        except RecordError:
            if not records:
                raise
        return records

    def _next_record(self) -> bytes | None:
        """Each turn takes a header away from what is unread: without bytes, empty fragments end too."""
        while len(self._unread) >= HEADER.size:
            last, length = _read_header(self._unread)
            if len(self._record) + length > self._limit:
                promised = len(self._record) + length
                raise RecordError(f"a record of {promised} bytes or more is announced: {self._limit} are allowed")
            end = HEADER.size + length
            if len(self._unread) < end:
                return None
            self._record += self._unread[HEADER.size : end]
            del self._unread[:end]
            self._in_record = not last
            if last:
                record = bytes(self._record)
                self._record.clear()
                return record
        return None


def _read_header(data: bytes | bytearray) -> tuple[bool, int]:
    if len(data) < HEADER.size:
        raise RecordError(f"a fragment's header has {HEADER.size} bytes, and there are {len(data)}")
    (header,) = HEADER.unpack_from(data)
    return bool(header & LAST_FRAGMENT), header & LONGEST_FRAGMENT
