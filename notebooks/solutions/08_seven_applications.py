"""Solutions to the exercises of notebook 08. Try first: a wrong answer is told what is wrong with it."""

import re
import socket
import struct


def two_pages(sock, first, second):
    """08.1: the empty line ends the fields, and Content-Length says how many bytes of content follow.

    A file made of the socket reads on until it has a whole line, or as many bytes as it was asked for. A recv() would
    return what happens to be there: less than the content, or the beginning of the next answer with it.
    """
    stream = sock.makefile("rb")
    contents = []
    for path in (first, second):
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: server\r\n\r\n".encode())
        length = 0
        while (line := stream.readline()) != b"\r\n":
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        contents.append(stream.read(length))
    return contents


def deliver(sock, sender, receiver, lines):
    """08.2: a line that begins with a dot gets one more, and a line of one dot ends the mail.

    Nothing is sent before the last line of the reply is read. That line has a blank behind its number, the others have
    a `-`. The addresses stand in angle brackets, without a blank before them.
    """
    replies = sock.makefile("rb")

    def reply():
        while replies.readline()[3:4] == b"-":  # more lines follow
            pass

    def say(text):
        sock.sendall(text.encode() + b"\r\n")
        reply()

    reply()
    say("EHLO client.example")
    say(f"MAIL FROM:<{sender}>")
    say(f"RCPT TO:<{receiver}>")
    say("DATA")
    stuffed = ["." + line if line.startswith(".") else line for line in lines]
    say("\r\n".join([*stuffed, "."]))
    say("QUIT")


def retrieve(control, name):
    """08.3: the port is in the reply 227, as two numbers, of which the first counts 256 times.

    read() without a number reads on until the server closes the data connection, which is the end of the file. One
    recv() would return its first part only.
    """
    replies = control.makefile("rb")

    def say(text):
        control.sendall(text.encode() + b"\r\n")
        return replies.readline().decode()

    replies.readline()
    say("USER reader")
    say("PASS secret")
    say("TYPE I")
    *host, high, low = re.search(r"\((.*)\)", say("PASV"))[1].split(",")
    with socket.create_connection((".".join(host), 256 * int(high) + int(low))) as data:
        say(f"RETR {name}")
        return data.makefile("rb").read()


def log_in(sock, name, password):
    """08.4: WONT answers DO, DONT answers WILL, and both name the option.

    The stream is read byte by byte, so that nothing is lost in a buffer between the commands and the text. The first
    line after the password is the one in which it stood, unseen; the second is the welcome.
    """
    stream = sock.makefile("rb", buffering=0)
    for _ in range(2):
        iac, verb, option = (stream.read(1)[0] for _ in range(3))
        sock.sendall(bytes([iac, {253: 252, 251: 254}[verb], option]))

    def until(end):
        said = b""
        while not said.endswith(end):
            said += stream.read(1)
        return said

    until(b"login: ")
    sock.sendall(name.encode() + b"\r\n")
    until(b"Password: ")
    sock.sendall(password.encode() + b"\r\n")
    until(b"\r\n")  # the end of the line in which the password stood, unseen
    return until(b"\r\n").decode()


def store(sock, server, name, content):
    """08.5: ACK 0 allows the first block, and comes from the port that all blocks go to.

    The next block waits for the ACK of the one before; an ACK that comes again counts once. The last block has under
    512 bytes, so that of a file of 1024 bytes is empty. On a wire that loses packets each block would have to be sent
    again when no ACK comes in time.
    """
    sock.sendto(b"\0\2" + name.encode() + b"\0octet\0", server)
    _, transfer = sock.recvfrom(600)
    for block in range(len(content) // 512 + 1):
        data = content[512 * block : 512 * (block + 1)]
        sock.sendto(struct.pack(">2H", 3, block + 1) + data, transfer)
        while sock.recv(600) != struct.pack(">2H", 4, block + 1):
            pass  # an old ACK, which the server has sent again


def snmp_get(community, name):
    """08.6: from the inside to the outside, for each length counts what is inside.

    A number is cut into digits of seven bits, the last first. All digits but the last get 0x80, which says that the
    number goes on. The first two numbers of a name share one, as 40 times the first plus the second.
    """

    def value(tag, *parts):
        contents = b"".join(parts)
        return bytes([tag, len(contents)]) + contents

    first, second, *rest = map(int, name.split("."))
    numbers = b""
    for number in [40 * first + second, *rest]:
        digits = [number & 0x7F]
        while number := number >> 7:
            digits.insert(0, 0x80 | number & 0x7F)
        numbers += bytes(digits)
    binding = value(0x30, value(0x06, numbers), value(0x05))
    zero = value(0x02, b"\0")
    pdu = value(0xA0, value(0x02, b"\1"), zero, zero, value(0x30, binding))
    return value(0x30, value(0x02, b"\1"), value(0x04, community.encode()), pdu)


def query(identifier, name, kind):
    """08.7: a header of six numbers, and one question.

    The header says the number of the query, that recursion is desired (0x0100), and that there is one question. The
    question is the labels of the name, each behind its length, a zero, the type, and class 1 (IN).
    """
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">6H", identifier, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", kind, 1)
