"""The forty claims: the kernel confirms each verdict, a probe that sees something else says so; how they are shown."""

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
from helpers.lab import experiments as lab
from helpers.lessons.claims import calls, experiments, on_the_wire, processes, sockets
from helpers.lessons.claims.claim import Claim
from helpers.lessons.claims.verdicts import CLAIMS, Finding, Verdict, Verdicts, claim, judge
from helpers.trace import Trace
from tests.notebooks.checkout import TOP
from tests.notebooks.rules import tags

IDS = [f"C{number:02}" for number in range(1, 41)]
OTHER = {"C03": Verdict.HOLDS, "C31": Verdict.HOLDS} | dict.fromkeys(
    ("C11", "C14", "C18", "C22", "C27", "C28"), Verdict.LOOSE
) | dict.fromkeys(("C10", "C16", "C21", "C26", "C29", "C30"), Verdict.WRONG)  # fmt: skip
EXPECTED = {name: OTHER.get(name, Verdict.HOLDS_IF) for name in IDS}
SOURCE = re.compile(r"RFC \d+( §[\w.]+(, figure \d+)?)?|\w+\(\d\w*\)(, .+)?|POSIX .+|<[\w/]+\.h>")
"""A section of an RFC, a page of the manual, a place in POSIX, or a header of the kernel."""


@pytest.fixture(scope="module")
def verdicts() -> Verdicts:
    return judge()


