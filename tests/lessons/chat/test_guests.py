from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from helpers.lessons.chat.guests import GUESTS, SURVIVES, visits
from helpers.lessons.chat.server_process import ServerProcess
from tests.lessons.chat import servers

BY_NAME = {guest.name: guest for guest in GUESTS}


def verdict(guest: str, serve: Callable[[Any], object]) -> str:
    with ServerProcess(serve, *([servers.lines] if serve in (servers.good, servers.one_by_one) else [])) as server:
        return visits(server, BY_NAME[guest])


@pytest.mark.parametrize("guest", BY_NAME)
def test_a_good_server_survives_everybody(guest: str) -> None:
    assert verdict(guest, servers.good) == SURVIVES


def test_a_good_server_survives_everybody_one_after_the_other() -> None:
    with ServerProcess(servers.good, servers.lines) as server:
        assert {guest.name: visits(server, guest) for guest in GUESTS} == dict.fromkeys(BY_NAME, SURVIVES)


@pytest.mark.parametrize(
    ("guest", "serve", "becomes"),
    [
        ("chops", servers.without_framing, "no such answer"),
        ("hurries", servers.without_framing, "no such answer"),
        ("silent", servers.one_by_one, "never reads it"),
        ("never reads", servers.one_by_one, "never reads it"),
        ("rude", servers.fragile, "dies: ConnectionResetError"),
        ("polite", servers.fragile, "no such answer"),
        ("endless", servers.hoarder, "keeps it all in memory"),
        ("never reads", servers.hoarder, "keeps it all in memory"),
        ("polite", servers.unfriendly, "hangs up"),
        ("polite", servers.gives_up, "dies: return"),
        ("polite", servers.leaves, "hangs up"),
    ],
)
def test_each_fault_is_found_and_named(guest: str, serve: Callable[[Any], object], becomes: str) -> None:
    assert verdict(guest, serve) == becomes


def test_a_server_that_has_gone_hangs_up_too() -> None:
    with ServerProcess(servers.good, servers.lines) as server:
        server.close()
        assert visits(server, BY_NAME["polite"]) == "hangs up"


def test_a_server_that_never_sleeps_is_given_up_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpers.lessons.chat.guests.PATIENCE", 0.5)
    assert verdict("polite", servers.restless) == "never reads it"


def test_each_guest_says_what_it_does() -> None:
    assert all(guest.does and not guest.does.endswith(".") for guest in GUESTS)
