"""Answers to the exercises of notebook 10."""

from __future__ import annotations

import os
import socket
import struct

from helpers.lab import Host
from tests.lessons.table import Tried, solutions

SOLVED = solutions("10")


def compares_links(one, other):
    first, second = (os.readlink(f"/proc/self/fd/{number}") for number in (one, other))
    return first == second and first.startswith("socket:")


def compares_numbers(one, other):
    return one == other


def compares_inodes(one, other):
    return os.path.sameopenfile(one, other)


def compares_names(one, other):
    first, second = (socket.socket(fileno=os.dup(number)) for number in (one, other))
    return first.getsockname() == second.getsockname()


def closes_them(one, other):
    first, second = socket.socket(fileno=one), socket.socket(fileno=os.dup(other))
    return first.getsockname() == second.getsockname()


def reads_from_them(one, other):
    return os.read(one, 1) == os.read(other, 1)


def sends_the_message_itself(channel, descriptor):
    channel.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", descriptor))])


def sends_a_copy(channel, descriptor):
    socket.send_fds(channel, [b"x"], [os.dup(descriptor)])


def sends_the_number(channel, descriptor):
    channel.sendall(str(descriptor).encode())


def sends_no_byte(channel, descriptor):
    socket.send_fds(channel, [], [descriptor])


def sends_the_channel(channel, descriptor):
    socket.send_fds(channel, [b"x"], [channel.fileno()])


def sends_it_twice(channel, descriptor):
    socket.send_fds(channel, [b"x"], [descriptor, descriptor])


def writes_itself(channel, descriptor):
    os.write(descriptor, b"mine")
    socket.send_fds(channel, [b"x"], [descriptor])


def waits_for_an_answer(channel, descriptor):
    socket.send_fds(channel, [b"x"], [descriptor])
    channel.recv(1)


def binds_a_path(name):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(name)
    listener.listen()
    return listener


def does_not_listen(name):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("\0" + name)
    return listener


def lets_the_kernel_choose(name):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("")
    listener.listen()
    return listener


def takes_seqpacket(name):
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind("\0" + name)
    listener.listen()
    return listener


def accepts(name):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("\0" + name)
    listener.listen()
    return listener.accept()[0]


def returns_nothing(name):
    socket.socket(socket.AF_UNIX).bind("\0" + name)


def listening(host: Host, family: int, address: str, **options: int) -> socket.socket:
    listener = host.socket(family)
    for name, value in options.items():
        listener.setsockopt(socket.IPPROTO_IPV6, getattr(socket, name), value)
    listener.bind((address, 80))
    listener.listen()
    return listener


def for_version_4(host: Host) -> socket.socket:
    return listening(host, socket.AF_INET, "0.0.0.0")


def for_version_6_only(host: Host) -> socket.socket:
    return listening(host, socket.AF_INET6, "::", IPV6_V6ONLY=1)


def trusts_the_default(host: Host) -> socket.socket:
    return listening(host, socket.AF_INET6, "::")


def says_it_too_late(host):
    listener = host.socket(socket.AF_INET6)
    listener.bind(("::", 80))
    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.listen()
    return listener


def says_it_elsewhere(host: Host) -> socket.socket:
    listener = host.socket(socket.AF_INET6)
    listener.setsockopt(socket.SOL_SOCKET, socket.IPV6_V6ONLY, 0)
    listener.bind(("::", 80))
    listener.listen()
    return listener


def takes_two(host: Host) -> list[socket.socket]:
    return [for_version_4(host), for_version_6_only(host)]


def asks_the_attribute(family, type):
    try:
        with socket.socket(family, type) as made:
            return made.proto
    except OSError:
        return None


def knows_it(family, type):
    return {socket.SOCK_STREAM: 6, socket.SOCK_DGRAM: 17}.get(type)


def lets_errors_out(family, type):
    with socket.socket(family, type) as made:
        return made.getsockopt(socket.SOL_SOCKET, socket.SO_PROTOCOL)


def leaves_it_open(family, type):
    try:
        number = socket.socket(family, type).detach()
    except OSError:
        return None
    return socket.socket(fileno=os.dup(number)).proto


def ends_its_process(*arguments):
    os._exit(1)


def by_the_inode_of_a_socket(one, other):
    import stat

    both = [os.fstat(number) for number in (one, other)]
    return all(stat.S_ISSOCK(status.st_mode) for status in both) and os.path.samestat(*both)


def with_a_name_of_bytes(name):
    """A bytes name is taken as it is."""
    import socket

    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    listener.bind(bytes(1) + name.encode())
    listener.listen(1)
    return listener


def called_and_accepting_later(name):
    import socket

    listener = socket.socket(socket.AF_UNIX)
    listener.bind("\0" + name)
    listener.setblocking(False)
    listener.listen()
    return listener


