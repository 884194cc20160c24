"""What tshark, which others wrote, reads in bytes that the course has made."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

from scapy.utils import RawPcapWriter

from tests.needs import installed

ETHERNET, PPP_WITH_DIRECTION, USER_0 = 1, 204, 147
"""Link types (tcpdump.org/linktypes.html); PPP with a byte 1 for "sent" before each frame; whatever the reader says."""


def read(
    records: Iterable[bytes], link_type: int, names: Iterable[str], folder: Path, *options: str
) -> list[list[str]]:
    """For each record the values of the fields of those names, in their order, "" where there is none.

    A field that a record has several times gives all its values, with commas between them.
    """
    tshark = installed("tshark")
    capture = folder / "line.pcap"
    with RawPcapWriter(str(capture), linktype=link_type) as writer:
        for record in records:
            writer.write(record)
    command = [tshark, "-r", str(capture), "-T", "fields", *options]
    for name in names:
        command += ["-e", name]
    # With a home of its own no settings of this machine's user count.
    environment = {**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    finished = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, env=environment)
    return [line.split("\t") for line in finished.stdout.splitlines()]
