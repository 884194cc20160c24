"""A claim of the article, and how it is judged: one probe looks for a case in which it holds, one for a case against.

The verdict follows from which cases there are. A claim with both gets one of two verdicts: either a condition tells the
cases apart («holds if»), or none does, because one and the same case fits the words in one sense and not in another
(«told loosely»). No probe can prove that a claim always holds: «holds» says that a case which could have refuted it was
looked for, and not found.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from typing import Any, ClassVar

from helpers.elsewhere import lacking
from helpers.errors import CourseError
from helpers.ipc.source import source_of
from helpers.lab.experiments import Experiment
from helpers.study.cards import framed


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
    if case_for:
        return Verdict.HOLDS
    return Verdict.WRONG if case_against else Verdict.UNDECIDED


@dataclass(frozen=True)
class Cell:
    """A code cell of the course that showed what a claim is about."""

    notebook: str
    """The notebook's file, without its suffix."""
    id: str

    @property
    def link(self) -> str:
        """Where it is, for a link in a notebook of the same folder: JupyterLab scrolls to the cell."""
        return f"{self.notebook}.ipynb#cell-id={self.id}"


class Claim:
    """Something that the article says. A subclass has it in English as its docstring, and the two probes.

    A probe makes real calls and returns whether it found what its own docstring describes.
    """

    article: ClassVar[str]
    """The article's own words."""
    condition: ClassVar[str] = ""
    """What tells the case for it from the case against it: "it holds if ..."; "" where nothing does."""
    instead: ClassVar[str] = ""
    """What is right, in a sentence or two; "" for a claim against which there is nothing."""
    elsewhere: ClassVar[str] = ""
    """A case against it on another system than Linux: where one reads of it, for here it cannot be run."""
    sources: ClassVar[tuple[str, ...]] = ()
    """Where that is laid down: "RFC 9293 §3.5", "accept(2)", "POSIX fclose()"."""
    seen_in: ClassVar[Cell | None] = None
    """The cell of the course that showed it."""

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
    def says(self) -> str:
        """The claim in English."""
        return sentence(type(self))

    @property
    def code(self) -> str:
        """The source of the claim and its two probes, and of the experiments that they name."""
        source = source_of(type(self))
        beside = vars(sys.modules[type(self).__module__]).items()
        used = [each for name, each in beside if isinstance(each, Experiment) and re.search(rf"\b{name}\(", source)]
        return "\n\n\n".join([*(source_of(each.function).rstrip() for each in used), source])

    def check(self) -> Finding:
        """Run both probes. Where this machine has not what one needs, the finding says so, and is undecided."""
        try:
            return Finding(self, self.support(), self.counterexample())
        except (OSError, CourseError, AttributeError, ModuleNotFoundError) as refusal:
            if not (isinstance(refusal, (OSError, CourseError)) or lacking(refusal)):
                raise
            return Finding(self, False, False, f"{type(refusal).__name__}: {refusal}")

    def __repr__(self) -> str:
        return f"{self.id}: {self.says}"


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
        against = not self.trouble and (self.counterexample or bool(self.claim.elsewhere))
        return verdict(self.support, against, bool(self.claim.condition))

    @property
    def told(self) -> str:
        """The verdict with its condition: "holds if a port is free"."""
        return f"{self.verdict} {self.claim.condition}" if self.verdict is Verdict.HOLDS_IF else str(self.verdict)

    def rows(self) -> list[tuple[str, str]]:
        """What there is to say of it: heading and words."""
        found = [
            (name, f"{'not looked for' if self.trouble else 'found' if is_found else 'not found'}: {sentence(probe)}")
            for name, is_found, probe in (
                ("case for it", self.support, self.claim.support),
                ("case against it", self.counterexample, self.claim.counterexample),
            )
        ]
        rows = [
            ("the article", self.claim.article),
            ("in English", self.claim.says),
            *found,
            ("read, not run", self.claim.elsewhere),
            ("verdict", self.told),
            ("so", self.claim.instead),
            ("source", ", ".join(self.claim.sources)),
            ("not possible", self.trouble),
        ]
        return [(name, words) for name, words in rows if words]

    def __repr__(self) -> str:
        return "\n".join([self.claim.id, *(f"  {name:16}{words}" for name, words in self.rows())])

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        cell = "text-align: left; vertical-align: top; padding: 1px 12px 1px 0"
        rows = "".join(
            f'<tr><th style="{cell}; white-space: nowrap">{name}</th><td style="{cell}">{escape(words)}</td></tr>'
            for name, words in self.rows()
        )
        edge = {Verdict.HOLDS: "right", Verdict.WRONG: "wrong"}.get(self.verdict, "plain")
        body = f"<b>{escape(self.claim.id)}</b><table>{rows}</table>"
        return {"text/plain": repr(self), "text/html": framed(body, edge)}


def sentence(thing: type | Callable[..., Any]) -> str:
    """A docstring on one line. Raises CourseError where there is none."""
    text = inspect.cleandoc(thing.__doc__ or "")
    if not text:
        raise CourseError(f"{thing.__name__} needs a docstring that says what it is about")
    return re.sub(r"\s+", " ", text)
