"""All claims of the article in its order, and the verdicts on them: a table, a panel to look through it, a chart."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from helpers.draw.drawing import Box, Drawing, Item, Text
from helpers.draw.picture import Picture
from helpers.errors import CourseError
from helpers.lessons.claims import calls, handshake, layers, processes, sockets
from helpers.lessons.claims.claim import Claim, Finding, Verdict, verdict, words
from helpers.study.cards import Card, CardPanel, Link, framed, table

__all__ = ["CLAIMS", "Finding", "Verdict", "Verdicts", "claim", "judge", "verdict"]

_HEAD = ("claim", "the article's words, and in English", "verdict", "what is right", "seen in", "source")
NOTHING_AGAINST = "no case against it was found"
ALL = "all"
CHOICES = (ALL, *(str(each) for each in Verdict if each is not Verdict.UNDECIDED))
SIGNS = dict(zip(Verdict, "✓◐~×?", strict=True))
"""In the chart's boxes, for nothing is told by colour alone."""
_FILLS = dict(zip(Verdict, ("card", "shade", "shade", "frame", "card"), strict=True))
_LEFT, _SIDE, _ROW, _TOP = 210, 30, 36, 48
"""Pixels of the chart: the parts' names, a box, a bar with its gap, the line above."""


def _claims() -> dict[str, Claim]:
    members = (pair for module in (calls, handshake, layers, processes, sockets) for pair in vars(module).items())
    classes = {name: each for name, each in members if inspect.isclass(each) and issubclass(each, Claim)}
    return {name: classes[name]() for name in words()}


CLAIMS = _claims()
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

    def counts(self, part: str = ALL) -> dict[Verdict, int]:
        """How many claims, of a part of the article or of all, have which verdict."""
        found = [finding.verdict for finding in self if part in (ALL, finding.claim.words.part)]
        return {verdict: found.count(verdict) for verdict in Verdict}

    @property
    def parts(self) -> list[str]:
        """The article's parts, in its order."""
        return list(dict.fromkeys(finding.claim.words.part for finding in self))

    def show(self, chosen: str = ALL) -> Card:
        """The table, or its rows with one verdict, "holds if" say. Raises CourseError for what is no verdict."""
        if chosen not in CHOICES:
            raise CourseError(f"there is no verdict {chosen!r}: choose one of {', '.join(CHOICES)}")
        cards = []
        for part in self.parts:
            found = [each for each in self if each.claim.words.part == part and chosen in (ALL, each.verdict)]
            cards += [table(_HEAD, [_row(each) for each in found], before=part)] if found else []
        if not cards:
            return Card("none", framed("none", "plain"))
        return Card("\n\n".join(card.text for card in cards), "".join(card.html for card in cards))

    def panel(self) -> VerdictPanel:
        """The table with buttons for the verdicts."""
        return VerdictPanel(self)

    def chart(self) -> Picture:
        """How many claims of each part have which verdict: a bar a part, a box a claim."""
        head = "   ".join(f"{SIGNS[each]} {each}: {count}" for each, count in self.counts().items() if count)
        items: list[Item] = [Text(14, 28, head, 15, bold=True)]
        lines = [f"all: {_told(self.counts())}"]
        for row, part in enumerate(self.parts):
            counts = self.counts(part)
            items += _bar(part, _TOP + row * _ROW, [each for each in Verdict for _ in range(counts[each])])
            lines.append(f"{part}: {_told(counts)}")
        width = _LEFT + _SIDE * max(sum(self.counts(part).values()) for part in self.parts) + 20
        text = "\n".join(lines)
        return Picture(Drawing(max(width, 520), _TOP + len(self.parts) * _ROW + 10, tuple(items), text), text)

    def __repr__(self) -> str:
        return repr(self.show())

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return self.show()._repr_mimebundle_()


class VerdictPanel(CardPanel):
    """Buttons for the verdicts, and the rows that have the chosen one. Its twin is `Verdicts.show`."""

    def __init__(self, verdicts: Verdicts) -> None:
        self._first = verdicts.show(str(Verdict.WRONG))
        counts = {str(verdict): count for verdict, count in verdicts.counts().items()} | {ALL: len(list(verdicts))}
        options = [(f"{choice} ({counts[choice]})", choice) for choice in CHOICES]
        super().__init__(options, verdicts.show, str(Verdict.WRONG))

    def show(self, chosen: str) -> Card:
        """Press a button: "all", or a verdict."""
        return self.choose(chosen)

    def __repr__(self) -> str:
        return f"Verdicts. Buttons (Tab and Space): {', '.join(CHOICES)}. In code: .show('wrong')"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """The live panel; beside it the rows that are wrong, for a notebook that is not run yet."""
        return self.bundle(repr(self), self._first.html)


def _row(finding: Finding) -> tuple[str | Link, ...]:
    known = finding.claim.words
    right = "\n".join(filter(None, (known.instead, known.elsewhere))) or NOTHING_AGAINST
    article, seen = f"{known.article}\n{known.english}", Link(known.seen_in[:2], known.seen_in)
    return finding.claim.id, article, finding.told, right, seen, "; ".join(known.sources)


def _bar(part: str, y: float, verdicts: list[Verdict]) -> Iterator[Item]:
    yield Text(_LEFT - 12, y + 20, part, 13, "end")
    for place, each in enumerate(verdicts):
        x = _LEFT + place * _SIDE
        yield Box(x, y, _SIDE - 3, _SIDE - 3, fill=_FILLS[each])
        yield Text(x + (_SIDE - 3) / 2, y + 19, SIGNS[each], 15, "middle", bold=True)


def _told(verdicts: dict[Verdict, int]) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items() if count)
