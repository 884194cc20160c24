"""Checkers of notebook 10: each runs the reader's function and asks the kernel what came of it.

The functions run in a process of their own, except that of 10.4, which makes a socket of a host of the lab.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import socket
from collections.abc import Callable

from helpers.ipc import Child, scratch
from helpers.lab import Host, LabUnavailable, Network, why_unavailable
from helpers.lab.sockets import error_name
from helpers.study.checking import NeedsLiveLab, Wrong, exercise, expect
from helpers.study.own_process import name_of, result, running

PATIENCE = 5.0
"""Seconds that a connection or a message may take."""
SETTING = "/proc/sys/net/ipv6/bindv6only"

PAIRS = """
a, b = socket.socketpair()
c, d = socket.socketpair()
r, w = os.pipe()
a.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", c.fileno()))])
_, (received,), _, _ = socket.recv_fds(b, 1, 1)
a, b, c, d = (end.detach() for end in (a, b, c, d))
copy, zero, again = os.dup(a), os.open("/dev/zero", os.O_RDONLY), os.open("/dev/zero", os.O_RDONLY)
"""
SAME = (
    ("a", "a", True, "one number twice"),
    ("a", "copy", True, "a socket and its os.dup()"),
    ("c", "received", True, "a socket, and what was received of it over another one (SCM_RIGHTS)"),
    ("a", "b", False, "the two ends of a socketpair(): two sockets, joined, and neither has a name"),
    ("a", "d", False, "ends of two different pairs; neither has a name"),
    ("r", "w", False, "the two ends of a pipe, which lead to one inode"),
    ("zero", "again", False, "/dev/zero, opened twice: one inode"),
)
"""Two descriptors, whether they lead to one socket, and what they are."""


@exercise("10.1", "two numbers, one socket?")
def one_socket(same_socket: Callable[[int, int], bool]) -> str:
    """Descriptors of a process, made in many ways: the answer must be right for each pair, and all stay open."""
    with running(same_socket, prepare=f"import stat\n{PAIRS}") as process:
        before = process.descriptors()
        for one, other, same, case in SAME:
            doing = process.start(f"{name_of(same_socket)}({one}, {other})")
            expect(result(doing, f"For {case}, your function waits."), same, case)
            expect(process.descriptors(), before, "the open descriptors after your function")
    return "However a number came to be: fstat() says what it leads to."


LISTEN = "listener = socket.socket(socket.AF_UNIX); listener.bind(path); listener.listen()"
RECEIVE = """
try:
    data, fds, _, _ = socket.recv_fds(channel, 100, 8)
except TimeoutError:
    data, fds = None, []
