"""Solutions to the exercises of notebook 05. Try first: a wrong answer is told what is wrong with it."""

import socket
import struct


def packed_entry(name, size, scores):
    """05.1: the name with its length and its padding, eight bytes, then a count before the numbers."""
    text = name.encode("ascii")
    padding = bytes(-len(text) % 4)
    packed = struct.pack(">I", len(text)) + text + padding
    return packed + struct.pack(f">QI{len(scores)}i", size, len(scores), *scores)


def two_fragments(message, first):
    """05.2: only the last fragment's header has the highest bit."""
    begin, rest = message[:first], message[first:]
    return struct.pack(">I", len(begin)) + begin + struct.pack(">I", 0x80000000 | len(rest)) + rest


def version_refused(call, low, high):
    """05.3: xid, REPLY, MSG_ACCEPTED, a verifier of AUTH_NONE with no body, PROG_MISMATCH, low, high."""
    return call[:4] + struct.pack(">7I", 1, 0, 0, 0, 2, low, high)


def at_most_once(execute):
    """05.4: an xid means something only together with who has chosen it."""
    replies = {}

    def handle(caller, message):
        key = caller, message[:4]
        if key not in replies:
            replies[key] = execute(message)
        return replies[key]

    return handle


def port_of(address, program, version):
    """05.5: a call of program 100000, version 2, procedure 3, with (program, version, 17 for UDP, 0)."""
    xid = 7
    call = struct.pack(">10I", xid, 0, 2, 100000, 2, 3, 0, 0, 0, 0)
    with socket.socket(type=socket.SOCK_DGRAM) as caller:
        caller.connect(address)
        caller.send(call + struct.pack(">4I", program, version, 17, 0))
        reply = struct.unpack(">7I", caller.recv(1000))
    return reply[-1]
