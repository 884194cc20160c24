"""What is written for 64-bit Linux says so elsewhere."""

from __future__ import annotations

import struct
import sys

from helpers.errors import CourseError


def require_linux(what: str) -> None:
    """Raise CourseError where `what`, such as "the pthread objects", would not meet the C types of 64-bit Linux."""
    if sys.platform != "linux" or struct.calcsize("P") != 8:
        raise CourseError(
            f"{what} need 64-bit Linux, and this is {struct.calcsize('P') * 8}-bit {sys.platform}:"
            " open the course on a Linux machine or on Binder"
        )
