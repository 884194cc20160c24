"""A ring of messages in shared memory, one way: the sender runs ahead until it is full. Nobody sleeps in it."""

from __future__ import annotations

import mmap
import platform
from itertools import cycle

from helpers.lessons.which_one.mechanisms.base import LARGEST, Mechanism, Names, Refused

BATCH = 8 * 1024
"""Bytes that are made known to the receiver at once, unless a single message is longer."""
USUAL = 256 * 1024
"""Bytes of the ring, which so stays in the cores' caches; two of the longest messages need more."""


class Ring(Mechanism):
    """Messages of one size, in batches: joined to one block, copied in and out as one."""

    name = "ring"
    needs_two_cores = True
    round_trips = False

    def __init__(self, names: Names) -> None:
        super().__init__(names)
        if platform.machine() not in ("x86_64", "AMD64"):
            raise Refused(f"a ring from Python needs the order of writes of x86-64, and this is {platform.machine()}")
        self.ring = memoryview(mmap.mmap(-1, 2 * LARGEST))
        self.ring[:] = bytes(2 * LARGEST)
        self._slots: dict[int, list[memoryview]] = {}
        # How many bytes were ever put in and taken out, on cache lines of their own.
        self.counts = memoryview(mmap.mmap(-1, mmap.PAGESIZE)).cast("q")
        self.put_in, self.taken_out = 0, 32

    @classmethod
    def batch(cls, size: int) -> int:
        return max(1, BATCH // size)

    def ask(self, message: bytes, times: int) -> memoryview:
        raise Refused("a ring has no way back")

    def answer(self, size: int, times: int) -> None:
        raise Refused("a ring has no way back")

    @classmethod
    def room(cls, size: int) -> int:
        """Bytes of the ring that are used for messages of that size: a whole number of batches."""
        block = cls.batch(size) * size
        return block * max(2, USUAL // block)

    def slots(self, size: int) -> list[memoryview]:
        """The ring's places, each for a batch; made once for a size."""
        if size not in self._slots:
            block, room = self.batch(size) * size, self.room(size)
            self._slots[size] = [self.ring[place : place + block] for place in range(0, room, block)]
        return self._slots[size]

    def send(self, message: bytes, times: int) -> None:
        counts, put_in, taken_out, join = self.counts, self.put_in, self.taken_out, b"".join
        messages = [message] * self.batch(len(message))  # as many as a program has ready
        slots, block = self.slots(len(message)), len(message) * len(messages)
        start, room = counts[put_in], len(slots) * block
        free = start + room
        ends = range(start + block, start + block + times * len(message), block)
        for slot, end in zip(cycle(slots), ends, strict=False):
            while end > free:  # looked at only where it may matter: the other core has changed that cache line
                free = counts[taken_out] + room
            slot[:] = join(messages)
            counts[put_in] = end
        while counts[taken_out] != counts[put_in]:
            pass

    def receive(self, size: int, times: int) -> memoryview:
        counts, put_in, taken_out = self.counts, self.put_in, self.taken_out
        slots, block, start = self.slots(size), self.batch(size) * size, counts[taken_out]
        space, there = self.space[:block], start
        ends = range(start + block, start + block + times * size, block)
        for slot, end in zip(cycle(slots), ends, strict=False):
            while end > there:
                there = counts[put_in]
            space[:] = slot
            counts[taken_out] = end
        return space[-size:]


class OneAtATime(Ring):
    """The same ring, each message made known by itself."""

    name = "ring, one at a time"

    @classmethod
    def batch(cls, size: int) -> int:
        return 1
