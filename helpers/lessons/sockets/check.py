"""Checkers of notebook 10: each runs the reader's function and asks the kernel what came of it."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from collections.abc import Callable
from typing import Any

from helpers.ipc import Child, scratch
from helpers.lab import Host, Network, why_unavailable
from helpers.lab.sockets import error_name
from helpers.study.checking import NeedsLiveLab, Wrong, exercise
from helpers.study.own_process import name_of, result, running

PATIENCE = 5.0
"""Seconds that a connection or a message may take."""

_PAIRS = """
a, b = socket.socketpair()
c, d = socket.socketpair()
r, w = os.pipe()
a.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", c.fileno()))])
_, (received,), _, _ = socket.recv_fds(b, 1, 1)
a, b, c, d = (end.detach() for end in (a, b, c, d))
copy, zero, again = os.dup(a), os.open("/dev/zero", os.O_RDONLY), os.open("/dev/zero", os.O_RDONLY)
"""
_SAME = (
    ("a", "a", True, "The two numbers are equal, so they name one thing."),
    ("a", "copy", True, "The second came from os.dup() of the first: two numbers, one socket."),
    ("c", "received", True, "The second was received over another socket (SCM_RIGHTS): two numbers, one socket."),
    ("a", "b", False, "They are the two ends of a socketpair(): two sockets, joined, and neither has a name."),
    ("a", "d", False, "They are ends of two different pairs, and so two sockets; neither has a name."),
    ("r", "w", False, "They are the two ends of a pipe. They lead to one inode, but is that a socket?"),
    ("zero", "again", False, "They are /dev/zero, opened twice: one inode, but no socket."),
)
"""Two descriptors, whether they lead to one socket, and what they are."""


@exercise("10.1", "two numbers, one socket?")
def one_socket(same_socket: Callable[[int, int], bool]) -> str:
    """Descriptors of a process, made in many ways: the answer must be right for each pair, and all stay open."""
    with running(same_socket, prepare=f"import stat\n{_PAIRS}") as process:
        before = process.descriptors()
        for one, other, same, explained in _SAME:
            doing = process.start(f"{name_of(same_socket)}({one}, {other})")
            got = result(doing, "Your function waits: it needs no call that waits.")
            if process.descriptors() != before:
                raise Wrong(
                    "After your call other descriptors are open than before. A socket object closes its descriptor "
                    "when it goes: os.fstat() needs none, and closes nothing."
                )
            if not isinstance(got, bool):
                raise Wrong(f"Return True or False, not {got!r}.")
            if got is not same:
                raise Wrong(f"You returned {got} for two descriptors. {explained}")
    return "However a number came to be: fstat() says what it leads to."


_LISTEN = "listener = socket.socket(socket.AF_UNIX); listener.bind(path); listener.listen()"
_RECEIVE = """
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
        receiver.do(_LISTEN, path=path)
        sender.do("channel = socket.socket(socket.AF_UNIX); channel.connect(path); r, w = os.pipe()", path=path)
        receiver.do("channel, _ = listener.accept(); channel.settimeout(wait)", wait=PATIENCE)
        result(sender.start(f"{name_of(hand_over)}(channel, w)"), "Your function waits: sending need not wait here.")
        data, count = receiver.do(_RECEIVE)
        if count != 1:
            raise Wrong(_not_handed_over(data, count))
        try:
            receiver.do("os.write(fds[0], b'written there')")
            came = sender.do("os.set_blocking(r, False); os.read(r, 100)")
        except OSError as error:
            name = error_name(error)
            raise Wrong(
                f"A descriptor arrived, but what was written into it did not come out of the pipe ({name}): "
                "is it another one?"
            ) from None
        if came != b"written there":
            raise Wrong(f"The pipe should hold b'written there' and nothing else; it held {came!r}.")
    return "The other process wrote into your pipe, under a number of its own."


def _not_handed_over(data: bytes | None, count: int) -> str:
    if count > 1:
        return f"The other process received {count} descriptors: send the one that you were given."
    if data is None:
        return "Nothing arrived. On a stream at least one byte must go along with a descriptor (unix(7))."
    if not data:
        return "The other process came to the end of the stream: send before you close."
    return (
        f"The other process received {data!r} and no descriptor. A number alone means nothing there, for its table is "
        "another one: the kernel must put the descriptor into it (SCM_RIGHTS)."
    )


