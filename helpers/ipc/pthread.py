"""POSIX mutex, condition variable, read-write lock and unnamed semaphore between processes, in memory that they share.

Python's threading locks live in one process, multiprocessing's are all semaphores, and no library has the others. These
are libc's own (<pthread.h>, <semaphore.h>), called through ctypes with the attribute PTHREAD_PROCESS_SHARED. One
process makes an object with init(memory, offset); all others that map that memory reach it with Mutex(memory, offset).

- Errors are OSError with the number that POSIX names for the call. With EOWNERDEAD the lock is held all the same.
- A blocked call lets other threads run, but Python answers no KeyboardInterrupt until libc returns: block in a process
  of its own, not in the notebook's. Only the semaphore's calls are interrupted by a signal.
- Offsets are multiples of 16, as C aligns such objects; a futex on another address is an error (futex(2), EINVAL).
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Self

from helpers.elsewhere import require_linux

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# Python knows no header's constants of <pthread.h>. These have the same values in glibc and in musl.
PTHREAD_PROCESS_SHARED = 1
PTHREAD_MUTEX_ERRORCHECK = 2
PTHREAD_MUTEX_ROBUST = 1
PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP = 2  # glibc only, as is pthread_rwlockattr_setkind_np()


@functools.cache
def _libc() -> ctypes.CDLL:
    require_linux("the pthread objects")
    return ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: Any) -> None:
    """Call a function of libc that returns 0, the error's number, or -1 and the number in errno.

    After EINTR again, as Python does. Raises OSError; ENOSYS where libc has no such function.
    """
    function = getattr(_libc(), name, None)
    if function is None:
        raise OSError(errno.ENOSYS, f"this machine's C library has no {name}()")
    while number := function(*arguments):
        number = ctypes.get_errno() if number == -1 else number
        if number != errno.EINTR:
            raise OSError(number, os.strerror(number))


class _Timespec(ctypes.Structure):
    """struct timespec of 64-bit Linux."""

    _fields_ = [("tv_sec", ctypes.c_long), ("tv_nsec", ctypes.c_long)]


def _after(seconds: float) -> Any:
    """So many seconds from now on CLOCK_REALTIME, the clock of POSIX's timed calls.

    CLOCK_MONOTONIC, which nobody sets, needs pthread_mutex_clocklock() (POSIX.1-2024), which musl does not have.
    """
    return ctypes.byref(_Timespec(*divmod(time.time_ns() + round(seconds * 1e9), 1_000_000_000)))


def _method(function: str, what: str) -> Callable[..., None]:
    """A method that calls this function with the object; others that it is given follow, and seconds as a deadline."""

    def method(self: _InMemory, *others: Any) -> None:
        given = [_after(other) if isinstance(other, int | float) else other._storage for other in others]
        _call(function, self._storage, *given)

    method.__doc__ = what
    return method


class _InMemory:
    """One of libc's objects at an offset of a writable buffer, which must be shared memory to be of use."""

    SIZE: ClassVar[int] = 64
    """Bytes to reserve for one object: enough for glibc and musl on x86-64 and aarch64."""

    def __init__(self, memory: WriteableBuffer, offset: int = 0) -> None:
        """The object that init() made there, in this or another process. It keeps the memory mapped.

        Raises ValueError where it does not fit, TypeError for memory that is read-only.
        """
        if offset % 16:
            raise ValueError(f"a {type(self).__name__} must begin at a multiple of 16 bytes, and {offset} is none")
        self._storage = (ctypes.c_byte * self.SIZE).from_buffer(memory, offset)

    def _init(self, kind: str, **settings: int) -> Self:
        """Make it there, with an attributes object that says PTHREAD_PROCESS_SHARED and these settings."""
        attributes = (ctypes.c_long * 8)()  # 64 bytes; every libc's attributes objects are smaller
        _call(f"pthread_{kind}attr_init", attributes)
        try:
            for setting, value in {"pshared": PTHREAD_PROCESS_SHARED, **settings}.items():
                _call(f"pthread_{kind}attr_set{setting}", attributes, value)
            _call(f"pthread_{kind}_init", self._storage, attributes)
        finally:
            _call(f"pthread_{kind}attr_destroy", attributes)
        return self


