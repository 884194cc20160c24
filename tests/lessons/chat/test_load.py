from __future__ import annotations

import resource

import pytest

from helpers.errors import CourseError
from helpers.ipc import StillRunning
from helpers.lessons.chat import ServerProcess, crowd, load
from tests.lessons.chat import servers

ANSWER = len(b"you said: " + load.LINE)


def test_each_client_has_an_answer_and_all_lines_are_exchanged() -> None:
    with ServerProcess(servers.good, servers.in_threads, servers.lines) as server, crowd(server, 20, ANSWER) as rate:
        assert server.number("Threads") == 21
        assert 0 < rate(500) < 10_000_000


def test_answers_of_another_length_are_never_all_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "PATIENCE", 0.5)
    with ServerProcess(servers.good, servers.in_threads, servers.lines) as server:
        with pytest.raises(StillRunning), crowd(server, 2, ANSWER + 1):
            pass


def test_more_clients_than_descriptors_are_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with ServerProcess(servers.gives_up) as server:
        monkeypatch.setattr(resource, "prlimit", lambda *_: (64, 500))
        with pytest.raises(CourseError, match="take at most 400 clients"), crowd(server, 1000, ANSWER):
            pass
