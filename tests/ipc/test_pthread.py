"""Each object between real processes: what one does, the other meets."""

from __future__ import annotations

import errno
import mmap
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from helpers.ipc import Child
from helpers.ipc.pthread import ConditionVariable, Mutex, ReadWriteLock, UnnamedSemaphore, _call

SIZE = 4096
COUNTER = 2048
"""Where in the shared memory the number is that the children count up."""

Two = tuple[mmap.mmap, Child, Child]
"""Memory that this process and two children have in common; `memory` in each of them."""


@pytest.fixture
def shared() -> Iterator[Two]:
    descriptor = os.memfd_create("shared")
    os.ftruncate(descriptor, SIZE)
    with Child("a", pass_fds=[descriptor]) as a, Child("b", pass_fds=[descriptor]) as b:
        for child in (a, b):
            child.do("from helpers.ipc.pthread import *\nmemory = mmap.mmap(fd, size)", fd=descriptor, size=SIZE)
        yield mmap.mmap(descriptor, SIZE), a, b
    os.close(descriptor)


@contextmanager
def raises(number: int) -> Iterator[None]:
    with pytest.raises(OSError) as caught:
        yield
    assert errno.errorcode[caught.value.errno] == errno.errorcode[number]


COUNT = f"""
mutex = Mutex(memory)
for _ in range(5000):
    with mutex:
        number, = struct.unpack_from("q", memory, {COUNTER})
        struct.pack_into("q", memory, {COUNTER}, number + 1)
"""


def test_two_processes_take_turns(shared: Two) -> None:
    memory, a, b = shared
    with Mutex.init(memory):
        counting = [child.start(COUNT) for child in (a, b)]
        assert [each.blocked() for each in counting] == [True, True], "they begin together, when the mutex is free"
    for each in counting:
        each.result(timeout=60)
    assert int.from_bytes(memory[COUNTER : COUNTER + 8], sys.byteorder) == 10_000


def test_a_mutex_that_another_process_holds(shared: Two) -> None:
    memory, a, _ = shared
    mutex = Mutex.init(memory, 64)
    a.do("mutex = Mutex(memory, 64); mutex.lock()")
    with raises(errno.EBUSY):
        mutex.trylock()
    with raises(errno.ETIMEDOUT):
        mutex.timedlock(0.02)
    with raises(errno.EPERM):
        mutex.unlock()
    with raises(errno.EDEADLK):
        a.do("mutex.lock()")
    a.do("mutex.unlock()")
    mutex.trylock()


def test_the_holder_of_a_robust_mutex_dies_while_another_waits(shared: Two) -> None:
    memory, a, b = shared
    mutex = Mutex.init(memory, robust=True)
    a.do("Mutex(memory).lock()")
    waiting = b.start("mutex = Mutex(memory); mutex.lock()")
    assert waiting.blocked()
    a.kill(signal.SIGKILL)
    with raises(errno.EOWNERDEAD):
        waiting.result()
    b.do("mutex.unlock()")  # without consistent()
    with raises(errno.ENOTRECOVERABLE):
        mutex.lock()


def test_a_wait_needs_the_mutex_and_takes_it_again(shared: Two) -> None:
    memory, a, _ = shared
    mutex, condition = Mutex.init(memory), ConditionVariable.init(memory, 64)
    with raises(errno.EPERM):
        condition.wait(mutex)
    with mutex:
        with raises(errno.ETIMEDOUT):
            condition.timedwait(mutex, 0.02)
        with raises(errno.EBUSY):
            a.do("Mutex(memory).trylock()")


def test_a_semaphore_counts_between_processes_and_outlasts_a_signal(shared: Two) -> None:
    memory, a, b = shared
    semaphore = UnnamedSemaphore.init(memory, 192, value=2)
    for child in (a, b):
        child.do("semaphore = UnnamedSemaphore(memory, 192); semaphore.wait()")
    with raises(errno.EAGAIN):
        semaphore.trywait()
    a.do("signal.signal(signal.SIGUSR1, lambda *_: semaphore.post())")
    b.do("signal.signal(signal.SIGUSR1, lambda *_: os.kill(other, signal.SIGUSR1))", other=a.pid)
    waiting = b.start("semaphore.wait()")
    assert waiting.blocked()
    b.kill(signal.SIGUSR1)  # its handler runs, it waits on, and is woken by A's handler
    waiting.result()
    assert semaphore.value == 0


def test_a_limit_is_an_error() -> None:
    with raises(errno.EINVAL):
        UnnamedSemaphore.init(mmap.mmap(-1, SIZE), value=2**31)
    with raises(errno.EOVERFLOW):
        UnnamedSemaphore.init(mmap.mmap(-1, SIZE), value=2**31 - 1).post()
    with raises(errno.ENOSYS):
        _call("pthread_of_tomorrow")


@pytest.mark.parametrize("kind", [Mutex, ConditionVariable, ReadWriteLock, UnnamedSemaphore])
def test_objects_lie_side_by_side_and_keep_the_memory(kind: type[Mutex]) -> None:
    memory = mmap.mmap(-1, SIZE)
    memory[:] = b"\xa5" * SIZE
    made = kind.init(memory, kind.SIZE)
    assert memory[: kind.SIZE] == b"\xa5" * kind.SIZE
    assert memory[2 * kind.SIZE :] == b"\xa5" * (SIZE - 2 * kind.SIZE)
    with pytest.raises(BufferError):
        memory.close()
    with pytest.raises(ValueError, match="must begin at a multiple of 16 bytes, and 8 is none"):
        kind(memory, 8)
    assert made.SIZE == 64
