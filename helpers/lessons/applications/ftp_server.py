"""An FTP server (RFC 959) by pyftpdlib, which files are got from.

They are in memory: a temporary folder would outlive a host of the lab, whose processes are killed. Other commands than
COMMANDS are unknown here: pyftpdlib would do them (a list, say) with the files of the machine.
"""

from __future__ import annotations

import multiprocessing
from io import BytesIO
from typing import Any

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.filesystems import AbstractedFS
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.ioloop import IOLoop

from helpers.lessons.applications.service import FILES, NAME, PASSWORD, begin, listening

COMMANDS = ("USER", "PASS", "TYPE", "PASV", "EPSV", "PORT", "EPRT", "RETR", "QUIT")


class File(BytesIO):
    """A file while somebody reads it; pyftpdlib wants a name."""

    name = ""


class Memory(AbstractedFS):  # type: ignore[misc]  # pyftpdlib has no types
    """One directory, "/"."""

    def open(self, filename: str, mode: str) -> File:
        """Raises FileNotFoundError."""
        if filename.removeprefix("/") not in FILES:
            raise FileNotFoundError("there is no such file")
        return File(FILES[filename.removeprefix("/")])


class Caller(FTPHandler.active_dtp):  # type: ignore[misc]
    """Calls the client for the data."""

    def bind(self, address: Any) -> None:
        """From port 20 where the server's own is 21 (RFC 959, section 3.2), though a call before had it, too."""
        self.set_reuse_addr()
        super().bind((address[0], 20 if self.cmd_channel.socket.getsockname()[1] == 21 else 0))


class Speaker(FTPHandler):  # type: ignore[misc]
    """One client's control connection."""

    banner = "the course's FTP server"
    proto_cmds = {name: FTPHandler.proto_cmds[name] for name in COMMANDS}
    active_dtp, abstracted_fs, use_sendfile = Caller, Memory, False
    auth_failed_timeout = 0  # a wrong password is refused at once

    def push_dtp_data(self, *arguments: Any, **named: Any) -> None:
        """Take up the data connection first, if the client has made it already.

        Else it would be chance whether the reply is 125 or 150: whichever of the two sockets is looked at first.
        """
        if self._dtp_acceptor is not None and self.data_channel is None:
            self._dtp_acceptor.handle_accept()
        super().push_dtp_data(*arguments, **named)


if __name__ == "__main__":
    told = begin(data_port=0)  # at which it waits for data in passive mode; 0: at any
    # pyftpdlib.servers makes semaphores when it is imported, for processes that it might start. Forked ones would need
    # no names, and so the names go at once; Python 3.14's default start method keeps them until an orderly end.
    multiprocessing.set_start_method("fork")
    from pyftpdlib.servers import FTPServer

    Speaker.authorizer = DummyAuthorizer()
    Speaker.authorizer.add_user(NAME, PASSWORD, "/", perm="r")
    Speaker.passive_ports = [told.data_port] if told.data_port else None
    server = FTPServer((told.host, told.port), Speaker, IOLoop())
    listening(server.socket)
    server.serve_forever(handle_exit=False)
