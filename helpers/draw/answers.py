"""The same questions asked of several things: a table that the cells of a notebook fill one answer at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from helpers.draw.grid import Grid, Part
from helpers.errors import CourseError

UNANSWERED = "-"


class UnknownQuestion(CourseError):
    """A question that this table does not ask."""


@dataclass(frozen=True)
class Comparison(Grid):
    """A table whose text gives each row a paragraph: its cells hold sentences, and side by side they would not fit."""

    def __str__(self) -> str:
        return "\n".join(line for part in self.parts for line in _paragraphs(part))


def _paragraphs(part: Part) -> list[str]:
    lines = [part.heading] if part.heading else []
    if not part.rows:
        return [*lines, f"  {part.empty}"]
    _, *questions = part.columns
    width = max(map(len, questions))
    for name, *answers in part.rows:
        lines.append(name)
        lines += [f"  {question:{width}}  {answer}" for question, answer in zip(questions, answers, strict=True)]
    return lines


class Answers:
    """A table with a column for each question and a row for each thing that was asked. It is the value of a cell."""

    def __init__(self, title: str = "", /, **questions: str) -> None:
        """`questions`: for each the keyword under which it is answered, and its heading, as in full="full?".

        Raises CourseError where there is none.
        """
        if not questions:
            raise CourseError('a table of answers needs questions, as in Answers(full="full?", empty="empty?")')
        self.title, self.questions = title, questions
        self._answers: dict[str, dict[str, str]] = {}

    def note(self, subject: str, /, **answers: object) -> None:
        """Write down what one thing answered; a later answer to the same question replaces the earlier one.

        Raises UnknownQuestion for a keyword that the table does not have; then nothing is written down.
        """
        for keyword in answers:
            if keyword not in self.questions:
                known = ", ".join(self.questions)
                raise UnknownQuestion(f"this table does not ask {keyword!r}; its questions are {known}")
        row = self._answers.setdefault(subject, {})
        row.update({keyword: str(answer) for keyword, answer in answers.items()})

    def show(self) -> Grid:
        """The table as it stands now; what nobody has answered yet is "-"."""
        rows = tuple(
            (subject, *(answers.get(keyword, UNANSWERED) for keyword in self.questions))
            for subject, answers in self._answers.items()
        )
        part = Part(self.title, ("", *self.questions.values()), rows, "nothing is answered yet")
        return Comparison("", (part,), "")

    def __repr__(self) -> str:
        return str(self.show())

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return self.show()._repr_mimebundle_()
