"""A claim of the article, and how it is judged: one probe looks for a case in which it holds, one for a case against.

The verdict follows from what the two probes find, and from nothing else. Neither can prove that a claim always holds:
«holds» says that a case which could have refuted it was tried, and did not.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from typing import Any, ClassVar

from helpers.errors import CourseError
from helpers.ipc.source import source_of
from helpers.study.cards import framed


class Verdict(StrEnum):
    """What the two probes say together."""

    HOLDS = "holds"
    HOLDS_IF = "holds if"
    WRONG = "wrong"
    UNDECIDED = "undecided"


def verdict(support: bool, counterexample: bool) -> Verdict:
    """The verdict on a claim for which a case was found, against which a case was found, both, or neither."""
    if support:
        return Verdict.HOLDS_IF if counterexample else Verdict.HOLDS
    return Verdict.WRONG if counterexample else Verdict.UNDECIDED


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
    """Something that a text says. A subclass has it as its docstring, and the two probes.

    A probe makes real calls and returns whether it found what its own docstring describes.
    """

    instead: ClassVar[str] = ""
    """Under which condition it holds, or what is right: one sentence; "" for a claim that simply holds."""
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
        """The claim, in this course's words."""
        return sentence(type(self))

    @property
    def code(self) -> str:
        """The source of the claim and its two probes."""
        return source_of(type(self))

    def check(self) -> Finding:
        """Run both probes. Where the machine refuses what one needs, the finding says so, and is undecided."""
        try:
            return Finding(self, self.support(), self.counterexample())
        except (OSError, CourseError) as refusal:
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
        """It follows from the two."""
        return verdict(self.support, self.counterexample)

    def rows(self) -> list[tuple[str, str]]:
        """What there is to say of it: heading and words."""
        found = [
            (name, f"{'found' if is_found else 'not found'}: {sentence(probe)}")
            for name, is_found, probe in (
                ("case for it", self.support, self.claim.support),
                ("case against it", self.counterexample, self.claim.counterexample),
            )
        ]
        more = [("so", self.claim.instead), ("source", ", ".join(self.claim.sources)), ("not possible", self.trouble)]
        rows = [("the claim", self.claim.says), *found, ("verdict", str(self.verdict)), *more]
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
