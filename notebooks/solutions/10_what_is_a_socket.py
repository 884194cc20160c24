"""Solutions to the exercises of notebook 10. Try first: a wrong answer is told what is wrong with it.

The first three and the last run in a process of their own, so they import what they need.
"""

import socket


def same_socket(one, other):
    """10.1: what fstat() says of both: a socket, and one inode of one file system."""
    import os
    import stat

    first, second = os.fstat(one), os.fstat(other)
    inodes = {(status.st_dev, status.st_ino) for status in (first, second)}
    return stat.S_ISSOCK(first.st_mode) and len(inodes) == 1


def hand_over(channel, descriptor):
    """10.2: SCM_RIGHTS, with one byte to go along with it."""
    socket.send_fds(channel, [b"."], [descriptor])


def listener_called(name):
    """10.3: a zero byte before the name, then bind() and listen()."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("\0" + name)
    listener.listen()
    return listener


def listener_for_both(host):
    """10.4: a socket of AF_INET6 that is not for IPv6 only. The option comes before bind()."""
    listener = host.socket(socket.AF_INET6)
    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.bind(("::", 80))
    listener.listen()
    return listener


def default_protocol(family, type):
    """10.5: make one with protocol 0, ask the kernel, and close it."""
    try:
        with socket.socket(family, type) as made:
            return made.getsockopt(socket.SOL_SOCKET, socket.SO_PROTOCOL)
    except OSError:
        return None
