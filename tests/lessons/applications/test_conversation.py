"""Who said what over TCP, what it means, and who called whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether

from helpers.lessons.applications import telnet, text_protocols
from helpers.lessons.applications.conversation import callers, conversation
from helpers.lessons.applications.dialogue import TextLine, Turn
from helpers.trace import WIRE, Frame, Trace, TraceError
from tests.samples import MAC, trace_of

ADDRESSES = {"client": "10.0.0.1", "server": "10.0.0.2"}
SAID = st.lists(st.builds(Turn, st.booleans(), st.binary(min_size=1, max_size=40)), max_size=12)
EXPLAIN = [text_protocols.http, text_protocols.smtp, text_protocols.ftp, telnet.explained]


class Wire:
    """Connections, as they cross."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []

    def cross(self, sender: str, ports: tuple[int, int], flags: str, seq: int, data: bytes = b"") -> None:
        receiver = "server" if sender == "client" else "client"
        ip = IP(src=ADDRESSES[sender], dst=ADDRESSES[receiver])
        packet = Ether(dst=MAC) / ip / TCP(sport=ports[0], dport=ports[1], flags=flags, seq=seq) / data
        sent = 1000 * (len(self.frames) + 1)
        self.frames.append(Frame(sent, sender, receiver, bytes(packet), (sent + 500,)))

    def opened(self, caller: str, ports: tuple[int, int]) -> None:
        self.cross(caller, ports, "S", 0)
        self.cross("server" if caller == "client" else "client", ports[::-1], "SA", 0)


@pytest.fixture
def ftp() -> Trace:
    """Active mode: a control connection, and the server's call for the data."""
    wire = Wire()
    wire.opened("client", (40000, 21))
    wire.cross("server", (21, 40000), "PA", 1, b"220 ready\r\n")
    wire.cross("client", (40000, 21), "PA", 1, b"RETR $HOME <b>\r\n")
    wire.opened("server", (20, 40001))
    wire.cross("server", (20, 40001), "PA", 1, b"one\r\ntwo\r\n")
    wire.cross("server", (20, 40001), "PA", 1, b"one\r\ntwo\r\n")
    return trace_of(wire.frames)


def test_each_line_with_its_meaning(ftp: Trace) -> None:
    assert str(conversation(ftp)).splitlines() == [
        "FTP: client → server port 21",
        "  who       says            which means        laid down in",
        "  ← server  220 ready       I am ready         RFC 959 section 4.2",
        "  client →  RETR $HOME <b>  send me that file  RFC 959 section 4.1.3",
        "server port 20 → client port 40001",
        "  who       says",
        "  server →  one",
        "  server →  two",
        "[live on Linux 6.1, 2026-01-31]",
    ]
    assert str(callers(ftp)).splitlines()[2:4] == [
        "  1  client → server port 21             16       11",
        "  2  server port 20 → client port 40001  10       0",
    ]


def test_one_of_the_connections_alone(ftp: Trace) -> None:
    text = str(conversation(ftp, 21))
    assert "RETR" in text and "port 40001" not in text
    with pytest.raises(TraceError, match="no TCP connection to port 80 is in this trace"):
        conversation(ftp, 80)
    with pytest.raises(TraceError, match="no TCP connection is in this trace"):
        conversation(trace_of([]))


def test_what_the_wire_injects_was_said_by_nobody(ftp: Trace) -> None:
    words = next(frame for frame in ftp.frames if b"RETR" in frame.data)
    forged = replace(words, sender=WIRE, data=words.data.replace(b"RETR $HOME", b"DELE /home"))
    frames = [*ftp.frames[:2], forged, *ftp.frames[2:]]
    assert str(conversation(replace(ftp, frames=tuple(frames)))) == str(conversation(ftp))


@pytest.mark.parametrize("explain", EXPLAIN)
@given(SAID)
@example([Turn(False, b"\x1c")])  # a space to Python's str, and none to its bytes
@example([Turn(False, b"\xff"), Turn(True, b"HTTP/1.1\r\n")])
def test_whatever_is_said_has_lines_of_printable_text(
    explain: Callable[[Iterable[Turn]], Iterable[TextLine]], said: list[Turn]
) -> None:
    for line in explain(said):
        assert line.text.isprintable() and line.meaning.isprintable()


def test_a_mail_is_told_from_commands() -> None:
    crossed = [
        (True, "DATA"), (False, "354 go on"), (True, "Subject: dots"), (True, ""), (True, "QUIT"), (True, ""),
        (True, "..hidden"), (True, "."), (False, "250-kept"), (True, "quit"), (False, "599 no"),
    ]  # fmt: skip
    said = [Turn(by_client, line.encode() + b"\r\n") for by_client, line in crossed]
    assert [line.meaning for line in text_protocols.smtp(said)] == [
        "now comes the mail itself", "go on, and end with a line that is one dot", "the mail: a field of its header",
        "the mail: an empty line ends the header", "the mail: a line of its body", "the mail: a line of its body",
        "the mail; it began with a dot, and got a second one", "the end of the mail; this line is not part of it",
        "done; more lines follow", "that was all", "no",
    ]  # fmt: skip


def test_content_of_http_is_told_from_fields_by_its_length() -> None:
    answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 14\r\n\r\nHost: nobody\r\n"
    lines = list(text_protocols.http([Turn(False, answer + answer[:-3])]))
    assert [line.text for line in lines if "content:" in line.meaning] == [r"'Host: nobody\r\n'", "'Host: nobod'"]
    assert [line.meaning for line in lines].count("the answer: no, and the request is to blame") == 2


def test_commands_of_telnet_are_told_from_text() -> None:
    data = b"a\xff\xffb\xff\xf1c\xff\xfa\x18\x00vt\xff\xff\xff\xf0\xff\xfd\x18\xff\xfc\x63!\xff"
    assert list(telnet.items(data)) == [
        b"a\xffb", "IAC NOP", b"c", "IAC SB TERMINAL-TYPE 00 76 74 ff IAC SE", "IAC DO TERMINAL-TYPE", "IAC WONT 99",
        b"!", "IAC IAC",
    ]  # fmt: skip
