"""POSIX mutex, condition variable, read-write lock and unnamed semaphore between processes, in memory that they share.

Python's threading locks live in one process. These are libc's own (<pthread.h>, <semaphore.h>), called through ctypes
with the attribute PTHREAD_PROCESS_SHARED. One process makes an object with init(memory, offset); all others that map
the same memory reach it with Mutex(memory, offset) and so on.

- Errors are OSError with the number that POSIX names for the call. With EOWNERDEAD the lock is held all the same.
- A Python object here keeps its memory mapped: mmap.close() says BufferError until the object is deleted.
- A blocked call lets other threads run, but Python answers no KeyboardInterrupt until libc returns: block in a process
  of its own, not in the notebook's. Only the semaphore's calls are interrupted by a signal.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Self

from helpers.elsewhere import require_linux

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# Python knows no header's constants of <pthread.h>. These have the same values in glibc and in musl.
PTHREAD_PROCESS_SHARED = 1
PTHREAD_MUTEX_ERRORCHECK = 2
PTHREAD_MUTEX_ROBUST = 1
PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP = 2  # glibc only, as is pthread_rwlockattr_setkind_np()

_ALIGNMENT = 16
"""Bytes: at least what any of these objects needs."""


class _Timespec(ctypes.Structure):
    """struct timespec of 64-bit Linux."""

    _fields_ = [("tv_sec", ctypes.c_long), ("tv_nsec", ctypes.c_long)]


_OBJECT = ctypes.c_void_p
_TIME = ctypes.POINTER(_Timespec)
_ARGUMENTS: dict[str, list[Any]] = {
    "pthread_mutexattr_init": [_OBJECT],
    "pthread_mutexattr_setpshared": [_OBJECT, ctypes.c_int],
    "pthread_mutexattr_settype": [_OBJECT, ctypes.c_int],
    "pthread_mutexattr_setrobust": [_OBJECT, ctypes.c_int],
    "pthread_mutexattr_destroy": [_OBJECT],
    "pthread_mutex_init": [_OBJECT, _OBJECT],
    "pthread_mutex_lock": [_OBJECT],
    "pthread_mutex_trylock": [_OBJECT],
    "pthread_mutex_timedlock": [_OBJECT, _TIME],
    "pthread_mutex_unlock": [_OBJECT],
    "pthread_mutex_consistent": [_OBJECT],
    "pthread_mutex_destroy": [_OBJECT],
    "pthread_condattr_init": [_OBJECT],
    "pthread_condattr_setpshared": [_OBJECT, ctypes.c_int],
    "pthread_condattr_destroy": [_OBJECT],
    "pthread_cond_init": [_OBJECT, _OBJECT],
    "pthread_cond_wait": [_OBJECT, _OBJECT],
    "pthread_cond_timedwait": [_OBJECT, _OBJECT, _TIME],
    "pthread_cond_signal": [_OBJECT],
    "pthread_cond_broadcast": [_OBJECT],
    "pthread_cond_destroy": [_OBJECT],
    "pthread_rwlockattr_init": [_OBJECT],
    "pthread_rwlockattr_setpshared": [_OBJECT, ctypes.c_int],
    "pthread_rwlockattr_setkind_np": [_OBJECT, ctypes.c_int],
    "pthread_rwlockattr_destroy": [_OBJECT],
    "pthread_rwlock_init": [_OBJECT, _OBJECT],
    "pthread_rwlock_rdlock": [_OBJECT],
    "pthread_rwlock_tryrdlock": [_OBJECT],
    "pthread_rwlock_wrlock": [_OBJECT],
    "pthread_rwlock_trywrlock": [_OBJECT],
    "pthread_rwlock_timedwrlock": [_OBJECT, _TIME],
    "pthread_rwlock_unlock": [_OBJECT],
    "pthread_rwlock_destroy": [_OBJECT],
    "sem_init": [_OBJECT, ctypes.c_int, ctypes.c_uint],
    "sem_wait": [_OBJECT],
    "sem_trywait": [_OBJECT],
    "sem_timedwait": [_OBJECT, _TIME],
    "sem_post": [_OBJECT],
    "sem_getvalue": [_OBJECT, ctypes.POINTER(ctypes.c_int)],
    "sem_destroy": [_OBJECT],
}


@functools.cache
def _function(name: str) -> Any:
    """libc's function of that name, its arguments declared. Raises OSError ENOSYS where libc has none."""
    require_linux("the pthread objects")
    try:
        # A fresh object: argtypes set on the one that a CDLL keeps would be seen by whoever else uses it.
        function = ctypes.CDLL(None, use_errno=True)[name]
    except AttributeError:
        raise OSError(errno.ENOSYS, f"this machine's C library has no {name}()") from None
    function.argtypes = _ARGUMENTS[name]
    return function


def _pthread(name: str, *arguments: Any) -> None:
    """Call a function that returns 0 or the error's number."""
    number = _function(name)(*arguments)
    if number:
        raise OSError(number, os.strerror(number))


