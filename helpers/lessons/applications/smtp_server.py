"""A mail server (RFC 5321) by aiosmtpd: it takes mail for its own domain, and tells what it has got."""

from __future__ import annotations

import asyncio

from aiosmtpd.smtp import SMTP, Envelope, Session

from helpers.lessons.applications.service import begin, listening, tell

DOMAIN = "server.example"
LARGEST = 1 << 20
"""Bytes of a mail; the reply to EHLO names them."""


class Mailbox:
    """Decides who may get mail, and takes it."""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """A receiver, of this domain only: a server that passes everything on would be one for spam."""
        if not address.lower().endswith(f"@{DOMAIN}"):
            return f"550 mail for {DOMAIN} only"
        envelope.rcpt_tos.append(address)
        return "250 this mailbox is here"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """A whole mail, without the dots that SMTP has added."""
        assert isinstance(envelope.content, bytes)
        tell("mail", sender=envelope.mail_from, receivers=envelope.rcpt_tos, content=envelope.content.decode("latin-1"))
        return "250 your mail is in the mailbox"


def speaker() -> SMTP:
    """What talks with one client."""
    return SMTP(Mailbox(), hostname=DOMAIN, ident="the course's mail server", data_size_limit=LARGEST)


async def serve() -> None:
    """Serve until standard input ends."""
    told = begin()
    server = await asyncio.get_running_loop().create_server(speaker, told.host, told.port)
    listening(server.sockets[0])
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
