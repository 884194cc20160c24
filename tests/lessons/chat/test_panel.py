from __future__ import annotations

import socket
import threading

import pytest

from helpers.errors import CourseError
from helpers.lessons.chat import ServerProcess, chat_panel, panel
from tests.lessons.chat import servers


def room(listener: socket.socket) -> None:
    """A chat of threads: it greets, and sends each line to all."""
    writers: list[socket.socket] = []

    def tell_all(line: bytes) -> None:
        for connection in list(writers):
            connection.sendall(line)

    def meet(connection: socket.socket) -> None:
        writers.append(connection)
        name = b"guest %d" % len(writers)
        tell_all(name + b" has come\n")
        for line in connection.makefile("rb"):
            tell_all(name + b": " + line)

    while True:
        threading.Thread(target=meet, args=[listener.accept()[0]], daemon=True).start()


def test_both_seats_hear_what_is_said_or_typed_at_one() -> None:
    with ServerProcess(room) as server:
        party = chat_panel(server)
        party.say("left", "hello")
        party.say("right", "<b>$1 & $2</b>")
        heard = [line.partition(": ")[2] for line in party.text().splitlines()[-2:]]
        assert heard == ["hello", "<b>$1 & $2</b>"]
        assert "&lt;b&gt;<span>$</span>1 &amp; <span>$</span>2&lt;/b&gt;" in party.seats["right"].paper.value
        party.seats["left"].field.value = "typed"
        party.seats["right"].wait_for(": typed", 1)
        assert party.seats["left"].field.value == ""


@pytest.mark.parametrize(
    ("seat", "line", "sentence"),
    [("left", "", "one line"), ("left", "two\nlines", "one line"), ("middle", "hello", "the seats are left and right")],
)
def test_what_cannot_be_said_is_refused(seat: str, line: str, sentence: str) -> None:
    with ServerProcess(room) as server, pytest.raises(CourseError, match=sentence):
        chat_panel(server).say(seat, line)


def test_the_end_of_the_chat_is_told() -> None:
    with ServerProcess(room) as server:
        party = chat_panel(server)
    for thread in [thread for thread in threading.enumerate() if thread.name.endswith(" seat")]:
        thread.join(5)
    party.seats["left"].field.value = "hello?"
    assert "The chat has ended." in party.seats["left"].paper.value
    with pytest.raises(CourseError, match="the chat has ended"):
        party.say("left", "hello")


def test_a_chat_that_does_not_greet_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panel, "PATIENCE", 0.2)
    with ServerProcess(servers.unfriendly) as server, pytest.raises(CourseError, match="was not heard"):
        chat_panel(server)
