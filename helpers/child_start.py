"""The first steps of a `Child`'s process: the lowest free descriptors are kept for what the notebook opens there.

Newer versions of libffi, which ctypes is built on, open a file at ctypes' import and keep it for good.
Started as `python -m helpers.child_start NAME CONTROL LIFELINE`; it is not in helpers.ipc, whose import needs ctypes.
"""

from __future__ import annotations

import importlib
import os
import sys

from helpers.interrupts import end_of_start

SPARE = 50
"""Descriptors that are not the lesson's: so many at most."""
OUT_OF_THE_WAY = min(900, os.sysconf("SC_OPEN_MAX") - SPARE) if hasattr(os, "sysconf") else 0
"""From here on are the descriptors that are not the lesson's; `ulimit -n` may allow few."""


def import_out_of_the_way(module: str) -> None:
    """Import a module while all descriptors below `OUT_OF_THE_WAY` are taken."""
    taken: list[int] = []
    while not taken or taken[-1] < OUT_OF_THE_WAY:
        taken.append(os.open(os.devnull, os.O_RDONLY))
    importlib.import_module(module)
    for descriptor in taken:
        os.close(descriptor)


if __name__ == "__main__":
    end_of_start()
    import_out_of_the_way("ctypes")
    from helpers.ipc.child_program import main

    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
