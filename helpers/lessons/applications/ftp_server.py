"""An FTP server (RFC 959) by pyftpdlib, which files are got from and stored to.

They are in memory. pyftpdlib's own file system on a temporary folder would need fewer lines; but nobody would remove
that folder when a host of the lab ends, for its processes are killed with it.
"""

from __future__ import annotations

import multiprocessing
import os
import stat
from io import BytesIO
from typing import Any

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.filesystems import AbstractedFS
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.ioloop import IOLoop

from helpers.lessons.applications.service import FILES, NAME, PASSWORD, begin, listening


class File(BytesIO):
    """A file while somebody reads or writes it."""

    def __init__(self, name: str, content: bytes) -> None:
        super().__init__(content)
        self.name = name

    def close(self) -> None:
        """What was written is there for everybody from now on."""
        if not self.closed:
            FILES[self.name] = self.getvalue()
        super().close()


class Memory(AbstractedFS):  # type: ignore[misc]  # pyftpdlib has no types
    """One directory, "/"."""

    def open(self, filename: str, mode: str) -> File:
        """Raises FileNotFoundError."""
        name = filename.removeprefix("/")
        if "r" in mode and name not in FILES:
            raise FileNotFoundError("there is no such file")
        return File(name, FILES[name] if "r" in mode else b"")

    def listdir(self, path: str) -> list[str]:
        return sorted(FILES)

    def lstat(self, path: str) -> os.stat_result:
        return os.stat_result((stat.S_IFREG | 0o644, 0, 0, 1, 0, 0, self.getsize(path), 0, 0, 0))

    def isfile(self, path: str) -> bool:
        return path.removeprefix("/") in FILES

    def getsize(self, path: str) -> int:
        return len(FILES[path.removeprefix("/")])


class Caller(FTPHandler.active_dtp):  # type: ignore[misc]
    """Calls the client for the data: from port 20, where the server's own is 21 (RFC 959, section 3.2)."""

    source_port = 0

    def bind(self, address: Any) -> None:
        """Also while the connection before is in TIME-WAIT, which has the same port."""
        self.set_reuse_addr()
        super().bind((address[0], self.source_port))


class Speaker(FTPHandler):  # type: ignore[misc]
    """One client's control connection."""

    banner = "the course's FTP server"
    active_dtp, abstracted_fs, use_sendfile = Caller, Memory, False
    auth_failed_timeout = 0  # a wrong password is refused at once

    def push_dtp_data(self, *arguments: Any, **named: Any) -> None:
        """Take up the data connection first, if the client has made it already.

        Else it would be chance whether the reply is 125 or 150: whichever of the two sockets is looked at first.
        """
        if self._dtp_acceptor is not None and self.data_channel is None:
            self._dtp_acceptor.handle_accept()
        super().push_dtp_data(*arguments, **named)


def main() -> None:
    """Serve until standard input ends; in passive mode it waits for data at `--data_port`, 0: at any."""
    told = begin(data_port=0)
    # pyftpdlib.servers makes semaphores when it is imported, for processes that it might start. Forked ones would need
    # no names, and so the names go at once; Python 3.14's default start method keeps them until an orderly end.
    multiprocessing.set_start_method("fork")
    from pyftpdlib.servers import FTPServer

    Speaker.authorizer = DummyAuthorizer()
    Speaker.authorizer.add_user(NAME, PASSWORD, "/", perm="lrw")
    Speaker.passive_ports = [told.data_port] if told.data_port else None
    Caller.source_port = 20 if told.port == 21 else 0
    server = FTPServer((told.host, told.port), Speaker, IOLoop())
    listening(server.socket)
    server.serve_forever(handle_exit=False)


if __name__ == "__main__":
    main()
