from __future__ import annotations

import errno
import resource
import socket

import pytest

from helpers.lessons.chat.load import LINE, Clients, TooManyClients, allow_descriptors, crowd, measure
from helpers.lessons.chat.server_process import ServerProcess
from tests.lessons.chat import servers

ANSWER = len(b"you said: " + LINE)


def test_every_answer_is_counted_once() -> None:
    with ServerProcess(servers.good, servers.lines) as server, crowd(server, 20, ANSWER) as clients:
        load = measure(clients, 500)
        assert (load.clients, load.answers, load.seconds > 0) == (20, 500, True)
        assert load.per_second == 500 / load.seconds
        assert server.status("Threads") == 21
        assert measure(clients, 3).answers == 20  # at least one each


def test_answers_of_another_length_are_never_all_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpers.lessons.chat.load.PATIENCE", 0.2)
    with ServerProcess(servers.good, servers.lines) as server:
        clients = Clients(server.address, 2, ANSWER + 1)
        with pytest.raises(TimeoutError):
            clients.round(2)
        clients.close()


def test_a_server_that_hangs_up_is_an_error() -> None:
    with ServerProcess(servers.unfriendly) as server:
        clients = Clients(server.address, 1, ANSWER)
        with pytest.raises(ConnectionError):
            clients.round(1)
        clients.close()


def test_more_clients_than_descriptors_are_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (64, 500))
    sentence = "1000 clients need 1100 descriptors, and a process has at most 500 here .*: take at most 400 clients"
    with pytest.raises(TooManyClients, match=sentence):
        allow_descriptors(1000)


def test_more_clients_than_ports_are_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EADDRNOTAVAIL, "no port")

    monkeypatch.setattr(socket, "create_connection", refuse)
    with pytest.raises(TooManyClients, match="2 clients need a port each.*: take at most 0 clients"):
        Clients(("127.0.0.1", 1), 2, ANSWER)
