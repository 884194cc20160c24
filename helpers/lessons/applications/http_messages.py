"""HTTP/1.1 messages (RFC 9112) line by line: a start line, fields, an empty line, and so many bytes of content."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from helpers.fields.conversation import LONGEST_SHOWN, Line, Meaning, Said, lines, shown

PORT = 80

_METHODS: dict[str, Meaning] = {
    "GET": ("a request: show me what is there", "RFC 9110 section 9.3.1"),
    "HEAD": ("a request: only the fields of the answer", "RFC 9110 section 9.3.2"),
    "POST": ("a request: take this and do something with it", "RFC 9110 section 9.3.3"),
    "PUT": ("a request: keep this under that name", "RFC 9110 section 9.3.4"),
    "DELETE": ("a request: remove it", "RFC 9110 section 9.3.5"),
    "OPTIONS": ("a request: what may one do there?", "RFC 9110 section 9.3.7"),
}
_FIELDS: dict[str, Meaning] = {
    "host": ("which site: one address may have many", "RFC 9110 section 7.2"),
    "accept": ("which kinds of content I would like", "RFC 9110 section 12.5.1"),
    "accept-encoding": ("in which form; identity: as it is", "RFC 9110 section 12.5.3"),
    "user-agent": ("which program asks", "RFC 9110 section 10.1.5"),
    "server": ("which program answers", "RFC 9110 section 10.2.4"),
    "date": ("when the answer was made", "RFC 9110 section 6.6.1"),
    "content-type": ("what the content is", "RFC 9110 section 8.3"),
    "content-length": ("how many bytes of content follow the empty line", "RFC 9110 section 8.6"),
    "connection": ("close: the connection ends after this answer", "RFC 9112 section 9.6"),
    "transfer-encoding": ("chunked: the content says in pieces how long it is", "RFC 9112 section 7.1"),
}
_STATUS: dict[str, Meaning] = {
    "200": ("the answer: here it is", "RFC 9110 section 15.3.1"),
    "400": ("the answer: I do not understand the request", "RFC 9110 section 15.5.1"),
    "404": ("the answer: there is nothing", "RFC 9110 section 15.5.5"),
    "405": ("the answer: that cannot be done there", "RFC 9110 section 15.5.6"),
}
_CLASSES: dict[str, Meaning] = {
    "1": ("the answer is still to come", "RFC 9110 section 15.2"),
    "2": ("the answer: yes", "RFC 9110 section 15.3"),
    "3": ("the answer: look elsewhere", "RFC 9110 section 15.4"),
    "4": ("the answer: no, and the request is to blame", "RFC 9110 section 15.5"),
    "5": ("the answer: no, and the server is to blame", "RFC 9110 section 15.6"),
}
_EMPTY: Meaning = ("an empty line: the fields end here", "RFC 9112 section 2.1")


def explained(said: Iterable[Said]) -> list[Line]:
    """What each line means. Content stands in one line, whatever it is.

    How long content is, is taken from Content-Length alone: chunked content is shown as lines.
    """
    sides = {True: _Side(), False: _Side()}
    found: list[Line] = []
    for by_client, line in lines(said):
        side, rest = sides[by_client], line
        while rest:
            piece, rest = side.take(rest)
            if piece is not None:
                found.append(Line(by_client, *piece))
    return found + [Line(by_client, *side.unfinished()) for by_client, side in sides.items() if side.content]


@dataclass
class _Side:
    """Where in a message one side is."""

    in_fields: bool = False
    length: int = 0
    """Content-Length of the message whose fields are being read."""
    awaited: int = 0
    """Bytes of content that have not come yet."""
    content: bytes = b""

    def take(self, data: bytes) -> tuple[tuple[str, str, str] | None, bytes]:
        """What the beginning of a line is (None: content that is not complete yet), and the rest of the line."""
        if self.awaited:
            self.content += data[: self.awaited]
            rest, self.awaited = data[self.awaited :], max(0, self.awaited - len(data))
            return (None if self.awaited else self.unfinished()), rest
        meaning = self._field(data) if self.in_fields else self._start(data)
        return (shown(data), *meaning), b""

    def unfinished(self) -> tuple[str, str, str]:
        """The content that has come."""
        content, self.content = self.content, b""
        text = repr(content)[1:] if len(content) < LONGEST_SHOWN else f"{content[:40]!r}..."[1:]
        return text, f"the content: {len(content)} bytes", "RFC 9112 section 6"

    def _start(self, line: bytes) -> Meaning:
        if not line.strip():
            return "an empty line too many", "RFC 9112 section 2.2"
        self.in_fields, self.length = True, 0
        first, *rest = (word.decode("latin-1") for word in line.split(maxsplit=2))
        if first.startswith("HTTP/"):
            code = rest[0] if rest else ""
            return _STATUS.get(code) or _CLASSES.get(code[:1]) or ("an answer", "RFC 9112 section 4")
        return _METHODS.get(first, ("a request", "RFC 9112 section 3"))

    def _field(self, line: bytes) -> Meaning:
        name, _, value = line.decode("latin-1").partition(":")
        if not line.strip():
            self.in_fields, self.awaited = False, self.length
            return _EMPTY
        if name.lower() == "content-length" and value.strip().isdecimal():
            self.length = int(value)
        return _FIELDS.get(name.lower(), ("", ""))
