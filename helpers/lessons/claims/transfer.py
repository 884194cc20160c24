"""C37 and C38: moving bytes."""

from __future__ import annotations

import array
import os
import socket
import tempfile

from helpers.lessons.claims.claim import Cell, Claim
from helpers.lessons.claims.loopback import connection

MORE_THAN_FITS = 64 << 20
"""Bytes: more than both kernels' buffers of a connection take (tcp(7), tcp_wmem and tcp_rmem)."""


class C37(Claim):
    """Then network I/O can begin, which is like the read and write I/O of ordinary files."""

    article = "之后就可以开始网络I/O操作了,即类同于普通文件的读写I/O操作"
    condition = "there is room for all that is written"
    instead = (
        "The calls are the same. But a write may be short or wait, a read returns what has come so far, "
        "and in a stream nothing keeps messages apart."
    )
    sources = ("read(2)", "write(2)", "send(2)", "POSIX XSH 2.10.6")
    seen_in = Cell("14_moving_bytes", "bytes-alike")

    def support(self) -> bool:
        """the same two calls that move bytes through a file and through a connection"""
        with tempfile.TemporaryFile(buffering=0) as file, connection() as (near, far):
            os.write(file.fileno(), b"hello")
            os.lseek(file.fileno(), 0, os.SEEK_SET)
            os.write(near.fileno(), b"hello")
            return os.read(file.fileno(), 100) == os.read(far.fileno(), 100) == b"hello"

    def counterexample(self) -> bool:
        """a write that takes only a part of the bytes, which a file would take all"""
        with connection() as (near, _):
            near.setblocking(False)
            return 0 < os.write(near.fileno(), bytes(MORE_THAN_FITS)) < MORE_THAN_FITS


class C38(Claim):
    """I recommend the functions recvmsg() and sendmsg(): these two are the most general I/O functions."""

    article = "我推荐使用recvmsg()/sendmsg()函数,这两个函数是最通用的I/O函数"
    condition = "you need what only they have: several buffers, an address, flags and ancillary data in one call"
    instead = "The most general they are; for anything simpler, a plainer call does the same."
    sources = ("POSIX sendmsg()", "send(2)", "unix(7), Ancillary messages")
    seen_in = Cell("14_moving_bytes", "bytes-sendmsg-recvmsg")

    def support(self) -> bool:
        """a descriptor that sendmsg() hands over, for which send() has no place"""
        near, far = socket.socketpair()
        with near, far, tempfile.TemporaryFile() as file:
            near.sendmsg([b"!"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [file.fileno()]))])
            _, ((_, kind, data),), _, _ = far.recvmsg(1, socket.CMSG_SPACE(4))
            (given,) = array.array("i", data)
            same = os.fstat(given).st_ino == os.fstat(file.fileno()).st_ino
            os.close(given)
            return kind == socket.SCM_RIGHTS and same

    def counterexample(self) -> bool:
        """plainer calls that do the same work: send() and recv() for bytes"""
        with connection() as (near, far):
            near.sendmsg([b"hel", b"lo"])
            by_msg = far.recvmsg(100)[0]
            near.send(b"hello")
            return by_msg == far.recv(100) == b"hello"
