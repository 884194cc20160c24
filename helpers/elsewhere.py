"""What is written for Linux says so elsewhere, in one sentence.

The error itself is read, so that cells are written as on Linux. Rejected: a test at the head of each cell, which would
hide the lesson, and a list of what each cell needs, which would soon be wrong.
"""

from __future__ import annotations

import socket
import struct
import sys
from types import ModuleType, TracebackType
from typing import Any

from helpers.errors import CourseError

INSTEAD = "run it on Linux (in Windows, WSL2 is one) or on Binder"
PACKAGES = ("posix_ipc", "sysv_ipc")
"""Those that only Unix has."""
SENTENCE = "this system ({}) has no {}, which this cell needs"
AFTER = "A cell above could not run on this system, and this one may build on it."
FOLDERS = ("/proc/", "/sys/", "/dev/")


class NotOnThisSystem(CourseError):
    """A cell needs what this operating system has not."""


def require_linux(what: str) -> None:
    """Raise NotOnThisSystem where `what`, such as "the pthread objects", would not meet 64-bit Linux."""
    bits = struct.calcsize("P") * 8
    if sys.platform != "linux" or bits != 64:
        raise NotOnThisSystem(f"{what} need 64-bit Linux, and this is {bits}-bit {sys.platform}: {INSTEAD}")


def lacking(error: BaseException | None) -> str:
    """What this system must lack if this error came elsewhere than on Linux, as in "os.mkfifo"; "" for another one."""
    match error:
        case AttributeError(obj=ModuleType(__name__=module), name=name) if _in_library(module):
            return f"{module}.{name}"
        case AttributeError(obj=socket.socket(), name=name):
            return f"socket.{name}"
        case ModuleNotFoundError(name=str(module)) if _in_library(module) or module in PACKAGES:
            return f"module {module}"
        case FileNotFoundError(filename=str(path)) if path.startswith(FOLDERS):
            return path
    return ""


def _in_library(module: str) -> bool:
    """sys.stdlib_module_names is the same on all systems, whichever modules they lack."""
    return module.partition(".")[0] in sys.stdlib_module_names


def explain_in_cells() -> None:
    """Have each cell that needs what this system lacks end in one sentence, and those that build on such a cell too."""
    from IPython.core.getipython import get_ipython  # here: a host's and a child's start would pay for it

    said = False

    def explain(
        shell: Any, kind: type[Exception], error: Exception, traceback: TracebackType, tb_offset: object = None
    ) -> None:
        nonlocal said
        shown = error
        if what := lacking(error) or lacking(error.__cause__):
            shown = NotOnThisSystem(f"{SENTENCE.format(sys.platform, what)}: {INSTEAD}")
        elif said and not isinstance(error, CourseError):
            shown = NotOnThisSystem(f"{kind.__name__}: {error}. {AFTER}")
        said = said or isinstance(shown, NotOnThisSystem)
        shell.showtraceback((type(shown), shown, traceback))

    notebook: Any = get_ipython()
    if notebook is not None:
        notebook.set_custom_exc((Exception,), explain)
