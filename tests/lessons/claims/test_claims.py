"""The claims: complete, judged by their probes and by nothing else, shown by cells that are there."""

from __future__ import annotations

import errno
import re
import socket
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import nbformat
import pytest

from helpers.errors import CourseError
from helpers.lab import experiments
from helpers.lab.own_sockets import sockets_of
from helpers.lessons.claims import CLAIMS, Verdict, claim, handshake, judge, layers, lifecycle, processes, sockets
from helpers.lessons.claims.claim import Claim, verdict
from helpers.lessons.claims.verdicts import PARTS, Verdicts
from helpers.trace import SocketRow, Trace
from tests.notebooks.checkout import TOP
from tests.notebooks.rules import tags

HOLDS = {"C03", "C31"}
LOOSE = {"C11", "C14", "C18", "C22", "C27", "C28"}
WRONG = {"C10", "C16", "C21", "C26", "C29", "C30"}
IDS = [f"C{number:02}" for number in range(1, 41)]
SOURCE = re.compile(r"RFC \d+( §[\w.]+(, figure \d+)?)?|\w+\(\d\w*\)(, .+)?|POSIX .+|<[\w/]+\.h>")
"""A section of an RFC, a page of the manual, a place in POSIX, or a header of the kernel."""


@pytest.fixture(scope="module")
def verdicts() -> Verdicts:
    return judge()


def expected(name: str) -> Verdict:
    verdicts = ((HOLDS, Verdict.HOLDS), (LOOSE, Verdict.LOOSE), (WRONG, Verdict.WRONG))
    return next((verdict for names, verdict in verdicts if name in names), Verdict.HOLDS_IF)


def test_all_forty_are_there_in_their_order() -> None:
    assert list(CLAIMS) == IDS
    assert [number for numbers in PARTS.values() for number in numbers] == list(range(1, 41))


@pytest.mark.parametrize("name", IDS)
def test_the_kernel_confirms_the_verdict(verdicts: Verdicts, name: str) -> None:
    assert (verdicts[name].verdict, verdicts[name].trouble) == (expected(name), "")


