"""Telnet (RFC 854): text, and between it commands that begin with the byte IAC, 255."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from helpers.fields.conversation import Line, Meaning, Said, shown

PORT = 23
SE, NOP, DM, BRK, IP, AO, AYT, EC, EL, GA, SB, WILL, WONT, DO, DONT, IAC = range(240, 256)
"""The commands, and the byte that begins each (RFC 854, "TELNET COMMAND STRUCTURE")."""
ECHO, SUPPRESS_GO_AHEAD, TERMINAL_TYPE, WINDOW_SIZE = 1, 3, 24, 31

COMMANDS = {
    SE: "SE", NOP: "NOP", DM: "DM", BRK: "BRK", IP: "IP", AO: "AO", AYT: "AYT", EC: "EC", EL: "EL", GA: "GA", SB: "SB",
    WILL: "WILL", WONT: "WONT", DO: "DO", DONT: "DONT", IAC: "IAC",
}  # fmt: skip
OPTIONS = {
    0: ("BINARY", "send bytes of eight bits", "RFC 856"),
    ECHO: ("ECHO", "send back what comes", "RFC 857"),
    SUPPRESS_GO_AHEAD: ("SUPPRESS-GO-AHEAD", "leave out «go ahead»", "RFC 858"),
    5: ("STATUS", "tell which options are on", "RFC 859"),
    TERMINAL_TYPE: ("TERMINAL-TYPE", "tell the terminal's kind", "RFC 1091"),
    WINDOW_SIZE: ("NAWS", "tell the window's size", "RFC 1073"),
    32: ("TERMINAL-SPEED", "tell the terminal's speed", "RFC 1079"),
    33: ("TOGGLE-FLOW-CONTROL", "stop and go", "RFC 1372"),
    34: ("LINEMODE", "edit lines at the client", "RFC 1184"),
    39: ("NEW-ENVIRON", "tell variables", "RFC 1572"),
}
"""Name, what is done, and its RFC, by number."""

_VERBS = {
    WILL: "I will",
    WONT: "I will not",
    DO: "please do",
    DONT: "please do not",
}
_ALONE = {
    NOP: "nothing",
    DM: "the end of what is to be thrown away",
    BRK: "the break key",
    IP: "interrupt the program",
    AO: "stop the output",
    AYT: "are you there?",
    EC: "erase a character",
    EL: "erase the line",
    GA: "go ahead: it is your turn",
}


@dataclass(frozen=True)
class Text:
    """Bytes that are data; IAC IAC is one byte 255 of them."""

    data: bytes


@dataclass(frozen=True)
class Command:
    """A command, with its option if it has one, and the bytes of a subnegotiation."""

    code: int
    option: int | None = None
    parameters: bytes = b""

    def __str__(self) -> str:
        option = "" if self.option is None else " " + OPTIONS.get(self.option, (str(self.option), "", ""))[0]
        if self.code == SB:
            return f"IAC SB{option} {self.parameters.hex(' ')} IAC SE"
        return f"IAC {COMMANDS.get(self.code, str(self.code))}{option}"


@dataclass(frozen=True)
class Unfinished:
    """The beginning of a command whose end has not come."""

    data: bytes


Item = Text | Command | Unfinished


def parse(data: bytes) -> list[Item]:
    """The data and the commands in a stretch of one side's bytes. No bytes are wrong; the last may be unfinished."""
    items: list[Item] = []
    text = bytearray()
    position = 0
    while position < len(data):
        if data[position] != IAC:
            text.append(data[position])
            position += 1
            continue
        if data[position + 1 : position + 2] == bytes([IAC]):
            text.append(IAC)
            position += 2
            continue
        if text:
            items.append(Text(bytes(text)))
            text.clear()
        command, position = _command(data, position)
        items.append(command)
    return [*items, Text(bytes(text))] if text else items


def explained(said: Iterable[Said]) -> list[Line]:
    """Each command and each line of text, with its meaning."""
    found = []
    unfinished = {True: b"", False: b""}
    for each in said:
        items = parse(unfinished[each.by_client] + each.data)
        last = items[-1] if items else None
        unfinished[each.by_client] = last.data if isinstance(last, Unfinished) else b""
        for item in items:
            if isinstance(item, Command):
                found.append(Line(each.by_client, str(item), *_meaning(item)))
            elif isinstance(item, Text):
                found += [_of_text(each.by_client, line) for line in item.data.splitlines(keepends=True)]
    return found


def _of_text(by_client: bool, line: bytes) -> Line:
    text = shown(line)
    return Line(by_client, text, "" if text else "an empty line")


def _command(data: bytes, start: int) -> tuple[Command | Unfinished, int]:
    """The command that begins at that place, and where it ends."""
    whole = data[start + 1 :]
    if not whole or whole[0] in (*_VERBS, SB) and len(whole) < 2:
        return Unfinished(data[start:]), len(data)
    code = whole[0]
    if code in _VERBS:
        return Command(code, whole[1]), start + 3
    if code != SB:
        return Command(code), start + 2
    end = _end_of_subnegotiation(data, start + 3)
    if end < 0:
        return Unfinished(data[start:]), len(data)
    return Command(SB, whole[1], data[start + 3 : end].replace(bytes([IAC, IAC]), bytes([IAC]))), end + 2


def _end_of_subnegotiation(data: bytes, position: int) -> int:
    """Where IAC SE is, or -1. IAC IAC on the way is a byte of the parameters (RFC 855)."""
    while 0 <= (position := data.find(IAC, position)) < len(data) - 1:
        if data[position + 1] == SE:
            return position
        position += 2
    return -1


def _meaning(command: Command) -> Meaning:
    _, what, source = OPTIONS.get(command.option or 0, ("", "", "")) if command.option is not None else ("", "", "")
    if command.code in _VERBS:
        return f"{_VERBS[command.code]} {what}" if what else _VERBS[command.code], source or "RFC 854"
    if command.code == SB:
        return f"details: {what}" if what else "details of an option", source or "RFC 855"
    return _ALONE.get(command.code, "no command that is known"), "RFC 854"
