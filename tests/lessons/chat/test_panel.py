from __future__ import annotations

import threading

import pytest

from helpers.lessons.chat.panel import NotHeard, chat_panel
from helpers.lessons.chat.server_process import ServerProcess
from tests.lessons.chat import servers


def room(listener: object) -> None:
    """A chat of threads: it greets, and sends each line to all."""
    writers: list = []

    def tell_all(line: bytes) -> None:
        for connection in list(writers):
            connection.sendall(line)

    def meet(connection) -> None:  # type: ignore[no-untyped-def]
        writers.append(connection)
        name = b"guest %d" % len(writers)
        tell_all(name + b" has come\n")
        for line in connection.makefile("rb"):
            tell_all(name + b": " + line)

    while True:
        threading.Thread(target=meet, args=[listener.accept()[0]], daemon=True).start()  # type: ignore[attr-defined]


def test_both_seats_hear_what_is_said_at_one() -> None:
    with ServerProcess(room) as server:
        panel = chat_panel(server)
        panel.say("left", "hello")
        panel.say("right", "<b>$1 & $2</b>")
        assert panel.text().splitlines()[-2:] == ["guest 1: hello", "guest 2: <b>$1 & $2</b>"]
        assert "&lt;b&gt;<span>$</span>1 &amp; <span>$</span>2&lt;/b&gt;" in panel.seats["right"].paper.value


def test_a_line_in_the_field_is_said() -> None:
    with ServerProcess(room) as server:
        panel = chat_panel(server)
        panel.seats["left"].field.value = "typed"
        panel.seats["right"].wait_for("typed", 0)
        assert panel.seats["left"].field.value == ""


@pytest.mark.parametrize("line", ["", "  ", "two\nlines", "x" * 1001])
def test_what_is_no_line_is_refused(line: str) -> None:
    with ServerProcess(room) as server, pytest.raises(NotHeard, match="1 to 1000 characters"):
        chat_panel(server).say("left", line)


def test_a_seat_that_is_not_there_is_refused() -> None:
    with ServerProcess(room) as server, pytest.raises(NotHeard, match="the seats are left and right"):
        chat_panel(server).say("middle", "hello")


def test_the_end_of_the_chat_is_told() -> None:
    with ServerProcess(room) as server:
        panel = chat_panel(server)
    for thread in [thread for thread in threading.enumerate() if thread.name.endswith(" seat")]:
        thread.join(5)
    assert "The chat has ended." in panel.seats["left"].paper.value
    with pytest.raises(NotHeard, match="the chat has ended"):
        panel.say("left", "hello")
    panel.seats["left"].field.value = "hello?"
    assert "the chat has ended" in panel.seats["left"].paper.value


def test_a_chat_that_does_not_greet_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpers.lessons.chat.panel.PATIENCE", 0.2)
    with ServerProcess(servers.good, servers.lines) as server, pytest.raises(NotHeard, match="did not tell"):
        chat_panel(server)


def test_it_has_a_picture_and_a_text_before_it_is_run() -> None:
    with ServerProcess(room) as server:
        bundle, _ = chat_panel(server)._repr_mimebundle_()
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert bundle["text/plain"].startswith("A chat with two seats")
