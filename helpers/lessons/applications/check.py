"""Checkers of notebook 08: the reader's code talks to the real server, and what came of it is compared.

What crossed is looked at too, where a server forgives what its protocol forbids: so the reader's socket keeps it. And
it gives little at a time, as TCP may: code that takes one read for a whole answer is wrong, though it often works here.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import struct
from collections.abc import Callable
from typing import Any

import dns.exception
import dns.message
import dns.query
from scapy.asn1.asn1 import ASN1_OID
from scapy.layers.snmp import SNMP, SNMPget, SNMPvarbind

from helpers.fields.reader import text_of
from helpers.lessons.applications import text_protocols, tftp
from helpers.lessons.applications.dialogue import Turn, shown
from helpers.lessons.applications.service import FILES, NAME, PASSWORD, Service, on_loopback
from helpers.study.checking import Wrong, exercise, expect

LONGEST = 3.0
"""Seconds that a call of the reader's code waits for anything."""
PIECE = 16
"""Bytes that the reader's socket gives at most at a time."""
# Whether something never comes is not known by waiting: the checker asks for something else afterwards, and what came
# before that is all that will come.
LAST_SENDER, LAST_REQUEST = "checker@client.example", 2**31 - 1


class Heard(socket.socket):
    """The reader's socket; `log` has all that crossed, read or sent."""

    def __init__(self, address: tuple[str, int] | None = None) -> None:
        """Connected to that address by TCP, else of UDP."""
        super().__init__(type=socket.SOCK_STREAM if address else socket.SOCK_DGRAM)
        self.log: list[Turn] = []
        if address:
            self.connect(address)

    def all(self, sent: bool) -> bytes:
        """All that was sent, or all that was read."""
        return b"".join(data for was_sent, data in self.log if was_sent is sent)

    def last_words(self) -> str:
        """What the server has said last, read or not, as a sentence; "" if it has said nothing."""
        with contextlib.suppress(OSError):
            self.settimeout(0.0)
            while self.recv(1 << 16):
                pass
        heard = [turn for turn in self.log if not turn.by_client]
        if self.type == socket.SOCK_DGRAM:
            words = [tftp.in_words(data) for _, data in heard]
        else:
            words = [line.text for line in text_protocols.telnet([Turn(False, self.all(sent=False))])]
        return f" The server's last words were: {words[-1]!r}." if words else ""

    def recvfrom(self, size: int, flags: int = 0) -> tuple[bytes, Any]:
        limit = size if self.type == socket.SOCK_DGRAM or flags & socket.MSG_WAITALL else min(size, PIECE)
        data, address = super().recvfrom(limit, flags)
        self.log.append(Turn(False, data))
        return data, address

    def recv(self, size: int, flags: int = 0) -> bytes:
        return self.recvfrom(size, flags)[0]

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        data = self.recv(nbytes or len(buffer), flags)
        buffer[: len(data)] = data
        return len(data)

    def send(self, data: Any, *flags: int) -> int:
        count = super().send(data, *flags)
        self.log.append(Turn(True, bytes(data)[:count]))
        return count

    def sendall(self, data: Any, *flags: int) -> None:
        super().sendall(data, *flags)
        self.log.append(Turn(True, bytes(data)))

    def sendto(self, data: Any, *rest: Any) -> int:
        self.log.append(Turn(True, bytes(data)))
        return super().sendto(data, *rest)


@exercise("08.1", "two pages over one connection")
def two_requests(two_pages: Callable[[socket.socket, str, str], list[bytes]]) -> str:
    """Both contents, by Content-Length, over the connection that is handed over (RFC 9112)."""
    with on_loopback("http") as service:
        for paths in (("/hello.txt", "/visits"), ("/visits", "/picture.bin")):
            with Heard(service.address) as caller:
                got = _run(two_pages, caller, *paths)
                expect(len(got), 2, "the number of contents that you returned")
                for number, path in enumerate(paths):
                    wanted = FILES.get(path[1:], f"request {number + 1} of this connection\n".encode())
                    _expect_bytes(got[number], wanted, f"two_pages(sock, {paths})[{number}]", caller)
    return "Both answers came over one connection, and you took from it exactly the bytes of each."


