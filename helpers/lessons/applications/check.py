"""Checkers of notebook 08: each has the reader's code talk to the real server, and looks at what came of it."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from smtplib import SMTP
from typing import Any

from helpers.lessons.applications import dns_message, snmp, telnet
from helpers.lessons.applications.ber import BERError
from helpers.lessons.applications.program import FILES, NAME, PASSWORD
from helpers.lessons.applications.service import PATIENCE, Service, on_loopback
from helpers.lessons.applications.tftp import (
    BLOCK_SIZE,
    Ack,
    Data,
    Opcode,
    Request,
    TFTPError,
    decode,
    encode,
    in_words,
)
from helpers.study.checking import Wrong, exercise

Address = tuple[str, int]

LONGEST = 3.0
"""Seconds that the reader's code waits for anything."""
LARGEST = 65535
V2C = 1
"""The number of SNMPv2c in a message (RFC 1901, section 3)."""
CLASS_IN = b"\0\1"
"""The class of a question about the Internet (RFC 1035, section 3.2.4)."""

# Whether something never comes is not known by waiting: the checker asks for something else afterwards, and what came
# before that is all that will come.
LAST_MAIL = "checker@client.example"
"""Who sends the mail after the reader's."""
LAST_REQUEST, LAST_QUERY = 2**31 - 1, 0xABCD
"""The numbers of the questions after the reader's."""