class Mutex(_InMemory):
    """pthread_mutex_t: one process at a time; the process that locked it unlocks it.

    It is of the type PTHREAD_MUTEX_ERRORCHECK: what POSIX leaves undefined or lets hang is an error here. lock() by
    the holder raises EDEADLK, unlock() by another process PermissionError (EPERM).
    """

    @classmethod
    def init(cls, memory: WriteableBuffer, offset: int = 0, robust: bool = False) -> Self:
        """Make an unlocked mutex there; with `robust` it outlives the death of its holder.

        lock() of a robust mutex raises EOWNERDEAD where the holder died (this process holds it now, and calls
        consistent() when the data are in order), and ENOTRECOVERABLE where nobody called consistent().
        """
        settings = {"robust": PTHREAD_MUTEX_ROBUST} if robust else {}
        return cls(memory, offset)._init("mutex", type=PTHREAD_MUTEX_ERRORCHECK, **settings)

    lock = _method("pthread_mutex_lock", "Take it; wait while another has it.")
    trylock = _method("pthread_mutex_trylock", "Take it, or raise OSError EBUSY at once.")
    timedlock = _method("pthread_mutex_timedlock", "Take it, or raise TimeoutError after so many seconds.")
    unlock = _method("pthread_mutex_unlock", "Free it.")
    consistent = _method("pthread_mutex_consistent", "After EOWNERDEAD: the data are in order again.")

    def __enter__(self) -> Self:
        """lock(). EOWNERDEAD comes out of here with the mutex held: with a robust mutex call lock() by hand."""
        self.lock()
        return self

    def __exit__(self, *_: object) -> None:
        self.unlock()


class ConditionVariable(_InMemory):
    """pthread_cond_t: where to sleep until another process says that something changed. It remembers no signal."""

    @classmethod
    def init(cls, memory: WriteableBuffer, offset: int = 0) -> Self:
        """Make one there."""
        return cls(memory, offset)._init("cond")

    wait = _method(
        "pthread_cond_wait",
        """wait(mutex): unlock it and sleep in one step, lock it again when woken.

        It may wake without a signal (POSIX): call it in a loop that looks at the condition. Raises PermissionError
        (EPERM) where this process does not hold the mutex, and what lock() raises when it is taken again.
        """,
    )
    timedwait = _method("pthread_cond_timedwait", "timedwait(mutex, seconds): as wait(), or raise TimeoutError.")
    signal = _method("pthread_cond_signal", "Wake at least one that waits; with none waiting, nothing happens.")
    broadcast = _method("pthread_cond_broadcast", "Wake all that wait.")


class ReadWriteLock(_InMemory):
    """pthread_rwlock_t: many readers, or one writer. POSIX does not define unlock() by a process that holds nothing."""

    @classmethod
    def init(cls, memory: WriteableBuffer, offset: int = 0, prefer_writer: bool = False) -> Self:
        """Make an unlocked one there. By default new readers overtake a writer that waits (glibc).

        With `prefer_writer` they wait behind it. Raises OSError ENOSYS where libc cannot do that (musl).
        """
        settings = {"kind_np": PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP} if prefer_writer else {}
        return cls(memory, offset)._init("rwlock", **settings)

    rdlock = _method("pthread_rwlock_rdlock", "Take it for reading, beside other readers.")
    wrlock = _method("pthread_rwlock_wrlock", "Take it for writing, alone.")
    trywrlock = _method("pthread_rwlock_trywrlock", "wrlock(), or raise OSError EBUSY instead of waiting.")
    unlock = _method("pthread_rwlock_unlock", "Free it.")


class UnnamedSemaphore(_InMemory):
    """sem_t: a number that wait() takes one from and post() adds one to; at 0, wait() sleeps. Nobody owns it."""

    @classmethod
    def init(cls, memory: WriteableBuffer, offset: int = 0, value: int = 1) -> Self:
        """Make one there with that value (sem_init(), pshared 1). Raises OSError EINVAL above SEM_VALUE_MAX."""
        made = cls(memory, offset)
        _call("sem_init", made._storage, 1, value)
        return made

    wait = _method("sem_wait", "Take one; sleep while there is none.")
    trywait = _method("sem_trywait", "Take one, or raise BlockingIOError (EAGAIN).")
    post = _method("sem_post", "Give one; any process may.")

    @property
    def value(self) -> int:
        """What is there now, and perhaps no longer when you read it."""
        value = ctypes.c_int()
        _call("sem_getvalue", self._storage, ctypes.byref(value))
        return value.value
