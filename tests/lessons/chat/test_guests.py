from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from helpers.lessons.chat import GUESTS, ServerProcess
from tests.lessons.chat import servers

BY_NAME = {guest.name: guest for guest in GUESTS}


@pytest.mark.parametrize(
    ("guest", "serve", "becomes"),
    [
        ("never reads", servers.one_by_one, "never reads it"),
        ("never reads", servers.hoarder, "keeps it all in memory"),
        ("endless", servers.hoarder, "keeps it all in memory"),
        ("polite", servers.unfriendly, "hangs up"),
        ("polite", servers.gives_up, "dies: return"),
        ("polite", servers.leaves, "hangs up"),
        ("polite", servers.restless, "never reads it"),
        ("polite", servers.slow, "no such answer"),
        *((name, servers.good, "survives") for name in BY_NAME),
    ],
)
def test_a_server_has_its_verdict(guest: str, serve: Callable[[Any], object], becomes: str) -> None:
    with ServerProcess(serve, servers.in_threads, servers.lines) as server:
        assert BY_NAME[guest].visits(server) == becomes


def test_a_server_that_has_gone_hangs_up_too() -> None:
    with ServerProcess(servers.gives_up) as server:
        server.close()
        assert BY_NAME["polite"].visits(server) == "hangs up"