@exercise("08.2", "a mail with dots")
def mail_by_hand(deliver: Callable[[socket.socket, str, str, list[str]], object]) -> str:
    """The mail must be in the mailbox as it was, with its envelope, in the dialogue that RFC 5321 wants."""
    with on_loopback("smtp") as service:
        for sender, receiver, lines in (
            ("ann@client.example", "bob@server.example", ["Subject: dots", "", "Hello.", ".", "..", ".end"]),
            ("eve@client.example", "dan@server.example", ["Subject: none", "", "Bye."]),
        ):
            with Heard(service.address) as caller:
                _run(deliver, caller, sender, receiver, lines)
                _expect_replies_read(caller)
                for word in (f"MAIL FROM:<{sender}>", f"RCPT TO:<{receiver}>"):
                    if word.lower().encode() not in caller.all(sent=True).lower():
                        raise Wrong(f"You did not say {word} (RFC 5321 §4.1.1).{caller.last_words()}")
                mail = _mail_in(service)
                if mail["sender"] == LAST_SENDER:
                    raise Wrong(f"No mail is in the mailbox. A line of one dot ends a mail.{caller.last_words()}")
                expect(mail["receivers"], [receiver], "the receivers of the mail")
                hint = "A line of the mail that begins with a dot gets one more."
                expect(mail["content"], "".join(f"{line}\r\n" for line in lines), "the mail in the mailbox", hint)
    return "Line by line the mail is in the mailbox, each dot where it was."


@exercise("08.3", "a file by FTP, in passive mode")
def file_by_ftp(retrieve: Callable[[socket.socket, str], bytes]) -> str:
    """The file byte by byte, over a data connection that the client has made (RFC 959)."""
    with on_loopback("ftp") as service:
        for name in ("hello.txt", "large.bin"):
            content = FILES[name]
            with Heard(service.address) as caller:
                got = _run(retrieve, caller, name)
                if re.search(rb"(?im)^(PORT|EPRT) ", caller.all(sent=True)):
                    raise Wrong("You said PORT or EPRT: that is active mode. Say PASV, and connect to where it tells.")
                if got == content.replace(b"\n", b"\r\n"):
                    raise Wrong("The lines end with CR LF now: that is type A. Ask for type I, the bytes as they are.")
                _expect_bytes(got, content, f"retrieve(control, {name!r})", caller)
    return "The client made both connections, and you have both files to their ends: 48 bytes, and two million."


@exercise("08.4", "no, thank you")
def telnet_session(log_in: Callable[[socket.socket, str, str], str | bytes]) -> str:
    """Both options are refused, then name and password (RFC 854)."""
    with on_loopback("telnet") as service, Heard(service.address) as caller:
        line = _run(log_in, caller, NAME, PASSWORD)
        answers = [item for item in text_protocols.telnet_items(caller.all(sent=True)) if isinstance(item, str)]
        for wanted in ("IAC WONT TERMINAL-TYPE", "IAC DONT SUPPRESS-GO-AHEAD"):
            if wanted not in answers:
                raise Wrong(f"{wanted} was to be among your answers; they were: {', '.join(answers) or 'none'}.")
        said = line.decode("latin-1") if isinstance(line, bytes) else line
        expect(said.strip(), "Welcome. Say help, hello or exit.", "the line that you returned", caller.last_words()[1:])
    return "The server asked for one option and offered one, you refused both, and it went on without."


