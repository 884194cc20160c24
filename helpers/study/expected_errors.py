"""Errors made on purpose: the cell shows the error that was expected, and fails if it does not come.

The line names the errno and leaves its number out, for the number differs between systems.
"""

from __future__ import annotations

import errno as numbers
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

# Names that share a number with another on Linux; POSIX describes the socket calls with these.
_USUAL_NAMES = {getattr(numbers, name): name for name in ("EAGAIN", "EDEADLK", "EOPNOTSUPP")}


@dataclass
class ExpectedError:
    """What came, once it has come: the exception, and the name of its errno (None for an error that has none)."""

    error: Exception | None = None
    name: str | None = None


@contextmanager
def expect_error(kind: type[Exception], errno: str | None = None) -> Iterator[ExpectedError]:
    """A context in which an error of this kind must come: it is printed, and the cell goes on.

    errno: the name that an OSError must have, for example "EADDRINUSE"; None for any.
    Raises AssertionError where no error came, or another one.
    """
    wanted = kind.__name__ + (f" ({errno})" if errno else "")
    came = ExpectedError()
    try:
        yield came
    except Exception as error:
        name = _name_of(error, errno)
        if not isinstance(error, kind) or errno not in (None, name):
            raise AssertionError(f"{wanted} was expected here, but another error came: {_line(error, name)}") from error
        came.error, came.name = error, name
        print(_line(error, name))
    else:
        raise AssertionError(f"{wanted} was expected here, but no error came.")


def _name_of(error: Exception, wanted: str | None) -> str | None:
    """The name of an OSError's number: the wanted one if it fits, else the usual one; None for none."""
    number = error.errno if isinstance(error, OSError) else None
    if number is None:
        return None
    if wanted and number == getattr(numbers, wanted, None):
        return wanted
    return _USUAL_NAMES.get(number) or numbers.errorcode.get(number)


def _line(error: Exception, name: str | None) -> str:
    kind = type(error).__name__
    if name is None:
        return f"{kind}: {error}" if str(error) else kind
    return f"{kind}: {os.strerror(getattr(numbers, name))} ({name})"
