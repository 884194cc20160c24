"""SMTP (RFC 5321) line by line: the commands of who hands over a mail, and the replies of who takes it."""

from __future__ import annotations

from collections.abc import Iterable

from helpers.fields.conversation import Line, Meaning, Said, command, lines, reply, shown

PORT = 25
"""Between mail servers; who hands in a mail of its own uses 587 (RFC 6409)."""

_COMMANDS: dict[str, Meaning] = {
    "HELO": ("who I am", "RFC 5321 section 4.1.1.1"),
    "EHLO": ("who I am; which extensions do you have?", "RFC 5321 section 4.1.1.1"),
    "MAIL": ("a new mail; where to send word if it fails", "RFC 5321 section 4.1.1.2"),
    "RCPT": ("one receiver of it", "RFC 5321 section 4.1.1.3"),
    "DATA": ("now comes the mail itself", "RFC 5321 section 4.1.1.4"),
    "RSET": ("forget this mail", "RFC 5321 section 4.1.1.5"),
    "VRFY": ("is there such a user?", "RFC 5321 section 4.1.1.6"),
    "HELP": ("what can I say?", "RFC 5321 section 4.1.1.8"),
    "NOOP": ("nothing; are you there?", "RFC 5321 section 4.1.1.9"),
    "QUIT": ("that was all", "RFC 5321 section 4.1.1.10"),
}
_REPLIES: dict[str, Meaning] = {
    "220": ("I am ready", "RFC 5321 section 4.2.2"),
    "221": ("I hang up now", "RFC 5321 section 4.2.2"),
    "250": ("done", "RFC 5321 section 4.2.2"),
    "354": ("go on, and end with a line that is one dot", "RFC 5321 section 4.2.2"),
    "500": ("I do not understand that", "RFC 5321 section 4.2.2"),
    "501": ("something is wrong with what follows the command", "RFC 5321 section 4.2.2"),
    "503": ("not now: something else must come first", "RFC 5321 section 4.2.2"),
}
_GENERAL: dict[str, Meaning] = {
    "2": ("yes", "RFC 5321 section 4.2.1"),
    "3": ("yes, and I wait for the rest", "RFC 5321 section 4.2.1"),
    "4": ("not now: try again later", "RFC 5321 section 4.2.1"),
    "5": ("no", "RFC 5321 section 4.2.1"),
}
_STUFFED: Meaning = ("the mail; it began with a dot, and got a second one", "RFC 5321 section 4.5.2")
_HEADER: Meaning = ("the mail: a field of its header", "RFC 5322 section 2.2")
_EMPTY: Meaning = ("the mail: an empty line ends the header", "RFC 5322 section 2.1")
_BODY: Meaning = ("the mail: a line of its body", "RFC 5322 section 2.3")
_END: Meaning = ("the end of the mail; this line is not part of it", "RFC 5321 section 4.1.1.4")


def explained(said: Iterable[Said]) -> list[Line]:
    """What each line means, lines of the mail included."""
    found = []
    part = ""  # of the mail, while it comes
    for by_client, line in lines(said):
        if not by_client:
            meaning = reply(line, _REPLIES, _GENERAL)
            part = "header" if line.startswith(b"354") else part
        elif part:
            meaning, part = _of_mail(line, part)
        else:
            meaning = command(line, _COMMANDS)
        found.append(Line(by_client, shown(line), *meaning))
    return found


def _of_mail(line: bytes, part: str) -> tuple[Meaning, str]:
    """The meaning of a line of the mail, and in which part of it the next one is; "" after its end."""
    content = line.rstrip(b"\r\n")
    if content == b".":
        return _END, ""
    if part == "header" and not content:
        return _EMPTY, "body"
    if content.startswith(b"."):
        return _STUFFED, part
    return (_HEADER if part == "header" else _BODY), part
