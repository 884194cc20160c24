"""All claims of the article in its order, and the verdicts on them: a table, a panel to look through it, a chart."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from html import escape
from types import ModuleType
from typing import Any

from helpers.draw.picture import Picture
from helpers.errors import CourseError
from helpers.lessons.claims import handshake, layers, lifecycle, names, processes, sockets, transfer
from helpers.lessons.claims.chart import stacked
from helpers.lessons.claims.claim import Claim, Finding, Verdict
from helpers.study.card_panel import CardPanel
from helpers.study.cards import Card, Link, framed, table

PARTS = {
    "processes": range(1, 4),
    "names on a network": range(4, 9),
    "layers": range(9, 13),
    "what a socket is": range(13, 16),
    "the life of a connection": range(16, 20),
    "the handshake": range(20, 24),
    "socket() and its arguments": range(24, 33),
    "the other calls": range(33, 41),
}
"""The article's parts, and the numbers of their claims."""
_MODULES: tuple[ModuleType, ...] = (processes, names, layers, sockets, lifecycle, handshake, transfer)
_HEAD = ("claim", "the article's words, and in English", "verdict", "what is right", "seen in", "source")
NOTHING_AGAINST = "no case against it was found"
ALL = "all"
CHOICES = (ALL, *(str(each) for each in Verdict if each is not Verdict.UNDECIDED))


def _found() -> dict[str, Claim]:
    classes = (member for module in _MODULES for _, member in inspect.getmembers(module, inspect.isclass))
    claims = {each.__name__: each() for each in classes if issubclass(each, Claim) and each is not Claim}
    return dict(sorted(claims.items()))


CLAIMS = _found()
"""By id, in the article's order."""


def claim(name: str) -> Claim:
    """The claim with that id, "C17" say. Raises CourseError if there is none."""
    if name not in CLAIMS:
        first, *_, last = CLAIMS
        raise CourseError(f"there is no claim {name!r}: they are {first} to {last}")
    return CLAIMS[name]


def judge(progress: Callable[[float], object] = lambda part: None) -> Verdicts:
    """Run both probes of every claim. `progress` is told after each which part is done, from 0 to 1."""
    findings = []
    for number, each in enumerate(CLAIMS.values(), 1):
        findings.append(each.check())
        progress(number / len(CLAIMS))
    return Verdicts(findings)


class Verdicts:
    """What the probes of all claims have found in one run. As the value of a cell it is a table."""

    def __init__(self, findings: list[Finding]) -> None:
        self._findings = {finding.claim.id: finding for finding in findings}

    def __getitem__(self, name: str) -> Finding:
        return self._findings[claim(name).id]

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._findings.values())

    def of(self, verdict: Verdict) -> list[Finding]:
        """The findings with that verdict."""
        return [finding for finding in self if finding.verdict is verdict]

    def counts(self) -> dict[Verdict, int]:
        """How many claims have which verdict."""
        return {verdict: len(self.of(verdict)) for verdict in Verdict}

    def show(self, chosen: str = ALL) -> Card:
        """The table, or its rows with one verdict, "holds if" say. Raises CourseError for what is no verdict."""
        known = _known(chosen)
        return _together([_part(name, findings) for name, findings in self._parts(known) if findings])

    def panel(self) -> VerdictPanel:
        """The table with buttons for the verdicts."""
        return VerdictPanel(self)

    def chart(self) -> Picture:
        """How many claims of each part have which verdict."""
        verdicts = {name: [finding.verdict for finding in findings] for name, findings in self._parts(ALL)}
        return stacked({part: {verdict: each.count(verdict) for verdict in Verdict} for part, each in verdicts.items()})

    def _parts(self, chosen: str) -> list[tuple[str, list[Finding]]]:
        return [
            (part, [found for found in self if int(found.claim.id[1:]) in numbers and chosen in (ALL, found.verdict)])
            for part, numbers in PARTS.items()
        ]

    def __repr__(self) -> str:
        return repr(self.show())

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return self.show()._repr_mimebundle_()


class VerdictPanel(CardPanel):
    """Buttons for the verdicts, and the rows that have the chosen one. Its twin is `show()`."""

    def __init__(self, verdicts: Verdicts) -> None:
        self._first = verdicts.show(str(Verdict.WRONG))
        counts = {str(verdict): count for verdict, count in verdicts.counts().items()} | {ALL: len(list(verdicts))}
        options = [(f"{choice} ({counts[choice]})", choice) for choice in CHOICES]
        super().__init__(options, verdicts.show, str(Verdict.WRONG))

    def show(self, chosen: str) -> Card:
        """Press a button: "all", or a verdict. Raises CourseError for any other."""
        return self.choose(_known(chosen))

    def __repr__(self) -> str:
        return f"Verdicts. Buttons (Tab and Space): {', '.join(CHOICES)}. In code: .show('wrong')"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """The live panel; beside it the rows that are wrong, for a notebook that is not run yet."""
        return self.bundle(repr(self), self._first.html)


def _known(chosen: str) -> str:
    if chosen not in CHOICES:
        raise CourseError(f"there is no verdict {chosen!r}: choose one of {', '.join(CHOICES)}")
    return chosen


def _part(name: str, findings: list[Finding]) -> Card:
    rows = [_row(finding) for finding in findings]
    return table(_HEAD, rows, before=name)


def _row(finding: Finding) -> tuple[str | Link, ...]:
    said, cell = finding.claim, finding.claim.seen_in
    seen = Link(cell.notebook[:2], cell.link) if cell else ""
    right = "\n".join(filter(None, (said.instead, said.elsewhere))) or NOTHING_AGAINST
    return said.id, f"{said.article}\n{said.says}", finding.told, right, seen, "; ".join(said.sources)


def _together(cards: list[Card]) -> Card:
    if not cards:
        return Card("none", framed(escape("none"), "plain"))
    return Card("\n\n".join(card.text for card in cards), "".join(card.html for card in cards))
