"""The same questions asked of several things: a table that the cells of a notebook fill one answer at a time.

Its text gives each thing a paragraph, because its cells hold sentences, and side by side they would not fit.
"""

from __future__ import annotations

from typing import Any

from helpers.draw.grid import Block, Grid
from helpers.errors import CourseError

EMPTY = "nothing is answered yet"


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

    def __repr__(self) -> str:
        width = max(map(len, self.questions.values()))
        lines = [self.title] if self.title else []
        for subject, *answers in self._rows() or [(f"  {EMPTY}",)]:
            lines.append(subject)
            pairs = zip(self.questions.values(), answers, strict=False)
            lines += [f"  {question:{width}}  {answer}" for question, answer in pairs]
        return "\n".join(lines)

    def _rows(self) -> tuple[tuple[str, ...], ...]:
        """What nobody has answered yet is "-"."""
        return tuple((name, *(told.get(key, "-") for key in self.questions)) for name, told in self._answers.items())

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        block = Block(self.title, ("", *self.questions.values()), self._rows(), EMPTY)
        return {"text/html": Grid("", (block,), "").html(), "text/plain": repr(self)}
