"""What this machine can show: each capability that a notebook may ask for, and what happens without it."""

from __future__ import annotations

import os
import platform
import shutil
from dataclasses import dataclass

from helpers.lab import why_unavailable
from helpers.lab.recorder import this_run

TABLE = "/proc/net/tcp"
PROGRAMS = {
    "ip": ("shows a host's links and addresses", "iproute2"),
    "ss": ("shows a host's sockets", "iproute2"),
    "ping": ("asks whether another host answers", "iputils-ping"),
}
"""What each is for, and the Debian package that brings it."""


@dataclass(frozen=True)
class Capability:
    """One thing that some cells need."""

    name: str
    present: bool
    detail: str
    """What was found here."""
    without: str
    """What a reader sees instead, or why it is missing."""

    def __str__(self) -> str:
        return f"{'yes' if self.present else 'no ':3}  {self.name:32} {self.detail if self.present else self.without}"


def capabilities() -> list[Capability]:
    """What was found on this machine, in the order in which a reader meets it."""
    system, refusal, readable = platform.system(), why_unavailable(), os.access(TABLE, os.R_OK)
    elsewhere = f"this is {system}: lab experiments are replayed, cells that read /proc cannot run"
    found = [
        Capability("Linux", system == "Linux", this_run().kernel, elsewhere),
        Capability("two real hosts (the lab)", not refusal, "live", f"experiments are replayed: {refusal}"),
        Capability("the kernel's own socket table", readable, f"{TABLE} can be read", f"{TABLE} cannot be read here"),
    ]
    for program, (purpose, package) in PROGRAMS.items():
        present, missing = bool(shutil.which(program)), f"not installed (Debian: apt install {package})"
        found.append(Capability(f"the program {program}", present, purpose, missing))
    return found
