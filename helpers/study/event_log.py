"""An append-only file of JSON lines that several processes may write at once and that damage cannot stop."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

Event = dict[str, Any]


class EventLog:
    """Events in the order in which they were written; after one sentence in memory where the file refuses."""

    def __init__(self, path: Path) -> None:
        """path: the file; it is made by the first event."""
        self.path = path
        self._unsaved: list[Event] = []
        self._reported = False

    def append(self, event: Event) -> None:
        """Add one event, which json must be able to write. Never raises OSError."""
        line = json.dumps(event, separators=(",", ":")).encode() + b"\n"
        try:
            self._write(line)
        except OSError as error:
            self._unsaved.append(event)
            self._report("be written", error)

    def _write(self, line: bytes) -> None:
        descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            size = os.fstat(descriptor).st_size
            # A line that an earlier crash left without its end must not swallow this one. (The line of a process
            # that is writing just now can look unended too: then an empty line is left, which no reader minds.)
            os.lseek(descriptor, max(0, size - 1), os.SEEK_SET)
            if size and os.read(descriptor, 1) != b"\n":
                line = b"\n" + line
            # POSIX, write(): with O_APPEND it lands whole at the end, whoever else writes.
            if os.write(descriptor, line) < len(line):
                raise OSError("the disk took only a part of it")
        finally:
            os.close(descriptor)

    def read(self) -> list[Event]:
        """All events; lines that are no JSON object are skipped. Never raises OSError."""
        return self._saved() + self._unsaved

    def _saved(self) -> list[Event]:
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return []
        except OSError as error:
            self._report("be read", error)
            return []
        return [event for event in map(_parsed, lines) if event is not None]

    def clear(self) -> None:
        """Forget every event. The file is emptied, not removed: the name may be that of a device."""
        self._unsaved.clear()
        try:
            os.truncate(self.path, 0)
        except FileNotFoundError:
            pass
        except OSError as error:
            self._report("be emptied", error)

    def _report(self, what: str, error: OSError) -> None:
        if not self._reported:
            self._reported = True
            reason = error.strerror or error
            print(f"The progress file {self.path} cannot {what} ({reason}): it lasts until the kernel ends.")


def _parsed(line: bytes) -> Event | None:
    """The JSON object in a line of the file, or None for anything else."""
    try:
        value = json.loads(line.decode())
    except (ValueError, RecursionError):  # no UTF-8 and no JSON are ValueErrors; "[[[[..." is too deep
        return None
    return value if isinstance(value, dict) else None
