"""An experiment: a function that drives the lab. Called, it runs live where it can, and is replayed where it cannot.

A replay is shown only for the very experiment that was recorded: its source, what it uses, and its arguments are
compared by a fingerprint. So a reader may change an experiment, and gets no old answer to a new question. Rejected: a
mock of the lab, which would answer from our knowledge and not from a kernel's; bytecode in the fingerprint, which each
version of Python makes anew.
"""

from __future__ import annotations

import contextlib
import dis
import functools
import hashlib
import inspect
import io
import itertools
import textwrap
import threading
import tokenize
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any, overload

from helpers.errors import LabError, LabUnavailable
from helpers.lab import recordings
from helpers.lab.host_maker import why_unavailable
from helpers.lab.network import Network
from helpers.lab.session import AnyNetwork, Session
from helpers.trace import Trace, TraceError, load

TWO_HOSTS: Mapping[str, tuple[str, ...]] = {"client": ("10.0.0.1",), "server": ("10.0.0.2",)}
"""What an experiment gets unless it says otherwise."""

_LEFT_OUT = {tokenize.COMMENT, tokenize.NL, tokenize.ENCODING, tokenize.ENDMARKER}
_BLOCKS = {tokenize.INDENT: "<", tokenize.DEDENT: ">", tokenize.NEWLINE: ";"}

LIMIT = 20.0
"""Seconds after which an experiment is taken to be stuck, unless it asks for more."""


class StuckExperiment(LabError):
    """It did not come to its end: a call waits for what never comes."""


class EditedExperiment(LabError):
    """It can only be replayed here, and what was recorded is not this experiment."""


class Experiment:
    """A function of hosts and wire, made by `experiment`. Call it, with its further arguments, to get a `Trace`."""

    def __init__(
        self, function: Callable[..., object], hosts: Mapping[str, tuple[str, ...]], limit: float = LIMIT
    ) -> None:
        self.function = function
        self.hosts = hosts
        self.limit = limit
        functools.update_wrapper(self, function)

    def __call__(self, **arguments: object) -> Trace:
        """Run it live, or replay its recording.

        Raises EditedExperiment where only a replay is possible and there is none of this very experiment; whatever
        the function raises when it runs live.
        """
        if why_unavailable():
            return self.replay(**arguments)
        try:
            trace = self.run(**arguments)
        except LabUnavailable as refusal:  # hosts can be made, but not with what this one needs
            return self._replayed(arguments, str(refusal))
        recordings.keep(trace, self.recording_name(**arguments))
        return trace

    def run(self, **arguments: object) -> Trace:
        """Run it live.

        Raises LabUnavailable where this machine makes no hosts, StuckExperiment after `limit` seconds.
        """
        with Network() as network:
            hosts = self.make_hosts(network)
            with _watchdog(network, self.limit):
                self.function(*hosts, network.wire, **arguments)
            network.wire.settle()
            return network.trace(self._about(arguments))

    def replay(self, **arguments: object) -> Trace:
        """The recording of this experiment with these arguments.

        Raises EditedExperiment if it was changed since, TraceError if there is none that can be read.
        """
        return self._replayed(arguments, why_unavailable() or "it was asked to be replayed")

    def _replayed(self, arguments: Mapping[str, object], reason: str) -> Trace:
        trace = load(recordings.FOLDER / self.recording_name(**arguments))
        if trace.about != self._about(arguments):
            raise EditedExperiment(
                f"you changed the experiment {self.function.__name__}, so its recording is no answer to it, and it "
                f"cannot run here: {reason}. Run it on Linux, or undo your change"
            )
        return trace

    def by_hand(self, **arguments: object) -> Session:
        """The same conversation with every segment held on the wire, for the reader to deliver or lose.

        Where this machine makes no hosts, models of TCP converse, in a trace that says so.
        """
        try:
            example = self.replay(**arguments)
        except (EditedExperiment, TraceError):
            example = None
        return Session(functools.partial(self.function, **arguments), self.make_hosts, example)

    def make_hosts(self, network: AnyNetwork) -> list[object]:
        """This experiment's hosts, in its order, on a network."""
        return [network.host(name, *addresses) for name, addresses in self.hosts.items()]

    def recording_name(self, **arguments: object) -> str:
        """The name of its recording's files, without ending; arguments are part of it."""
        parts = [self.function.__name__, *(f"{key}-{value}" for key, value in sorted(arguments.items()))]
        return "--".join("".join(c if c.isalnum() or c in "-_." else "-" for c in part) for part in parts)

    def _about(self, arguments: Mapping[str, object]) -> dict[str, str]:
        return {
            "experiment": self.function.__name__,
            "arguments": ", ".join(f"{key}={value!r}" for key, value in sorted(arguments.items())),
            "hosts": "; ".join(f"{name} {' '.join(addresses)}" for name, addresses in self.hosts.items()),
            "fingerprint": fingerprint(self.function),
        }