@exercise("08.5", "write a file by TFTP")
def file_by_tftp(store: Callable[[socket.socket, tuple[str, int], str, bytes], object]) -> str:
    """WRQ, and then each block when the one before was acknowledged, also an empty last one (RFC 1350)."""
    with on_loopback("tftp", patience=10_000) as service:  # repeats nothing while the reader's code waits
        for name, content in (("short.txt", b"one block"), ("long.bin", bytes(1000)), ("even.bin", bytes(1024))):
            with Heard() as caller:
                _run(store, caller, service.address, name, content)
                _expect_acknowledged(caller)
                kept = _stored(service.address, name)
                if kept is None:
                    blocks = f"{len(content)} bytes are {len(content) // tftp.BLOCK + 1} blocks"
                    raise Wrong(
                        f"The server has no file {name}, or waits for its end: {blocks}, the last of under "
                        f"{tftp.BLOCK} bytes; they go to the port from which it answers.{caller.last_words()}"
                    )
                _expect_bytes(kept, content, f"the file {name} on the server", caller)
    return "All three files are there; that of 1024 bytes came to its end by a block with nothing in it."


@exercise("08.6", "a question in BER")
def question_in_ber(snmp_get: Callable[[str, str], bytes]) -> str:
    """The agent must understand the bytes, and answer about that object (RFC 3416; X.690)."""
    system = "1.3.6.1.2.1.1.5.0"
    question = SNMPget(id=LAST_REQUEST, varbindlist=[SNMPvarbind(oid=ASN1_OID(system))])
    last = bytes(SNMP(version=1, community="public", PDU=question))
    with on_loopback("snmp") as service:
        for name in (system, "1.3.6.1.2.1.1.6.0", "1.3.6.1.4.1.8072.3.2.10.0", "1.3.6.1.4.1.4294967295.1"):
            request = snmp_get("public", name)
            answer = SNMP(_over_udp(service.address, request, last))
            if answer.PDU.id.val == LAST_REQUEST:
                raise Wrong(f"The agent does not answer snmp_get('public', {name!r}), which is {request.hex(' ')}.")
            expect(int(answer.version.val), 1, f"the version in snmp_get('public', {name!r})", "SNMPv2c is number 1.")
            asked = ", ".join(each.oid.val for each in answer.PDU.varbindlist)
            expect(asked, name, f"what the agent read in snmp_get('public', {name!r})")
        if SNMP(_over_udp(service.address, snmp_get("secret", system), last)).PDU.id.val != LAST_REQUEST:
            raise Wrong("The agent answers snmp_get('secret', ...), though it knows only `public`.")
    return "The agent read each name, also one with a number of 32 bits, and was silent to `secret`."


@exercise("08.7", "a query to a name server")
def query_by_hand(query: Callable[[int, str, int], bytes]) -> str:
    """The same bytes are sent over UDP, and over TCP behind their length (RFC 1035, section 4)."""
    with on_loopback("dns") as service:
        for identifier, name, number, question in (
            (7, "www.course.example", 1, "www.course.example. in a"),
            (40_000, "course.example", 15, "course.example. in mx"),
            (1, "long.course.example", 16, "long.course.example. in txt"),
        ):
            case, message = f"of query({identifier}, {name!r}, {number})", query(identifier, name, number)
            _expect_query(message, identifier, question, case)
            over_udp = dns.message.from_wire(_over_udp(service.address, message))
            with socket.create_connection(service.address) as caller:
                dns.query.send_tcp(caller, message)
                over_tcp, _ = dns.query.receive_tcp(caller)
    texts = [sum(map(len, response.answer)) for response in (over_udp, over_tcp)]
    return f"One message, two transports: of the 20 texts {texts[0]} came over UDP, and {texts[1]} over TCP."


def _run(answer: Callable[..., Any], caller: Heard, *arguments: Any) -> Any:
    """What the reader's function returns. Raises Wrong where it waits in vain, or the server has hung up."""
    before, complaint, got = socket.getdefaulttimeout(), "", None
    socket.setdefaulttimeout(LONGEST)  # for sockets that the reader's code makes
    caller.settimeout(LONGEST)
    try:
        got = answer(caller, *arguments)
    except TimeoutError:
        complaint = "A call of your function waited in vain for the server."
    except (ConnectionError, EOFError) as error:
        complaint = f"The connection ended before your function did: {error}."
    finally:
        socket.setdefaulttimeout(before)
    if caller.type == socket.SOCK_STREAM and re.search(rb"(?<!\r)\n", caller.all(sent=True)):
        raise Wrong("You sent a line that ends with LF alone. The protocol wants CR LF, though some servers forgive.")
    if complaint:
        raise Wrong(f"{complaint}{caller.last_words()}")
    return got


