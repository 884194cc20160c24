"""Each object between real processes: what one does, the other meets."""

from __future__ import annotations

import errno
import mmap
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from helpers.ipc import Child
from helpers.ipc.pthread import ConditionVariable, Mutex, ReadWriteLock, UnnamedSemaphore, _function

SIZE = 4096
COUNTER = 2048
"""Where in the shared memory the number is that the children count up."""


@dataclass
class Shared:
    """Memory that this process and two children have in common; `memory` in each of them."""

    memory: mmap.mmap
    a: Child
    b: Child
    reading: int
    """The reading end of a pipe; the children know the writing end as `told`."""

    def both(self, code: str) -> None:
        for child in (self.a, self.b):
            child.do(code)


@pytest.fixture
def shared() -> Iterator[Shared]:
    descriptor = os.memfd_create("shared")
    os.ftruncate(descriptor, SIZE)
    reading, writing = os.pipe()
    memory = mmap.mmap(descriptor, SIZE)
    with Child("a", pass_fds=[descriptor, writing]) as a, Child("b", pass_fds=[descriptor, writing]) as b:
        found = Shared(memory, a, b, reading)
        for child in (a, b):
            child.do("from helpers.ipc.pthread import *", told=writing)
            child.do("memory = mmap.mmap(fd, size)", fd=descriptor, size=SIZE)
        yield found
    for number in (descriptor, reading, writing):
        os.close(number)


@contextmanager
def raises(number: int) -> Iterator[None]:
    """The block raises OSError with exactly this errno."""
    with pytest.raises(OSError) as caught:
        yield
    assert errno.errorcode[caught.value.errno] == errno.errorcode[number]


COUNT = f"""
for _ in range(5000):
    with mutex:
        number, = struct.unpack_from("q", memory, {COUNTER})
        struct.pack_into("q", memory, {COUNTER}, number + 1)
"""


def test_two_processes_take_turns(shared: Shared) -> None:
    mutex = Mutex.init(shared.memory)
    shared.both("mutex = Mutex(memory)")
    with mutex:
        counting = [child.start(COUNT) for child in (shared.a, shared.b)]
        assert [each.blocked() for each in counting] == [True, True], "they begin together, when the mutex is free"
    for each in counting:
        each.result(timeout=60)
    assert int.from_bytes(shared.memory[COUNTER : COUNTER + 8], sys.byteorder) == 10_000


def test_a_mutex_that_another_process_holds(shared: Shared) -> None:
    mutex = Mutex.init(shared.memory, 64)
    shared.a.do("mutex = Mutex(memory, 64); mutex.lock()")
    with raises(errno.EBUSY):
        mutex.trylock()
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        mutex.timedlock(0.05)
    assert 0.04 < time.monotonic() - began < 5
    with raises(errno.EPERM):
        mutex.unlock()
    with raises(errno.EBUSY):
        mutex.destroy()
    shared.a.do("mutex.unlock()")
    mutex.trylock()
    mutex.unlock()
    mutex.destroy()


def test_a_mutex_is_not_locked_twice() -> None:
    mutex = Mutex.init(mmap.mmap(-1, SIZE))
    with mutex, raises(errno.EDEADLK):
        mutex.lock()


def test_the_holder_of_a_robust_mutex_dies_while_another_waits(shared: Shared) -> None:
    mutex = Mutex.init(shared.memory, robust=True)
    shared.both("mutex = Mutex(memory)")
    shared.a.do("mutex.lock()")
    waiting = shared.b.start("mutex.lock()")
    assert waiting.blocked()
    shared.a.kill(signal.SIGKILL)
    with raises(errno.EOWNERDEAD):
        waiting.result()
    with raises(errno.EBUSY):
        mutex.trylock()
    shared.b.do("mutex.consistent(); mutex.unlock()")
    mutex.lock()
    with raises(errno.EINVAL):
        mutex.consistent()
    mutex.unlock()


