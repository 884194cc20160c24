from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator

import pytest

from helpers.hosts import control


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with one, other:
        yield one, other


def test_a_message_arrives_with_copies_of_its_descriptors(ends: tuple[socket.socket, socket.socket]) -> None:
    reading, writing = os.pipe()
    control.send(ends[0], {"ask": "something"}, [writing])
    os.close(writing)
    message, (copy,) = control.receive(ends[1])
    os.write(copy, b"through the copy")
    assert message == {"ask": "something"}
    assert os.read(reading, 100) == b"through the copy"
    assert not os.get_inheritable(copy)
    os.close(copy)
    os.close(reading)


def test_the_other_end_is_gone(ends: tuple[socket.socket, socket.socket]) -> None:
    ends[1].close()
    with pytest.raises(EOFError, match="the other end closed the control channel"):
        control.receive(ends[0])
    with pytest.raises(EOFError):
        control.Channel(ends[0]).ask({"ask": "anything"})


def test_an_error_there_is_raised_here(ends: tuple[socket.socket, socket.socket]) -> None:
    control.send(ends[1], control.failure(FileNotFoundError(errno.ENOENT, "no such thing")))
    with pytest.raises(FileNotFoundError):
        control.Channel(ends[0]).ask({"ask": "open"})


def test_an_interrupted_question_closes_the_channel(
    ends: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(channel: socket.socket) -> None:
        raise KeyboardInterrupt

    channel = control.Channel(ends[0])
    monkeypatch.setattr(control, "answer", interrupted)
    with pytest.raises(KeyboardInterrupt):
        channel.ask({"ask": "slow"})
    assert ends[0].fileno() == -1, "its late answer would be taken for the next question's"
