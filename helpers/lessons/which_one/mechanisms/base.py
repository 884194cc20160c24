"""What every mechanism can do: two loops for a round trip, two for one way."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

LARGEST = 1 << 20
"""Bytes of the longest message that is measured."""
SPACE = memoryview(bytearray(b"?" * LARGEST))
"""Where messages arrive in this process, whatever carries them: touched before any clock runs."""
WORD = b"!"
"""The receiver's word that all arrived."""


class Refused(Exception):
    """This machine lacks the mechanism; the message says why in a sentence."""


class Lost(Exception):
    """A message did not arrive, or not whole."""


@dataclass(frozen=True)
class Names:
    """Names under which the two processes may make what outlives them (`helpers.ipc.scratch`)."""

    folder: str
    """Of a folder that exists: for FIFOs and a door."""
    queues: tuple[str, str]
    """Of two POSIX queues, for requests and replies."""
    keys: tuple[int, int]
    """Of two System V queues."""


class Mechanism(ABC):
    """A way from a client to a server and one back, opened by the client before it forks the server.

    `ask` and `answer` run at the same time in the two processes, and so do `send` and `receive`.
    """

    name: ClassVar[str]
    needs_two_cores: ClassVar[bool] = False
    """Whether its two processes wait for each other without sleeping."""
    round_trips: ClassVar[bool] = True
    """Whether it has a way back at all."""
    has_twin: ClassVar[bool] = True
    """Whether the same loops are there in C (`helpers.lessons.which_one.twin`)."""

    def __init__(self, names: Names) -> None:
        """Open it. Raises Refused, OSError or ImportError where this machine lacks it."""
        self.names = names
        self.space = SPACE

    def largest(self) -> int:
        """Bytes that one message can have here."""
        return LARGEST

    def limit(self) -> str:
        """What sets that limit."""
        return ""

    @classmethod
    def batch(cls, size: int) -> int:
        """Messages of that size that go together: it takes multiples of this number."""
        return 1

    def start_server(self) -> None:  # noqa: B027  most have nothing to do
        """What the server must do once before it serves."""

    @abstractmethod
    def ask(self, message: bytes, times: int) -> ReadableBuffer:
        """The client of a round trip: send the message and wait for it to come back; the last reply."""

    @abstractmethod
    def answer(self, size: int, times: int) -> None:
        """The server of a round trip: send back what comes."""

    @abstractmethod
    def send(self, message: bytes, times: int) -> None:
        """The sender of one way: so many messages, then wait for the receiver's word."""

    @abstractmethod
    def receive(self, size: int, times: int) -> ReadableBuffer:
        """The receiver of one way: so many messages, then say so; the last message."""
