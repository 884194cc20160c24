"""Errors made on purpose: the cell shows the error that was expected, and fails if it does not come."""

from __future__ import annotations

import errno as errno_names
import os
from types import TracebackType
from typing import Self

# Names that share a number with another on Linux; POSIX describes the socket calls with these.
_USUAL_NAMES = {getattr(errno_names, name): name for name in ("EAGAIN", "EDEADLK", "EOPNOTSUPP")}


class ExpectedError:
    """The context of `expect_error`; then `error` is the exception and `name` its errno's name, or None."""

    def __init__(self, kind: type[Exception], errno: str | None) -> None:
        """The arguments of `expect_error`."""
        self._kind = kind
        self._errno = errno
        self.error: Exception | None = None
        self.name: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        wanted = self._kind.__name__ + (f" ({self._errno})" if self._errno else "")
        if error is None:
            raise AssertionError(f"{wanted} was expected here, but no error came.")
        if not isinstance(error, Exception):  # the reader interrupts the cell
            return False
        name = _name_of(error, self._errno)
        if not isinstance(error, self._kind) or (self._errno is not None and name != self._errno):
            came = _line(error, name)
            raise AssertionError(f"{wanted} was expected here, but another error came: {came}") from error
        self.error, self.name = error, name
        print(_line(error, name))
        return True


def expect_error(kind: type[Exception], errno: str | None = None) -> ExpectedError:
    """A context in which an error of this kind must come: it is printed, and the cell goes on.

    errno: the name that an OSError must have, for example "EADDRINUSE"; None for any.
    Raises ValueError for a name this system does not know; the context raises AssertionError where no error
    came, or another one.
    """
    if errno is not None and not isinstance(getattr(errno_names, errno, None), int):
        raise ValueError(f"{errno!r} is not the name of an errno on this system; take one like 'EADDRINUSE'")
    return ExpectedError(kind, errno)


def _name_of(error: Exception, wanted: str | None) -> str | None:
    """The name of an OSError's number: the wanted one if it fits, else the usual one; None for none."""
    number = error.errno if isinstance(error, OSError) else None
    if number is None:
        return None
    if wanted is not None and number == getattr(errno_names, wanted):
        return wanted
    return _USUAL_NAMES.get(number) or errno_names.errorcode.get(number)


def _line(error: Exception, name: str | None) -> str:
    """The error in one line. The number is left out: it differs between systems, the name does not."""
    kind = type(error).__name__
    if name is None:
        return f"{kind}: {error}" if str(error) else kind
    number: int = getattr(errno_names, name)
    return f"{kind}: {os.strerror(number)} ({name})"
