"""A mail server (RFC 5321) by aiosmtpd, which tells the lesson what mail it has got."""

from __future__ import annotations

import asyncio

from aiosmtpd.smtp import SMTP, Envelope, Session

from helpers.lessons.applications.service import listen_with, tell


class Mailbox:
    """Takes mail for everybody: nothing is passed on, so nobody can send spam by it."""

    async def handle_RCPT(self, _: SMTP, session: Session, mail: Envelope, address: str, options: list[str]) -> str:
        """One more receiver."""
        mail.rcpt_tos.append(address)
        return "250 this mailbox is here"

    async def handle_DATA(self, _: SMTP, session: Session, mail: Envelope) -> str:
        """A whole mail, without the dots that SMTP has added."""
        assert isinstance(mail.content, bytes)
        tell("mail", sender=mail.mail_from, receivers=mail.rcpt_tos, content=mail.content.decode("latin-1"))
        return "250 your mail is in the mailbox"


def speaker() -> SMTP:
    """What talks with one client; its reply to EHLO names the largest mail."""
    return SMTP(Mailbox(), hostname="server.example", ident="the course's mail server", data_size_limit=1 << 20)


if __name__ == "__main__":
    asyncio.run(listen_with(speaker))
