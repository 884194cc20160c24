"""What was missed, and what to do next: read from the reader's progress, with a link to each cell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from helpers.study import progress
from helpers.study.cards import Card, Link, framed, table
from helpers.study.contents import NOTEBOOKS, Asked, Contents, Task, contents
from helpers.study.progress import State

Item = Asked | Task

_NOTHING_YET = "No prediction and no exercise is kept yet. Begin at the top of notebook 00: predict, run, compare."
_NOTHING_MISSED = "Nothing was missed so far."
_ALL_DONE = "You have been through all questions and exercises. The mixed questions show what stayed."
_HEAD = ("Notebook", "predicted wrong", "seen without a prediction", "tried, not passed")


def missed(notebooks: Path = NOTEBOOKS) -> Card:
    """For each notebook: questions answered wrong, questions revealed without a prediction, exercises not passed.

    A question that was answered right later, among the mixed questions, is not missed any more.
    """
    known = progress.state()
    rows = []
    for each in contents(notebooks):
        wrong = [_link(each, question) for question in each.questions if known.latest.get(question.id) is False]
        unasked = [_link(each, question) for question in each.questions if is_missed(question.id, known)]
        tried = [_link(each, task) for task in each.exercises if task.id in known.tried]
        if wrong or unasked or tried:
            rows.append((Link(each.name, each.link()), wrong, unasked, tried))
    return table(_HEAD, rows) if rows else _sentence(_NOTHING_MISSED if known.last or known.latest else _NOTHING_YET)


def is_missed(question: str, known: State) -> bool:
    """Whether a question was revealed, and never answered."""
    return question in known.happened and question not in known.latest


def next_step(notebooks: Path = NOTEBOOKS) -> Card:
    """Where to go on: the first question or exercise not yet done after the last one that was."""
    known = progress.state()
    every = [(each, item) for each in contents(notebooks) for item in _in_order(each)]
    places = [place for place, (_, item) in enumerate(every) if item.id == known.last]
    if not places:
        return _sentence(_NOTHING_YET)
    turned = every[places[-1] + 1 :] + every[: places[-1]]
    for each, item in turned:
        if not _is_done(item, known):
            kind = "question" if isinstance(item, Asked) else "exercise"
            return _sentence(f"Next: notebook {each.name}, {kind}", _link(each, item))
    return _sentence(_ALL_DONE)


def _is_done(item: Item, known: State) -> bool:
    if isinstance(item, Asked):
        return item.id in known.answers or item.id in known.happened
    return item.id in known.passed | known.tried


def _in_order(each: Contents) -> Iterator[Item]:
    items: list[Item] = [*each.questions, *each.exercises]
    yield from sorted(items, key=lambda item: each.cells.index(item.cell))


def _link(each: Contents, item: Item) -> Link:
    return Link(item.id, each.link(item.cell))


def _sentence(text: str, link: Link | None = None) -> Card:
    words = text if link is None else f"{text} {link}."
    shown = text if link is None else f"{text} {link.html}."
    return Card(words, framed(shown, "plain"))
