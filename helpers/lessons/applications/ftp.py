"""FTP's control connection (RFC 959) line by line, and the address and port in its lines."""

from __future__ import annotations

import re
from collections.abc import Iterable

from helpers.errors import CourseError
from helpers.fields.conversation import Line, Meaning, Said, command, lines, reply, shown

PORT, DATA_PORT = 21, 20
"""Where the server listens for commands, and from where it calls for data in active mode (RFC 959, 8, 3.2)."""

_COMMANDS: dict[str, Meaning] = {
    "USER": ("who I am", "RFC 959 section 4.1.1"),
    "PASS": ("my password, readable for all on the way", "RFC 959 section 4.1.1"),
    "CWD": ("go to that directory", "RFC 959 section 4.1.1"),
    "QUIT": ("that was all", "RFC 959 section 4.1.1"),
    "PORT": ("call me there for the data: address, then port", "RFC 959 section 4.1.2"),
    "PASV": ("where may I call you for the data?", "RFC 959 section 4.1.2"),
    "EPRT": ("call me there for the data", "RFC 2428 section 2"),
    "EPSV": ("where may I call you for the data? Only a port", "RFC 2428 section 3"),
    "TYPE": ("A: lines of text; I: bytes as they are", "RFC 959 section 4.1.2"),
    "RETR": ("send me that file", "RFC 959 section 4.1.3"),
    "STOR": ("take this file", "RFC 959 section 4.1.3"),
    "LIST": ("which files are there?", "RFC 959 section 4.1.3"),
    "NLST": ("the names of the files", "RFC 959 section 4.1.3"),
    "PWD": ("in which directory am I?", "RFC 959 section 4.1.3"),
    "SYST": ("what kind of system are you?", "RFC 959 section 4.1.3"),
    "NOOP": ("nothing; are you there?", "RFC 959 section 4.1.3"),
    "FEAT": ("which extensions do you have?", "RFC 2389 section 3"),
    "SIZE": ("how long is that file?", "RFC 3659 section 4"),
}
_REPLIES: dict[str, Meaning] = {
    "125": ("the data connection is there; the data come", "RFC 959 section 4.2"),
    "150": ("the data come as soon as their connection is there", "RFC 959 section 4.2"),
    "200": ("done", "RFC 959 section 4.2"),
    "220": ("I am ready", "RFC 959 section 4.2"),
    "221": ("I hang up now", "RFC 959 section 4.2"),
    "226": ("that was all of the data; their connection is closed", "RFC 959 section 4.2"),
    "227": ("call me there: address, then port", "RFC 959 section 4.2"),
    "230": ("welcome", "RFC 959 section 4.2"),
    "331": ("and the password?", "RFC 959 section 4.2"),
    "425": ("there is no data connection", "RFC 959 section 4.2"),
    "500": ("I do not understand that", "RFC 959 section 4.2"),
    "503": ("not now: something else must come first", "RFC 959 section 4.2"),
    "530": ("log in first, or: wrong password", "RFC 959 section 4.2"),
    "550": ("there is no such file, or it is not for you", "RFC 959 section 4.2"),
}
_GENERAL: dict[str, Meaning] = {
    "1": ("begun; one more reply will come", "RFC 959 section 4.2"),
    "2": ("yes", "RFC 959 section 4.2"),
    "3": ("yes, and I wait for the rest", "RFC 959 section 4.2"),
    "4": ("not now: try again later", "RFC 959 section 4.2"),
    "5": ("no", "RFC 959 section 4.2"),
}


class FTPError(CourseError):
    """A line that names no address and port."""


def explained(said: Iterable[Said]) -> list[Line]:
    """What each line of the control connection means."""
    found = []
    for by_client, line in lines(said):
        meaning = command(line, _COMMANDS) if by_client else reply(line, _REPLIES, _GENERAL)
        found.append(Line(by_client, shown(line), *meaning))
    return found


def address_in(line: str) -> tuple[str, int]:
    """Address and port of PORT's argument, or of a reply 227: the six numbers h1,h2,h3,h4,p1,p2 (section 4.1.2).

    The port is 256 times p1 plus p2. Raises FTPError where there are no such numbers.
    """
    found = re.search(r"\b(\d+),(\d+),(\d+),(\d+),(\d+),(\d+)\b", line)
    numbers = [int(number) for number in found.groups()] if found else []
    if len(numbers) != 6 or max(numbers) > 255:
        raise FTPError(f"no six numbers of a byte each, with commas between them, are in {line!r}")
    return ".".join(map(str, numbers[:4])), 256 * numbers[4] + numbers[5]
