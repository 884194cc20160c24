"""Answers to the exercises of notebook 08."""

from __future__ import annotations

import ftplib
import http.client
import re
import smtplib
import socket
import struct
import time
from collections.abc import Callable, Sequence
from typing import Any

import dns.message
from pyasn1.codec.ber import encoder
from pysnmp.proto.api import v2c

from tests.lessons.table import Tried, solutions

SOLVED = solutions("08")


def whole(sock: socket.socket) -> bytes:
    return b"".join(iter(lambda: sock.recv(1000), b""))


def line_of(sock: socket.socket, end: bytes = b"\n") -> bytes:
    got = b""
    while not got.endswith(end):
        got += sock.recv(1) or end
    return got


# 08.1


def pages(read: Callable[[socket.socket], Any], request: str = "GET {} HTTP/1.1\r\nHost: server\r\n\r\n") -> Any:
    def two_pages(sock: socket.socket, *paths: str) -> list[Any]:
        return [read(sock) for path in paths if sock.sendall(request.format(path).encode()) is None]

    return two_pages


def content(sock: socket.socket) -> bytes:
    """By bytes: as many as are told."""
    head = line_of(sock, b"\r\n\r\n")
    size = re.search(rb"Content-Length: (\d+)", head)
    return b"".join(sock.recv(1) for _ in range(int(size[1]) if size else 0))


def at_once(sock: socket.socket) -> bytes:
    head = line_of(sock, b"\r\n\r\n")
    return sock.recv(int(re.findall(rb"Content-Length: (\d+)", head)[0]), socket.MSG_WAITALL)


def one_read(sock: socket.socket) -> bytes:
    return sock.recv(65535).split(b"\r\n\r\n", 1)[1]


def one_read_of_content(sock: socket.socket) -> bytes:
    line_of(sock, b"\r\n\r\n")
    return sock.recv(65535)


def after_a_rest(sock: socket.socket) -> bytes:
    time.sleep(0.05)
    return one_read_of_content(sock)


def both_asked_first(sock: socket.socket, *paths: str) -> list[bytes]:
    for path in paths:
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: server\r\n\r\n".encode())
    return [content(sock) for _ in paths]


def by_the_library(sock: socket.socket, *paths: str) -> list[bytes]:
    web = http.client.HTTPConnection("server")
    web.sock = sock
    return [web.getresponse().read() for path in paths if web.request("GET", path) is None]


def without_host(sock: socket.socket, *paths: str) -> list[bytes]:
    return pages(content, "GET {} HTTP/1.1\r\n\r\n")(sock, *paths)  # type: ignore[no-any-return]


def reads_on_after_the_end(sock: socket.socket, first: str, second: str) -> list[bytes]:
    sock.sendall(f"GET {first} HTTP/1.0\r\n\r\n".encode())
    data = b""
    while data.count(b"HTTP/") < 2:
        data += sock.recv(1000)
    return [data, data]


# 08.2


def stuffed(line: str) -> str:
    return "." + line if line.startswith(".") else line


def mail(
    stuff: Callable[[str], str] = stuffed,
    end: str = "\r\n.\r\n",
    eol: str = "\r\n",
    commands: Sequence[str] = ("EHLO x", "MAIL FROM:<{0}>", "RCPT TO:<{1}>", "DATA"),
    reads: Callable[[socket.socket], object] | None = None,
) -> Any:
    def reply(sock: socket.socket) -> None:
        while line_of(sock)[3:4] == b"-":
            pass

    def deliver(sock: socket.socket, sender: str, receiver: str, lines: Sequence[str]) -> None:
        read = reads or reply
        read(sock)
        for command in commands:
            sock.sendall((command.format(sender, receiver) + eol).encode())
            read(sock)
        sock.sendall((eol.join(map(stuff, lines)) + end).encode())
        read(sock)

    return deliver


def mail_by_the_library(sock: socket.socket, sender: str, receiver: str, lines: Sequence[str]) -> None:
    session = smtplib.SMTP(local_hostname="client.example")
    session.sock = sock
    session.getreply()
    session.sendmail(sender, receiver, "\r\n".join(lines) + "\r\n")


# 08.3


