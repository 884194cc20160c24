"""What is written for 64-bit Linux says so elsewhere."""

from __future__ import annotations

import struct
import sys

from helpers.errors import CourseError


def require_linux(what: str) -> None:
    """Raise CourseError where the C structures that `what` is made of are laid out in another way than on 64-bit Linux."""
    if sys.platform != "linux" or struct.calcsize("P") != 8:
        raise CourseError(
            f"{what} need 64-bit Linux, and this is {struct.calcsize('P') * 8}-bit {sys.platform}: run the course in a"
            " Linux machine, a container or Binder"
        )