def test_a_robust_mutex_that_nobody_made_consistent(shared: Shared) -> None:
    mutex = Mutex.init(shared.memory, robust=True)
    shared.a.do("Mutex(memory).lock()")
    shared.a.kill(signal.SIGKILL)
    assert shared.a.wait() == -signal.SIGKILL
    with raises(errno.EOWNERDEAD):
        mutex.lock()
    mutex.unlock()
    with raises(errno.ENOTRECOVERABLE):
        mutex.lock()


def test_the_holder_of_an_ordinary_mutex_dies(shared: Shared) -> None:
    mutex = Mutex.init(shared.memory)
    shared.a.do("Mutex(memory).lock()")
    shared.a.kill(signal.SIGKILL)
    assert shared.a.wait() == -signal.SIGKILL
    with pytest.raises(TimeoutError):
        mutex.timedlock(0.05)


WAIT = """
mutex.lock()
condition.wait(mutex)
mutex.unlock()
os.write(told, b".")
"""


def test_a_signal_wakes_one_and_a_broadcast_all(shared: Shared) -> None:
    Mutex.init(shared.memory)
    condition = ConditionVariable.init(shared.memory, 64)
    shared.both("mutex, condition = Mutex(memory), ConditionVariable(memory, 64)")
    waiting = [child.start(WAIT) for child in (shared.a, shared.b)]
    assert [each.blocked() for each in waiting] == [True, True]
    condition.signal()
    assert os.read(shared.reading, 1) == b"."
    assert sorted(each.blocked() for each in waiting) == [False, True]
    again = next(child.start(WAIT) for child, each in zip((shared.a, shared.b), waiting, strict=True) if each.done)
    assert again.blocked()
    condition.broadcast()
    for each in (*waiting, again):
        each.result()
    condition.destroy()


def test_a_signal_that_nobody_waits_for_is_lost(shared: Shared) -> None:
    mutex, condition = Mutex.init(shared.memory), ConditionVariable.init(shared.memory, 64)
    shared.a.do("ConditionVariable(memory, 64).signal()")
    with mutex:
        with pytest.raises(TimeoutError):
            condition.timedwait(mutex, 0.05)
        shared.b.do("mutex = Mutex(memory)")
        with raises(errno.EBUSY):
            shared.b.do("mutex.trylock()")


def test_who_waits_must_hold_the_mutex() -> None:
    memory = mmap.mmap(-1, SIZE)
    with raises(errno.EPERM):
        ConditionVariable.init(memory, 64).wait(Mutex.init(memory))


def test_readers_together_a_writer_alone(shared: Shared) -> None:
    lock = ReadWriteLock.init(shared.memory, 128)
    shared.both("lock = ReadWriteLock(memory, 128)")
    shared.both("lock.rdlock()")
    with raises(errno.EBUSY):
        lock.trywrlock()
    with pytest.raises(TimeoutError):
        lock.timedwrlock(0.05)
    shared.both("lock.unlock()")
    lock.wrlock()
    with raises(errno.EBUSY):
        shared.a.do("lock.tryrdlock()")
    waiting = shared.a.start("lock.rdlock()")
    assert waiting.blocked()
    lock.unlock()
    waiting.result()
    shared.a.do("lock.unlock()")
    shared.b.do("lock.trywrlock()")
    shared.b.do("lock.unlock()")
    lock.destroy()


def test_new_readers_overtake_a_waiting_writer(shared: Shared) -> None:
    lock = ReadWriteLock.init(shared.memory)
    shared.both("lock = ReadWriteLock(memory)")
    shared.a.do("lock.rdlock()")
    assert shared.b.start("lock.wrlock()").blocked()
    lock.tryrdlock()
    lock.rdlock()


def test_new_readers_wait_behind_a_preferred_writer(shared: Shared) -> None:
    lock = ReadWriteLock.init(shared.memory, prefer_writer=True)
    shared.both("lock = ReadWriteLock(memory)")
    shared.a.do("lock.rdlock()")
    waiting = shared.b.start("lock.wrlock()")
    assert waiting.blocked()
    with raises(errno.EBUSY):
        lock.tryrdlock()
    shared.a.do("lock.unlock()")
    waiting.result()


