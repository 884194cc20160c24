from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from helpers.fields.conversation import Explain, Line, Said, lines, plain, shown
from helpers.lessons.applications import ftp, http_messages, smtp, telnet

SAID = st.lists(st.builds(Said, st.booleans(), st.binary(min_size=1, max_size=40)), max_size=12)
CRLF = b"\r\n"


def talk(text: str) -> list[Said]:
    """From lines that begin with C: or S:, each of which ends with CR LF on the wire."""
    found = []
    for line in text.strip().splitlines():
        who, _, what = line.strip().partition(":")
        found.append(Said(who == "C", what.removeprefix(" ").encode() + CRLF))
    return found


def meanings(explained: Iterable[Line]) -> list[str]:
    return [line.meaning for line in explained]


def test_lines_are_those_of_each_side() -> None:
    said = [Said(True, b"one\r\ntw"), Said(False, b"three\n"), Said(True, b"o\r\nfour")]
    assert lines(said) == [(True, b"one\r\n"), (False, b"three\n"), (True, b"two\r\n"), (True, b"four")]


@given(SAID)
def test_no_byte_is_lost(said: list[Said]) -> None:
    for by_client in (True, False):
        parts = b"".join(line for who, line in lines(said) if who is by_client)
        assert parts == b"".join(each.data for each in said if each.by_client is by_client)


@pytest.mark.parametrize(
    "explain", [plain, http_messages.explained, smtp.explained, ftp.explained, telnet.explained]
)
@given(SAID)
@example([Said(False, b"\x1c")])  # a space to Python's str, and none to its bytes
def test_whatever_is_said_has_lines_of_printable_text(explain: Explain, said: list[Said]) -> None:
    for line in explain(said):
        assert line.text.isprintable() and line.meaning.isprintable() and bool(line.source) <= bool(line.meaning)


def test_bytes_that_are_no_text_are_written_as_python_does() -> None:
    assert shown(b"caf\xc3\xa9\t\x1b[1m\r\n") == r"caf\xc3\xa9\t\x1b[1m"
    assert shown(b"a" * 100) == "a" * 52 + "... (100 bytes)"


# SMTP


DIALOGUE = """
S: 220 server.example ready
C: EHLO client.example
S: 250-server.example
S: 250 SIZE 1000
C: MAIL FROM:<ann@client.example>
S: 250 ok
C: RCPT TO:<bob@elsewhere.example>
S: 550 no
C: RCPT TO:<bob@server.example>
S: 250 ok
C: DATA
S: 354 go on
C: Subject: dots
C:
C: QUIT
C: ..hidden
C: .
S: 250 kept
C: QUIT
S: 221 bye
"""


def test_a_mail_is_told_from_commands() -> None:
    explained = smtp.explained(talk(DIALOGUE))
    assert meanings(explained) == [
        "I am ready",
        "who I am; which extensions do you have?", "done; more lines follow", "done",
        "a new mail; where to send word if it fails", "done",
        "one receiver of it", "no",
        "one receiver of it", "done",
        "now comes the mail itself", "go on, and end with a line that is one dot",
        "the mail: a field of its header", "the mail: an empty line ends the header", "the mail: a line of its body",
        "the mail; it began with a dot, and got a second one", "the end of the mail; this line is not part of it",
        "done", "that was all", "I hang up now",
    ]  # fmt: skip
    assert [line.source for line in explained if line.text.startswith("MAIL")] == ["RFC 5321 section 4.1.1.2"]


# FTP


def test_the_control_connection() -> None:
    explained = ftp.explained(
        talk("""
            S: 220 ready
            C: user reader
            S: 331 password?
            C: PASV
            S: 227 Entering passive mode (10,0,0,2,156,64).
            C: RETR a
            S: 150 here it comes
            S: 226 that was it
            C: SITE
            S: 599 whatever
        """)
    )
    assert meanings(explained) == [
        "I am ready", "who I am", "and the password?", "where may I call you for the data?",
        "call me there: address, then port", "send me that file",
        "the data come as soon as their connection is there",
        "that was all of the data; their connection is closed", "", "no",
    ]  # fmt: skip


def test_the_address_in_a_line() -> None:
    assert ftp.address_in("227 Entering passive mode (10,0,0,2,156,64).") == ("10.0.0.2", 40000)
    assert ftp.address_in("PORT 10,0,0,1,0,20") == ("10.0.0.1", 20)


