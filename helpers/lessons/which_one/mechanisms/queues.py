"""Message queues: boundaries kept, and the queue outlives its makers if nobody removes it."""

from __future__ import annotations

import importlib
from itertools import repeat
from pathlib import Path
from typing import Any

from helpers.lessons.which_one.mechanisms.base import WORD, Mechanism, Names, Refused

USUAL = 8192
"""Bytes of the longest message: what Linux allows unless its settings are changed (mq_overview(7), msgget(2))."""


class PosixQueue(Mechanism):
    """mq_overview(7), by the library posix_ipc."""

    name = "POSIX queue"
    DEPTH = 10
    """Messages that wait in it: what Linux allows to everybody."""

    def __init__(self, names: Names) -> None:
        super().__init__(names)
        try:
            library: Any = importlib.import_module("posix_ipc")
        except ImportError:
            raise Refused("the library posix_ipc is not installed here") from None
        self.most = min(USUAL, maximum("fs/mqueue/msgsize_max"))
        requests, replies = names.queues
        self.request, self.reply = self._open(library, requests, self.DEPTH), self._open(library, replies, 1)

    def _open(self, library: Any, name: str, depth: int) -> Any:
        made = library.MessageQueue(name, library.O_CREX, 0o600, max_messages=depth, max_message_size=self.most)
        made.unlink()  # two processes have it open; nobody else needs the name
        return made

    def largest(self) -> int:
        return self.most

    def limit(self) -> str:
        return "as fs.mqueue.msgsize_max says unless somebody has changed it"

    def ask(self, message: bytes, times: int) -> bytes:
        send, receive = self.request.send, self.reply.receive
        for _ in repeat(None, times):
            send(message)
            reply, _priority = receive()
        return bytes(reply)

    def answer(self, size: int, times: int) -> None:
        send, receive = self.reply.send, self.request.receive
        for _ in repeat(None, times):
            send(receive()[0])

    def send(self, message: bytes, times: int) -> None:
        send = self.request.send
        for _ in repeat(None, times):
            send(message)
        self.reply.receive()

    def receive(self, size: int, times: int) -> bytes:
        receive = self.request.receive
        for _ in repeat(None, times):
            message, _priority = receive()
        self.reply.send(WORD)
        return bytes(message)


class SystemVQueue(Mechanism):
    """sysvipc(7), by the library sysv_ipc."""

    name = "System V queue"

    def __init__(self, names: Names) -> None:
        super().__init__(names)
        try:
            library: Any = importlib.import_module("sysv_ipc")
        except ImportError:
            raise Refused("the library sysv_ipc is not installed here") from None
        self.most = min(USUAL, maximum("kernel/msgmax"))
        self.request, self.reply = (
            library.MessageQueue(key, library.IPC_CREX, 0o600, max_message_size=self.most) for key in names.keys
        )

    def largest(self) -> int:
        return self.most

    def limit(self) -> str:
        return "as kernel.msgmax says unless somebody has changed it"

    def ask(self, message: bytes, times: int) -> bytes:
        send, receive = self.request.send, self.reply.receive
        for _ in repeat(None, times):
            send(message)
            reply, _type = receive()
        return bytes(reply)

    def answer(self, size: int, times: int) -> None:
        send, receive = self.reply.send, self.request.receive
        for _ in repeat(None, times):
            send(receive()[0])

    def send(self, message: bytes, times: int) -> None:
        send = self.request.send
        for _ in repeat(None, times):
            send(message)
        self.reply.receive()

    def receive(self, size: int, times: int) -> bytes:
        receive = self.request.receive
        for _ in repeat(None, times):
            message, _type = receive()
        self.reply.send(WORD)
        return bytes(message)


def maximum(setting: str) -> int:
    """A limit from /proc/sys. Raises Refused where the kernel was built without what it limits."""
    try:
        return int(Path("/proc/sys", setting).read_text())
    except OSError:
        raise Refused(f"this kernel has no setting {setting.replace('/', '.')}, so no such queues") from None
