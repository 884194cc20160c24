"""A Telnet server (RFC 854) by telnetlib3: it asks for a name and a password, and answers some commands."""

from __future__ import annotations

import asyncio

from telnetlib3.server_base import BaseServer
from telnetlib3.stream_reader import TelnetReader, TelnetReaderUnicode
from telnetlib3.stream_writer import TelnetWriter, TelnetWriterUnicode
from telnetlib3.telopt import DO, ECHO, SGA, TTYPE, WILL, WONT

from helpers.lessons.applications.program import NAME, PASSWORD, begin, listening, tell

ALL_OPTIONS = {bytes([number]) for number in range(256)}
LONGEST_LINE = 200
"""Characters."""
TRIES = 3
COMMANDS = {"help": "help, hello, exit", "hello": "Hello from the server."}


class Negotiator(BaseServer):
    """Asks for two options at the beginning, and waits until both were answered."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Refuse all other options, whoever asks for them; have the answer about the terminal come here."""
        super().connection_made(transport)
        assert self.writer is not None
        self.writer.always_wont = ALL_OPTIONS - {ECHO, SGA}
        self.writer.always_dont = ALL_OPTIONS - {SGA, TTYPE}
        self.writer.set_ext_callback(TTYPE, self.on_terminal)

    def begin_negotiation(self) -> None:
        """Would you tell your terminal's kind? I would not send go-aheads."""
        super().begin_negotiation()
        assert self.writer is not None
        self.writer.iac(DO, TTYPE)
        self.writer.iac(WILL, SGA)

    def on_terminal(self, kind: str) -> None:
        """What a client says that is willing."""
        tell("terminal", kind=kind)


async def shell(reader: TelnetReader | TelnetReaderUnicode, writer: TelnetWriter | TelnetWriterUnicode) -> None:
    """One client's session."""
    assert isinstance(reader, TelnetReaderUnicode) and isinstance(writer, TelnetWriterUnicode)
    try:
        name = await _log_in(reader, writer)
        if name:
            tell("login", name=name)
            await _obey(reader, writer)
    except (ConnectionError, EOFError, asyncio.LimitOverrunError, ValueError):
        pass  # it has hung up, or has sent a line without an end
    finally:
        writer.close()


async def _log_in(reader: TelnetReaderUnicode, writer: TelnetWriterUnicode) -> str:
    """The name of who has said the right password; "" after some wrong ones.

    While the password is typed the server says that it sends back what comes, so the client does not show it; it does
    not send it back.
    """
    for _ in range(TRIES):
        writer.write("login: ")
        name = await _line(reader)
        writer.iac(WILL, ECHO)
        writer.write("Password: ")
        password = await _line(reader)
        writer.iac(WONT, ECHO)
        writer.write("\r\n")
        if (name, password) == (NAME, PASSWORD):
            return name
        writer.write("Login incorrect\r\n")
    return ""


async def _obey(reader: TelnetReaderUnicode, writer: TelnetWriterUnicode) -> None:
    writer.write("Welcome. Say help, hello or exit.\r\n")
    while True:
        writer.write("> ")
        command = await _line(reader)
        if command == "exit":
            writer.write("Goodbye.\r\n")
            await writer.drain()
            return
        if command:
            writer.write(f"{COMMANDS.get(command, 'I know only: help, hello, exit')}\r\n")


async def _line(reader: TelnetReaderUnicode) -> str:
    """The next line without its end. Raises EOFError where there is none any more, ValueError for a long one."""
    line = await reader.readline()
    if not line:
        raise EOFError("the client has hung up")
    if len(line) > LONGEST_LINE:
        raise ValueError(f"a line has at most {LONGEST_LINE} characters")
    return line.rstrip("\r\n\0")


async def serve() -> None:
    """Serve until standard input ends. `--patience`: seconds for a client to answer about options."""
    told = begin(__doc__ or "", patience=10)
    loop = asyncio.get_running_loop()

    def negotiator() -> Negotiator:
        return Negotiator(shell=shell, encoding="latin-1", connect_maxwait=told.patience)

    server = await loop.create_server(negotiator, told.host, told.port)
    listening(server.sockets[0].getsockname())
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
