"""Shared memory: the message is copied without the kernel; mechanisms differ in how the other side learns of it."""

from __future__ import annotations

import mmap
import multiprocessing
import os
import platform
from itertools import repeat

from helpers.lessons.which_one.mechanisms.base import LARGEST, Mechanism, Names, Refused


class Semaphore(Mechanism):
    """Two semaphores (sem_overview(7)): the request is there, the reply is there."""

    name = "semaphore"

    def __init__(self, names: Names) -> None:
        super().__init__(names)
        self.request, self.reply = (memoryview(mmap.mmap(-1, LARGEST)) for _ in range(2))
        for box in (self.request, self.reply):
            box[:] = bytes(LARGEST)  # the first touch of each page is the kernel's work
        self._open()

    def _open(self) -> None:
        # Of the standard library: sem_open(3) and at once sem_unlink(3), so that nothing stays.
        context = multiprocessing.get_context("fork")
        self.asked, self.answered = context.Semaphore(0), context.Semaphore(0)

    def ask(self, message: bytes, times: int) -> memoryview:
        post, wait = self.asked.release, self.answered.acquire
        size = len(message)
        request, reply, space = self.request[:size], self.reply[:size], self.space[:size]
        for _ in repeat(None, times):
            request[:] = message
            post()
            wait()
            space[:] = reply
        return space

    def answer(self, size: int, times: int) -> None:
        wait, post = self.asked.acquire, self.answered.release
        request, reply, space = self.request[:size], self.reply[:size], self.space[:size]
        for _ in repeat(None, times):
            wait()
            space[:] = request
            reply[:] = space
            post()

    def send(self, message: bytes, times: int) -> None:
        post, wait = self.asked.release, self.answered.acquire
        request = self.request[: len(message)]
        for _ in repeat(None, times):
            request[:] = message
            post()
            wait()  # there is room for one message

    def receive(self, size: int, times: int) -> memoryview:
        wait, post = self.asked.acquire, self.answered.release
        request, space = self.request[:size], self.space[:size]
        for _ in repeat(None, times):
            wait()
            space[:] = request
            post()
        return space


class EventCounter(Semaphore):
    """Two counters of eventfd(2): as the semaphores, but descriptors, which select(2) and epoll(7) can wait for."""

    name = "eventfd"

    def _open(self) -> None:
        self.asked_fd, self.answered_fd = os.eventfd(0), os.eventfd(0)

    def ask(self, message: bytes, times: int) -> memoryview:
        add, take, asked, answered = os.eventfd_write, os.eventfd_read, self.asked_fd, self.answered_fd
        size = len(message)
        request, reply, space = self.request[:size], self.reply[:size], self.space[:size]
        for _ in repeat(None, times):
            request[:] = message
            add(asked, 1)
            take(answered)
            space[:] = reply
        return space

    def answer(self, size: int, times: int) -> None:
        add, take, asked, answered = os.eventfd_write, os.eventfd_read, self.asked_fd, self.answered_fd
        request, reply, space = self.request[:size], self.reply[:size], self.space[:size]
        for _ in repeat(None, times):
            take(asked)
            space[:] = request
            reply[:] = space
            add(answered, 1)

    def send(self, message: bytes, times: int) -> None:
        add, take, asked, answered = os.eventfd_write, os.eventfd_read, self.asked_fd, self.answered_fd
        request = self.request[: len(message)]
        for _ in repeat(None, times):
            request[:] = message
            add(asked, 1)
            take(answered)

    def receive(self, size: int, times: int) -> memoryview:
        add, take, asked, answered = os.eventfd_write, os.eventfd_read, self.asked_fd, self.answered_fd
        request, space = self.request[:size], self.space[:size]
        for _ in repeat(None, times):
            take(asked)
            space[:] = request
            add(answered, 1)
        return space


class Spinning(Semaphore):
    """Two numbers in the shared memory, at which each side looks again and again until the other has changed one."""

    name = "spinning"
    needs_two_cores = True

    def _open(self) -> None:
        if platform.machine() not in ("x86_64", "AMD64"):
            # Elsewhere a core may see the number before the message; Python has no barrier against that.
            raise Refused(f"spinning from Python needs the order of writes of x86-64, and this is {platform.machine()}")
        # On cache lines of their own: neither side's writing disturbs the other's looking.
        self.flags = memoryview(mmap.mmap(-1, mmap.PAGESIZE)).cast("q")
        self.asked_at, self.answered_at = 0, 32

    def ask(self, message: bytes, times: int) -> memoryview:
        flags, asked, answered, size = self.flags, self.asked_at, self.answered_at, len(message)
        request, reply, space = self.request[:size], self.reply[:size], self.space[:size]
        for number in range(flags[asked] + 1, flags[asked] + 1 + times):
            request[:] = message
            flags[asked] = number
            while flags[answered] != number:
                pass
            space[:] = reply
        return space

    def answer(self, size: int, times: int) -> None:
        flags, asked, answered = self.flags, self.asked_at, self.answered_at
        request, reply, space = self.request[:size], self.reply[:size], self.space[:size]
        for number in range(flags[answered] + 1, flags[answered] + 1 + times):
            while flags[asked] != number:
                pass
            space[:] = request
            reply[:] = space
            flags[answered] = number

    def send(self, message: bytes, times: int) -> None:
        flags, asked, answered = self.flags, self.asked_at, self.answered_at
        request = self.request[: len(message)]
        for number in range(flags[asked] + 1, flags[asked] + 1 + times):
            request[:] = message
            flags[asked] = number
            while flags[answered] != number:
                pass

    def receive(self, size: int, times: int) -> memoryview:
        flags, asked, answered = self.flags, self.asked_at, self.answered_at
        request, space = self.request[:size], self.space[:size]
        for number in range(flags[answered] + 1, flags[answered] + 1 + times):
            while flags[asked] != number:
                pass
            space[:] = request
            flags[answered] = number
        return space
