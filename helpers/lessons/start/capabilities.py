"""What this machine can show: each capability that a notebook may ask for, and what happens without it."""

from __future__ import annotations

import os
import platform
import shutil
from dataclasses import dataclass

from helpers.lab import why_unavailable
from helpers.lab.recorder import this_run


@dataclass(frozen=True)
class Capability:
    """One thing that some cells need."""

    name: str
    present: bool
    detail: str
    """What was found here, or why it is missing."""
    without: str
    """What a reader sees instead."""

    def __str__(self) -> str:
        return f"{'yes' if self.present else 'no ':3}  {self.name:32} {self.detail if self.present else self.without}"


def capabilities() -> list[Capability]:
    """What was found on this machine, in the order in which a reader meets it."""
    refusal = why_unavailable()
    return [
        Capability(
            "Linux",
            platform.system() == "Linux",
            this_run().kernel,
            f"this is {platform.system()}: lab experiments are replayed, cells that read /proc cannot run",
        ),
        Capability("two real hosts (the lab)", not refusal, "live", f"experiments are replayed: {refusal}"),
        Capability(
            "the kernel's own socket table",
            os.access("/proc/net/tcp", os.R_OK),
            "/proc/net/tcp can be read",
            "/proc/net/tcp cannot be read here",
        ),
        *(_program(name, purpose) for name, purpose in _PROGRAMS.items()),
    ]


_PROGRAMS = {
    "ip": "shows a host's links and addresses",
    "ss": "shows a host's sockets",
    "ping": "asks whether another host answers",
}


def _program(name: str, purpose: str) -> Capability:
    path = shutil.which(name)
    package = "iputils-ping" if name == "ping" else "iproute2"
    return Capability(
        f"the program {name}", path is not None, purpose, f"not installed (Debian: apt install {package})"
    )