@overload
def experiment(function: Callable[..., object]) -> Experiment: ...
@overload
def experiment(
    *, hosts: Mapping[str, tuple[str, ...]] = ..., limit: float = ...
) -> Callable[[Callable[..., object]], Experiment]: ...
def experiment(
    function: Callable[..., object] | None = None,
    *,
    hosts: Mapping[str, tuple[str, ...]] = TWO_HOSTS,
    limit: float = LIMIT,
) -> Experiment | Callable[[Callable[..., object]], Experiment]:
    """Decorator: the function is called with each host, the wire, and the arguments of the call.

    @experiment
    def lost_syn(client, server, wire): ...

    After `limit` seconds it is ended: a call that waits for ever would keep the notebook busy for ever.
    """
    if function is None:
        return lambda decorated: Experiment(decorated, hosts, limit)
    return Experiment(function, hosts, limit)


@contextlib.contextmanager
def _watchdog(network: Network, limit: float) -> Iterator[None]:
    """Close the network if the block has not ended after `limit` seconds, and then raise StuckExperiment."""
    stuck: list[str] = []

    def stop() -> None:
        waiting = [str(call).removesuffix(" = ...") for call in network.trace().calls if call.end is None]
        stuck.append(" and ".join(waiting) + " still waits" if waiting else "no call on a socket waits")
        network.close()  # its blocked calls return

    timer = threading.Timer(limit, stop)
    timer.start()
    try:
        yield
    except (OSError, LabError):
        if not stuck:
            raise
    finally:
        timer.cancel()
        timer.join()
    if stuck:
        raise StuckExperiment(f"the experiment was ended after {limit:g} s: {stuck[0]}")


def fingerprint(function: Callable[..., Any]) -> str:
    """A digest of a function's source and of the notebook's functions and constants that it uses.

    Comments, blank lines and the width of the indentation do not count.
    """
    digest = hashlib.sha256()
    for part in _parts(function, set()):
        digest.update(part.encode())
    return digest.hexdigest()[:16]


def _parts(function: Callable[..., Any], seen: set[str]) -> list[str]:
    parts = [_normal(inspect.getsource(function))]
    for name in sorted(_globals_used(function.__code__)):
        value = function.__globals__.get(name)
        if name in seen:
            continue
        seen.add(name)
        if isinstance(value, types.FunctionType) and value.__module__ == function.__module__:
            parts += _parts(value, seen)
        elif isinstance(value, str | bytes | int | float | tuple | list | dict):
            parts.append(f"{name}={value!r}")
    return parts


def _globals_used(code: types.CodeType) -> set[str]:
    names = {step.argval for step in dis.get_instructions(code) if step.opname == "LOAD_GLOBAL"}
    return names.union(*(_globals_used(part) for part in code.co_consts if isinstance(part, types.CodeType)))


def _normal(source: str) -> str:
    """The tokens that count. A formatted string is taken whole, as Python 3.11 takes it; later versions split it."""
    text = textwrap.dedent(source)
    line_starts = [0, *itertools.accumulate(map(len, text.splitlines(keepends=True)))]
    parts: list[str] = []
    opened: list[tuple[int, int]] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        name = tokenize.tok_name[token.type]
        if name.endswith("STRING_START"):
            opened.append(token.start)
        elif name.endswith("STRING_END"):
            begin, end = (line_starts[line - 1] + column for line, column in (opened.pop(), token.end))
            if not opened:
                parts.append(text[begin:end])
        elif not opened and token.type not in _LEFT_OUT:
            parts.append(_BLOCKS.get(token.type, token.string))
    return " ".join(parts)
