"""The panel that shows who holds a port."""

from __future__ import annotations

import pytest

from helpers.lessons.names.port_finder import NoSuchPort, port_finder
from helpers.lessons.names.socket_map import Holding
from helpers.trace import SocketRow


def holding(port: int, inode: int, process: str = "server", pid: int = 100) -> Holding:
    row = SocketRow(f"127.0.0.1:{port}", "0.0.0.0:0", "LISTEN", 0, 0, "", 0.0, 0, inode)
    return Holding(row, process, pid, 3) if process else Holding(row)


@pytest.fixture
def machine() -> list[Holding]:
    """The sockets of the moment; a test may change them."""
    return [holding(8080, 2), holding(40000, 1, "first", 7), holding(40000, 3, "second", 8), holding(631, 4, "")]


def test_it_begins_with_the_lowest_port_or_the_one_asked_for(machine):
    assert port_finder(lambda: machine).text().startswith("Who holds port 631?")
    assert port_finder(lambda: machine, port=8080).text().startswith("Who holds port 8080?")


def test_it_tells_every_process_with_its_numbers(machine):
    finder = port_finder(lambda: machine)
    finder.choose(40000)
    assert finder.text().splitlines() == [
        "Who holds port 40000?",
        "first, PID 7, descriptor 3: a socket at TCP 127.0.0.1 (LISTEN)",
        "second, PID 8, descriptor 3: a socket at TCP 127.0.0.1 (LISTEN)",
    ]
    drawn = [text.text for text in finder.picture().texts()]
    assert {"first", "second", "port 40000"} <= set(drawn) and "port 8080" not in drawn


def test_the_list_does_what_choose_does(machine):
    finder = port_finder(lambda: machine)
    assert list(finder._list.options) == finder.ports == [631, 8080, 40000]
    finder._list.value = 40000
    assert "second, PID 8" in finder._answer.value and "<svg" in finder._answer.value
    finder.choose(631)
    assert finder._list.value == 631 and "not ours to see: a socket" in finder._answer.value


def test_look_again_keeps_the_port_if_it_is_still_held(machine):
    finder = port_finder(lambda: machine, port=8080)
    machine.append(holding(8080, 9, "new", 55))
    finder._again.click()
    assert "new, PID 55" in finder.text()
    machine[:] = [holding(9000, 1)]
    finder._again.click()
    assert finder.ports == [9000] and finder.text().startswith("Who holds port 9000?")


def test_where_nothing_has_a_port(machine):
    finder = port_finder(lambda: machine)
    machine.clear()
    finder.look_again()
    assert finder.ports == [] and finder.text() == "No socket has a port here"
    machine.append(holding(9000, 1))
    finder.look_again()
    assert finder.text().startswith("Who holds port 9000?")


def test_a_port_that_nobody_holds(machine):
    with pytest.raises(NoSuchPort, match="no socket has port 81 at this moment; there are: 631, 8080, 40000"):
        port_finder(lambda: machine).choose(81)
    with pytest.raises(NoSuchPort, match="there are: none"):
        port_finder(list, port=81)


def test_words_are_not_taken_for_html(machine):
    machine[:] = [holding(9000, 1, "<b>", 5)]
    assert "&lt;b&gt;, PID 5" in port_finder(lambda: machine)._answer.value


def test_before_it_is_run(machine):
    finder = port_finder(lambda: machine)
    bundle, _ = finder._repr_mimebundle_()
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert bundle["text/plain"] == port_finder(list)._repr_mimebundle_()[0]["text/plain"]
