"""Solutions to the exercises of notebook 05. Try first: a wrong answer is told what is wrong with it."""

import socket
import struct


def packed_entry(name, size, scores):
    """05.1: A string is its length, its bytes, and zeros up to a multiple of four; -n % 4 is how many are missing.

    The size is a hyper, eight bytes. The scores are an array of varying length, so their number comes before them.
    """
    text = name.encode("ascii")
    padding = bytes(-len(text) % 4)
    packed = struct.pack(">I", len(text)) + text + padding
    return packed + struct.pack(f">QI{len(scores)}i", size, len(scores), *scores)


def two_fragments(message, first):
    """05.2: Each fragment has a mark of four bytes, which says how many bytes follow it, without the mark itself.

    Only the mark of the last fragment has the highest bit, 0x80000000: by it the reader knows that the record ends.
    """
    begin, rest = message[:first], message[first:]
    return struct.pack(">I", len(begin)) + begin + struct.pack(">I", 0x80000000 | len(rest)) + rest


def version_refused(call, low, high):
    """05.3: The reply repeats the xid, the first four bytes of the call; nothing else of the call is needed.

    After it: REPLY (1), MSG_ACCEPTED (0), a verifier of the flavor AUTH_NONE with no body (0, 0), PROG_MISMATCH (2), low
    and high. The call is accepted, for the server speaks this version of RPC; it lacks a version of the program.
    """
    return call[:4] + struct.pack(">7I", 1, 0, 0, 0, 2, low, high)


def at_most_once(execute):
    """05.4: The function that is returned remembers the reply to each call, and a call that comes again gets it.

    An xid means something only together with the caller who chose it, so both are the key. The dictionary is made anew
    for each server: two banks must not share a memory. A real server would also limit how much it keeps.
    """
    replies = {}

    def handle(caller, message):
        key = caller, message[:4]
        if key not in replies:
            replies[key] = execute(message)
        return replies[key]

    return handle


def port_of(address, program, version):
    """05.5: A call of program 100000, version 2, procedure 3, with program, version, 17 for UDP, and 0.

    A datagram can get lost, so the same bytes are sent again after half a second, three times in all: to ask twice does
    no harm. A reply that does not begin with our xid, REPLY, MSG_ACCEPTED, an empty verifier and SUCCESS carries no
    port, and is not read as one.
    """
    call = struct.pack(">14I", 7, 0, 2, 100000, 2, 3, 0, 0, 0, 0, program, version, 17, 0)
    with socket.socket(type=socket.SOCK_DGRAM) as caller:
        caller.settimeout(0.5)
        caller.connect(address)
        for _ in range(3):
            caller.send(call)
            try:
                reply = caller.recv(1000)
            except TimeoutError:
                continue
            if reply[:24] != struct.pack(">6I", 7, 1, 0, 0, 0, 0):
                raise RuntimeError(f"the port mapper answered {reply.hex(' ', 4)}")
            return int.from_bytes(reply[24:])
    raise TimeoutError("the port mapper has not answered three calls")