data, len(fds)
"""


@exercise("10.2", "hand over a descriptor")
def handed_over(hand_over: Callable[[socket.socket, int], None]) -> str:
    """The process at the other end of the channel must get a descriptor of the same pipe, and write into it."""
    path = scratch.path("exercise-10.2")
    with running(hand_over, "sender") as sender, Child("receiver") as receiver:
        receiver.do(LISTEN, path=path)
        sender.do("channel = socket.socket(socket.AF_UNIX); channel.connect(path); r, w = os.pipe()", path=path)
        receiver.do("channel, _ = listener.accept(); channel.settimeout(wait)", wait=PATIENCE)
        result(sender.start(f"{name_of(hand_over)}(channel, w)"), "Your function waits: sending need not wait here.")
        data, count = receiver.do(RECEIVE)
        if data is None:
            raise Wrong("Nothing arrived. On a stream at least one byte must go along with a descriptor (unix(7)).")
        expect(count, 1, f"descriptors that the other process received, with {data!r}")
        try:
            receiver.do("os.write(fds[0], b'written there')")
        except OSError as error:
            raise Wrong(f"write() to the descriptor that arrived failed: {error_name(error)}.") from None
        came = sender.do("os.set_blocking(r, False)\ntry: came = os.read(r, 100)\nexcept OSError: came = b''\ncame")
        expect(came, b"written there", "what came out of the pipe")
    return "The other process wrote into your pipe, under a number of its own."


@exercise("10.3", "a listener without a file")
def abstract_listener(listener_called: Callable[[str], socket.socket]) -> str:
    """Another process must reach the listener under the abstract name, and the folder must stay empty."""
    folder, name = scratch.path("exercise-10.3"), f"ipc-course-{os.getpid()}-{os.urandom(4).hex()}"
    os.mkdir(folder, 0o700)
    with running(listener_called) as server, Child("caller") as caller:
        server.do("os.chdir(folder)", folder=folder)
        doing = server.start(f"listener = {name_of(listener_called)}(name)", name=name)
        result(doing, "Your function waits. It was to return the listener.")
        kind = server.do("listener.type.name if isinstance(listener, socket.socket) else repr(listener)")
        expect(kind, "SOCK_STREAM", "the type of the socket that you returned")
        expect(os.listdir(folder), [], "files in the folder", "An abstract name begins with a zero byte.")
        bound = result(server.start("listener.getsockname()"), "")
        expect(bound, b"\0" + name.encode(), "the name of the socket")
        try:
            caller.do("made = socket.socket(socket.AF_UNIX); made.connect(name)", name=bound)
        except OSError as error:
            raise Wrong(f"The name is bound, but connect() failed: {error_name(error)}.") from None
    return "Another process reached it by its name, and no file was made."


@exercise("10.4", "one listener, two families")
def dual_stack(listener_for_both: Callable[[Host], socket.socket]) -> str:
    """In the lab, one listener on port 80 must be reached over IPv4 and over IPv6, whatever the system's default is."""
    if reason := why_unavailable():
        raise NeedsLiveLab(reason)
    with Network() as network:
        client = network.host("client", "10.0.0.1", "fd00::1")
        server = network.host("server", "10.0.0.2", "fd00::2")
        with contextlib.suppress(LabUnavailable):  # where settings cannot be written the default is left as it is
            server.write(SETTING, "1\n")
        before = server.read(SETTING)
        listener = listener_for_both(server)
        if not isinstance(listener, socket.socket):
            raise Wrong(f"Return the one socket that listens; you returned {listener!r}.")
        expect(server.read(SETTING), before, f"{SETTING} after your function")
        listener.settimeout(PATIENCE)
        for version, family, address in (("6", socket.AF_INET6, "fd00::2"), ("4", socket.AF_INET, "10.0.0.2")):
            caller = client.socket(family)
            caller.settimeout(PATIENCE)
            if number := caller.connect_ex((address, 80)):
                raise Wrong(f"The IPv{version} caller got {errno.errorcode[number]} at {address} port 80.")
            try:
                listener.accept()
            except OSError as error:
                name = error_name(error)
                raise Wrong(f"{address} was connected, but accept() on the socket that you returned: {name}.") from None
    return "One socket took both: an IPv4 caller is shown to it as ::ffff:10.0.0.1."


FAMILIES = ("AF_INET", "AF_UNIX", "AF_INET6", "AF_NETLINK", "AF_PACKET")
KINDS = ("SOCK_STREAM", "SOCK_DGRAM", "SOCK_RAW", "SOCK_SEQPACKET", "SOCK_RDM")
KERNEL_SAYS = """
try:
    with socket.socket(family, kind) as made:
        said = made.getsockopt(socket.SOL_SOCKET, socket.SO_PROTOCOL)
except OSError:
    said = None
said
"""


@exercise("10.5", "the default protocol")
def protocol_zero(default_protocol: Callable[[int, int], int | None]) -> str:
    """For each domain and type: what this kernel makes of protocol 0."""
    with running(default_protocol) as process:
        before = process.descriptors()
        for family, kind in itertools.product(FAMILIES, KINDS):
            given = {"family": int(getattr(socket, family)), "kind": int(getattr(socket, kind))}
            doing = process.start(f"{name_of(default_protocol)}(family, kind)", **given)
            got = result(doing, f"For {family}, {kind} your function waits.")
            expect(got, process.do(KERNEL_SAYS, **given), f"{family}, {kind}")
            expect(process.descriptors(), before, "the open descriptors after your function")
    return f"For {len(FAMILIES) * len(KINDS)} pairs, each answer is what this kernel itself says."
