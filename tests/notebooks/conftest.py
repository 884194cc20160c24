"""A thread that lives apart, for tests of what runs leave behind."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.needs import need
from tests.notebooks.ipc_objects import live_apart, lives_apart


@pytest.fixture
def apart() -> Iterator[ThreadPoolExecutor]:
    """It has IPC objects of its own."""
    with ThreadPoolExecutor(1, initializer=live_apart) as thread:
        need("IPC namespaces", "" if thread.submit(lives_apart).result() else "this user may not make IPC namespaces")
        yield thread
