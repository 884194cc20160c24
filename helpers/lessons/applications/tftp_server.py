"""A TFTP server (RFC 1350) with its files in memory; what it says is decided in helpers.lessons.applications.tftp."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from helpers.lessons.applications.program import FILES, begin, listening, tell
from helpers.lessons.applications.tftp import (
    ILLEGAL,
    MODES,
    Error,
    ErrorCode,
    Opcode,
    Receiving,
    Request,
    Sending,
    TFTPError,
    Transfer,
    decode,
    encode,
    from_netascii,
    to_netascii,
)

LARGEST = 1 << 20
"""Bytes of a file that is written; block numbers of 16 bits would do for 32 times as much."""
MOST_FILES, MOST_TRANSFERS = 100, 100
TRIES = 5
"""How many times a packet is sent."""


class Conversation(asyncio.DatagramProtocol):
    """One transfer at a port of its own: packets go to it, and a timer has the last answer sent again."""

    def __init__(self, transfer: Transfer, client: Any, patience: float, on_complete: Callable[[], None]) -> None:
        """`patience`: seconds without a packet after which the last answer is sent again."""
        self._transfer, self._client, self._patience, self._on_complete = transfer, client, patience, on_complete
        self._again = 0
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        """Begin."""
        self._transport: asyncio.DatagramTransport = transport
        self._timer = asyncio.get_running_loop().call_later(self._patience, self._nothing_came)
        self._transport.sendto(self._transfer.packet(), self._client)

    def datagram_received(self, data: bytes, address: Any) -> None:
        """The client's next packet. Another sender is told that it is wrong here, and that is all (section 4)."""
        if address != self._client:
            self._transport.sendto(encode(Error(ErrorCode.UNKNOWN_TRANSFER_ID, "who are you?")), address)
            return
        was_complete = self._transfer.complete
        answer = self._transfer.receive(data)
        if answer is not None:
            self._again = 0
            self._transport.sendto(answer, address)
            self._set_timer()
        if self._transfer.complete and not was_complete:
            self._on_complete()
        if self._transfer.ended:
            self._end()

    def connection_lost(self, error: Exception | None) -> None:
        self._timer.cancel()
        if not self.ended.done():
            self.ended.set_result(None)

    def _nothing_came(self) -> None:
        self._again += 1
        if self._transfer.complete or self._again == TRIES:
            self._end()
            return
        self._transport.sendto(self._transfer.packet(), self._client)
        self._set_timer()

    def _set_timer(self) -> None:
        self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(self._patience, self._nothing_came)

    def _end(self) -> None:
        self._timer.cancel()
        self._transport.close()


class Listener(asyncio.DatagramProtocol):
    """Takes requests at port 69, and begins for each a transfer at a port of its own."""

    def __init__(self, host: str, patience: float) -> None:
        self._files, self._host, self._patience = dict(FILES), host, patience
        self._transfers: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: Any) -> None:
        self._transport: asyncio.DatagramTransport = transport

    def datagram_received(self, data: bytes, address: Any) -> None:
        """A request, or an error for what is none or cannot be granted."""
        try:
            packet = decode(data)
        except TFTPError:
            self._transport.sendto(encode(ILLEGAL), address)
            return
        if isinstance(packet, Error):
            return  # no error is answered with another
        if not isinstance(packet, Request):
            self._transport.sendto(encode(Error(ErrorCode.UNKNOWN_TRANSFER_ID, "begin with a request")), address)
            return
        transfer = self._granted(packet)
        if isinstance(transfer, Error):
            self._transport.sendto(encode(transfer), address)
            return
        task = asyncio.ensure_future(self._carry_out(packet, transfer, address))
        self._transfers.add(task)
        task.add_done_callback(self._transfers.discard)

    def _granted(self, request: Request) -> Transfer | Error:
        """What is to be done for a request; why not."""
        if request.mode not in MODES:
            return Error(ErrorCode.ILLEGAL_OPERATION, f"the modes here are {' and '.join(MODES)}")
        if len(self._transfers) >= MOST_TRANSFERS:
            return Error(ErrorCode.NOT_DEFINED, "too many transfers at once")
        if request.opcode is Opcode.WRQ:
            if len(self._files) >= MOST_FILES or not request.filename:
                return Error(ErrorCode.ACCESS_VIOLATION, "this file cannot be written here")
            return Receiving(LARGEST)
        if request.filename not in self._files:
            return Error(ErrorCode.FILE_NOT_FOUND, "there is no such file")
        content = self._files[request.filename]
        return Sending(to_netascii(content) if request.mode == "netascii" else content)

    async def _carry_out(self, request: Request, transfer: Transfer, client: Any) -> None:
        def keep() -> None:
            if isinstance(transfer, Receiving):
                content = bytes(transfer.content)
                self._files[request.filename] = from_netascii(content) if request.mode == "netascii" else content
            tell("stored" if isinstance(transfer, Receiving) else "sent", name=request.filename)

        _, conversation = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: Conversation(transfer, client, self._patience, keep), local_addr=(self._host, 0)
        )
        await conversation.ended


async def serve() -> None:
    """Serve until standard input ends. `--patience`: milliseconds after which a packet is sent again."""
    told = begin(__doc__ or "", patience=3000)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Listener(told.host, told.patience / 1000), local_addr=(told.host, told.port)
    )
    listening(transport.get_extra_info("sockname"))
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
