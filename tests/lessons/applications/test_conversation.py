"""Streams put together, who said what over TCP, and who called whom. What lines mean in the lesson nbval compares."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether

from helpers.fields.segment import SEQUENCE_SPACE, Segment
from helpers.lessons.applications import text_protocols
from helpers.lessons.applications.conversation import callers, conversation
from helpers.lessons.applications.dialogue import TextLine, Turn, connections, lines
from helpers.trace import WIRE, Frame, Trace, TraceError
from tests.samples import MAC, trace_of

CLIENT, SERVER = "10.0.0.1:40000", "10.0.0.2:80"
SAID = st.lists(st.builds(Turn, st.booleans(), st.binary(min_size=1, max_size=40)), max_size=12)
EXPLAIN = [text_protocols.plain, text_protocols.http, text_protocols.smtp, text_protocols.ftp, text_protocols.telnet]


def segment(by_client: bool, flags: str, seq: int, data: bytes = b"", client: str = CLIENT) -> Segment:
    source, destination = (client, SERVER) if by_client else (SERVER, client)
    return Segment(source, destination, flags, seq % SEQUENCE_SPACE, 0, 1000, (), data)


def handshake(j: int = 100, k: int = 300, client: str = CLIENT) -> list[Segment]:
    return [segment(True, "SYN", j, client=client), segment(False, "SYN ACK", k, client=client)]


def test_what_each_side_said_in_turn() -> None:
    crossed = [
        *handshake(), segment(True, "ACK", 101, b"one "), segment(True, "ACK", 105, b"two"),
        segment(False, "ACK", 301, b"three"), segment(True, "ACK", 108, b"four"),
    ]  # fmt: skip
    (found,) = connections(crossed)
    assert found.said == [(True, b"one two"), (False, b"three"), (True, b"four")]
    assert connections(crossed[2:]) == [], "its beginning was not seen"


def test_two_connections_at_once_and_two_after_each_other() -> None:
    other = "10.0.0.1:40001"
    crossed = [
        *handshake(), *handshake(client=other),
        segment(True, "ACK", 101, b"first"), segment(True, "ACK", 101, b"second", other),
        *handshake(j=70000), segment(True, "ACK", 70001, b"third"),
    ]  # fmt: skip
    assert [each.sent(by_client=True) for each in connections(crossed)] == [b"first", b"second", b"third"]


@given(
    st.binary(max_size=60), st.integers(0, SEQUENCE_SPACE - 1),
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=8),
)  # fmt: skip
@example(b"ABCDEFGH", SEQUENCE_SPACE - 3, [(0, 1)] * 8)
def test_any_cutting_and_repeating_is_the_same(content: bytes, first: int, pieces: list[tuple[int, int]]) -> None:
    """Each piece begins some bytes before what was sent last, and goes some bytes beyond it."""
    crossed, done = handshake(first), 0
    for back, beyond in [*pieces, (0, len(content))]:
        start, done = max(0, done - back), min(len(content), done + beyond)
        crossed.append(segment(True, "ACK", first + 1 + start, content[start:done]))
    assert connections(crossed)[0].sent(by_client=True) == content


@given(SAID)
def test_no_byte_is_lost_between_lines(said: list[Turn]) -> None:
    for side in (True, False):
        parts = b"".join(line for who, line in lines(said) if who is side)
        assert parts == b"".join(data for who, data in said if who is side)


@pytest.mark.parametrize("explain", EXPLAIN)
@given(SAID)
@example([Turn(False, b"\x1c")])  # a space to Python's str, and none to its bytes
@example([Turn(False, b"\xff"), Turn(True, b"HTTP/1.1\r\n")])
def test_whatever_is_said_has_lines_of_printable_text(
    explain: Callable[[Iterable[Turn]], Iterable[TextLine]], said: list[Turn]
) -> None:
    for line in explain(said):
        assert line.text.isprintable() and line.meaning.isprintable()


@pytest.fixture
def ftp() -> Trace:
    """A control connection of FTP, and words of which the wire has injected a copy."""
    frames: list[Frame] = []
    for sender, flags, data in (("client", "S", b""), ("server", "SA", b""), ("client", "PA", b"RETR $HOME <b>\r\n")):
        (near, sport), (far, dport) = (("1", 40000), ("2", 21))[:: 1 if sender == "client" else -1]
        ip = IP(src=f"10.0.0.{near}", dst=f"10.0.0.{far}")
        packet = Ether(dst=MAC) / ip / TCP(sport=sport, dport=dport, flags=flags, seq=len(data) > 0) / data
        frames.append(Frame(1000 * len(frames), sender, "server", bytes(packet), (1000 * len(frames) + 500,)))
    forged = replace(frames[-1], sender=WIRE, data=frames[-1].data.replace(b"RETR $HOME", b"DELE /home"))
    return trace_of([*frames[:2], forged, frames[2]])


def test_lines_and_callers_of_a_trace(ftp: Trace) -> None:
    assert str(conversation(ftp, 21)).splitlines()[2:3] == [
        "  client →  RETR $HOME <b>  send me that file  RFC 959 section 4.1.3",
    ]
    assert str(callers(ftp)).splitlines()[2] == "  1  client → server port 21  16       0"
    with pytest.raises(TraceError, match="no TCP connection to port 80 is in this trace"):
        conversation(ftp, 80)


def test_a_mail_is_told_from_commands() -> None:
    crossed = [
        (True, "DATA"), (False, "354 go on"), (True, "Subject: dots"), (True, ""), (True, "QUIT"), (True, ""),
        (True, "..hidden"), (True, "."), (True, "quit"),
    ]  # fmt: skip
    said = [Turn(by_client, line.encode() + b"\r\n") for by_client, line in crossed]
    assert [line.meaning for line in text_protocols.smtp(said)][4:] == [
        "the mail: a line of its body", "the mail: a line of its body",
        "the mail; it began with a dot, and got a second one", "the end of the mail; this line is not part of it",
        "that was all",
    ]  # fmt: skip


def test_content_of_http_is_told_from_fields_by_its_length() -> None:
    answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 14\r\n\r\nHost: nobody\r\n"
    found = list(text_protocols.http([Turn(False, answer + answer[:-3])]))
    assert [line.text for line in found if "content:" in line.meaning] == [r"'Host: nobody\r\n'", "'Host: nobod'"]


def test_commands_of_telnet_are_told_from_text() -> None:
    data = b"a\xff\xffb\xff\xf1c\xff\xfa\x18\x00vt\xff\xff\xff\xf0\xff\xfd\x18\xff\xfc\x63!\xff"
    assert list(text_protocols.telnet_items(data)) == [
        b"a\xffb", "IAC 241", b"c", "IAC SB TERMINAL-TYPE 00 76 74 ff IAC SE", "IAC DO TERMINAL-TYPE", "IAC WONT 99",
        b"!", "IAC 255",
    ]  # fmt: skip