def test_a_writer_does_not_wait_for_itself() -> None:
    lock = ReadWriteLock.init(mmap.mmap(-1, SIZE))
    lock.wrlock()
    with raises(errno.EDEADLK):
        lock.wrlock()
    with raises(errno.EDEADLK):
        lock.rdlock()


def test_a_semaphore_counts_between_processes(shared: Shared) -> None:
    semaphore = UnnamedSemaphore.init(shared.memory, 192, value=2)
    shared.both("semaphore = UnnamedSemaphore(memory, 192)")
    shared.both("semaphore.wait()")
    assert semaphore.value == 0
    with pytest.raises(BlockingIOError):
        semaphore.trywait()
    with pytest.raises(TimeoutError):
        semaphore.timedwait(0.05)
    waiting = shared.a.start("semaphore.wait()")
    assert waiting.blocked()
    semaphore.post()  # by a process that never took one
    waiting.result()
    shared.b.do("semaphore.post()")
    with semaphore:
        assert semaphore.value == 0
    assert semaphore.value == 1
    semaphore.destroy()


def test_a_signal_does_not_end_the_wait_for_a_semaphore(shared: Shared) -> None:
    semaphore = UnnamedSemaphore.init(shared.memory, value=0)
    shared.a.do("signal.signal(signal.SIGUSR1, lambda number, frame: os.write(told, b'!'))")
    waiting = shared.a.start("UnnamedSemaphore(memory).wait()")
    assert waiting.blocked()
    shared.a.kill(signal.SIGUSR1)
    assert os.read(shared.reading, 1) == b"!", "its handler did not run"
    assert waiting.blocked()
    semaphore.post()
    waiting.result()
    assert semaphore.value == 0


def test_too_large_a_semaphore() -> None:
    with raises(errno.EINVAL):
        UnnamedSemaphore.init(mmap.mmap(-1, SIZE), value=2**31)
    semaphore = UnnamedSemaphore.init(mmap.mmap(-1, SIZE), value=2**31 - 1)
    with raises(errno.EOVERFLOW):
        semaphore.post()


@pytest.mark.parametrize("kind", [Mutex, ConditionVariable, ReadWriteLock, UnnamedSemaphore])
def test_objects_lie_side_by_side(kind: type[Mutex]) -> None:
    memory = mmap.mmap(-1, SIZE)
    memory[:] = b"\xa5" * SIZE
    kind.init(memory, kind.SIZE)
    assert memory[: kind.SIZE] == b"\xa5" * kind.SIZE
    assert memory[2 * kind.SIZE :] == b"\xa5" * (SIZE - 2 * kind.SIZE)


def test_memory_that_does_not_fit() -> None:
    memory = mmap.mmap(-1, SIZE)
    with pytest.raises(ValueError, match="a Mutex takes 64 bytes, and at offset 4048 of 4096 bytes there is no room"):
        Mutex.init(memory, SIZE - 48)
    with pytest.raises(ValueError, match="offset -64 of 4096"):
        Mutex.init(memory, -64)
    with pytest.raises(ValueError, match="must begin at a multiple of 16 bytes, and offset 8 does not"):
        Mutex(memory, 8)
    with pytest.raises(ValueError, match="read-only"):
        Mutex(mmap.mmap(-1, SIZE, prot=mmap.PROT_READ))
    memory.close()  # none of them keeps the memory


def test_memory_cannot_go_while_an_object_is_in_it() -> None:
    memory = mmap.mmap(-1, SIZE)
    mutex = Mutex.init(memory)
    with pytest.raises(BufferError):
        memory.close()
    del mutex
    memory.close()


def test_where_a_function_is_missing() -> None:
    with pytest.raises(OSError, match="this machine's C library has no pthread_of_tomorrow()") as caught:
        _function("pthread_of_tomorrow")
    assert caught.value.errno == errno.ENOSYS
