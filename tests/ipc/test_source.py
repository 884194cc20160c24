from __future__ import annotations

import linecache
from typing import Any

import pytest

from helpers.ipc import Child
from helpers.ipc.source import NoSource, source_of

CELL = '''
class Counter:
    """Counts."""

    def __init__(self):
        self.number = 0

    def up(self):
        self.number += 1
        return self.number


def twice(counter):
    counter.up()
    return counter.up()


class Empty:
    pass
'''


@pytest.fixture
def cell() -> dict[str, Any]:
    """What a cell of a notebook defines: its module __main__ has no file."""
    name = "<a cell>"
    linecache.cache[name] = (len(CELL), None, CELL.splitlines(keepends=True), name)
    defined: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(CELL, name, "exec"), defined)
    return defined


def test_a_function_and_a_class_of_a_cell_have_a_source(cell: dict[str, Any]) -> None:
    assert source_of(cell["twice"]).startswith("def twice(counter):\n    counter.up()\n")
    assert source_of(cell["Counter"]).splitlines() == CELL.splitlines()[1:10]


def test_a_child_can_use_them(cell: dict[str, Any]) -> None:
    with Child("counting") as child:
        child.define(cell["Counter"], cell["twice"])
        assert child.do("twice(Counter())") == 2


@pytest.mark.parametrize("thing", [len, "text"])
def test_what_has_no_source_is_refused_in_a_sentence(thing: Any) -> None:
    with pytest.raises(NoSource, match="no source that another process could be given"):
        source_of(thing)
