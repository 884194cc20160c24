"""Solutions to the exercises of notebook 10. Try first: a wrong answer is told what is wrong with it.

The first three and the last run in a process of their own, so they import what they need.
"""

import socket


def same_socket(one, other):
    """10.1: fstat() says of both what they are, and which inode of which file system they lead to (fstat(2)).

    Equal numbers are not needed: dup(), fork() and SCM_RIGHTS make further numbers for one socket. An equal inode alone
    is not enough: both ends of a pipe have one.
    """
    import os
    import stat

    first, second = os.fstat(one), os.fstat(other)
    inodes = {(status.st_dev, status.st_ino) for status in (first, second)}
    return stat.S_ISSOCK(first.st_mode) and len(inodes) == 1


def hand_over(channel, descriptor):
    """10.2: the kernel puts a descriptor into the other process's table (SCM_RIGHTS, unix(7)).

    The number alone would mean nothing there. On a stream at least one byte must go along with it.
    """
    socket.send_fds(channel, [b"."], [descriptor])


def listener_called(name):
    """10.3: a name that begins with a zero byte is abstract: it is in no folder, and goes with its socket (unix(7)).

    After bind() the socket has the name; only listen() lets other processes connect.
    """
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("\0" + name)
    listener.listen()
    return listener


def listener_for_both(host):
    """10.4: a socket of AF_INET6 at :: also takes IPv4 callers, unless IPV6_V6ONLY is set (ipv6(7)).

    The host's setting bindv6only is only the default of that option, so the program says what it needs, before bind().
    """
    listener = host.socket(socket.AF_INET6)
    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.bind(("::", 80))
    listener.listen()
    return listener


def default_protocol(family, type):
    """10.5: SO_PROTOCOL asks the kernel which protocol a socket has (socket(7)).

    Python's attribute `proto` only repeats what socket() was given, here 0. The with block closes the socket, and what
    the kernel does not make is an OSError.
    """
    try:
        with socket.socket(family, type) as made:
            return made.getsockopt(socket.SOL_SOCKET, socket.SO_PROTOCOL)
    except OSError:
        return None