def _expect_bytes(got: object, wanted: bytes, case: str, caller: Heard) -> None:
    """Raises Wrong that says in few words what came, and what the server has said last."""
    if got != wanted:
        said = text_of(got) if isinstance(got, bytes) else f"{got!r:.200}"
        first = isinstance(got, bytes) and got and wanted.startswith(got)
        hint = f" These are the first of {len(wanted)} bytes: read on to the end." if first else ""
        raise Wrong(f"{case}: expected {text_of(wanted)}, got {said}.{hint}{caller.last_words()}")


def _expect_replies_read(caller: Heard) -> None:
    """Raises Wrong where a line was sent before the reply to the one before had been read to its end."""
    heard = sent = b""
    for was_sent, data in caller.log:
        heard += b"" if was_sent else data
        replies = len(re.findall(rb"(?m)^\d{3}(?!-).*\n", heard))
        if b"DATA\r\n" in sent.upper() and replies > sent.count(b"\n"):
            return  # from here on it is the mail
        if was_sent and (replies <= sent.count(b"\n") or data.count(b"\n") > 1):
            raise Wrong(
                f"You sent {shown(data)!r} when the last that you had read was {shown(heard[-60:])!r}. Read each reply "
                "to its end, and then send one line: all lines of a reply but the last have a `-` behind the number."
            )
        sent += data if was_sent else b""


def _expect_acknowledged(caller: Heard) -> None:
    """Raises Wrong where something was sent, or all ended, before the block before was acknowledged."""
    packets = enumerate(caller.log)
    blocks = [(place, int.from_bytes(data[2:4])) for place, (sent, data) in packets if sent and data[:2] == b"\0\3"]
    end = [(len(caller.log), number + 1) for _, number in blocks[-1:]]
    for place, number in blocks + end:
        if number and (False, struct.pack(">2H", 4, number - 1)) not in caller.log[:place]:
            where = "Blocks go to the port from which the server answers."
            raise Wrong(f"ACK {number - 1} had not come when you went on. {where}{caller.last_words()}")


def _mail_in(service: Service) -> dict[str, Any]:
    """The reader's mail; the checker's own, which comes after it, where there is none."""
    with smtplib.SMTP(*service.address, local_hostname="client.example") as last:
        last.sendmail(LAST_SENDER, "bob@server.example", "Subject: the last one\r\n")
    mail = service.told("mail")
    if mail["sender"] != LAST_SENDER:
        service.told("mail")
    return mail


def _stored(server: tuple[str, int], name: str) -> bytes | None:
    """A file of the TFTP server; None if it has none of that name."""
    content, packet = b"", bytes(4 + tftp.BLOCK)
    with socket.socket(type=socket.SOCK_DGRAM) as reader:
        reader.sendto(b"\0\1" + name.encode() + b"\0octet\0", server)
        while len(packet) == 4 + tftp.BLOCK:
            packet, transfer = reader.recvfrom(600)
            content += packet[4:]
            reader.sendto(b"\0\4" + packet[2:4], transfer)
    return content if packet[:2] == b"\0\3" else None


def _expect_query(message: bytes, identifier: int, question: str, case: str) -> None:
    """Raises Wrong unless dnspython reads in the bytes what was to be asked."""
    try:
        read = dns.message.from_wire(message)
    except dns.exception.DNSException as error:
        raise Wrong(f"dnspython cannot read what came {case}, {message.hex(' ')}: {error}") from None
    expect(read.id, identifier, f"the number {case}")
    expect([each.to_text().lower() for each in read.question], [question], f"the question {case}")
    expect(int(read.flags) & 0xF800, 0, f"QR and OPCODE {case}, the first five bits behind the number")


def _over_udp(address: tuple[str, int], *messages: bytes) -> bytes:
    """The first answer to any of them."""
    with socket.socket(type=socket.SOCK_DGRAM) as caller:
        for message in messages:
            caller.sendto(message, address)
        return caller.recv(1 << 16)
