"""Telnet (RFC 854): text, and between it commands that begin with the byte IAC, 255.

The words are those of the RFCs, as in "IAC WILL ECHO". A regular expression tells commands from text; telnetlib3 does
this too, but keeps to itself what it has read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from helpers.lessons.applications.dialogue import TextLine, Turn, shown

_VERBS = {251: "WILL", 252: "WONT", 253: "DO", 254: "DONT"}
_OPTIONS = {1: "ECHO", 3: "SUPPRESS-GO-AHEAD", 24: "TERMINAL-TYPE", 31: "NAWS", 34: "LINEMODE", 39: "NEW-ENVIRON"}
_MEANINGS = {
    "ECHO": ("send back what comes", "RFC 857"),
    "SUPPRESS-GO-AHEAD": ("leave out «go ahead»", "RFC 858"),
    "TERMINAL-TYPE": ("tell the terminal's kind", "RFC 1091"),
}
_SAYS = {"WILL": "I will", "WONT": "I will not", "DO": "please do", "DONT": "please do not", "SB": "details:"}
_ITEM = re.compile(
    rb"\xff\xfa(?P<option>.)(?P<details>(?:[^\xff]|\xff\xff)*)\xff\xf0|\xff(?P<verb>[\xfb-\xfe])(?P<wish>.)"
    rb"|(?P<text>(?:[^\xff]|\xff\xff)+)|\xff.?",
    re.DOTALL,
)


def items(data: bytes) -> Iterator[str | bytes]:
    """What one side has sent: each command in words, and the text between them as bytes, with IAC IAC as one byte."""
    for item in _ITEM.finditer(data):
        if item["option"]:
            details = item["details"].replace(b"\xff\xff", b"\xff")
            yield f"IAC SB {_option(item['option'])} {details.hex(' ')} IAC SE"
        elif item["verb"]:
            yield f"IAC {_VERBS[item['verb'][0]]} {_option(item['wish'])}"
        elif item["text"]:
            yield item["text"].replace(b"\xff\xff", b"\xff")
        else:  # one of the commands without an option (RFC 854, page 14)
            yield f"IAC {item[0][-1]}"


def explained(said: Iterable[Turn]) -> Iterator[TextLine]:
    """Each command and each line of text, with its meaning."""
    for by_client, data in said:
        for item in items(data):
            if isinstance(item, str):
                _, verb, option = f"{item} ".split(" ")[:3]
                what, source = _MEANINGS.get(option, ("", "RFC 854"))
                yield TextLine(by_client, item, f"{_SAYS.get(verb, '')} {what}".strip(), source)
            else:
                for line in map(shown, item.splitlines(keepends=True)):
                    yield TextLine(by_client, line, "" if line else "an empty line")


def _option(data: bytes) -> str:
    return _OPTIONS.get(data[0], str(data[0]))
