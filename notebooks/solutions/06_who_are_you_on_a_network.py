"""Solutions to the exercises of notebook 06. Try first: a wrong answer is told what is wrong with it."""

import contextlib
import glob
import os
import socket


def owners(port):
    """06.1: the inodes of all LISTEN lines of that port, in both tables; then all who have a link to one of them."""
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
    """06.2: SO_REUSEPORT before bind(), in each of them."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind(("127.0.0.1", port))
    made.listen()
    return made


def two_connections(first, second):
    """06.3: the kernel chooses a port for the first socket; SO_REUSEADDR allows the second to be bound to it too."""
    one, other = socket.socket(), socket.socket()
    for sock in (one, other):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(("127.0.0.1", 0))
    one.connect(first)
    other.bind(one.getsockname())
    other.connect(second)
    return one, other


def address_towards(host, destination):
    """06.4: a UDP socket only notes the address at connect(), after it has looked up the route."""
    with host.socket(type=socket.SOCK_DGRAM) as asking:
        asking.connect((destination, 9))
        return asking.getsockname()[0]


def receiver(table, source, destination):
    """06.5: try the closest fit first."""
    nobody = ("0.0.0.0", 0)
    for wanted in ((destination, source), (destination, nobody), (("0.0.0.0", destination[1]), nobody)):
        if wanted in table:
            return table.index(wanted)
    return None
