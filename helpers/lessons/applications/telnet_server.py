"""A Telnet server (RFC 854) by telnetlib3: it asks for a name and a password, and answers some commands."""

from __future__ import annotations

import asyncio
from typing import Any

from telnetlib3.server_base import BaseServer
from telnetlib3.telopt import DO, ECHO, SGA, TTYPE, WILL, WONT

from helpers.lessons.applications.service import NAME, PASSWORD, listen_with

ALL_OPTIONS = {bytes([number]) for number in range(256)}
PATIENCE = 60.0
"""Seconds for a client to answer about options."""
COMMANDS = {"help": "help, hello, exit", "hello": "Hello from the server."}


class Negotiator(BaseServer):
    """Asks for two options at the beginning, and waits until both were answered."""

    writer: Any

    def begin_negotiation(self) -> None:
        """Would you tell your terminal's kind? I would not send go-aheads. All else that is offered is refused."""
        super().begin_negotiation()
        self.writer.always_wont, self.writer.always_dont = ALL_OPTIONS - {ECHO, SGA}, ALL_OPTIONS - {SGA, TTYPE}
        self.writer.set_ext_callback(TTYPE, lambda kind: None)
        self.writer.iac(DO, TTYPE)
        self.writer.iac(WILL, SGA)


async def shell(reader: Any, writer: Any) -> None:
    """One client's session. While the password is typed the server says that it sends back what comes, so the client
    does not show it; it does not send it back."""

    async def answer(prompt: str) -> str:
        writer.write(prompt)
        line: str = await reader.readline()
        if not line:  # not even an end of line: it has hung up
            raise EOFError
        return line.rstrip("\r\n\0")

    async def unseen(prompt: str) -> str:
        writer.iac(WILL, ECHO)
        line = await answer(prompt)
        writer.iac(WONT, ECHO)
        writer.write("\r\n")
        return line

    try:
        while (await answer("login: "), await unseen("Password: ")) != (NAME, PASSWORD):
            writer.write("Login incorrect\r\n")
        writer.write("Welcome. Say help, hello or exit.\r\n")
        while (command := await answer("> ")) != "exit":
            writer.write(f"{COMMANDS.get(command, 'I know only: help, hello, exit')}\r\n")
        writer.write("Goodbye.\r\n")
    finally:
        writer.close()


if __name__ == "__main__":
    asyncio.run(listen_with(lambda: Negotiator(shell=shell, encoding="latin-1", connect_maxwait=PATIENCE)))