@pytest.mark.parametrize("name", IDS)
def test_the_verdict_follows_from_the_probes(verdicts: Verdicts, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = verdicts[name]
    for probe, is_found in (("support", found.support), ("counterexample", found.counterexample)):
        if probe == "counterexample" and claim(name).elsewhere:
            continue  # there is a case against it anyway
        with monkeypatch.context() as turned:
            for each, value in (("support", found.support), ("counterexample", found.counterexample)):
                turned.setattr(type(claim(name)), each, lambda _, value=value: value)
            turned.setattr(type(claim(name)), probe, lambda _, value=not is_found: value)
            assert claim(name).check().verdict is not found.verdict


def test_where_notebook_17_speaks_of_holds_if_it_names_such_claims() -> None:
    cells = nbformat.read(TOP / "notebooks" / "17_article_against_kernel.ipynb", as_version=4).cells
    text = next(cell.source for cell in cells if cell.id == "verdict-loose")
    named = re.findall(r"\bC\d\d\b", text)
    assert len(named) > 10
    assert [name for name in named if expected(name) is not Verdict.HOLDS_IF] == []


def test_what_the_cases_say_together() -> None:
    found = [verdict(*pair) for pair in ((True, False), (True, True), (False, True), (False, False))]
    assert found == [Verdict.HOLDS, Verdict.HOLDS_IF, Verdict.WRONG, Verdict.UNDECIDED]
    without_condition = [verdict(*pair, False) for pair in ((True, False), (True, True), (False, True), (False, False))]
    assert without_condition == [Verdict.HOLDS, Verdict.LOOSE, Verdict.WRONG, Verdict.UNDECIDED]


@pytest.mark.parametrize("name", IDS)
def test_each_says_what_is_right_and_where_that_is_laid_down(name: str) -> None:
    said = claim(name)
    assert said.says.rstrip(")").endswith(".") and said.sources
    assert [source for source in said.sources if not SOURCE.fullmatch(source)] == []
    assert bool(said.instead) or expected(name) is Verdict.HOLDS


@pytest.mark.parametrize("name", IDS)
def test_a_condition_is_said_where_there_is_one(verdicts: Verdicts, name: str) -> None:
    condition = claim(name).condition
    assert bool(condition) == (expected(name) is Verdict.HOLDS_IF)
    assert not condition.startswith(("if ", "when ")) and not condition.endswith(".")
    assert verdicts[name].told.removeprefix("holds if ") == (condition or str(expected(name)))


@pytest.mark.parametrize("name", IDS)
def test_the_cell_that_showed_it_is_there(name: str) -> None:
    seen = claim(name).seen_in
    assert seen is not None
    cells = nbformat.read(TOP / "notebooks" / f"{seen.notebook}.ipynb", as_version=4).cells
    (cell,) = [cell for cell in cells if cell.id == seen.id]
    assert cell.cell_type == "code" and cell.outputs and name in tags(cell)


@pytest.mark.parametrize("name", IDS)
def test_the_code_shows_both_probes(name: str) -> None:
    assert "def support(self)" in claim(name).code and "def counterexample(self)" in claim(name).code


def test_the_code_shows_the_experiments_that_the_probes_name() -> None:
    assert "def accept_is_early(" in claim("C17").code and "def one_port_to_choose(" not in claim("C17").code


Edit = Callable[[Trace], Trace]


def with_call(name: str, host: str, nth: int = 1, **changes: Any) -> Edit:
    """That call of a host came out otherwise."""

    def edit(trace: Trace) -> Trace:
        call = trace.call(name, host, nth)
        return replace(trace, calls=tuple(replace(c, **changes) if c is call else c for c in trace.calls))

    return edit


def with_mark(label: str) -> Edit:
    """The first mark says something else."""
    return lambda trace: replace(trace, marks=(replace(trace.marks[0], label=label), *trace.marks[1:]))


def without_errors(trace: Trace) -> Trace:
    """No call failed."""
    return replace(trace, calls=tuple(replace(call, error="") for call in trace.calls))


def over_udp(trace: Trace) -> Trace:
    """Eight bytes of a transport's header stand behind each IP header."""
    place = layers.HEADERS
    frames = [replace(f, data=f.data[:place] + bytes(8) + f.data[place:]) for f in trace.frames]
    return replace(trace, frames=tuple(frames))


def plain_handshake(_: Trace) -> Trace:
    """What crosses the wire is a handshake like others."""
    return handshake.three_segments_held.replay()


def still_open(trace: Trace) -> Trace:
    """No socket is in TIME-WAIT."""
    tables = [replace(t, rows=tuple(replace(row, state="ESTABLISHED") for row in t.rows)) for t in trace.tables]
    return replace(trace, tables=tuple(tables))


OTHERWISE: tuple[tuple[str, str, ModuleType, str, Edit], ...] = (
    ("C03", "support", processes, "two_hosts_count", with_call("run", "client", result="1\n2")),
    ("C03", "counterexample", processes, "two_hosts_count", with_call("run", "client", 2, result="exit status 1")),
    ("C12", "counterexample", layers, "five_bytes_over_ip", over_udp),
    ("C17", "support", lifecycle, "accept_is_early", with_call("accept", "server", end=0)),
    ("C17", "support", lifecycle, "accept_is_early", with_call("accept", "server", end=None)),
    ("C19", "counterexample", lifecycle, "both_close_at_once", still_open),
    ("C20", "counterexample", handshake, "data_in_the_syn", plain_handshake),
    ("C25", "counterexample", sockets, "raw_socket_is_bound", with_mark("10.0.0.2 80")),
    ("C28", "support", sockets, "obsolete_packet_socket", with_mark("2 3")),
    ("C28", "counterexample", sockets, "obsolete_packet_socket", with_mark("2 10")),
    ("C33", "counterexample", lifecycle, "one_port_to_choose", without_errors),
    ("C40", "support", handshake, "an_old_syn_comes", plain_handshake),
)
"""Claim, probe, and in its module the experiment, which comes out otherwise."""


@pytest.mark.parametrize(("name", "probe", "module", "ran", "edit"), OTHERWISE)
def test_a_probe_that_sees_something_else_says_so(
    name: str, probe: str, module: ModuleType, ran: str, edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = getattr(module, ran).replay()
    monkeypatch.setattr(module, ran, lambda: recorded)
    as_recorded = getattr(claim(name), probe)()
    other = edit(recorded)
    monkeypatch.setattr(module, ran, lambda: other)
    assert getattr(claim(name), probe)() is not as_recorded


def test_replayed_they_are_the_same(monkeypatch: pytest.MonkeyPatch, verdicts: Verdicts) -> None:
    monkeypatch.setattr(experiments, "why_unavailable", lambda: "it was refused")
    assert [found.verdict for found in judge()] == [found.verdict for found in verdicts]


def test_who_had_the_port_before_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    def with_an_older_one(port: int) -> tuple[SocketRow, ...]:
        rows = sockets_of(port)
        return (*rows, replace(rows[0], local=f"127.0.0.1:{port}", remote="127.0.0.1:1", state="TIME-WAIT"))

    monkeypatch.setattr(lifecycle, "sockets_of", with_an_older_one)
    assert claim("C17").counterexample()


def test_what_the_machine_refuses_is_said_and_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: Claim) -> bool:
        """a case"""
        raise OSError(errno.EPERM, "Operation not permitted")

    for name in ("C31", "C07"):  # the other one has a case against it that is only read of
        monkeypatch.setattr(type(claim(name)), "counterexample", refused)
        found = claim(name).check()
        assert found.verdict is Verdict.UNDECIDED and "Operation not permitted" in repr(found)
        assert "not found" not in repr(found)


def test_what_this_system_lacks_is_said_and_a_slip_of_a_probe_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "AF_UNIX")
    assert "no attribute 'AF_UNIX'" in claim("C26").check().trouble
    monkeypatch.setattr(type(claim("C26")), "support", lambda self: self.no_such_thing)
    with pytest.raises(AttributeError, match="no_such_thing"):
        claim("C26").check()


def test_an_unknown_claim_is_one_sentence() -> None:
    with pytest.raises(CourseError, match="no claim 'C41': they are C01 to C40"):
        claim("C41")


def test_progress_is_told() -> None:
    told: list[float] = []
    judge(told.append)
    assert len(told) == len(IDS) and told == sorted(told) and told[-1] == 1
