"""HTTP, SMTP, FTP and Telnet line by line: what each line means, and where that is laid down.

Tables of words, and for each protocol the little that a table cannot know: where HTTP's content begins and ends, which
lines are the mail itself, and which bytes are Telnet's commands (they begin with IAC, 255; RFC 854). A full parser (h11
or telnetlib3, say) would keep to itself the very bytes that the lesson shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from helpers.lessons.applications.dialogue import LONGEST_SHOWN, TextLine, Turn, lines, shown

Meaning = tuple[str, str]
"""What a command or a reply code means, and where that is laid down."""

_HTTP = {
    "GET": ("a request: show me what is there", "RFC 9110 section 9.3.1"),
    "200": ("the answer: here it is", "RFC 9110 section 15.3.1"),
    "4": ("the answer: no, and the request is to blame", "RFC 9110 section 15.5"),
    "5": ("the answer: no, and the server is to blame", "RFC 9110 section 15.6"),
    "host": ("which site: one address may have many", "RFC 9110 section 7.2"),
    "accept-encoding": ("in which form; identity: as it is", "RFC 9110 section 12.5.3"),
    "content-type": ("what the content is", "RFC 9110 section 8.3"),
    "content-length": ("how many bytes of content follow the empty line", "RFC 9110 section 8.6"),
    "connection": ("close: the connection ends after this answer", "RFC 9112 section 9.6"),
}
_SMTP = {
    "EHLO": ("who I am; which extensions do you have?", "RFC 5321 section 4.1.1.1"),
    "MAIL": ("a new mail; where to send word if it fails", "RFC 5321 section 4.1.1.2"),
    "RCPT": ("one receiver of it", "RFC 5321 section 4.1.1.3"),
    "DATA": ("now comes the mail itself", "RFC 5321 section 4.1.1.4"),
    "QUIT": ("that was all", "RFC 5321 section 4.1.1.10"),
    "220": ("I am ready", "RFC 5321 section 4.2.2"),
    "221": ("I hang up now", "RFC 5321 section 4.2.2"),
    "250": ("done", "RFC 5321 section 4.2.2"),
    "354": ("go on, and end with a line that is one dot", "RFC 5321 section 4.2.2"),
    "4": ("not now: try again later", "RFC 5321 section 4.2.1"),
    "5": ("no", "RFC 5321 section 4.2.1"),
}
_MAIL = {
    "header": ("the mail: a field of its header", "RFC 5322 section 2.2"),
    "empty": ("the mail: an empty line ends the header", "RFC 5322 section 2.1"),
    "body": ("the mail: a line of its body", "RFC 5322 section 2.3"),
    "dot": ("the mail; it began with a dot, and got a second one", "RFC 5321 section 4.5.2"),
    "end": ("the end of the mail; this line is not part of it", "RFC 5321 section 4.1.1.4"),
}
_FTP = {
    "USER": ("who I am", "RFC 959 section 4.1.1"),
    "PASS": ("my password, readable for all on the way", "RFC 959 section 4.1.1"),
    "QUIT": ("that was all", "RFC 959 section 4.1.1"),
    "PORT": ("call me there for the data: address, then port", "RFC 959 section 4.1.2"),
    "PASV": ("where may I call you for the data?", "RFC 959 section 4.1.2"),
    "EPSV": ("where may I call you for the data? Only a port", "RFC 2428 section 3"),
    "TYPE": ("A: lines of text; I: bytes as they are", "RFC 959 section 4.1.2"),
    "RETR": ("send me that file", "RFC 959 section 4.1.3"),
    "125": ("the data connection is there; the data come", "RFC 959 section 4.2"),
    "150": ("the data come as soon as their connection is there", "RFC 959 section 4.2"),
    "200": ("done", "RFC 959 section 4.2"),
    "220": ("I am ready", "RFC 959 section 4.2"),
    "221": ("I hang up now", "RFC 959 section 4.2"),
    "226": ("that was all of the data; their connection is closed", "RFC 959 section 4.2"),
    "227": ("call me there: address, then port", "RFC 959 section 4.2"),
    "230": ("welcome", "RFC 959 section 4.2"),
    "331": ("and the password?", "RFC 959 section 4.2"),
    "4": ("not now: try again later", "RFC 959 section 4.2"),
    "5": ("no", "RFC 959 section 4.2"),
}
_VERBS = {251: "WILL", 252: "WONT", 253: "DO", 254: "DONT"}
_OPTIONS = {1: "ECHO", 3: "SUPPRESS-GO-AHEAD", 24: "TERMINAL-TYPE", 31: "NAWS", 34: "LINEMODE", 39: "NEW-ENVIRON"}
_TELNET = {
    "ECHO": ("send back what comes", "RFC 857"),
    "SUPPRESS-GO-AHEAD": ("leave out «go ahead»", "RFC 858"),
    "TERMINAL-TYPE": ("tell the terminal's kind", "RFC 1091"),
}
_SAYS = {"WILL": "I will", "WONT": "I will not", "DO": "please do", "DONT": "please do not", "SB": "details:"}
_TELNET_ITEM = re.compile(
    rb"\xff\xfa(?P<option>.)(?P<details>(?:[^\xff]|\xff\xff)*)\xff\xf0|\xff(?P<verb>[\xfb-\xfe])(?P<wish>.)"
    rb"|(?P<text>(?:[^\xff]|\xff\xff)+)|\xff.?",
    re.DOTALL,
)


def http(said: Iterable[Turn]) -> Iterator[TextLine]:
    """Start line, fields, an empty line, and the content: so many bytes as Content-Length says, shown as one line."""
    for by_client, rest in said:
        while rest:
            head, end, rest = rest.partition(b"\r\n\r\n")
            start, *fields = head.split(b"\r\n")
            code = re.match(rb"HTTP/\S+ (\d+)", start)
            yield TextLine(by_client, shown(start), *(_reply(code[1], _HTTP) if code else _command(start, _HTTP)))
            for field in fields:
                name = field.partition(b":")[0].lower().decode("latin-1")
                yield TextLine(by_client, shown(field), *_HTTP.get(name, ("", "")))
            if end:
                yield TextLine(by_client, "", "an empty line: the fields end here", "RFC 9112 section 2.1")
            counted = re.search(rb"(?i)\ncontent-length: *(\d+)", head)
            length = int(counted[1]) if counted else 0
            if content := rest[:length]:
                text = repr(content)[1:] if len(content) < LONGEST_SHOWN else f"{content[:40]!r}..."[1:]
                yield TextLine(by_client, text, f"the content: {len(content)} bytes", "RFC 9112 section 6")
            rest = rest[length:]


def smtp(said: Iterable[Turn]) -> Iterator[TextLine]:
    """Commands and replies, and between DATA and a line of one dot the mail itself."""
    part = ""  # of the mail, while it comes
    for by_client, line in lines(said):
        content = line.rstrip(b"\r\n")
        if not by_client:
            meaning = _reply(line, _SMTP)
            part = "header" if line.startswith(b"354") else part
        elif not part:
            meaning = _command(line, _SMTP)
        elif content == b".":
            meaning, part = _MAIL["end"], ""
        elif content or part == "body":
            meaning = _MAIL["dot" if content.startswith(b".") else part]
        else:
            meaning, part = _MAIL["empty"], "body"
        yield TextLine(by_client, shown(line), *meaning)


def ftp(said: Iterable[Turn]) -> Iterator[TextLine]:
    """The control connection."""
    for by_client, line in lines(said):
        yield TextLine(by_client, shown(line), *(_command if by_client else _reply)(line, _FTP))


def telnet_items(data: bytes) -> Iterator[str | bytes]:
    """What one side has sent: each command in words, and the text between them as bytes, with IAC IAC as one byte."""
    for item in _TELNET_ITEM.finditer(data):
        if item["option"]:
            details = item["details"].replace(b"\xff\xff", b"\xff")
            yield f"IAC SB {_option(item['option'])} {details.hex(' ')} IAC SE"
        elif item["verb"]:
            yield f"IAC {_VERBS[item['verb'][0]]} {_option(item['wish'])}"
        elif item["text"]:
            yield item["text"].replace(b"\xff\xff", b"\xff")
        else:  # one of the commands without an option (RFC 854, page 14)
            yield f"IAC {item[0][-1]}"


def telnet(said: Iterable[Turn]) -> Iterator[TextLine]:
    """Each command and each line of text, with its meaning."""
    for by_client, data in said:
        for item in telnet_items(data):
            if isinstance(item, str):
                _, verb, option = f"{item} ".split(" ")[:3]
                what, source = _TELNET.get(option, ("", "RFC 854"))
                yield TextLine(by_client, item, f"{_SAYS.get(verb, '')} {what}".strip(), source)
            else:
                for line in map(shown, item.splitlines(keepends=True)):
                    yield TextLine(by_client, line, "" if line else "an empty line")


def plain(said: Iterable[Turn]) -> Iterator[TextLine]:
    """The lines without any meaning."""
    return (TextLine(by_client, shown(line)) for by_client, line in lines(said))


def _reply(line: bytes, known: Mapping[str, Meaning]) -> Meaning:
    """What a reply means that begins with a code of three digits: by the code, or by its first digit."""
    code = line[:3].decode("latin-1")
    meaning, source = known.get(code) or known.get(code[:1]) or ("", "")
    return (f"{meaning}; more lines follow" if line[3:4] == b"-" and meaning else meaning), source


def _command(line: bytes, known: Mapping[str, Meaning]) -> Meaning:
    """What a command means, by its first word in any letters."""
    word = line.strip().partition(b" ")[0]
    return known.get(word.decode("latin-1").upper(), ("", ""))


def _option(data: bytes) -> str:
    return _OPTIONS.get(data[0], str(data[0]))
