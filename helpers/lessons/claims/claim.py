"""A claim of the article, and how it is judged: one probe looks for a case in which it holds, one for a case against.

The verdict follows from which cases there are. A claim with both gets one of two verdicts: either a condition tells the
cases apart («holds if»), or none does, because one and the same case fits the words in one sense and not in another
(«told loosely»). No probe can prove that a claim always holds: «holds» says that a case which could have refuted it was
looked for, and not found. The words of all claims are in claims.toml, so that the code is what it is about: the probes.
"""

from __future__ import annotations

import inspect
import re
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from helpers.elsewhere import lacking
from helpers.errors import CourseError
from helpers.ipc.source import source_of
from helpers.lab.experiments import Experiment
from helpers.study.cards import framed

FILE = Path(__file__).with_name("claims.toml")


class Verdict(StrEnum):
    """What the case for a claim and the case against it say together."""

    HOLDS = "holds"
    HOLDS_IF = "holds if"
    LOOSE = "told loosely"
    WRONG = "wrong"
    UNDECIDED = "undecided"


def verdict(case_for: bool, case_against: bool, condition: bool = True) -> Verdict:
    """The verdict on a claim for which there is a case, against which there is one, both, or neither.

    condition: whether something tells the case for it from the case against it.
    """
    if case_for and case_against:
        return Verdict.HOLDS_IF if condition else Verdict.LOOSE
    return Verdict.HOLDS if case_for else Verdict.WRONG if case_against else Verdict.UNDECIDED


@dataclass(frozen=True)
class Words:
    """What claims.toml says of a claim; its head explains the names."""

    part: str
    article: str
    english: str
    sources: list[str]
    seen_in: str
    condition: str = ""
    instead: str = ""
    elsewhere: str = ""


@cache
def words() -> dict[str, Words]:
    """Of each claim, in the article's order."""
    return {name: Words(**each) for name, each in tomllib.loads(FILE.read_text("utf-8")).items()}


class Claim:
    """Something that the article says. A subclass of the claim's name has the two probes.

    A probe makes real calls and returns whether it found what its own docstring describes.
    """

    def support(self) -> bool:
        """A case in which the claim holds."""
        raise NotImplementedError

    def counterexample(self) -> bool:
        """A case in which the claim does not hold."""
        raise NotImplementedError

    @property
    def id(self) -> str:
        """As in "C17"."""
        return type(self).__name__

    @property
    def words(self) -> Words:
        """What there is to read of it."""
        return words()[self.id]

    @property
    def code(self) -> str:
        """The source of its two probes, and of the experiments that they name."""
        source = source_of(type(self))
        beside = vars(sys.modules[type(self).__module__]).items()
        used = [each for name, each in beside if isinstance(each, Experiment) and re.search(rf"\b{name}\(", source)]
        return "\n\n\n".join([*(source_of(each.function).rstrip() for each in used), source])

    def check(self) -> Finding:
        """Run both probes. Where this machine has not what one needs, the finding says so, and is undecided."""
        try:
            return Finding(self, self.support(), self.counterexample())
        except Exception as refusal:
            if not isinstance(refusal, OSError | CourseError) and not lacking(refusal):
                raise
            return Finding(self, False, False, f"{type(refusal).__name__}: {refusal}")

    def __repr__(self) -> str:
        return f"{self.id}: {self.words.english}"


@dataclass(frozen=True)
class Finding:
    """What the two probes of a claim found, and so the verdict. It is the value of a cell."""

    claim: Claim
    support: bool
    counterexample: bool
    trouble: str = ""
    """Why the probes could not look here; "" if they could."""

    @property
    def verdict(self) -> Verdict:
        """It follows from the cases."""
        against = not self.trouble and (self.counterexample or bool(self.claim.words.elsewhere))
        return verdict(self.support, against, bool(self.claim.words.condition))

    @property
    def told(self) -> str:
        """The verdict with its condition: "holds if a port is free"."""
        return f"{self.verdict} {self.claim.words.condition}" if self.verdict is Verdict.HOLDS_IF else str(self.verdict)

    def rows(self) -> dict[str, str]:
        """What there is to say of it: heading and words."""
        known = self.claim.words
        rows = {
            "the article": known.article,
            "in English": known.english,
            "case for it": self._case(self.support, self.claim.support),
            "case against it": self._case(self.counterexample, self.claim.counterexample),
            "read, not run": known.elsewhere,
            "verdict": self.told,
            "so": known.instead,
            "source": ", ".join(known.sources),
            "not possible": self.trouble,
        }
        return {name: text for name, text in rows.items() if text}

    def _case(self, is_there: bool, probe: Callable[[], bool]) -> str:
        found = "not looked for" if self.trouble else "found" if is_there else "not found"
        return f"{found}: {inspect.getdoc(probe)}"

    def __repr__(self) -> str:
        return "\n".join([self.claim.id, *(f"  {name:16}{text}" for name, text in self.rows().items())])

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        look = "text-align: left; vertical-align: top; padding: 1px 12px 1px 0"
        head, cell = f'<th style="{look}; white-space: nowrap">', f'<td style="{look}">'
        rows = (f"<tr>{head}{name}</th>{cell}{escape(text)}</td></tr>" for name, text in self.rows().items())
        edge = {Verdict.HOLDS: "right", Verdict.WRONG: "wrong"}.get(self.verdict, "plain")
        html = framed(f"<b>{self.claim.id}</b><table>{''.join(rows)}</table>", edge)
        return {"text/plain": repr(self), "text/html": html}
