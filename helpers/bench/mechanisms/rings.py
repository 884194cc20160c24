"""A ring of messages in shared memory, one way: the sender runs ahead until it is full. Nobody sleeps in it."""

from __future__ import annotations

import mmap
import platform

from helpers.bench.mechanisms.base import LARGEST, Mechanism, Names, Refused

BATCH = 32 * 1024
"""Bytes that are made known to the receiver at once, at most."""
SIZE = 2 * LARGEST
"""Bytes of the ring: room for two of the longest messages."""


class Ring(Mechanism):
    """Messages of one size, in batches: joined to one block, copied in and out as one."""

    name = "ring"
    needs_two_cores = True
    round_trips = False

    def __init__(self, names: Names) -> None:
        super().__init__(names)
        if platform.machine() not in ("x86_64", "AMD64"):
            raise Refused(f"a ring from Python needs the order of writes of x86-64, and this is {platform.machine()}")
        self.ring = memoryview(mmap.mmap(-1, SIZE))
        self.ring[:] = bytes(SIZE)
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

    def send(self, message: bytes, times: int) -> None:
        ring, counts, put_in, taken_out = self.ring, self.counts, self.put_in, self.taken_out
        batch, block = self.batch(len(message)), self.batch(len(message)) * len(message)
        messages = [message] * batch  # as many as a program has ready
        room, start = SIZE - SIZE % block, counts[put_in]
        for head in range(start, start + times * len(message), block):
            while head - counts[taken_out] > room - block:
                pass
            place = (head - start) % room
            ring[place : place + block] = b"".join(messages)
            counts[put_in] = head + block
        while counts[taken_out] != counts[put_in]:
            pass

    def receive(self, size: int, times: int) -> memoryview:
        ring, counts, put_in, taken_out = self.ring, self.counts, self.put_in, self.taken_out
        block = self.batch(size) * size
        space, room, start = self.space[:block], SIZE - SIZE % block, counts[taken_out]
        for tail in range(start, start + times * size, block):
            while counts[put_in] - tail < block:
                pass
            place = (tail - start) % room
            space[:] = ring[place : place + block]
            counts[taken_out] = tail + block
        return space[-size:]


class OneAtATime(Ring):
    """The same ring, each message made known by itself."""

    name = "ring, one at a time"

    @classmethod
    def batch(cls, size: int) -> int:
        return 1