def at_any_address_of_both(host: Host) -> socket.socket:
    made = host.socket(socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(41, 26, struct.pack("i", 0))  # IPPROTO_IPV6, IPV6_V6ONLY
    made.bind(("", 80))
    made.listen(2)
    return made


def with_reuse(host: Host) -> socket.socket:
    made = host.socket(socket.AF_INET6)
    for level, option, value in (
        (socket.SOL_SOCKET, socket.SO_REUSEADDR, 1), (socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0),
    ):  # fmt: skip
        made.setsockopt(level, option, value)
    made.bind(("::", 80, 0, 0))
    made.listen()
    return made


def writes_the_setting(host: Host) -> socket.socket:
    host.write("/proc/sys/net/ipv6/bindv6only", "0")
    return listening(host, socket.AF_INET6, "::")


def closes_by_detaching(family, type):
    import os
    import socket

    try:
        number = socket.socket(family, type).detach()
    except OSError:
        return None
    protocol = socket.socket(fileno=os.dup(number))
    os.close(number)
    with protocol:
        return protocol.getsockopt(1, 38)  # SOL_SOCKET, SO_PROTOCOL


def asks_python(family, type):
    """Python asks the kernel for the protocol where a socket is made of a descriptor."""
    import socket

    try:
        with socket.socket(family, type) as made, socket.socket(fileno=made.detach()) as again:
            return again.proto
    except OSError:
        return None


TRIED = [
    Tried("10.1", SOLVED["same_socket"], "passed", ""),
    Tried("10.1", compares_links, "passed", ""),
    Tried("10.1", by_the_inode_of_a_socket, "passed", ""),
    Tried("10.1", compares_numbers, "wrong", "A socket and its os.dup(): expected True, got False"),
    Tried("10.1", compares_inodes, "wrong", "The two ends of a pipe, which lead to one inode: expected False"),
    Tried("10.1", compares_names, "wrong", "The two ends of a socketpair(): two sockets"),
    Tried("10.1", closes_them, "wrong", "The open descriptors after your function: expected"),
    Tried("10.1", reads_from_them, "wrong", "your function waits", hangs=True),
    Tried("10.1", True, "wrong", "Hand over the function itself"),
    Tried("10.2", SOLVED["hand_over"], "passed", ""),
    Tried("10.2", sends_the_message_itself, "passed", ""),
    Tried("10.2", sends_a_copy, "passed", ""),
    Tried("10.2", sends_the_number, "wrong", "Descriptors that the other process received, with b'"),
    Tried("10.2", sends_no_byte, "wrong", "Nothing arrived. On a stream at least one byte must go along"),
    Tried("10.2", sends_the_channel, "wrong", "What came out of the pipe: expected b'written there', got b''"),
    Tried("10.2", sends_it_twice, "wrong", "expected 1, got 2"),
    Tried("10.2", writes_itself, "wrong", "got b'minewritten there'"),
    Tried("10.2", waits_for_an_answer, "wrong", "Your function waits", hangs=True),
    Tried("10.3", SOLVED["listener_called"], "passed", ""),
    Tried("10.3", with_a_name_of_bytes, "passed", ""),
    Tried("10.3", called_and_accepting_later, "passed", ""),
    Tried("10.3", binds_a_path, "wrong", "Files in the folder: expected [], got ['ipc-course-"),
    Tried("10.3", does_not_listen, "wrong", "connect() failed: ECONNREFUSED."),
    Tried("10.3", lets_the_kernel_choose, "wrong", "The name of the socket: expected b'\\x00ipc-course-"),
    Tried("10.3", takes_seqpacket, "wrong", "expected 'SOCK_STREAM', got 'SOCK_SEQPACKET'"),
    Tried("10.3", accepts, "wrong", "It was to return the listener", hangs=True),
    Tried("10.3", returns_nothing, "wrong", "got 'None'"),
    Tried("10.4", SOLVED["listener_for_both"], "passed", ""),
    Tried("10.4", at_any_address_of_both, "passed", ""),
    Tried("10.4", with_reuse, "passed", ""),
    Tried("10.4", writes_the_setting, "wrong", "bindv6only after your function: expected"),
    Tried("10.4", for_version_4, "wrong", "The IPv6 caller got ECONNREFUSED at fd00::2 port 80"),
    Tried("10.4", for_version_6_only, "wrong", "The IPv4 caller got ECONNREFUSED at 10.0.0.2 port 80"),
    Tried("10.4", trusts_the_default, "wrong", "The IPv4 caller got ECONNREFUSED"),
    Tried("10.4", says_it_too_late, "failed", "[Errno 22] Invalid argument, in line"),
    Tried("10.4", says_it_elsewhere, "failed", "[Errno "),
    Tried("10.4", takes_two, "wrong", "Return the one socket"),
    Tried("10.5", SOLVED["default_protocol"], "passed", ""),
    Tried("10.5", closes_by_detaching, "passed", ""),
    Tried("10.5", asks_python, "passed", ""),
    Tried("10.5", asks_the_attribute, "wrong", "AF_INET, SOCK_STREAM: expected 6, got 0"),
    Tried("10.5", knows_it, "wrong", "AF_UNIX, SOCK_STREAM: expected 0, got 6"),
    Tried("10.5", lets_errors_out, "wrong", "Your code raised OSError: [Errno 93] Protocol not supported"),
    Tried("10.5", lambda family, type: None, "wrong", "Write the function with def"),
    Tried("10.5", leaves_it_open, "wrong", "The open descriptors after your function: expected"),
]