def test_the_kernel_confirms_each_verdict_live_and_replayed(
    verdicts: Verdicts, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(CLAIMS) == IDS
    assert {each.claim.id: (each.verdict, each.trouble) for each in verdicts} == {n: (EXPECTED[n], "") for n in IDS}
    monkeypatch.setattr(lab, "why_unavailable", lambda: "it was refused")
    told: list[float] = []
    assert [found.verdict for found in judge(told.append)] == [found.verdict for found in verdicts]
    assert len(told) == len(IDS) and told == sorted(told) and told[-1] == 1


def test_each_says_what_is_right_and_where_that_is_laid_down_and_was_seen() -> None:
    for name in IDS:
        words = claim(name).words
        assert words.english.rstrip(")").endswith(".") and words.sources
        assert [source for source in words.sources if not SOURCE.fullmatch(source)] == []
        assert bool(words.instead) or EXPECTED[name] is Verdict.HOLDS
        assert bool(words.condition) == (EXPECTED[name] is Verdict.HOLDS_IF)
        assert not words.condition.startswith(("if ", "when ")) and not words.condition.endswith(".")
        file, _, cell_id = words.seen_in.partition("#cell-id=")
        (cell,) = (c for c in nbformat.read(TOP / "notebooks" / file, as_version=4).cells if c.id == cell_id)
        assert cell.cell_type == "code" and cell.outputs and name in tags(cell)


def test_where_notebook_17_speaks_of_holds_if_it_names_such_claims() -> None:
    cells = nbformat.read(TOP / "notebooks" / "17_article_against_kernel.ipynb", as_version=4).cells
    named = re.findall(r"\bC\d\d\b", next(cell.source for cell in cells if cell.id == "verdict-loose"))
    assert len(named) > 10
    assert [name for name in named if EXPECTED[name] is not Verdict.HOLDS_IF] == []


def test_the_code_shows_the_probes_and_the_experiments_that_they_name() -> None:
    code = claim("C33").code
    assert code.startswith("@experiment\ndef chosen_ports(") and "\n@experiment\ndef one_port_to_choose(" in code
    assert "\nclass C33(Claim):\n" in code and code.count("def ") == 4
    with pytest.raises(CourseError, match="no claim 'C41': they are C01 to C40"):
        claim("C41")


Edit = Callable[[Trace], Trace]


def with_calls(called: str, host: str, **changes: Any) -> Edit:
    """The host's calls of that name came out otherwise."""
    return lambda trace: replace(trace, calls=tuple(
        replace(call, **changes) if (call.name, call.host) == (called, host) else call for call in trace.calls
    ))  # fmt: skip


def with_mark(label: str) -> Edit:
    """The only mark says something else."""
    return lambda trace: replace(trace, marks=(replace(trace.marks[0], label=label),))


def over_udp(trace: Trace) -> Trace:
    """Eight bytes of a transport's header stand behind each IP header."""
    place = on_the_wire.HEADERS
    frames = [replace(f, data=f.data[:place] + bytes(8) + f.data[place:]) for f in trace.frames]
    return replace(trace, frames=tuple(frames))


def plain_handshake(_: Trace) -> Trace:
    """What crosses the wire is a handshake like others."""
    return experiments.three_segments_held.replay()


OTHERWISE: tuple[tuple[str, str, ModuleType, str, Edit], ...] = (
    ("C03", "support", processes, "two_hosts_count", with_calls("run", "client", result="1\n2")),
    ("C03", "counterexample", processes, "two_hosts_count", with_calls("run", "client", result="exit status 1")),
    ("C12", "counterexample", on_the_wire, "raw_packets", over_udp),
    ("C17", "support", calls, "accept_is_early", with_calls("accept", "server", end=0)),
    ("C17", "support", calls, "accept_is_early", with_calls("accept", "server", end=None)),
    ("C19", "counterexample", calls, "lost_then_closed", lambda trace: replace(trace, tables=())),
    ("C20", "counterexample", on_the_wire, "data_in_the_syn", plain_handshake),
    ("C25", "counterexample", sockets, "raw_socket_is_bound", with_mark("10.0.0.2 80")),
    ("C28", "support", sockets, "obsolete_packet_socket", with_mark("2 3")),
    ("C28", "counterexample", sockets, "obsolete_packet_socket", with_mark("2 10")),
    ("C33", "counterexample", calls, "one_port_to_choose", with_calls("connect", "client", error="")),
    ("C40", "support", on_the_wire, "an_old_syn_comes", plain_handshake),
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


def test_what_the_machine_refuses_is_undecided_and_a_slip_of_a_probe_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(_: Claim) -> bool:
        """a case"""
        raise OSError(errno.EPERM, "Operation not permitted")

    for name in ("C31", "C07"):  # the other one has a case against it that is only read of
        monkeypatch.setattr(type(claim(name)), "counterexample", refused)
        found = claim(name).check()
        assert found.verdict is Verdict.UNDECIDED and "Operation not permitted" in repr(found)
        assert "not found" not in repr(found)
    monkeypatch.delattr(socket, "AF_UNIX")
    assert "no attribute 'AF_UNIX'" in claim("C26").check().trouble
    monkeypatch.setattr(type(claim("C26")), "support", lambda self: self.no_such_thing)
    with pytest.raises(AttributeError, match="no_such_thing"):
        claim("C26").check()


def test_the_verdicts_as_table_panel_and_chart() -> None:
    pairs = [(True, False), (True, True), (False, True)]  # made up, by turns; C07 has a case against it anyway
    made_up = Verdicts([Finding(each, *pairs[n % 3]) for n, each in enumerate(CLAIMS.values())])
    shown = made_up._repr_mimebundle_()
    for each in CLAIMS.values():
        assert shown["text/plain"].count(f"{each.id}  ") == 1 and each.words.seen_in in shown["text/html"]
    panel = made_up.panel()
    buttons, output = panel.widget.children
    assert [label for label, _ in buttons.options] == [
        "all (40)", "holds (13)", "holds if (10)", "told loosely (4)", "wrong (13)",
    ]  # fmt: skip
    buttons.value = "holds"
    text = output.outputs[0]["data"]["text/plain"]
    assert "C01" in text and "C02" not in text and text == made_up.show("holds").text == panel.show("holds").text
    assert "C03" in panel._repr_mimebundle_()["text/html"]
    with pytest.raises(CourseError, match="no verdict 'true': choose one of all, holds, holds if, told loosely, wrong"):
        made_up.show("true")
    signs = [text.text for text in made_up.chart().drawing.texts()]
    assert [signs.count(sign) for sign in "✓◐~×"] == [13, 10, 4, 13]
