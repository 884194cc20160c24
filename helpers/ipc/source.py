"""The source of what a cell defines: functions, and classes, for which inspect has no answer in a notebook."""

from __future__ import annotations

import ast
import inspect
import linecache
import textwrap
from typing import Any

from helpers.errors import CourseError


class NoSource(CourseError):
    """Something whose source cannot be sent to another process."""


def source_of(thing: Any) -> str:
    """The source of a function or a class. Raises NoSource where there is none."""
    if getattr(thing, "__name__", "") == "<lambda>":
        raise NoSource("a lambda has no source of its own, only the line in which it stands: write it with def")
    try:
        return textwrap.dedent(_of_class(thing) if inspect.isclass(thing) else inspect.getsource(thing))
    except (OSError, TypeError):
        raise NoSource(f"{thing!r} has no source that another process could be given: define it in a cell") from None


def _of_class(cls: type) -> str:
    """inspect asks a class's module for its file, and the module __main__ of a notebook has none; a method knows."""
    functions = [inspect.unwrap(value) for value in vars(cls).values() if inspect.isfunction(value)]
    for function in functions:
        text = "".join(linecache.getlines(function.__code__.co_filename))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef) and node.name == cls.__name__:
                return ast.get_source_segment(text, node, padded=True) or ""
    return inspect.getsource(cls)