class Heard(socket.socket):
    """The reader's socket: it does not wait for ever, and remembers what both sides have said."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.settimeout(LONGEST)
        self.sent, self._ended = b"", False
        self.heard = b""
        """All that has come; of datagrams the last one."""

    @classmethod
    def connected(cls, address: Address) -> Heard:
        """A TCP connection to a server."""
        caller = cls()
        caller.connect(address)
        return caller

    def recv(self, size: int, *flags: int) -> bytes:
        """As always; but who reads on after the end would read b"" for ever, and gets an error instead."""
        if self._ended:
            raise ConnectionError("the server has closed the connection; recv() has returned b'' already")
        data = super().recv(size, *flags)
        self._ended = not data and not self._datagrams and size > 0
        self._keep(data)
        return data

    def recv_into(self, buffer: Any, *arguments: int) -> int:
        """As always; a file made of the socket reads by this."""
        count = super().recv_into(buffer, *arguments)
        self._keep(bytes(buffer[:count]))
        return count

    def recvfrom(self, size: int, *flags: int) -> tuple[bytes, Any]:
        """As always."""
        data, address = super().recvfrom(size, *flags)
        self._keep(data)
        return data, address

    def send(self, data: Any, *flags: int) -> int:
        """As always."""
        count = super().send(data, *flags)
        self.sent += bytes(data)[:count]
        return count

    def sendall(self, data: Any, *flags: int) -> None:
        """As always."""
        super().sendall(data, *flags)
        self.sent += bytes(data)

    @property
    def last_line(self) -> str:
        """What the server has said last, read or not, as a sentence; "" if it has said nothing."""
        self.settimeout(0)  # MSG_DONTWAIT alone would wait: Python waits before it reads, as long as the timeout says
        try:
            with suppress(OSError):
                while more := super().recv(LARGEST):
                    self._keep(more)
        finally:
            self.settimeout(LONGEST)
        try:
            words = [in_words(self.heard)] if self._datagrams else self.heard.decode("latin-1").splitlines()
        except TFTPError:
            words = []
        return f" The server's last words were: {words[-1]!r}." if words else ""

    @property
    def _datagrams(self) -> bool:
        return self.type == socket.SOCK_DGRAM

    def _keep(self, data: bytes) -> None:
        self.heard = data if self._datagrams else self.heard + data


@exercise("08.1", "two pages over one connection")
def two_requests(two_pages: Callable[[socket.socket, str, str], Sequence[bytes]]) -> str:
    """HTTP/1.1 by hand: both contents, by Content-Length, over the connection that is handed over (RFC 9112)."""
    with on_loopback("http") as service:
        for paths in (("/hello.txt", "/visits"), ("/visits", "/picture.bin")):
            _compare_pages(service, two_pages, paths)
    return "You asked twice and connected once: the server counts the requests of each connection."


@exercise("08.2", "a mail with dots")
def mail_by_hand(deliver: Callable[[socket.socket, str, str, Sequence[str]], object]) -> str:
    """SMTP by hand: what stands in the mailbox is what was to be sent, dots included (RFC 5321, section 4.5.2)."""
    with on_loopback("smtp") as service:
        for lines in (["Subject: plain", "", "Hello."], ["Subject: dots", "", ".", "..", ".hidden", "end"]):
            with Heard.connected(service.address) as caller:
                _run(deliver, caller, "ann@client.example", "bob@server.example", list(lines))
                _compare_mail(service, caller, lines)
    return "The mailbox has every dot, and no more."


@exercise("08.3", "a file by FTP, in passive mode")
def file_by_ftp(retrieve: Callable[[socket.socket, str], bytes]) -> str:
    """Two connections by hand, and type I (RFC 959)."""
    with on_loopback("ftp") as service:
        for name, content in FILES.items():
            with Heard.connected(service.address) as control:
                got = _run(retrieve, control, name)
                if any(line.upper().startswith((b"PORT", b"EPRT")) for line in control.sent.splitlines()):
                    raise Wrong("You named a port, and the server called: that is active mode. Say PASV, and call it.")
                _compare_file(f"retrieve(control, {name!r})", got, content, control.last_line)
    return "One connection for the words, one for the bytes."


@exercise("08.4", "no, thank you")
def refusal_of_options(log_in: Callable[[socket.socket, str, str], str]) -> str:
    """Telnet by hand: both options are refused, then name and password (RFC 854)."""
    with on_loopback("telnet", patience=60) as service, Heard.connected(service.address) as caller:
        said = _run(log_in, caller, NAME, PASSWORD, hint=_about_options)
        answers = {str(item) for item in telnet.parse(caller.sent) if isinstance(item, telnet.Command)}
        for option, wanted in (("TERMINAL-TYPE", "WONT"), ("SUPPRESS-GO-AHEAD", "DONT")):
            if f"IAC {wanted} {option}" not in answers:
                raise Wrong(f"You did not refuse {option}: IAC {wanted} {option} was to be your answer.")
        with suppress(OSError):  # what the server still has to say
            while b"Welcome" not in caller.heard and caller.recv(LARGEST):
                pass
        if b"Welcome" not in caller.heard:
            raise Wrong(f"Nobody has logged in.{caller.last_line}")
    if not isinstance(said, str) or said.strip() != "Welcome. Say help, hello or exit.":
        raise Wrong(f"Return the line with which you are welcomed, as a text; you returned {said!r}.")
    return "The server offered and asked, you refused, and it went on without: that is how Telnet grows."


@exercise("08.5", "write a file by TFTP")
def file_by_tftp(store: Callable[[socket.socket, Address, str, bytes], object]) -> str:
    """WRQ, and then each block when the one before was acknowledged, also an empty last one (RFC 1350)."""
    with on_loopback("tftp", patience=200) as service:
        for name, content in (("short.txt", b"one block"), ("long.bin", bytes(1000)), ("even.bin", bytes(1024))):
            with Heard(type=socket.SOCK_DGRAM) as caller:
                _run(store, caller, service.address, name, content)
                _compare_stored(service, f"store(sock, server, {name!r}, ...)", name, content, caller)
    return "Also the file of 1024 bytes came to its end: by a block with nothing in it."


@exercise("08.6", "a question in BER")
def question_in_ber(snmp_get: Callable[[str, str], bytes]) -> str:
    """The agent must understand the bytes, and answer about that object (RFC 3416; X.690)."""
    with on_loopback("snmp") as service:
        for name in ("1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.1.6.0", "1.3.6.1.4.1.8072.3.2.10.0"):
            asked = f"snmp_get('public', {name!r})"
            _compare_question(service, asked, snmp_get("public", name), name)
        if (request := snmp_get("secret", "1.3.6.1.2.1.1.5.0")) and b"secret" not in request:
            raise Wrong("snmp_get('secret', ...) must carry the community that it is given.")
    return "The agent found each object by its number, and the last one is not for you."


@exercise("08.7", "a query to a name server")
def query_by_hand(query: Callable[[int, str, int], bytes]) -> str:
    """The same bytes are sent over UDP, and over TCP behind their length (RFC 1035, section 4)."""
    with on_loopback("dns") as service:
        for identifier, name, kind, answers in (
            (7, "www.course.example", 1, 1), (40_000, "course.example", 15, 1), (1, "long.course.example", 16, 20),
        ):  # fmt: skip
            asked = f"query({identifier}, {name!r}, {kind})"
            message = query(identifier, name, kind)
            if not isinstance(message, bytes):
                raise Wrong(f"{asked} must return bytes; it returned {message!r}.")
            for transport, exchange in (("UDP", _over_udp), ("TCP", _over_tcp)):
                said = _response(asked, exchange(service.address, message), identifier, name, kind)
                if len(said.answers) != answers and not said.truncated:
                    raise Wrong(f"Over {transport} {asked} got {len(said.answers)} answers instead of {answers}.")
            if not message.endswith(CLASS_IN):
                raise Wrong(f"{asked} ends with {message[-2:].hex(' ')}. The last two bytes are the class: 1 (IN).")
    return "One message, two transports: over UDP the long answer was cut off (TC), over TCP all 20 texts came."


@contextmanager
def _impatient() -> Iterator[None]:
    """Sockets that the reader's code makes wait no longer than those that it is given."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(LONGEST)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _run(answer: Callable[..., Any], caller: Heard, *arguments: Any, hint: Callable[[Heard], str] | None = None) -> Any:
    """What the reader's function returns. Raises Wrong where it waits in vain, or the server has hung up."""
    try:
        with _impatient():
            return answer(caller, *arguments)
    except TimeoutError:
        advice = hint(caller) if hint else " Does each line end with CR LF, and is the last thing said that must be?"
        raise Wrong(
            f"Your function waited {LONGEST:g} s for a word of the server, and the server for one of yours."
            f"{caller.last_line}{'' if caller.type == socket.SOCK_DGRAM else advice}"
        ) from None
    except (ConnectionError, EOFError) as error:
        raise Wrong(f"The connection ended before your function did: {error}.{caller.last_line}") from None