@exercise("10.3", "a listener without a file")
def abstract_listener(listener_called: Callable[[str], socket.socket]) -> str:
    """Another process must reach the listener under the abstract name, and the folder must stay empty."""
    folder, name = scratch.path("exercise-10.3"), f"ipc-course-{os.getpid()}-{os.urandom(4).hex()}"
    os.mkdir(folder, 0o700)
    with running(listener_called) as server, Child("caller") as caller:
        server.do("os.chdir(folder)", folder=folder)
        doing = server.start(f"listener = {name_of(listener_called)}(name)", name=name)
        result(doing, "Your function waits: return the listener, and leave accept() to who gets it.")
        if not server.do("isinstance(listener, socket.socket)"):
            raise Wrong("Return the socket that listens.")
        if not server.do("listener.type == socket.SOCK_STREAM"):
            raise Wrong("Make it a stream socket: SOCK_STREAM, the type that socket.socket() takes by itself.")
        if os.listdir(folder):
            raise Wrong(f"There is a file now, {os.listdir(folder)[0]!r}: an abstract name begins with a zero byte.")
        try:
            bound = server.do("listener.getsockname()")
        except OSError as error:
            raise Wrong(f"The socket that you returned cannot be asked for its name: {error_name(error)}.") from None
        wanted = b"\0" + name.encode()
        if bound != wanted:
            raise Wrong(f"The socket's name should be {wanted!r}; it is {bound!r}.")
        try:
            caller.do("made = socket.socket(socket.AF_UNIX); made.connect(name)", name=bound)
        except OSError as error:
            name = error_name(error)
            raise Wrong(f"The name is bound, but connect() failed: {name}. Does the socket listen?") from None
    return "Another process reached it by its name, and no file was made."


@exercise("10.4", "one listener, two families")
def dual_stack(listener_for_both: Callable[[Host], socket.socket]) -> str:
    """In the lab, one listener on port 80 must be reached over IPv4 and over IPv6, whatever the system's default is."""
    if reason := why_unavailable():
        raise NeedsLiveLab(reason)
    with Network() as network:
        client = network.host("client", "10.0.0.1", "fd00::1")
        server = network.host("server", "10.0.0.2", "fd00::2")
        with contextlib.suppress(OSError):  # where settings cannot be written the default is left as it is
            server.write("/proc/sys/net/ipv6/bindv6only", "1")
        try:
            listener = listener_for_both(server)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            raise Wrong(
                "A call got EINVAL. If it was setsockopt(): say IPV6_V6ONLY at level IPPROTO_IPV6, and before bind()."
            ) from None
        if not isinstance(listener, socket.socket):
            raise Wrong("Return the one socket that listens.")
        listener.settimeout(PATIENCE)
        for family, address in ((socket.AF_INET6, "fd00::2"), (socket.AF_INET, "10.0.0.2")):
            _call(client, family, address)
            try:
                listener.accept()
            except OSError as error:
                raise Wrong(
                    f"{address} port 80 was connected, but accept() on the socket that you returned failed with "
                    f"{error_name(error)}: return the one socket that took both callers."
                ) from None
    return "One socket took both: an IPv4 caller is shown to it as ::ffff:10.0.0.1."


def _call(client: Host, family: int, address: str) -> None:
    """Connect to port 80 there. Raises Wrong if that does not succeed."""
    caller = client.socket(family)
    caller.settimeout(PATIENCE)
    try:
        caller.connect((address, 80))
    except OSError as error:
        version = "IPv4" if family == socket.AF_INET else "IPv6"
        hint = "bind to ::, with IPV6_V6ONLY off" if family == socket.AF_INET else "take a socket of AF_INET6"
        raise Wrong(
            f"The {version} caller got {error_name(error)} at {address} port 80: {hint}, and listen()."
        ) from None


_ASKED = (
    "AF_INET, SOCK_STREAM",
    "AF_INET, SOCK_DGRAM",
    "AF_UNIX, SOCK_STREAM",
    "AF_UNIX, SOCK_DGRAM",
    "AF_INET6, SOCK_DGRAM",
    "AF_INET, SOCK_RAW",
    "AF_INET, SOCK_SEQPACKET",
    "AF_UNIX, SOCK_RDM",
)
_KERNEL_SAYS = """
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
        for words in _ASKED:
            family, kind = (int(getattr(socket, name)) for name in words.split(", "))
            doing = process.start(f"{name_of(default_protocol)}(family, kind)", family=family, kind=kind)
            got = result(doing, "Your function waits: neither socket() nor getsockopt() does.")
            truth = process.do(_KERNEL_SAYS, family=family, kind=kind)
            if len(process.descriptors()) > len(before):
                raise Wrong(f"After {words} a socket of yours is still open: close each that you make.")
            if got != truth or isinstance(got, bool):
                raise Wrong(_other_protocol(words, got, truth))
    return "Each answer is what this kernel itself says."


def _other_protocol(words: str, got: Any, truth: int | None) -> str:
    if truth is None:
        return f"For {words} you returned {got!r}, but this kernel makes no such socket: return None then."
    hint = " The attribute `proto` repeats what you asked for; SO_PROTOCOL asks the kernel." if got == 0 else ""
    return f"For {words} you returned {got!r}; the kernel says {truth}.{hint}"
