"""What stands in a code cell, without running it."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator


@functools.cache
def statements(source: str) -> tuple[ast.stmt, ...]:
    """The statements of a cell; none of a cell that is no Python."""
    try:
        return tuple(ast.parse(source).body)
    except SyntaxError:
        return ()


def calls(source: str) -> Iterator[ast.Call]:
    """All calls in a cell, also those inside others."""
    return (node for top in statements(source) for node in ast.walk(top) if isinstance(node, ast.Call))


def named_calls(source: str) -> Iterator[tuple[str, str, ast.Call]]:
    """(function's name, first argument, call) of each call of a plain name whose first argument is a text."""
    for call in calls(source):
        match call:
            case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(first)), *_]):
                yield name, first, call


def assigned_calls(source: str, function: str) -> dict[str, str]:
    """Variable and first argument of each statement `variable = function("first", ...)`."""
    found = {}
    for statement in statements(source):
        match statement:
            case ast.Assign(
                targets=[ast.Name(id=variable)],
                value=ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(first)), *_]),
            ) if name == function:
                found[variable] = first
    return found


def called_on(source: str, method: str) -> list[str]:
    """The variables on which a method is called: ["q"] for `q.reveal(...)`."""
    functions = [call.func for call in calls(source) if isinstance(call.func, ast.Attribute)]
    return [f.value.id for f in functions if f.attr == method and isinstance(f.value, ast.Name)]