def _about_options(caller: Heard) -> str:
    """What a client is told that waits for «login: »."""
    answers = [str(item) for item in telnet.parse(caller.sent) if isinstance(item, telnet.Command)]
    if not answers:
        return " It asks for nothing more until both options have an answer, of three bytes each."
    return f" You answered {', '.join(answers)}; each of its two commands wants a refusal."


def _compare_pages(service: Service, two_pages: Callable[..., Any], paths: tuple[str, str]) -> None:
    """Raises Wrong that names the first content that is another."""
    asked = f"two_pages(sock, {paths[0]!r}, {paths[1]!r})"
    with Heard.connected(service.address) as caller:
        got = _run(two_pages, caller, *paths)
        if not isinstance(got, Sequence) or len(got) != 2:
            raise Wrong(f"{asked} must return both contents, as a list of two; it returned {got!r}.")
        for number, (path, content) in enumerate(zip(paths, got, strict=True), 1):
            expected = FILES.get(path[1:], f"request {number} of this connection\n".encode())
            _compare_page(asked, number, content, expected, caller)


def _compare_page(asked: str, number: int, content: Any, expected: bytes, caller: Heard) -> None:
    if content == expected:
        return
    if not isinstance(content, bytes):
        raise Wrong(f"{asked}: content {number} must be bytes, and is {content!r}.")
    refused = [line for line in caller.heard.split(b"\r\n") if line.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5"))]
    if refused:
        raise Wrong(f"{asked}: the server refused a request: {refused[0].decode('latin-1')}.")
    if number == 2 and b"Connection: close" in caller.heard:
        raise Wrong(f"{asked}: the server has closed the connection after the first answer. Ask in HTTP/1.1.")
    if content.startswith(b"HTTP/"):
        raise Wrong(f"{asked}: content {number} begins with the start line. The content comes after the empty line.")
    if expected.startswith(content) or caller.heard.endswith(content):
        raise Wrong(
            f"{asked}: content {number} has {len(content)} bytes instead of {len(expected)}. Read on until you have as "
            "many as Content-Length says, and no more: the rest belongs to the next answer."
        )
    raise Wrong(f"{asked}: content {number} is {content[:60]!r}, and should be {expected[:60]!r}.")


def _compare_mail(service: Service, caller: Heard, lines: list[str]) -> None:
    """Raises Wrong if the mailbox has another mail, or none."""
    with SMTP(*service.address, local_hostname="client.example", timeout=PATIENCE) as last:
        last.sendmail(LAST_MAIL, "bob@server.example", "Subject: the last one\r\n")
    mail = service.told("mail")
    if mail["sender"] == LAST_MAIL:
        raise Wrong(f"No mail came.{caller.last_line} A line with nothing but a dot ends it.")
    service.told("mail")
    if mail["receivers"] != ["bob@server.example"] or mail["sender"] != "ann@client.example":
        raise Wrong(f"The mail is from {mail['sender']} to {', '.join(mail['receivers'])}: both are given to you.")
    expected, got = "".join(f"{line}\r\n" for line in lines), mail["content"]
    if got == expected:
        return
    if len(got) < len(expected) and expected.startswith(got):
        raise Wrong(f"The mail ends after {len(got.splitlines())} lines of {len(lines)}: at a line that is one dot.")
    if got.splitlines() == lines:
        raise Wrong("All lines are there, but they do not end with CR LF, as all do in SMTP.")
    wrong = next((a, b) for a, b in zip(got.splitlines() + [""], [*lines, ""], strict=False) if a != b)
    raise Wrong(f"A line of the mail in the mailbox is {wrong[0]!r}, and should be {wrong[1]!r}.")


def _compare_file(asked: str, got: Any, expected: bytes, said: str) -> None:
    """Raises Wrong if it is not that file."""
    if got == expected:
        return
    if not isinstance(got, bytes | bytearray):
        raise Wrong(f"{asked} must return bytes; it returned {got!r}.{said}")
    if bytes(got) == expected.replace(b"\n", b"\r\n"):
        raise Wrong(f"{asked}: the lines end with CR LF now: that is type A. Ask for type I, the bytes as they are.")
    if not got:
        raise Wrong(f"{asked} returned nothing.{said}")
    if expected.startswith(got):
        raise Wrong(f"{asked} returned {len(got)} bytes of {len(expected)}: go on until the end.{said}")
    raise Wrong(f"{asked} returned {len(got)} bytes that are not the {len(expected)} of the file.{said}")


def _compare_stored(service: Service, asked: str, name: str, content: bytes, caller: Heard) -> None:
    """Raises Wrong if the server has not that file."""
    _read(service.address, "hello.txt")
    got = _read(service.address, name)
    if got is None:
        blocks = f"{len(content)} bytes: {len(content) // BLOCK_SIZE + 1} blocks"
        raise Wrong(
            f"{asked}: the server has no such file, or waits for its end. {blocks}, the last of under {BLOCK_SIZE} "
            f"bytes; they go to the port from which the server has answered.{caller.last_line}"
        )
    _compare_file(f"what {asked} has left on the server: it", got, content, "")


def _read(server: Address, name: str) -> bytes | None:
    """A file of the TFTP server; None if it has none of that name."""
    content = b""
    with socket.socket(type=socket.SOCK_DGRAM) as reader:
        reader.settimeout(PATIENCE)
        reader.sendto(encode(Request(Opcode.RRQ, name, "octet")), server)
        while True:
            packet, transfer = reader.recvfrom(LARGEST)
            match decode(packet):
                case Data(block, data):
                    content += data
                    reader.sendto(encode(Ack(block)), transfer)
                    if len(data) < BLOCK_SIZE:
                        return content
                case _:
                    return None


def _compare_question(service: Service, asked: str, request: Any, name: str) -> None:
    """Raises Wrong if it is no GetRequest for that object, or the agent does not answer it."""
    if not isinstance(request, bytes):
        raise Wrong(f"{asked} must return bytes; it returned {request!r}.")
    try:
        said = snmp.decode(request)
    except BERError as damage:
        raise Wrong(f"{asked} gave {request.hex(' ')}. That is no message of SNMP: {damage}.") from None
    if said.kind is not snmp.PduType.GET_REQUEST:
        raise Wrong(f"{asked} is a {snmp.PDU_NAMES[said.kind]}; a GetRequest has the tag 0xa0.")
    if said.version != V2C:
        raise Wrong(f"{asked} is of version {said.version}; SNMPv2c has the number {V2C}.")
    if [binding.name for binding in said.bindings] != [name]:
        names = ", ".join(binding.name for binding in said.bindings) or "nothing"
        raise Wrong(f"{asked} asks for {names}. A number over 127 takes two bytes, the first with its highest bit set.")
    last = snmp.get_request("public", ["1.3.6.1.2.1.1.5.0"], LAST_REQUEST)
    response = _before_the_last(service.address, request, last)
    if snmp.decode(response).request_id == LAST_REQUEST:
        raise Wrong(f"The agent does not answer {asked}: is the community {said.community!r} right?")
    answer = snmp.decode(response)
    if (answer.request_id, answer.bindings[0].name) != (said.request_id, name):
        raise Wrong(f"The agent answered something else to {asked}: {snmp.in_words(response)}.")


def _before_the_last(address: Address, message: bytes, last: bytes) -> bytes:
    """The first answer to two datagrams: to `last`, which is well known, if the message gets none."""
    with socket.socket(type=socket.SOCK_DGRAM) as caller:
        caller.settimeout(PATIENCE)
        caller.connect(address)
        caller.send(message)
        caller.send(last)
        return caller.recv(LARGEST)


def _over_udp(address: Address, message: bytes) -> bytes | None:
    """The response to a query; None if none comes."""
    last = struct.pack(">6H", LAST_QUERY, 0, 1, 0, 0, 0) + b"\3www\6course\7example\0\0\1\0\1"
    response = _before_the_last(address, message, last)
    return None if response[:2] == struct.pack(">H", LAST_QUERY) else response


def _over_tcp(address: Address, message: bytes) -> bytes | None:
    """The response to a query behind its length; None if the server hangs up."""
    with socket.create_connection(address, PATIENCE) as caller, caller.makefile("rb") as stream:
        caller.sendall(struct.pack(">H", len(message)) + message)
        caller.shutdown(socket.SHUT_WR)
        length = stream.read(2)
        return stream.read(int.from_bytes(length, "big")) or None


def _response(asked: str, response: bytes | None, identifier: int, name: str, kind: int) -> dns_message.Message:
    """What the server answered. Raises Wrong if it could do nothing with the query, or was asked something else."""
    if response is None:
        raise Wrong(f"The name server does not answer {asked}: a message begins with 12 bytes of header.")
    said = dns_message.decode(response)
    if said.rcode == "FORMERR":
        raise Wrong(f"The name server cannot read {asked} (FORMERR): is each label behind its length, and a zero last?")
    if said.id != identifier:
        raise Wrong(f"The answer to {asked} has the number {said.id}: numbers are written highest byte first.")
    if not said.questions:
        raise Wrong(f"The name server finds no question in {asked}: QDCOUNT must be 1.")
    found = said.questions[0]
    if (found.name, found.type) != (name, dns_message.TYPES[kind]):
        raise Wrong(f"By {asked} the name server was asked for {found.name} {found.type}.")
    if said.rcode != "NOERROR":
        raise Wrong(f"The name server answered {asked} with {said.rcode}: is the class 1 (IN), and the opcode 0?")
    return said
