"""Solutions to the exercises of notebook 06. Try first: a wrong answer is told what is wrong with it."""

import contextlib
import glob
import os
import socket


def owners(port):
    """06.1: /proc/net/tcp and tcp6 name each socket by its inode; state 0A is LISTEN (proc_pid_net(5)).

    A process that holds such a socket has a descriptor whose link is "socket:[inode]". Several processes may hold one
    socket, and several sockets may listen at one port. A process may end while its descriptors are listed.
    """
    links = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(FileNotFoundError), open(table) as lines:
            for fields in map(str.split, lines):
                if fields[1].endswith(f":{port:04X}") and fields[3] == "0A":
                    links.add(f"socket:[{fields[9]}]")
    found = set()
    for path in glob.glob("/proc/[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if os.readlink(path) in links:
                found.add(int(path.split("/")[2]))
    return found


def listener(port):
    """06.2: with SO_REUSEPORT set before bind(), several sockets may have one address and port (socket(7)).

    Each of them must have set it, the first one too, and all must belong to one user.
    """
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind(("127.0.0.1", port))
    made.listen()
    return made


def two_connections(first, second):
    """06.3: the kernel chooses a port for the first socket, and the second one is bound to the same address and port.

    SO_REUSEADDR allows it where neither listens, and both must have set it. Each connection is still unique, since the
    other end differs: the five-tuple names a connection, not the port.
    """
    one, other = socket.socket(), socket.socket()
    for sock in (one, other):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(("127.0.0.1", 0))
    one.connect(first)
    other.bind(one.getsockname())
    other.connect(second)
    return one, other


def address_towards(host, destination):
    """06.4: connect() of a UDP socket sends nothing; it looks up the route, and notes both addresses (udp(7)).

    getsockname() then says which address of its own the host would use towards the destination.
    """
    with host.socket(type=socket.SOCK_DGRAM) as asking:
        asking.connect((destination, 9))
        return asking.getsockname()[0]


def receiver(table, source, destination):
    """06.5: try the closest fit first.

    A connection fits where both ends are those of the segment; then comes a listener at exactly its address, then one at
    any address. A segment that fits none is refused.
    """
    nobody = ("0.0.0.0", 0)
    for wanted in ((destination, source), (destination, nobody), (("0.0.0.0", destination[1]), nobody)):
        if wanted in table:
            return table.index(wanted)
    return None
