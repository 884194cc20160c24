"""A short question to each server, by the standard library or by hand, that shows whether it is well."""

from __future__ import annotations

import ftplib
import http.client
import smtplib
import socket
import struct
from collections.abc import Callable

from helpers.lessons.applications import dns_message, snmp, telnet
from helpers.lessons.applications.program import FILES, NAME, PASSWORD
from helpers.lessons.applications.tftp import Ack, Data, Opcode, Request, decode, encode

Address = tuple[str, int]
PATIENCE = 20.0
"""Seconds that a client waits at most."""
HELLO = FILES["hello.txt"]
MAIL = "Subject: hello\r\n\r\nHello.\r\n"
SYS_NAME = "1.3.6.1.2.1.1.5.0"
REFUSALS = bytes([telnet.IAC, telnet.WONT, telnet.TERMINAL_TYPE, telnet.IAC, telnet.DONT, telnet.SUPPRESS_GO_AHEAD])
"""Of both options that the Telnet server asks for."""
WWW = "www.course.example"


def http_is_well(address: Address) -> bool:
    connection = http.client.HTTPConnection(*address, timeout=PATIENCE)
    connection.request("GET", "/hello.txt")
    content = connection.getresponse().read()
    connection.close()
    return content == HELLO


def smtp_is_well(address: Address) -> bool:
    with smtplib.SMTP(*address, local_hostname="client.example", timeout=PATIENCE) as mail:
        return mail.noop()[0] == 250


def ftp_is_well(address: Address) -> bool:
    got = bytearray()
    with ftplib.FTP(timeout=PATIENCE) as session:
        session.connect(*address)
        session.login(NAME, PASSWORD)
        session.retrbinary("RETR hello.txt", got.extend)
    return got == HELLO


def telnet_is_well(address: Address) -> bool:
    with socket.create_connection(address, PATIENCE) as caller:
        caller.sendall(REFUSALS)
        return until(caller, b"login: ").endswith(b"login: ")


def dns_is_well(address: Address) -> bool:
    query = dns_query(WWW, 1)
    (over_udp,) = exchange(address, query)
    with socket.create_connection(address, PATIENCE) as caller:
        caller.sendall(struct.pack(">H", len(query)) + query)
        (length,) = struct.unpack(">H", exactly(caller, 2))
        over_tcp = exactly(caller, length)
    return over_udp == over_tcp and [record.data for record in dns_message.decode(over_udp).answers] == ["10.0.0.2"]


def tftp_is_well(address: Address) -> bool:
    return tftp_read(address, "hello.txt") == HELLO


def snmp_is_well(address: Address) -> bool:
    (answer,) = exchange(address, snmp.get_request("public", [SYS_NAME]))
    return snmp.decode(answer).bindings[0].contents == b"server.example"


WELL: dict[str, Callable[[Address], bool]] = {
    "http": http_is_well,
    "smtp": smtp_is_well,
    "ftp": ftp_is_well,
    "telnet": telnet_is_well,
    "dns": dns_is_well,
    "tftp": tftp_is_well,
    "snmp": snmp_is_well,
}


def exchange(address: Address, *messages: bytes) -> list[bytes]:
    """The answer to each datagram."""
    answers = []
    with socket.socket(type=socket.SOCK_DGRAM) as caller:
        caller.settimeout(PATIENCE)
        caller.connect(address)
        for message in messages:
            caller.send(message)
            answers.append(caller.recv(65535))
    return answers


def dns_query(name: str, kind: int, identifier: int = 7) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">6H", identifier, 0x0100, 1, 0, 0, 0) + labels + struct.pack(">BHH", 0, kind, 1)


def tftp_read(address: Address, name: str, mode: str = "octet") -> bytes:
    """A whole file; a reply that is no DATA is returned as it is."""
    content = b""
    with socket.socket(type=socket.SOCK_DGRAM) as caller:
        caller.settimeout(PATIENCE)
        caller.sendto(encode(Request(Opcode.RRQ, name, mode)), address)
        while True:
            packet, transfer = caller.recvfrom(600)
            data = decode(packet)
            if not isinstance(data, Data):
                return packet
            content += data.data
            caller.sendto(encode(Ack(data.block)), transfer)
            if len(data.data) < 512:
                return content


def until(caller: socket.socket, end: bytes) -> bytes:
    """What comes up to these bytes, or up to the end."""
    got = b""
    while not got.endswith(end) and (byte := caller.recv(1)):
        got += byte
    return got


def exactly(caller: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size:
        piece = caller.recv(size - len(got))
        if not piece:
            raise EOFError(got)
        got += piece
    return got


def text_of(said: bytes) -> bytes:
    """A Telnet server's text without its commands."""
    return b"".join(item.data for item in telnet.parse(said) if isinstance(item, telnet.Text))
