from __future__ import annotations

import re
import socket
import struct
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from helpers.lessons.applications import check as applications
from helpers.lessons.applications import snmp
from helpers.study import check
from tests.lessons.solved import solutions

SOLVED = solutions("08_seven_applications")
NAMES = ["two_pages", "deliver", "retrieve", "log_in", "store", "snmp_get", "query"]


@pytest.mark.parametrize(("number", "name"), list(enumerate(NAMES, 1)))
def test_the_solution_passes(number: int, name: str) -> None:
    assert check(f"08.{number}", SOLVED[name]).status == "passed"


def test_the_default_timeout_is_as_before() -> None:
    check("08.3", SOLVED["retrieve"])
    assert socket.getdefaulttimeout() is None


def failing(number: int, answer: object, sentence: str) -> None:
    """What is awaited here in vain would have come in a few milliseconds."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(applications, "LONGEST", 0.5)
        checked = check(f"08.{number}", answer)
    assert checked.status in ("wrong", "failed") and sentence in checked.text, checked.text


# HTTP


def pages(request: str, read: Callable[[socket.socket], Any]) -> Callable[[socket.socket, str, str], list[Any]]:
    def two_pages(sock: socket.socket, first: str, second: str) -> list[Any]:
        contents = []
        for path in (first, second):
            sock.sendall(request.format(path).encode())
            contents.append(read(sock))
        return contents

    return two_pages


GOOD = "GET {} HTTP/1.1\r\nHost: server\r\n\r\n"


def content(sock: socket.socket) -> bytes:
    return sock.recv(65535).partition(b"\r\n\r\n")[2]


def everything(sock: socket.socket) -> bytes:
    data = b""
    while piece := sock.recv(1000):
        data += piece
    return data


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (pages("GET {} HTTP/1.1\r\n\r\n", content), "refused a request: HTTP/1.1 400 a request of HTTP/1.1 must have"),
        (pages("GET {} HTTP/1.1\r\nHost: server\r\n", content), "the server for one of yours. Does each line end"),
        (pages("GET {} HTTP/1.0\r\n\r\n", content), "closed the connection after the first answer. Ask in HTTP/1.1"),
        (pages("GET {}\r\n\r\n", content), "content 1 has 0 bytes"),
        (pages("FETCH {} HTTP/1.1\r\nHost: x\r\n\r\n", content), "refused a request: HTTP/1.1 501"),
        (pages("GET {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", content), "closed the connection"),
        (pages(GOOD, lambda sock: sock.recv(65535)), "content 1 begins with the start line"),
        (pages(GOOD, everything), "waited 0.5 s for a word of the server"),
        (pages(GOOD, lambda sock: content(sock)[:20]), "content 1 has 20 bytes instead of 48"),
        (pages(GOOD, lambda sock: content(sock).decode()), "content 1 must be bytes"),
        (pages(GOOD, lambda sock: content(sock) + b"!"), "should be b'Hello from the server"),
        (lambda sock, first, second: b"", "must return both contents, as a list of two"),
        (lambda sock, first, second: None, "must return both contents, as a list of two"),
        (5, "not callable"),
    ],
)
def test_pages_that_do_not_come(answer: Any, sentence: str) -> None:
    failing(1, answer, sentence)


# SMTP


def mail(
    stuff: Callable[[str], str] = lambda line: "." + line if line.startswith(".") else line,
    end: str = "\r\n.\r\n",
    eol: str = "\r\n",
    sender: str = "",
    receiver: str = "",
    commands: Sequence[str] = ("EHLO x", "MAIL FROM:<{0}>", "RCPT TO:<{1}>", "DATA"),
) -> Callable[..., None]:
    def deliver(sock: socket.socket, told_sender: str, told_receiver: str, lines: Sequence[str]) -> None:
        replies = sock.makefile("rb")
        replies.readline()
        for command in commands:
            sock.sendall((command.format(sender or told_sender, receiver or told_receiver) + eol).encode())
            while replies.readline()[3:4] == b"-":
                pass
        sock.sendall((eol.join(map(stuff, lines)) + end).encode())
        replies.readline()

    return deliver


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (mail(stuff=str), "The mail ends after 2 lines of 6: at a line that is one dot"),
        (mail(stuff=lambda line: "." + line), "The mail ends after 1 lines of 3: at a line that is one dot"),
        (mail(stuff=lambda line: ".." + line if line.startswith(".") else line), "is '..', and should be '.'"),
        (mail(stuff=lambda line: line.replace(".", "..")), "is 'Hello..', and should be 'Hello.'"),
        (mail(end="\r\n"), "waited 0.5 s for a word of the server"),
        (mail(end=".\r\n"), "waited 0.5 s for a word of the server"),
        (mail(eol="\n"), "All lines are there, but they do not end with CR LF"),
        (mail(eol="\r"), "waited 0.5 s for a word of the server"),
        (mail(receiver="eve@server.example"), "to eve@server.example: both are given"),
        (mail(receiver="bob@elsewhere.example"), "The server's last words were"),
        (mail(commands=("EHLO x", "MAIL FROM:<{0}>", "DATA")), "No mail came. The server's last words were: '500"),
        (mail(commands=("HELLO x",)), "No mail came. The server's last words were: '500"),
        (lambda sock, sender, receiver, lines: None, "No mail came."),
        (lambda sock: None, "TypeError"),
    ],
)
def test_mails_that_arrive_otherwise_or_not_at_all(answer: Any, sentence: str) -> None:
    failing(2, answer, sentence)


# FTP


def file(
    before: Sequence[str] = ("USER reader", "PASS secret", "TYPE I"),
    port: Callable[[int, int], int] = lambda high, low: 256 * high + low,
    read: Callable[[socket.socket], Any] = everything,
    command: str = "RETR {}",
) -> Callable[[socket.socket, str], Any]:
    def retrieve(control: socket.socket, name: str) -> Any:
        control.recv(1000)
        for line in (*before, "PASV"):
            control.sendall(line.encode() + b"\r\n")
            reply = control.recv(1000).decode()
        numbers = re.search(r"\((.*)\)", reply)
        if numbers is None:
            return b""
        *host, high, low = numbers[1].split(",")
        with socket.create_connection((".".join(host), port(int(high), int(low)))) as data:
            control.sendall(command.format(name).encode() + b"\r\n")
            got = read(data)
        control.recv(1000)
        return got

    return retrieve


def active_mode(control: socket.socket, name: str) -> bytes:
    with socket.create_server(("127.0.0.1", 0)) as waiting:
        port = waiting.getsockname()[1]
        control.recv(1000)
        for line in ("USER reader", "PASS secret", "TYPE I", f"PORT 127,0,0,1,{port >> 8},{port & 255}"):
            control.sendall(line.encode() + b"\r\n")
            control.recv(1000)
        control.sendall(f"RETR {name}\r\n".encode())
        data, _ = waiting.accept()
        with data:
            return everything(data)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (active_mode, "that is active mode. Say PASV"),
        (file(before=("USER reader", "PASS secret")), "that is type A. Ask for type I"),
        (file(before=("USER reader", "PASS wrong")), "returned nothing. The server's last words were: '530"),
        (file(before=()), "returned nothing. The server's last words were: '530"),
        (file(port=lambda high, low: 256 * low + high), "The connection ended before your function did"),
        (file(command="LIST"), "bytes that are not the 48 of the file"),
        (file(command="RETR x{}"), "waited 0.5 s for a word of the server, and the server for one of yours."),
        (file(read=lambda data: data.recv(10)), "returned 10 bytes of 48: go on until the end"),
        (file(read=lambda data: everything(data).decode("latin-1")), "must return bytes"),
        (lambda control, name: control.sendall(b"USER reader") or control.recv(99) + control.recv(99), "waited 0.5 s"),
        (lambda control, name: None, "must return bytes; it returned None"),
    ],
)
def test_files_that_do_not_come(answer: Any, sentence: str) -> None:
    failing(3, answer, sentence)


# Telnet


def session(answers: bytes, said: Callable[[str], Any] = str, password: str = "") -> Callable[..., Any]:
    def log_in(sock: socket.socket, name: str, told_password: str) -> Any:
        def until(end: bytes) -> bytes:
            got = b""
            while not got.endswith(end):
                got += sock.recv(1)
            return got

        sock.sendall(answers)
        until(b"login: ")
        sock.sendall(name.encode() + b"\r\n")
        until(b"Password: ")
        sock.sendall((password or told_password).encode() + b"\r\n")
        until(b"\r\n")
        return said(until(b"\r\n").decode())

    return log_in


BOTH = b"\xff\xfc\x18\xff\xfe\x03"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (session(b""), "asks for nothing more until both options have an answer"),
        (session(b"\xff\xfc\x18"), "You answered IAC WONT TERMINAL-TYPE; each of its two commands"),
        (session(b"\xff\xfb\x18\xff\xfe\x03"), "You answered IAC WILL TERMINAL-TYPE, IAC DONT SUPPRESS-GO-AHEAD"),
        (session(b"\xff\xfc\x18\xff\xfd\x03"), "You did not refuse SUPPRESS-GO-AHEAD: IAC DONT"),
        (session(b"\xff\xfe\x18\xff\xfc\x03"), "You answered IAC DONT TERMINAL-TYPE, IAC WONT SUPPRESS-GO-AHEAD"),
        (session(b"WONT DONT"), "until both options have an answer, of three bytes each"),
        (session(BOTH, password="wrong"), "Nobody has logged in."),
        (session(BOTH, said=lambda line: None), "Return the line with which you are welcomed"),
        (session(BOTH, said=lambda line: "hello"), "you returned 'hello'"),
        (lambda sock, name, password: sock.sendall(BOTH), "Nobody has logged in."),
    ],
)
def test_sessions_that_do_not_begin(answer: Any, sentence: str) -> None:
    failing(4, answer, sentence)


# TFTP


def storing(
    mode: str = "octet",
    first: int = 1,
    waits: bool = True,
    to: Callable[[Any, Any], Any] = lambda server, there: there,
    blocks: Callable[[int], int] = lambda size: size // 512 + 1,
    number: str = ">2H",
    opcode: int = 3,
    name: str = "",
) -> Callable[..., None]:
    def store(sock: socket.socket, server: Any, told_name: str, content: bytes) -> None:
        sock.sendto(b"\0\2" + (name or told_name).encode() + b"\0" + mode.encode() + b"\0", server)
        there = sock.recvfrom(600)[1] if waits else server
        for block in range(blocks(len(content))):
            data = content[512 * block : 512 * (block + 1)]
            sock.sendto(struct.pack(number, opcode, block + first) + data, to(server, there))
            if waits:
                sock.recv(600)

    return store


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (storing(blocks=lambda size: -(-size // 512)), "or waits for its end. 1024 bytes: 3 blocks"),
        (storing(blocks=lambda size: 1), "1000 bytes: 2 blocks, the last of under 512 bytes"),
        (storing(first=0), "9 bytes: 1 blocks, the last of under 512 bytes; they go to the port from which"),
        (storing(to=lambda server, there: server), "they go to the port from which the server has answered"),
        (storing(waits=False), "from which the server has answered. The server's last words were: "),
        (storing(number="<2H"), "'ERROR 4: this makes no sense here'"),
        (storing(opcode=4), "'ERROR 4: this makes no sense here'"),
        (storing(mode="mail"), "The server's last words were: 'ERROR "),
        (storing(name="other"), "the server has no such file"),
        (lambda sock, server, name, content: None, "the server has no such file, or waits for its end"),
        (lambda sock, server, name, content: sock.sendto(b"\0\2x", server), "'ERROR 4: this makes no sense here'"),
    ],
)
def test_files_that_are_not_stored(answer: Any, sentence: str) -> None:
    failing(5, answer, sentence)


def test_a_file_that_was_changed_on_the_way_is_another() -> None:
    def store(sock: socket.socket, server: Any, name: str, content: bytes) -> None:
        SOLVED["store"](sock, server, name, content.replace(b"o", b"0"))

    failing(5, store, "9 bytes that are not the 9 of the file")


# SNMP


def question(community: str = "", number: Callable[[int], bytes] = lambda n: bytes([n]), tag: int = 0xA0) -> Any:
    def snmp_get(told: str, name: str) -> bytes:
        def value(tag: int, *parts: bytes) -> bytes:
            return bytes([tag, len(b"".join(parts))]) + b"".join(parts)

        first, second, *rest = map(int, name.split("."))
        numbers = b"".join(map(number, [40 * first + second, *rest]))
        zero = value(2, b"\0")
        bindings = value(0x30, value(0x30, value(6, numbers), value(5)))
        pdu = value(tag, value(2, b"\1"), zero, zero, bindings)
        return value(0x30, value(2, b"\1"), value(4, (community or told).encode()), pdu)

    return snmp_get


def right(number: int) -> bytes:
    return bytes([0x80 | number >> 7, number & 0x7F]) if number > 127 else bytes([number])


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (question(), "bytes must be in range(0, 256)"),
        (question(number=lambda n: bytes([n & 0xFF])), "asks for 1.3.6.1.4.1."),
        (question(number=lambda n: struct.pack(">H", n) if n > 127 else bytes([n])), "takes two bytes, the first with"),
        (question(community="Public", number=right), "does not answer snmp_get('public', '1.3.6.1.2.1.1.5.0')"),
        (question(community="public", number=right), "must carry the community that it is given"),
        (question(number=right, tag=0xA2), "is a Response; a GetRequest has the tag 0xa0"),
        (question(number=right, tag=0x30), "That is no message of SNMP: PDU must be of the type"),
        (lambda community, name: snmp.get_request(community, [name])[:-1], "That is no message of SNMP"),
        (lambda community, name: snmp.get_request(community, [name]).hex(), "must return bytes"),
        (lambda community, name: snmp.get_request(community, [name], version=0), "SNMPv2c has the number 1"),
        (lambda community, name: snmp.get_request(community, []), "asks for nothing"),
        (lambda community, name: snmp.get_request(community, ["1.3.6.1.2.1.1.5.0"]), "asks for 1.3.6.1.2.1.1.5.0"),
        (lambda community, name: b"", "the bytes end before message"),
    ],
)
def test_questions_that_no_agent_understands(answer: Any, sentence: str) -> None:
    failing(6, answer, sentence)


# DNS


def asking(
    numbers: Callable[[int], bytes] = lambda identifier: struct.pack(">6H", identifier, 0x0100, 1, 0, 0, 0),
    labels: Callable[[str], bytes] = lambda name: b"".join(
        bytes([len(label)]) + label.encode() for label in name.split(".")
    ) + b"\0",
    rest: Callable[[int], bytes] = lambda kind: struct.pack(">2H", kind, 1),
) -> Callable[[int, str, int], bytes]:
    return lambda identifier, name, kind: numbers(identifier) + labels(name) + rest(kind)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (asking(numbers=lambda i: struct.pack("<H", i) + b"\1\0\0\1" + bytes(6)), "has the number 1792"),
        (asking(numbers=lambda i: struct.pack(">6H", i, 0, 0, 0, 0, 0)), "cannot read query(7"),
        (asking(numbers=lambda i: struct.pack(">6H", i, 0x8000, 1, 0, 0, 0)), "does not answer"),
        (asking(numbers=lambda i: struct.pack(">6H", i, 0x1000, 1, 0, 0, 0)), "with NOTIMP"),
        (asking(numbers=lambda i: struct.pack(">2H", i, 0x0100)), "cannot read"),
        (asking(labels=lambda name: name.encode() + b"\0"), "cannot read query(7, 'www.course.example', 1) (FORMERR)"),
        (asking(labels=lambda name: asking()(0, name, 0)[12:-5]), "cannot read"),
        (asking(labels=lambda name: bytes([len(name)]) + name.encode() + b"\0"), "was asked for www\\046course"),
        (asking(rest=lambda kind: struct.pack(">2H", 1, 1)), "the name server was asked for course.example A"),
        (asking(rest=lambda kind: struct.pack(">2H", 1, kind)), "was asked for course.example A"),
        (asking(rest=lambda kind: struct.pack(">H", kind)), "cannot read"),
        (asking(labels=lambda name: b"\3www\0"), "was asked for www A"),
        (asking(rest=lambda kind: struct.pack(">2H", kind, 255)), "ends with 00 ff. The last two bytes are the class"),
        (lambda identifier, name, kind: b"", "does not answer"),
        (lambda identifier, name, kind: name, "must return bytes"),
    ],
)
def test_queries_that_no_server_understands(answer: Any, sentence: str) -> None:
    failing(7, answer, sentence)


def test_what_raises_is_told_with_its_reason() -> None:
    def raises(sock: socket.socket, first: str, second: str) -> list[bytes]:
        raise KeyError("on purpose")

    failing(1, raises, "KeyError")


def test_reading_beyond_the_end_comes_to_an_end() -> None:
    def for_ever(sock: socket.socket, first: str, second: str) -> list[bytes]:
        sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
        data = b""
        while True:
            data += sock.recv(100)

    failing(1, for_ever, "recv() has returned b'' already")
