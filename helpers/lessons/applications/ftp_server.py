"""An FTP server (RFC 959) by pyftpdlib, whose files are in memory: what a client stores goes with the process."""

from __future__ import annotations

import io
import multiprocessing
import posixpath
import stat
from os import stat_result
from typing import Any

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.filesystems import AbstractedFS, FilesystemError
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.ioloop import IOLoop

from helpers.lessons.applications.ftp import DATA_PORT
from helpers.lessons.applications.program import FILES, NAME, PASSWORD, begin, listening, tell

LARGEST = 1 << 20
"""Bytes of all files together."""
MAY = "elrdfwa"
"""What the reader may do: all but make directories and change modes (pyftpdlib's letters)."""
MODIFIED = 0
"""The time of every file."""


class Upload(io.BytesIO):
    """A file being written; closed, it is there for everybody."""

    def __init__(self, files: dict[str, bytes], path: str, content: bytes) -> None:
        super().__init__()
        self.name = path
        self._files = files
        self.write(content)

    def write(self, data: Any) -> int:
        """As always, while there is room. Raises FilesystemError."""
        if self.tell() + len(data) + sum(map(len, self._files.values())) > LARGEST:
            raise FilesystemError("there is no room for that")
        return super().write(data)

    def close(self) -> None:
        """Keep what was written, and tell of it."""
        if not self.closed:
            self._files[self.name] = self.getvalue()
            tell("stored", name=self.name.removeprefix("/"), bytes=len(self.getvalue()))
        super().close()


class Download(io.BytesIO):
    """A file being read."""

    def __init__(self, path: str, content: bytes) -> None:
        super().__init__(content)
        self.name = path


class Memory(AbstractedFS):  # type: ignore[misc]  # pyftpdlib has no types
    """One directory, "/", in memory."""

    files: dict[str, bytes] = {f"/{name}": content for name, content in FILES.items()}

    def validpath(self, path: str) -> bool:
        """Nothing leads out of memory."""
        return True

    def realpath(self, path: str) -> str:
        """There are no links."""
        return posixpath.normpath(path)

    def open(self, filename: str, mode: str) -> io.BytesIO:
        """Raises FilesystemError for a file that is not there, or that would be in no directory."""
        if "r" in mode and "+" not in mode:
            return Download(filename, self._content(filename))
        if posixpath.dirname(filename) != "/":
            raise FilesystemError("there is only one directory")
        return Upload(self.files, filename, self.files.get(filename, b"") if "w" not in mode else b"")

    def chdir(self, path: str) -> None:
        """There is nowhere else to go."""
        if path != "/":
            raise FilesystemError("there is only one directory")
        self.cwd = path

    def listdir(self, path: str) -> list[str]:
        """The names of the files."""
        return sorted(posixpath.basename(name) for name in self.files)

    listdirinfo = listdir

    def remove(self, path: str) -> None:
        """Raises FilesystemError if it is not there."""
        self._content(path)
        del self.files[path]

    def rename(self, src: str, dst: str) -> None:
        """Raises FilesystemError if it is not there, or would be in no directory."""
        if posixpath.dirname(dst) != "/":
            raise FilesystemError("there is only one directory")
        self.files[dst] = self._content(src)
        del self.files[src]

    def isfile(self, path: str) -> bool:
        return path in self.files

    def isdir(self, path: str) -> bool:
        return path == "/"

    def islink(self, path: str) -> bool:
        return False

    def lexists(self, path: str) -> bool:
        return path == "/" or path in self.files

    def getsize(self, path: str) -> int:
        return len(self._content(path))

    def getmtime(self, path: str) -> int:
        return MODIFIED

    def stat(self, path: str) -> stat_result:
        """As of a regular file, or of a directory. Raises FilesystemError if it is not there."""
        if path == "/":
            return stat_result((stat.S_IFDIR | 0o755, 0, 0, 1, 0, 0, 0, MODIFIED, MODIFIED, MODIFIED))
        size = len(self._content(path))
        return stat_result((stat.S_IFREG | 0o644, 0, 0, 1, 0, 0, size, MODIFIED, MODIFIED, MODIFIED))

    lstat = stat

    def _content(self, path: str) -> bytes:
        if path not in self.files:
            raise FilesystemError("there is no such file")
        return self.files[path]


class Caller(FTPHandler.active_dtp):  # type: ignore[misc]
    """Calls the client for the data from port 20, as RFC 959 has it (section 3.2), where this process may use it."""

    source_port = 0

    def bind(self, address: Any) -> None:
        """Also while the connection before is in TIME-WAIT, which has the same port."""
        self.set_reuse_addr()
        super().bind(address)

    def connect_af_unspecified(self, address: Any, source: Any = None) -> Any:
        return super().connect_af_unspecified(address, (source[0], self.source_port))


class Speaker(FTPHandler):  # type: ignore[misc]
    """One client's control connection."""

    banner = "the course's FTP server"
    active_dtp = Caller
    abstracted_fs = Memory
    use_sendfile = False
    timeout = 60
    auth_failed_timeout = 0
    """A wrong password is refused at once."""

    def push_dtp_data(self, *arguments: Any, **named: Any) -> None:
        """Take up the data connection first, if the client has made it already.

        Else it would be chance whether the reply is 125 or 150: whichever of the two sockets is looked at first.
        """
        if self._dtp_acceptor is not None and self.data_channel is None:
            self._dtp_acceptor.handle_accept()
        super().push_dtp_data(*arguments, **named)


def main() -> None:
    """Serve until standard input ends.

    In active mode the data come from port 20 if the server's own is 21; in passive mode it waits at `--data-port`,
    0: at any.
    """
    told = begin(__doc__ or "", data_port=0)
    # pyftpdlib.servers makes semaphores when it is imported, for processes that it might start. Forked ones would need
    # no names, and so the names go at once; Python 3.14's default start method keeps them until an orderly end.
    multiprocessing.set_start_method("fork")
    from pyftpdlib.servers import FTPServer

    Speaker.authorizer = DummyAuthorizer()
    Speaker.authorizer.add_user(NAME, PASSWORD, "/", perm=MAY)
    Speaker.passive_ports = [told.data_port] if told.data_port else None
    Caller.source_port = DATA_PORT if told.port == DATA_PORT + 1 else 0
    server = FTPServer((told.host, told.port), Speaker, IOLoop())
    listening(server.socket.getsockname())
    server.serve_forever(handle_exit=False)


if __name__ == "__main__":
    main()