def file(
    before: Sequence[str] = ("USER reader", "PASS secret", "TYPE I"),
    read: Callable[[socket.socket], Any] = whole,
    command: str = "RETR {}",
    port: Callable[[int, int], int] = lambda high, low: 256 * high + low,
) -> Any:
    def retrieve(control: socket.socket, name: str) -> Any:
        line_of(control)
        for line in (*before, "PASV"):
            control.sendall(line.encode() + b"\r\n")
            reply = line_of(control)
        *_, high, low = map(int, re.findall(rb"\d+", reply))
        with socket.create_connection(("127.0.0.1", port(high, low))) as data:
            control.sendall(command.format(name).encode() + b"\r\n")
            got = read(data)
        line_of(control)
        return got

    return retrieve


def one_read_of_the_reply(control: socket.socket, name: str) -> bytes:
    for line in ("USER reader", "PASS secret", "TYPE I", "PASV"):
        control.sendall(line.encode() + b"\r\n")
        reply = control.recv(1000)
    high, low = re.findall(rb"(\d+),(\d+)\)", reply)[0]
    return bytes(high + low)


def active_mode(control: socket.socket, name: str) -> bytes:
    with socket.create_server(("127.0.0.1", 0)) as waiting:
        port = waiting.getsockname()[1]
        for line in ("USER reader", "PASS secret", "TYPE I", f"PORT 127,0,0,1,{port >> 8},{port & 255}"):
            line_of(control)
            control.sendall(line.encode() + b"\r\n")
        control.sendall(f"RETR {name}\r\n".encode())
        with waiting.accept()[0] as data:
            return whole(data)


def file_by_the_library(control: socket.socket, name: str) -> bytes:
    session, got = ftplib.FTP(), bytearray()
    session.sock, session.file, session.af = control, control.makefile("r", encoding="utf-8"), socket.AF_INET
    session.getresp()
    session.login("reader", "secret")
    session.retrbinary(f"RETR {name}", got.extend)
    return bytes(got)


def by_epsv(control: socket.socket, name: str) -> bytes:
    for line in ("USER reader", "PASS secret", "TYPE I", "EPSV"):
        line_of(control)
        control.sendall(line.encode() + b"\r\n")
    while not (port := re.search(rb"\|(\d+)\|", line_of(control))):
        pass
    with socket.create_connection(("127.0.0.1", int(port[1]))) as data:
        control.sendall(f"RETR {name}\r\n".encode())
        return whole(data)


# 08.4

BOTH = b"\xff\xfc\x18\xff\xfe\x03"


def session(answers: bytes, said: Callable[[bytes], Any] = bytes.decode, password: str = "", eol: str = "\r\n") -> Any:
    def log_in(sock: socket.socket, name: str, secret: str) -> Any:
        sock.sendall(answers)
        line_of(sock, b"login: ")
        sock.sendall((name + eol).encode())
        line_of(sock, b"Password: ")
        sock.sendall(((password or secret) + eol).encode())
        line_of(sock)
        return said(line_of(sock))

    return log_in


# 08.5


def storing(
    blocks: Callable[[int], int] = lambda size: size // 512 + 1,
    mode: str = "octet",
    to: Callable[[Any, Any], Any] = lambda server, there: there,
    waits: Callable[[socket.socket], object] = lambda sock: sock.recv(600),
    number: str = ">2H",
    first: int = 1,
) -> Any:
    def store(sock: socket.socket, server: Any, name: str, content: bytes) -> None:
        sock.sendto(b"\0\2" + name.encode() + b"\0" + mode.encode() + b"\0", server)
        there = sock.recvfrom(600)[1]
        for block in range(blocks(len(content))):
            data = content[512 * block : 512 * (block + 1)]
            sock.sendto(struct.pack(number, 3, block + first) + data, to(server, there))
            waits(sock)

    return store