def _sem(name: str, *arguments: Any) -> None:
    """Call a function that returns 0, or -1 with the error's number in errno; after a signal again, as Python does."""
    while _function(name)(*arguments):
        number = ctypes.get_errno()
        if number != errno.EINTR:
            raise OSError(number, os.strerror(number))


def _deadline(seconds: float) -> _Timespec:
    """So many seconds from now on CLOCK_REALTIME, the clock of POSIX's timed calls.

    CLOCK_MONOTONIC, which nobody sets, needs pthread_mutex_clocklock() (POSIX.1-2024), which musl does not have.
    """
    return _Timespec(*divmod(time.time_ns() + round(seconds * 1e9), 1_000_000_000))


@contextmanager
def _process_shared(kind: str) -> Iterator[Any]:
    """An attributes object ("mutex", "cond", "rwlock") that says PTHREAD_PROCESS_SHARED, freed after the block."""
    attributes = (ctypes.c_long * 8)()  # 64 bytes; every libc's attributes objects are smaller
    _pthread(f"pthread_{kind}attr_init", attributes)
    try:
        _pthread(f"pthread_{kind}attr_setpshared", attributes, PTHREAD_PROCESS_SHARED)
        yield attributes
    finally:
        _pthread(f"pthread_{kind}attr_destroy", attributes)


class _InMemory:
    """One of libc's objects at an offset of a writable buffer, which must be shared memory to be of use."""

    SIZE: ClassVar[int] = 64
    """Bytes to reserve for one object: enough for glibc and musl on x86-64 and aarch64."""

    def __init__(self, memory: WriteableBuffer, offset: int = 0) -> None:
        """The object that init() made there, in this or another process.

        Raises ValueError for memory that is too small, read-only, or not aligned to 16 bytes at `offset`.
        """
        name = type(self).__name__
        with memoryview(memory) as view:
            size, readonly = view.nbytes, view.readonly
        if readonly:
            raise ValueError(f"a {name} is written to, and this memory is read-only: map it with PROT_WRITE")
        if not 0 <= offset <= size - self.SIZE:
            raise ValueError(
                f"a {name} takes {self.SIZE} bytes, and at offset {offset} of {size} bytes there is no room for it"
            )
        self._storage = (ctypes.c_byte * self.SIZE).from_buffer(memory, offset)
        if ctypes.addressof(self._storage) % _ALIGNMENT:
            raise ValueError(f"a {name} must begin at a multiple of {_ALIGNMENT} bytes, and offset {offset} does not")


class Mutex(_InMemory):
    """pthread_mutex_t: one process at a time; who locked it unlocks it.

    It is of the type PTHREAD_MUTEX_ERRORCHECK: what POSIX leaves undefined or lets hang is an error here. lock() by
    the holder raises EDEADLK, unlock() by anyone else PermissionError (EPERM).
    """

    @classmethod
    def init(cls, memory: WriteableBuffer, offset: int = 0, robust: bool = False) -> Self:
        """Make an unlocked mutex there (pthread_mutex_init); with `robust` it outlives the death of its holder."""
        made = cls(memory, offset)
        with _process_shared("mutex") as attributes:
            _pthread("pthread_mutexattr_settype", attributes, PTHREAD_MUTEX_ERRORCHECK)
            if robust:
                _pthread("pthread_mutexattr_setrobust", attributes, PTHREAD_MUTEX_ROBUST)
            _pthread("pthread_mutex_init", made._storage, attributes)
        return made

    def lock(self) -> None:
        """Take it; wait while another has it.

        Raises OSError: EDEADLK (this process has it), and of a robust mutex EOWNERDEAD (the holder died; this process
        holds it now and calls consistent() when the data are in order) or ENOTRECOVERABLE (nobody called it).
        """
        _pthread("pthread_mutex_lock", self._storage)

    def trylock(self) -> None:
        """Take it or raise OSError EBUSY at once; else as lock()."""
        _pthread("pthread_mutex_trylock", self._storage)

    def timedlock(self, seconds: float) -> None:
        """Take it or raise TimeoutError (ETIMEDOUT) after so many seconds; else as lock()."""
        _pthread("pthread_mutex_timedlock", self._storage, _deadline(seconds))

    def unlock(self) -> None:
        """Free it. Raises PermissionError (EPERM) where this process does not hold it."""
        _pthread("pthread_mutex_unlock", self._storage)

    def consistent(self) -> None:
        """After EOWNERDEAD: the data that it protects are in order again. Raises OSError EINVAL at other times."""
        _pthread("pthread_mutex_consistent", self._storage)

    def destroy(self) -> None:
        """Make it unusable; it must be unlocked (glibc raises OSError EBUSY where it is not and not robust)."""
        _pthread("pthread_mutex_destroy", self._storage)

    def __enter__(self) -> Self:
        """lock(). EOWNERDEAD comes out of here with the mutex held: with a robust mutex call lock() by hand."""
        self.lock()
        return self

    def __exit__(self, *_: object) -> None:
        self.unlock()


