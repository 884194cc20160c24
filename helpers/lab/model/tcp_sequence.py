"""Sequence numbers of TCP: 32 bits that wrap around, so "before" and "after" go by the shorter way (RFC 9293, 3.4)."""

from __future__ import annotations

from helpers.fields.segment import SEQUENCE_SPACE, Segment


def plus(number: int, count: int) -> int:
    """The number `count` octets later."""
    return (number + count) % SEQUENCE_SPACE


def distance(start: int, end: int) -> int:
    """How far `end` lies after `start`: negative if it lies before it, from -2**31 to 2**31 - 1."""
    return (end - start + SEQUENCE_SPACE // 2) % SEQUENCE_SPACE - SEQUENCE_SPACE // 2


def occupied(segment: Segment) -> int:
    """SEG.LEN: the numbers a segment takes, one for each octet of data, one for SYN, one for FIN."""
    return segment.length + ("SYN" in segment.has) + ("FIN" in segment.has)


def acceptable(segment: Segment, expected: int, window: int) -> bool:
    """The test of section 3.10.7.4, table 6: does any of the segment lie in the receive window?

    `expected` is RCV.NXT, `window` RCV.WND.
    """
    begin, length = distance(expected, segment.seq), occupied(segment)
    if window == 0:
        return length == 0 and begin == 0
    inside = 0 <= begin < window
    return inside or (length > 0 and 0 <= begin + length - 1 < window)