@pytest.mark.parametrize("line", ["227 Entering passive mode", "PORT 10,0,0,1,156", "PORT 10,0,0,1,256,0"])
def test_a_line_without_an_address(line: str) -> None:
    with pytest.raises(ftp.FTPError, match="no six numbers of a byte each"):
        ftp.address_in(line)


# HTTP


def test_content_is_told_from_fields_by_its_length() -> None:
    request = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
    first = b"HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\nHost: nobody\r\n"
    explained = http_messages.explained([Said(True, request), Said(False, first), Said(True, request)])
    assert [(line.by_client, line.text) for line in explained] == [
        (True, "GET /a HTTP/1.1"), (True, "Host: x"), (True, ""),
        (False, "HTTP/1.1 200 OK"), (False, "Content-Length: 14"), (False, ""), (False, r"'Host: nobody\r\n'"),
        (True, "GET /a HTTP/1.1"), (True, "Host: x"), (True, ""),
    ]  # fmt: skip
    assert explained[6].meaning == "the content: 14 bytes"


def test_two_answers_in_one_stretch() -> None:
    answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nno!"
    explained = http_messages.explained([Said(False, answer + answer)])
    assert [line.text for line in explained if "content:" in line.meaning] == ["'no!'", "'no!'"]
    assert meanings(explained).count("the answer: there is nothing") == 2


def test_content_of_several_lines_and_content_cut_off() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\none\ntwo\n!"
    assert http_messages.explained([Said(False, answer)])[-1].text == r"'one\ntwo\n!'"
    cut = http_messages.explained([Said(False, answer[:-4])])[-1]
    assert (cut.text, cut.meaning) == (r"'one\nt'", "the content: 5 bytes")


# Telnet


def test_options_are_named() -> None:
    said = [Said(False, b"\xff\xfd\x18\xff\xfb\x03"), Said(True, b"\xff\xfc\x18\xff\xfe\x03"), Said(False, b"login: ")]
    assert [(line.text, line.meaning, line.source) for line in telnet.explained(said)] == [
        ("IAC DO TERMINAL-TYPE", "please do tell the terminal's kind", "RFC 1091"),
        ("IAC WILL SUPPRESS-GO-AHEAD", "I will leave out «go ahead»", "RFC 858"),
        ("IAC WONT TERMINAL-TYPE", "I will not tell the terminal's kind", "RFC 1091"),
        ("IAC DONT SUPPRESS-GO-AHEAD", "please do not leave out «go ahead»", "RFC 858"),
        ("login: ", "", ""),
    ]


def test_data_and_commands_are_told_apart() -> None:
    assert telnet.parse(b"a\xff\xffb\xff\xf1c") == [
        telnet.Text(b"a\xffb"), telnet.Command(telnet.NOP), telnet.Text(b"c"),
    ]  # fmt: skip
    assert telnet.parse(b"\xff\xfa\x18\x00xterm\xff\xff\xff\xf0!") == [
        telnet.Command(telnet.SB, 24, b"\x00xterm\xff"), telnet.Text(b"!"),
    ]  # fmt: skip


@pytest.mark.parametrize("command", [b"\xff", b"\xff\xfd", b"\xff\xfa", b"\xff\xfa\x18", b"\xff\xfa\x18\0xterm\xff"])
def test_a_command_that_is_cut_goes_on_in_the_next_piece(command: bytes) -> None:
    assert telnet.parse(b"a" + command) == [telnet.Text(b"a"), telnet.Unfinished(command)]
    whole = b"\xff\xfa\x18\0xterm\xff\xf0"
    if whole.startswith(command):
        said = [Said(True, command), Said(False, b"x"), Said(True, whole[len(command) :])]
        assert [line.text for line in telnet.explained(said)] == ["x", "IAC SB TERMINAL-TYPE 00 78 74 65 72 6d IAC SE"]


@given(st.lists(st.sampled_from([b"text", b"\xff\xff", b"\xff\xfd\x01", b"\xff\xfa\x1fab\xff\xf0", b"\xff\xf6"])))
def test_parsing_a_stream_and_its_pieces_is_the_same(parts: list[bytes]) -> None:
    items = telnet.parse(b"".join(parts))
    commands = [item for item in items if isinstance(item, telnet.Command)]
    assert commands == [item for part in parts for item in telnet.parse(part) if isinstance(item, telnet.Command)]
    text = b"".join(item.data for item in items if isinstance(item, telnet.Text))
    assert text == b"".join({b"text": b"text", b"\xff\xff": b"\xff"}.get(part, b"") for part in parts)
