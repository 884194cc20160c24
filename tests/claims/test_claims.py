"""The claims: complete, judged by their probes and by nothing else, shown by cells that are there."""

from __future__ import annotations

import errno
import re
from dataclasses import replace

import nbformat
import pytest

from helpers.claims import CLAIMS, Verdict, claim, judge, lifecycle
from helpers.claims.claim import Claim, verdict
from helpers.claims.verdicts import PARTS, Verdicts
from helpers.errors import CourseError
from helpers.lab import experiments
from helpers.lab.own_sockets import sockets_of
from helpers.trace import SocketRow
from tests.notebooks.checkout import TOP
from tests.notebooks.rules import tags

HOLDS = {"C03", "C07", "C09", "C12", "C15", "C25", "C31", "C33"}
WRONG = {"C10", "C16", "C17", "C21", "C26", "C29", "C30"}
IDS = [f"C{number:02}" for number in range(1, 41)]
SOURCE = re.compile(r"RFC \d+( §[\w.]+(, figure \d+)?)?|\w+\(\d\w*\)(, .+)?|POSIX .+|<[\w/]+\.h>")
"""A section of an RFC, a page of the manual, a place in POSIX, or a header of the kernel."""


@pytest.fixture(scope="module")
def verdicts() -> Verdicts:
    return judge()


def expected(name: str) -> Verdict:
    if name in WRONG:
        return Verdict.WRONG
    return Verdict.HOLDS if name in HOLDS else Verdict.HOLDS_IF


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
        with monkeypatch.context() as turned:
            for each, value in (("support", found.support), ("counterexample", found.counterexample)):
                turned.setattr(type(claim(name)), each, lambda _, value=value: value)
            turned.setattr(type(claim(name)), probe, lambda _, value=not is_found: value)
            assert claim(name).check().verdict is not found.verdict


def test_where_notebook_17_speaks_of_holds_if_it_names_such_claims(verdicts: Verdicts) -> None:
    cells = nbformat.read(TOP / "notebooks" / "17_article_against_kernel.ipynb", as_version=4).cells
    text = next(cell.source for cell in cells if cell.id == "verdict-loose")
    named = re.findall(r"\bC\d\d\b", text)
    assert len(named) > 10
    assert [name for name in named if verdicts[name].verdict is not Verdict.HOLDS_IF] == []


def test_what_two_probes_say_together() -> None:
    found = [verdict(*pair) for pair in ((True, False), (True, True), (False, True), (False, False))]
    assert found == [Verdict.HOLDS, Verdict.HOLDS_IF, Verdict.WRONG, Verdict.UNDECIDED]


@pytest.mark.parametrize("name", IDS)
def test_each_says_what_is_right_and_where_that_is_laid_down(name: str) -> None:
    said = claim(name)
    assert said.says.endswith(".") and said.sources
    assert [source for source in said.sources if not SOURCE.fullmatch(source)] == []
    assert bool(said.instead) or expected(name) is Verdict.HOLDS


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


def test_replayed_they_are_the_same(monkeypatch: pytest.MonkeyPatch, verdicts: Verdicts) -> None:
    monkeypatch.setattr(experiments, "why_unavailable", lambda: "it was refused")
    assert [found.verdict for found in judge()] == [found.verdict for found in verdicts]


def test_who_had_the_port_before_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    def with_an_older_one(port: int) -> tuple[SocketRow, ...]:
        rows = sockets_of(port)
        return (*rows, replace(rows[0], local=f"127.0.0.1:{port}", remote="127.0.0.1:1", state="TIME-WAIT"))

    monkeypatch.setattr(lifecycle, "sockets_of", with_an_older_one)
    assert claim("C17").check().verdict is Verdict.WRONG


def test_what_the_machine_refuses_is_said_and_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: Claim) -> bool:
        """a case"""
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(type(claim("C31")), "counterexample", refused)
    found = claim("C31").check()
    assert found.verdict is Verdict.UNDECIDED and "Operation not permitted" in repr(found)


def test_an_unknown_claim_is_one_sentence() -> None:
    with pytest.raises(CourseError, match="no claim 'C41': they are C01 to C40"):
        claim("C41")


def test_progress_is_told() -> None:
    told: list[float] = []
    judge(told.append)
    assert len(told) == len(IDS) and told == sorted(told) and told[-1] == 1
