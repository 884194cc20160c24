from __future__ import annotations

import errno
import os
import socket
import threading
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


def answering(end: socket.socket, message: control.Message) -> threading.Thread:
    def answer() -> None:
        control.receive(end)
        control.send(end, message)

    thread = threading.Thread(target=answer)
    thread.start()
    return thread


def test_a_question_gets_its_answer(ends: tuple[socket.socket, socket.socket]) -> None:
    thread = answering(ends[1], {"pid": 7})
    assert control.Channel(ends[0]).ask({"ask": "pid"}) == ({"pid": 7}, [])
    thread.join()


def test_descriptors_are_let_go_before_the_asker_goes_on(ends: tuple[socket.socket, socket.socket]) -> None:
    reading, writing = os.pipe()

    def give() -> None:
        control.receive(ends[1])
        control.give(ends[1], {"made": True}, [writing])

    thread = threading.Thread(target=give)
    thread.start()
    reply, (copy,) = control.Channel(ends[0]).ask({"ask": "pipe"})
    os.close(copy)
    assert reply == {"made": True}
    assert os.read(reading, 1) == b"", "a writing end is still open"
    thread.join()
    os.close(reading)


def test_an_error_there_is_raised_here(ends: tuple[socket.socket, socket.socket]) -> None:
    thread = answering(ends[1], control.failure(FileNotFoundError(errno.ENOENT, "no such thing")))
    with pytest.raises(FileNotFoundError):
        control.Channel(ends[0]).ask({"ask": "open"})
    thread.join()


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
