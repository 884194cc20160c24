"""All claims of the article in its order, and the verdicts on them: a table, a panel to look through it, a chart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from helpers.draw.bars import Bar, Piece, bars
from helpers.draw.picture import Picture
from helpers.errors import CourseError
from helpers.lessons.claims import calls, on_the_wire, processes, sockets  # noqa: F401  they define the claims
from helpers.lessons.claims.claim import Claim, Finding, Verdict, verdict, words
from helpers.study.cards import Card, CardPanel, Link, sentence, table

__all__ = ["CLAIMS", "Finding", "Verdict", "Verdicts", "claim", "judge", "verdict"]

_HEAD = ("claim", "the article's words, and in English", "verdict", "what is right", "seen in", "source")
NOTHING_AGAINST = "no case against it was found"
ALL = "all"
CHOICES = (ALL, *(str(each) for each in Verdict if each is not Verdict.UNDECIDED))
SIGNS = dict(zip(Verdict, "✓◐~×?", strict=True))
"""In the chart's boxes, for nothing is told by colour alone."""
_FILLS = dict(zip(Verdict, ("card", "shade", "shade", "frame", "card"), strict=True))
_LONGEST = 360
"""Pixels of the chart's longest bar: some 30 a box."""

_probes = {each.__name__: each for each in Claim.__subclasses__()}
CLAIMS = {name: _probes[name]() for name in words()}
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
        self._findings = findings
        self._parts = list(dict.fromkeys(finding.claim.words.part for finding in findings))
        """Of the article, in its order."""

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._findings)

    def counts(self, part: str = ALL) -> dict[Verdict, int]:
        """How many claims, of a part of the article or of all, have which verdict."""
        found = [finding.verdict for finding in self if part in (ALL, finding.claim.words.part)]
        return {verdict: found.count(verdict) for verdict in Verdict}

    def show(self, chosen: str = ALL) -> Card:
        """The table, or its rows with one verdict, "holds if" say. Raises CourseError for what is no verdict."""
        if chosen not in CHOICES:
            raise CourseError(f"there is no verdict {chosen!r}: choose one of {', '.join(CHOICES)}")
        found = [each for each in self if chosen in (ALL, each.verdict)]
        rows = {part: [_row(each) for each in found if each.claim.words.part == part] for part in self._parts}
        cards = [table(_HEAD, rows[part], before=part) for part in rows if rows[part]] or [sentence("none")]
        return Card("\n\n".join(card.text for card in cards), "".join(card.html for card in cards))

    def panel(self) -> VerdictPanel:
        """The table with buttons for the verdicts."""
        counts = {ALL: len(self._findings), **{str(verdict): count for verdict, count in self.counts().items()}}
        labels = {f"{choice} ({counts[choice]})": choice for choice in CHOICES}
        text = f"Verdicts. Buttons (Tab and Space): {', '.join(CHOICES)}. In code: .show('wrong')"
        return VerdictPanel(labels, self.show, str(Verdict.WRONG), text)

    def chart(self) -> Picture:
        """How many claims of each part have which verdict: a bar a part, a box a claim."""
        title = "   ".join(f"{SIGNS[each]} {each}: {count}" for each, count in self.counts().items() if count)
        rows = [Bar(part, [Piece(1, _FILLS[v], SIGNS[v]) for v, n in self.counts(part).items() for _ in range(n)])
                for part in self._parts]  # fmt: skip
        lines = [f"{part}: {_told(self.counts(part))}" for part in (ALL, *self._parts)]
        return bars(title, rows, lines, "\n".join(lines), _LONGEST)

    def __repr__(self) -> str:
        return repr(self.show())

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return self.show()._repr_mimebundle_()


class VerdictPanel(CardPanel):
    """Buttons for the verdicts, and the rows that have the chosen one. Its twin is `Verdicts.show`."""

    show = CardPanel.choose


def _row(finding: Finding) -> tuple[str | Link, ...]:
    known = finding.claim.words
    right = "\n".join(filter(None, (known.instead, known.elsewhere))) or NOTHING_AGAINST
    article, seen = f"{known.article}\n{known.english}", Link(known.seen_in[:2], known.seen_in)
    return finding.claim.id, article, finding.told, right, seen, "; ".join(known.sources)


def _told(verdicts: dict[Verdict, int]) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items() if count)
