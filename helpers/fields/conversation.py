"""A conversation in lines of text, as many protocols of the Internet have it: who says which line, and what it means.

What the lines of HTTP, SMTP, FTP and Telnet mean is notebook 08's; here is what all of them share.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

LONGEST_SHOWN = 72
"""Characters of a line that are shown."""


@dataclass(frozen=True)
class Said:
    """What one side said until the other began to speak."""

    by_client: bool
    """True for the side that has opened the connection."""
    data: bytes


@dataclass(frozen=True)
class Line:
    """One line, or what stands for one, and what it means."""

    by_client: bool
    text: str
    """Without the line's end; bytes that are no printable ASCII as Python writes them."""
    meaning: str = ""
    source: str = ""
    """Where that is laid down, as in "RFC 5321 section 4.1.1.1"."""


Explain = Callable[[Iterable[Said]], list[Line]]
"""What a protocol makes of what was said."""

Meaning = tuple[str, str]
"""What a command or a reply code means, and where that is laid down."""


def lines(said: Iterable[Said]) -> list[tuple[bool, bytes]]:
    """Who said which line, ends of lines included, in the order in which they were complete.

    A last line without an end comes at the end.
    """
    found: list[tuple[bool, bytes]] = []
    unfinished = {True: b"", False: b""}
    for each in said:
        *complete, rest = re.split(rb"(?<=\n)", unfinished[each.by_client] + each.data)
        found += [(each.by_client, line) for line in complete]
        unfinished[each.by_client] = rest
    return found + [(by_client, rest) for by_client, rest in unfinished.items() if rest]


def shown(line: bytes) -> str:
    """A line without its end, as a text of one line. A long one is cut, and says how long it is."""
    content = line.removesuffix(b"\n").removesuffix(b"\r")
    text = "".join(chr(byte) if 32 <= byte < 127 else repr(bytes([byte]))[2:-1] for byte in content)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 20]}... ({len(content)} bytes)"


def plain(said: Iterable[Said]) -> list[Line]:
    """The lines without any meaning."""
    return [Line(by_client, shown(line)) for by_client, line in lines(said)]


def reply(line: bytes, known: Mapping[str, Meaning], general: Mapping[str, Meaning]) -> Meaning:
    """What a reply means that begins with a code of three digits, as those of SMTP and FTP do: by the code, or by its
    first digit. A line that only continues a reply says so."""
    code, goes_on = line[:3].decode("latin-1"), line[3:4] == b"-"
    meaning, source = known.get(code) or general.get(code[:1]) or ("", "")
    return (f"{meaning}; more lines follow" if goes_on and meaning else meaning), source


def command(line: bytes, known: Mapping[str, Meaning]) -> Meaning:
    """What a command means, by its first word in any letters."""
    word = line.split(maxsplit=1)[0].decode("latin-1").upper() if line.strip() else ""
    return known.get(word, ("", ""))
