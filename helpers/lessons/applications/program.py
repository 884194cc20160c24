"""What the servers have in common: the address they are told, the lines they say, files in memory, and their end."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import threading
from collections.abc import Mapping

NAME, PASSWORD = "reader", "secret"
"""Whom FTP and Telnet let in: no secret, for everybody on the wire can read it."""

PIECE = 1 << 16
"""Bytes of standard input that are read, and not looked at, at once."""

FILES: Mapping[str, bytes] = {
    "hello.txt": b"Hello from the server.\nThis file has two lines.\n",
    "picture.bin": bytes(range(256)) * 5,
}
"""What HTTP, FTP and TFTP have to offer: text, and 1280 bytes of all values."""


def begin(description: str, **options: int) -> argparse.Namespace:
    """Read the command line: `--host` and `--port`, and further numbers with these values if they are not given.

    From then on the process ends when its standard input does: with whoever has started it, however that ends.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    for name, value in options.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=value)
    logging.disable()  # what a server has to say, it says to its client
    threading.Thread(target=_end_with_standard_input, daemon=True).start()
    return parser.parse_args()


def listening(address: tuple[str, int]) -> None:
    """Say that clients may come now, and where."""
    tell("listening", host=address[0], port=address[1])


def tell(event: str, **details: object) -> None:
    """Say what has happened, as a line of JSON on standard output."""
    print(json.dumps({"event": event, **details}), flush=True)


def _end_with_standard_input() -> None:
    while os.read(sys.stdin.fileno(), PIECE):  # not by a buffer, whose lock the end of the process would wait for
        pass
    os._exit(0)
