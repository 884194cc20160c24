"""Makes this Linux Python look like one of Windows to the course's own code: helpers, and the cells of a notebook.

Python loads it at its start, from PYTHONPATH. What Windows lacks is not listed here. It is read from typeshed, the
types of the standard library which come with mypy and are compared with a real Windows (its stubtest): a name that
they declare for Linux and not for Windows is hidden, and so is a module of which nothing is left. Jupyter and the
library itself need these names here, and keep them. Files of /proc, /dev and /sys are hidden in the same way.
"""

from __future__ import annotations

import ast
import builtins
import errno
import functools
import importlib.util
import io
import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

NOT_INSTALLED = ("posix_ipc", "sysv_ipc")
"""What requirements.txt leaves out there."""
OTHER = {"sys": {"platform": "win32"}, "os": {"name": "nt"}, "platform": {"system": lambda: "Windows"}}
"""What has another value there."""
FOLDERS = ("/proc", "/dev", "/sys")
DEFAULT_ENCODING = "ascii"
"""Stands for whichever it is: what is beyond ASCII is read by none of them as it was written."""
LIBRARY = os.path.dirname(os.__file__) + os.sep
INSTALLED = ("site-packages", "dist-packages")


def stub(module: str) -> list[ast.stmt]:
    """The statements of a module's types; [] where typeshed has none."""
    (mypy,) = importlib.util.find_spec("mypy").submodule_search_locations  # type: ignore[union-attr,misc]
    path = Path(mypy, "typeshed", "stdlib", *module.split("."))
    found = [file for file in (path.with_suffix(".pyi"), path / "__init__.pyi") if file.exists()]
    return ast.parse(found[0].read_text(encoding="utf-8")).body if found else []


def declared(body: list[ast.stmt], platform: str) -> Iterator[str]:
    """The public names that these statements declare on that platform, for this version of Python."""
    here = functools.partial(declared, platform=platform)
    for node in body:
        match node:
            case ast.If():
                holds = eval(ast.unparse(node.test), {"sys": _There(platform)})  # typeshed asks for nothing else
                yield from here(node.body if holds else node.orelse)
            case ast.ImportFrom(module=str(module), names=[ast.alias(name="*")]):
                yield from here(stub(module))
            case ast.ImportFrom(names=names):
                yield from (alias.asname for alias in names if alias.asname and alias.asname[0] != "_")
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                yield name
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                if name[0] != "_":
                    yield name


class _There:
    """sys of another platform, as far as types ask for it."""

    version_info = sys.version_info

    def __init__(self, platform: str) -> None:
        self.platform = platform


def only_here(body: list[ast.stmt]) -> set[str]:
    """The names that these statements declare for Linux and not for Windows."""
    return set(declared(body, "linux")) - set(declared(body, "win32"))


@functools.cache
def missing(module: str) -> set[str]:
    """The names that this module lacks there."""
    return only_here(stub(module))


@functools.cache
def absent(module: str) -> bool:
    """Whether there is no such module there."""
    return module in NOT_INSTALLED or bool(missing(module)) and not set(declared(stub(module), "win32"))


class Hidden(ModuleType):
    """A module without what it lacks there."""

    def __init__(self, module: ModuleType) -> None:
        super().__init__(module.__name__, module.__doc__)
        vars(self)["_module"] = module

    def __getattr__(self, name: str) -> Any:
        if name in missing(self.__name__):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}", name=name, obj=self)
        other = OTHER.get(self.__name__, {})
        return other[name] if name in other else getattr(self._module, name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._module, name, value)


_hidden = functools.cache(Hidden)
_import = builtins.__import__


def import_there(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
    """Python's __import__, as the course's code meets it there."""
    ours = is_ours(str((globals or {}).get("__name__")))
    if ours and absent(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    module = _import(name, globals, locals, fromlist, level)
    return _hidden(module) if ours and module.__name__.partition(".")[0] in sys.stdlib_module_names else module


def is_ours(module: str) -> bool:
    """Whether this is the course's code."""
    return module == "__main__" or module.partition(".")[0] == "helpers"


def asked_by_us() -> bool:
    """Whether the course's code has called what runs now, if need be through the standard library."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if file != __file__ and (not file.startswith((LIBRARY, "<frozen")) or any(part in file for part in INSTALLED)):
            return is_ours(str(frame.f_globals.get("__name__")))
        frame = frame.f_back
    return False


def check_file(path: object) -> None:
    """Raise FileNotFoundError for a file that only Unix has, if the course's code wants it."""
    if isinstance(path, str | bytes | os.PathLike):
        name = os.path.abspath(os.fsdecode(path))
        if name.startswith(FOLDERS) and name != os.devnull and asked_by_us():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)


def checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of os that takes a path first."""

    @functools.wraps(function)
    def call(path: object, *arguments: Any, **options: Any) -> Any:
        check_file(path)
        return function(path, *arguments, **options)

    return call


def default_encoding(text_encoding: Callable[..., str]) -> Callable[..., str]:
    """The library's question for a file's encoding: that of Windows was not UTF-8 before Python 3.15."""
    return lambda given, level=2: DEFAULT_ENCODING if given is None and asked_by_us() else text_encoding(given)


def with_default_encoding(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same for open()."""

    def call(file: Any, mode: str = "r", buffering: int = -1, encoding: Any = None, *rest: Any, **named: Any) -> Any:
        if encoding is None and "b" not in mode and asked_by_us():
            encoding = DEFAULT_ENCODING
        return function(file, mode, buffering, encoding, *rest, **named)

    return call


def no_method(name: str) -> property:
    """A method that a socket has not."""

    def missing_method(self: object) -> Any:
        raise AttributeError(f"'socket' object has no attribute {name!r}", name=name, obj=self)

    return property(missing_method)


def check_opened(event: str, arguments: tuple[Any, ...]) -> None:
    """Called by Python before it opens a file (its audit events)."""
    if event == "open":
        check_file(arguments[0])


def become_windows() -> None:
    """From now on."""
    (in_c,) = (node for node in stub("_socket") if isinstance(node, ast.ClassDef) and node.name == "socket")
    for name in only_here(in_c.body):
        setattr(socket.socket, name, no_method(name))
    for name in ("stat", "lstat", "access", "readlink", "listdir"):
        setattr(os, name, checked(getattr(os, name)))
    builtins.__import__ = import_there
    sys.addaudithook(check_opened)
    io.text_encoding = default_encoding(io.text_encoding)
    builtins.open = io.open = with_default_encoding(io.open)


become_windows()
