"""The same questions asked of several things: a table that the cells of a notebook fill one answer at a time.

Its text gives each thing a paragraph, because its cells hold sentences, and side by side they would not fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from helpers.draw.grid import Block, Grid
from helpers.errors import CourseError


@dataclass(frozen=True, repr=False)
class Comparison(Grid):
    """The table at one moment."""

    def __str__(self) -> str:
        return "\n".join(line for part in self.parts for line in _paragraphs(part))


def _paragraphs(part: Block) -> list[str]:
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
        """`questions`: for each the keyword under which it is answered, and its heading, as in full="full?"."""
        self.title, self.questions = title, questions
        self._answers: dict[str, dict[str, str]] = {}

    def note(self, subject: str, /, **answers: object) -> None:
        """Write down what one thing answered; a later answer to the same question replaces the earlier one.

        Raises CourseError for a keyword that the table does not have; then nothing is written down.
        """
        if unknown := answers.keys() - self.questions:
            known = ", ".join(self.questions)
            raise CourseError(f"this table does not ask {sorted(unknown)[0]!r}; its questions are {known}")
        self._answers.setdefault(subject, {}).update({keyword: str(answer) for keyword, answer in answers.items()})

    def show(self) -> Grid:
        """The table as it stands now; what nobody has answered yet is "-"."""
        rows = tuple(
            (subject, *(answers.get(keyword, "-") for keyword in self.questions))
            for subject, answers in self._answers.items()
        )
        block = Block(self.title, ("", *self.questions.values()), rows, "nothing is answered yet")
        return Comparison("", (block,), "")

    def __repr__(self) -> str:
        return str(self.show())

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return self.show()._repr_mimebundle_()