class ConditionVariable(_InMemory):
    """pthread_cond_t: where to sleep until another process says that something changed. It remembers no signal.

    A process that is killed while it waits is counted as waiting for ever (glibc): do not call destroy() then.
    """

    @classmethod
    def init(cls, memory: WriteableBuffer, offset: int = 0) -> Self:
        """Make one there (pthread_cond_init)."""
        made = cls(memory, offset)
        with _process_shared("cond") as attributes:
            _pthread("pthread_cond_init", made._storage, attributes)
        return made

    def wait(self, mutex: Mutex) -> None:
        """Unlock the mutex and sleep in one step, lock it again when woken.

        It may wake without a signal (POSIX): call it in a loop that looks at the condition. Raises PermissionError
        (EPERM) where this process does not hold the mutex, and what lock() raises when it is taken again.
        """
        _pthread("pthread_cond_wait", self._storage, mutex._storage)

    def timedwait(self, mutex: Mutex, seconds: float) -> None:
        """wait(), or raise TimeoutError (ETIMEDOUT) after so many seconds, the mutex held in either case."""
        _pthread("pthread_cond_timedwait", self._storage, mutex._storage, _deadline(seconds))

    def signal(self) -> None:
        """Wake at least one that waits; with none waiting, nothing happens."""
        _pthread("pthread_cond_signal", self._storage)

    def broadcast(self) -> None:
        """Wake all that wait."""
        _pthread("pthread_cond_broadcast", self._storage)

    def destroy(self) -> None:
        """Make it unusable; none may wait on it (glibc waits until none does)."""
        _pthread("pthread_cond_destroy", self._storage)


class ReadWriteLock(_InMemory):
    """pthread_rwlock_t: many readers, or one writer."""

    @classmethod
    def init(cls, memory: WriteableBuffer, offset: int = 0, prefer_writer: bool = False) -> Self:
        """Make an unlocked one there (pthread_rwlock_init).

        By default new readers overtake a writer that waits (glibc). With `prefer_writer` they wait behind it:
        PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP. Raises OSError ENOSYS where libc cannot (musl).
        """
        made = cls(memory, offset)
        with _process_shared("rwlock") as attributes:
            if prefer_writer:
                _pthread(
                    "pthread_rwlockattr_setkind_np", attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP
                )
            _pthread("pthread_rwlock_init", made._storage, attributes)
        return made

    def rdlock(self) -> None:
        """Take it for reading, beside other readers. Raises OSError EDEADLK where this process has it for writing."""
        _pthread("pthread_rwlock_rdlock", self._storage)

    def tryrdlock(self) -> None:
        """rdlock(), or raise OSError EBUSY instead of waiting."""
        _pthread("pthread_rwlock_tryrdlock", self._storage)

    def wrlock(self) -> None:
        """Take it for writing, alone. Raises OSError EDEADLK where this process has it for writing."""
        _pthread("pthread_rwlock_wrlock", self._storage)

    def trywrlock(self) -> None:
        """wrlock(), or raise OSError EBUSY instead of waiting."""
        _pthread("pthread_rwlock_trywrlock", self._storage)

    def timedwrlock(self, seconds: float) -> None:
        """wrlock(), or raise TimeoutError (ETIMEDOUT) after so many seconds."""
        _pthread("pthread_rwlock_timedwrlock", self._storage, _deadline(seconds))

    def unlock(self) -> None:
        """Free it. POSIX leaves undefined what happens where this process does not hold it, and libc does not check."""
        _pthread("pthread_rwlock_unlock", self._storage)

    def destroy(self) -> None:
        """Make it unusable; it must be unlocked."""
        _pthread("pthread_rwlock_destroy", self._storage)


class UnnamedSemaphore(_InMemory):
    """sem_t: a number that wait() takes one from and post() adds one to; at 0, wait() sleeps. Nobody owns it."""

    @classmethod
    def init(cls, memory: WriteableBuffer, offset: int = 0, value: int = 1) -> Self:
        """Make one there with that value (sem_init, pshared 1). Raises OSError EINVAL above SEM_VALUE_MAX."""
        made = cls(memory, offset)
        _sem("sem_init", made._storage, 1, value)
        return made

    def wait(self) -> None:
        """Take one; sleep while there is none."""
        _sem("sem_wait", self._storage)

    def trywait(self) -> None:
        """Take one, or raise BlockingIOError (EAGAIN)."""
        _sem("sem_trywait", self._storage)

    def timedwait(self, seconds: float) -> None:
        """Take one, or raise TimeoutError (ETIMEDOUT) after so many seconds."""
        _sem("sem_timedwait", self._storage, _deadline(seconds))

    def post(self) -> None:
        """Give one; any process may. Raises OSError EOVERFLOW above SEM_VALUE_MAX."""
        _sem("sem_post", self._storage)

    @property
    def value(self) -> int:
        """What is there now, and perhaps no longer when you read it (sem_getvalue)."""
        value = ctypes.c_int()
        _sem("sem_getvalue", self._storage, ctypes.byref(value))
        return value.value

    def destroy(self) -> None:
        """Make it unusable; none may wait on it."""
        _sem("sem_destroy", self._storage)

    def __enter__(self) -> Self:
        self.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self.post()