def connected_store(sock: socket.socket, server: Any, name: str, content: bytes) -> None:
    sock.sendto(b"\0\2" + name.encode() + b"\0OCTET\0", server)
    sock.connect(sock.recvfrom(4)[1])
    for number in range(len(content) // 512 + 1):
        while True:
            sock.send(struct.pack(">2H", 3, number + 1) + content[512 * number :][:512])
            if sock.recv(516) == struct.pack(">2H", 4, number + 1):
                break


# 08.6


def question(number: Callable[[int], bytes], community: str = "", tag: int = 0xA0, version: int = 1) -> Any:
    def snmp_get(given: str, name: str) -> bytes:
        def value(tag: int, *parts: bytes) -> bytes:
            return bytes([tag, len(b"".join(parts))]) + b"".join(parts)

        first, second, *rest = map(int, name.split("."))
        numbers = b"".join(map(number, [40 * first + second, *rest]))
        zero = value(2, b"\0")
        pdu = value(tag, value(2, b"\1"), zero, zero, value(0x30, value(0x30, value(6, numbers), value(5))))
        return value(0x30, value(2, bytes([version])), value(4, (community or given).encode()), pdu)

    return snmp_get


def right(number: int) -> bytes:
    return (right(number >> 7)[:-1] + bytes([0x80 | number >> 7 & 0x7F]) if number > 127 else b"") + bytes(
        [number & 0x7F]
    )


def two_bytes(number: int) -> bytes:
    return bytes([0x80 | number // 128 & 0x7F, number % 128]) if number > 127 else bytes([number])


def by_pysnmp(community: str, name: str) -> bytes:
    pdu, message = v2c.GetRequestPDU(), v2c.Message()
    v2c.apiPDU.set_defaults(pdu)
    v2c.apiPDU.set_varbinds(pdu, ((name, v2c.Null("")),))
    v2c.apiMessage.set_defaults(message)
    v2c.apiMessage.set_community(message, community)
    v2c.apiMessage.set_pdu(message, pdu)
    return bytes(encoder.encode(message))


def long_lengths(community: str, name: str) -> bytes:
    request = SOLVED["snmp_get"](community, name)
    return b"\x30\x82\0" + request[1:]  # a length may have more bytes than it needs (X.690, 8.1.3.5)


# 08.7


def labels(name: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def asking(
    head: Callable[[int], bytes] = lambda identifier: struct.pack(">6H", identifier, 0x0100, 1, 0, 0, 0),
    named: Callable[[str], bytes] = labels,
    rest: Callable[[int], bytes] = lambda kind: struct.pack(">2H", kind, 1),
) -> Any:
    return lambda identifier, name, kind: head(identifier) + named(name) + rest(kind)


def with_edns(identifier: int, name: str, kind: int) -> bytes:
    return dns.message.make_query(name, kind, id=identifier, use_edns=0, payload=4096).to_wire()


GOOD, LF = "GET {} HTTP/1.1\r\nHost: server\r\n\r\n", "GET {} HTTP/1.1\nHost: server\n\n"
PIPELINED = mail(reads=lambda sock: None)

TRIED = [
    Tried("08.1", SOLVED["two_pages"], "passed", "exactly the bytes of each"),
    Tried("08.1", pages(content), "passed", "over one connection"),
    Tried("08.1", pages(at_once), "passed", ""),
    Tried("08.1", both_asked_first, "passed", ""),
    Tried("08.1", by_the_library, "passed", ""),
    Tried("08.1", pages(one_read_of_content), "wrong", "These are the first of 48 bytes: read on to the end."),
    Tried("08.1", pages(after_a_rest), "wrong", "first of 48 bytes"),
    Tried("08.1", pages(one_read), "failed", "IndexError"),
    Tried("08.1", pages(content, LF), "wrong", "ends with LF alone"),
    Tried("08.1", without_host, "wrong", "must have the field Host"),
    Tried("08.1", pages(content, "GET {} HTTP/1.0\r\n\r\n"), "wrong", ", got b''"),
    Tried("08.1", pages(whole), "wrong", "waited in vain for the server"),
    Tried("08.1", pages(content, GOOD[:-2]), "wrong", "waited in vain"),
    Tried("08.1", pages(lambda sock: content(sock).decode()), "wrong", "expected b'Hello from"),
    Tried("08.1", lambda sock, first, second: [b"", b"", b""], "wrong", "expected 2, got 3"),
    Tried("08.1", lambda sock, first, second: None, "failed", "NoneType"),
    Tried("08.1", reads_on_after_the_end, "failed", "not finished after 3 s, and ended, in line", hangs=True),
    Tried("08.2", SOLVED["deliver"], "passed", "each dot where it was"),
    Tried("08.2", mail(commands=("HELO x", "mail from:<{0}>", "rcpt to:<{1}>", "data")), "passed", ""),
    Tried("08.2", mail_by_the_library, "passed", ""),
    Tried("08.2", mail(stuff=str), "wrong", "A line of the mail that begins with a dot gets one more"),
    Tried("08.2", mail(stuff=lambda line: "." + line), "wrong", "mail in the mailbox: expected"),
    Tried("08.2", mail(stuff=lambda line: line.replace(".", "..")), "wrong", "Hello.."),
    Tried("08.2", PIPELINED, "wrong", "You sent 'EHLO x' when"),
    Tried("08.2", mail(reads=lambda sock: sock.recv(1000)), "wrong", "when the last that you had read was"),
    Tried("08.2", mail(reads=line_of), "wrong", "Read each reply to its end"),
    Tried("08.2", mail(eol="\n", end="\n.\n"), "wrong", "ends with LF alone"),
    Tried("08.2", mail(end="\r\n"), "wrong", "waited in vain"),
    Tried("08.2", mail(commands=("EHLO x", "MAIL FROM:{0}", "RCPT TO:{1}", "DATA")), "wrong", "not say MAIL FROM:<"),
    Tried("08.2", mail(commands=("EHLO x", "MAIL FROM:<a@b.c>", "RCPT TO:<{1}>", "DATA")), "wrong", "FROM:<ann@client"),
    Tried("08.2", lambda sock, sender, receiver, lines: None, "wrong", "You did not say MAIL FROM"),
    Tried("08.3", SOLVED["retrieve"], "passed", "both files to their ends"),
    Tried("08.3", file(), "passed", "The client made both connections"),
    Tried("08.3", file_by_the_library, "passed", ""),
    Tried("08.3", by_epsv, "passed", ""),
    Tried("08.3", file(read=lambda data: data.recv(65535)), "wrong", "first of 2097152 bytes: read on to the end"),
    Tried("08.3", file(read=lambda data: data.recv(1 << 24)), "wrong", "first of 2097152 bytes"),
    Tried("08.3", file(before=("USER reader", "PASS secret")), "wrong", "that is type A"),
    Tried("08.3", file(before=("USER reader", "PASS wrong")), "failed", "", hangs=True),
    Tried("08.3", file(port=lambda high, low: 256 * low + high), "wrong", "The connection ended before"),
    Tried("08.3", file(command="LIST"), "wrong", "'500 Command \"LIST\" not understood.'"),
    Tried("08.3", active_mode, "wrong", "that is active mode. Say PASV"),
    Tried("08.3", one_read_of_the_reply, "failed", "IndexError"),
    Tried("08.3", lambda control, name: None, "wrong", "got None."),
    Tried("08.4", SOLVED["log_in"], "passed", "you refused both, and it went on without"),
    Tried("08.4", session(BOTH), "passed", ""),
    Tried("08.4", session(BOTH[3:] + BOTH[:3], said=bytes.strip), "passed", ""),
    Tried("08.4", session(b""), "wrong", "The server's last words were: 'IAC WILL SUPPRESS-GO-AHEAD'"),
    Tried("08.4", session(BOTH[:3]), "wrong", "waited in vain"),
    Tried("08.4", session(b"\xff\xfb\x18" + BOTH[3:]), "wrong", "last words were: 'IAC SB TERMINAL-TYPE 01 IAC SE'"),
    Tried("08.4", session(BOTH[:3] + b"\xff\xfd\x03"), "wrong", "IAC DONT SUPPRESS-GO-AHEAD was to be among"),
    Tried("08.4", session(b"\xff\xfe\x18\xff\xfc\x03"), "wrong", "waited in vain"),
    Tried("08.4", session(BOTH, eol="\n"), "wrong", "ends with LF alone"),
    Tried("08.4", session(BOTH, password="wrong"), "wrong", "got 'Login incorrect'"),
    Tried("08.4", session(BOTH, said=lambda line: None), "failed", "NoneType"),
    Tried("08.4", lambda sock, name, password: "Welcome. Say help, hello or exit.", "wrong", "they were: none"),
    Tried("08.5", SOLVED["store"], "passed", "by a block with nothing in it"),
    Tried("08.5", storing(), "passed", "All three files are there"),
    Tried("08.5", connected_store, "passed", ""),
    Tried("08.5", storing(blocks=lambda size: -(-size // 512)), "wrong", "1024 bytes are 3 blocks"),
    Tried("08.5", storing(blocks=lambda size: 1), "wrong", "1000 bytes are 2 blocks"),
    Tried("08.5", storing(waits=lambda sock: None), "wrong", "ACK 1 had not come when you went on."),
    Tried("08.5", storing(to=lambda server, there: server), "wrong", "to the port from which"),
    Tried(
        "08.5", storing(number="<2H"), "wrong", "waited in vain for the server. The server's last words were: 'ACK 0'"
    ),
    Tried("08.5", storing(first=0), "wrong", "waited in vain for the server. The server's last words were: 'ACK 0'"),
    Tried("08.5", storing(mode="netascii"), "passed", ""),
    Tried("08.5", lambda sock, server, name, content: None, "wrong", "no file short.txt"),
    Tried("08.5", lambda *them: SOLVED["store"](*them[:3], them[3].replace(b"o", b"0")), "wrong", "got b'0ne bl0ck'"),
    Tried("08.6", SOLVED["snmp_get"], "passed", "also one with a number of 32 bits"),
    Tried("08.6", by_pysnmp, "passed", ""),
    Tried("08.6", long_lengths, "passed", ""),
    Tried("08.6", question(right), "passed", "silent to `secret`"),
    Tried("08.6", question(lambda number: bytes([number])), "failed", "range(0, 256)"),
    Tried("08.6", question(lambda number: bytes([number & 0x7F])), "wrong", "expected '1.3.6.1.4.1.8072"),
    Tried("08.6", question(two_bytes), "wrong", "expected '1.3.6.1.4.1.4294967295.1'"),
    Tried("08.6", question(right, community="public"), "wrong", "though it knows only `public`"),
    Tried("08.6", question(right, community="Public"), "wrong", "does not answer"),
    Tried("08.6", question(right, tag=0xA1), "wrong", "the agent read in"),
    Tried("08.6", question(right, version=0), "wrong", "SNMPv2c is number 1"),
    Tried("08.6", lambda community, name: by_pysnmp(community, "1.3.6.1.2.1.1.5.0"), "wrong", "1.3.6.1.2.1.1.6.0"),
    Tried("08.6", lambda community, name: by_pysnmp(community, name)[:-1], "wrong", "does not answer"),
    Tried("08.6", lambda community, name: by_pysnmp(community, name).hex(), "failed", "bytes-like"),
    Tried("08.7", SOLVED["query"], "passed", "of the 20 texts 0 came over UDP, and 20 over TCP"),
    Tried("08.7", with_edns, "passed", "20 came over UDP"),
    Tried("08.7", asking(named=lambda name: labels(name.upper())), "passed", ""),
    Tried("08.7", asking(head=lambda i: struct.pack("<H", i) + b"\1\0\0\1" + bytes(6)), "wrong", "7, got 1792"),
    Tried("08.7", asking(head=lambda i: struct.pack(">6H", i, 0, 0, 0, 0, 0)), "wrong", "dnspython cannot read"),
    Tried("08.7", asking(head=lambda i: struct.pack(">6H", i, 0x8000, 1, 0, 0, 0)), "wrong", "QR and OPCODE"),
    Tried("08.7", asking(named=lambda name: name.encode() + b"\0"), "wrong", "dnspython cannot read"),
    Tried("08.7", asking(named=lambda name: labels(name)[:-1]), "wrong", "dnspython cannot read"),
    Tried("08.7", asking(rest=lambda kind: struct.pack(">2H", 1, 1)), "wrong", "expected ['course.example. in mx']"),
    Tried("08.7", asking(rest=lambda kind: struct.pack(">2H", kind, 255)), "wrong", "in a'], got"),
    Tried("08.7", asking(rest=lambda kind: struct.pack(">2H", 1, kind)), "wrong", "course.example. "),
    Tried("08.7", lambda identifier, name, kind: name, "failed", "TypeError"),
]
