"""A network of model hosts with a clock of its own: it jumps from event to event, or keeps pace with ours."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Self

from helpers.lab.errors import LabError, RuleUnused
from helpers.lab.lans import parse
from helpers.lab.model.host import ModelHost
from helpers.lab.model.retransmission_timer import SECOND
from helpers.lab.model.tcp_endpoint import Settings
from helpers.lab.model.wire import ModelWire
from helpers.lab.recorder import Recorder
from helpers.trace import HostInfo, Source, Trace

MODEL = Source(False, "", "", model="RFC 9293")
TWO_HOSTS: Mapping[str, tuple[str, ...]] = {"client": ("10.0.0.1",), "server": ("10.0.0.2",)}
TICK = 1_000
"""Nanoseconds that everything takes that a host does."""
LONGEST = 3600.0
"""Seconds of the model that a call waits at most: what waits longer waits for ever."""


class ModelNetwork:
    """Hosts and their wire. Everything happens in calls from outside, unless it keeps pace with our clock."""

    def __init__(self, settings: Settings = Settings(), real_time: bool = False) -> None:  # noqa: B008
        """`real_time`: seconds of the model are ours, so that somebody can watch. Else waiting costs no time."""
        self.settings = settings
        self.recorder = Recorder()
        self.lock = threading.RLock()
        self.now = 0
        """Nanoseconds since the network was made."""
        self.closed = False
        self._stepping = False
        self.told = 0
        """The time that the endpoints know of."""
        self.wire = ModelWire(self)
        self.hosts: dict[str, ModelHost] = {}
        self._changed = threading.Condition(self.lock)
        self._begun = time.monotonic_ns()
        self._thread: threading.Thread | None = None
        self.recorder.listeners.append(self.wake)
        if real_time:
            self._thread = threading.Thread(target=self._keep_pace, name="model", daemon=True)
            self._thread.start()

    def host(self, name: str, *addresses: str) -> ModelHost:
        """A new host with one IPv4 address, by default the next of 10.0.0.0/24.

        Raises ValueError for a name or address that is taken, LabError for what the model does not have.
        """
        if name in self.hosts or name in ("wire", "all", ""):
            raise ValueError(f"the name {name!r} is taken; the hosts are {', '.join(self.hosts) or 'none yet'}")
        number = len(self.hosts) + 1
        parsed = [parse(address) for address in addresses or (f"10.0.0.{number}",)]
        if len(parsed) != 1 or parsed[0].version != 4:
            raise LabError(f"a host of the model has one IPv4 address, not {', '.join(addresses)}")
        address = str(parsed[0].ip)
        if self.host_of(address) is not None:
            raise ValueError(f"the address {address} is already taken: choose another")
        with self.lock:
            self.hosts[name] = ModelHost(self, name, address, f"02:00:00:00:00:{number:02x}")
        return self.hosts[name]

    def host_of(self, address: str) -> ModelHost | None:
        """The host with that address."""
        return next((host for host in self.hosts.values() if host.address == address), None)

    def trace(self, about: dict[str, str] | None = None) -> Trace:
        """What has happened up to now; its source says that no kernel took part."""
        hosts = tuple(HostInfo(host.name, host.addresses) for host in self.hosts.values())
        return replace(self.recorder.trace(hosts, about), source=MODEL)

    def wait(self, condition: Callable[[], bool], timeout: float | None) -> bool:
        """Let time go on until a condition holds; False after `timeout` seconds of the model.

        Raises LabError if the network is closed meanwhile, or without timeout where nothing can ever make it true.
        """
        with self._changed:
            self._check_open()
            if self._thread is not None:
                held = self._changed.wait_for(lambda: self.closed or condition(), timeout)
                self._check_open()
                return held
            return self._run_until(condition, timeout)

    def catch_up(self) -> None:
        """In real time: let happen what was to happen up to now. Whoever comes from outside does it first."""
        if self._thread is not None and not self._stepping and not self.closed:
            self._advance(max(self.now, time.monotonic_ns() - self._begun))

    def stamp(self) -> int:
        """The time for an entry in the record: no two entries have the same, so that cause comes before effect."""
        self.now += TICK
        return self.now

    def wake(self) -> None:
        """Have everybody who waits look again."""
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """End it; a second time it does nothing."""
        with self._changed:
            self.closed = True
            self.wire.close()
            self._changed.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Close. Raises RuleUnused if a rule never matched, unless another error is on its way."""
        unused = self.wire.unused()
        self.close()
        if unused and kind is None:
            raise RuleUnused(f"the rule «{unused[0]}» matched none of the {len(self.wire.frames)} frames that crossed")

    def _run_until(self, condition: Callable[[], bool], timeout: float | None) -> bool:
        deadline = self.now + round((LONGEST if timeout is None else timeout) * SECOND)
        while not condition():
            due = self._due()
            if due is not None and due <= deadline:
                self._advance(due)
            elif timeout is not None:
                self._advance(deadline)
                return condition()
            else:
                raise LabError("this call waits for ever: nothing in the model will end its wait")
        return True

    def _due(self) -> int | None:
        timeouts = [host.next_timeout for host in self.hosts.values()]
        times = [self.told + round(seconds * SECOND) for seconds in timeouts if seconds is not None]
        return min([*times, *([] if self.wire.due is None else [self.wire.due])], default=None)

    def _advance(self, until: int) -> None:
        """Go on to that time; timers come before frames that arrive at the same time."""
        while (due := self._due()) is not None and due <= until:
            self._step(due)
        self._step(until)

    def _step(self, moment: int) -> None:
        self._stepping = True
        try:
            self.now = max(self.now, moment)
            self._tell_time()
            self.wire.deliver_due()
        finally:
            self._stepping = False

    def _tell_time(self) -> None:
        """Bring the endpoints' clocks up to now."""
        seconds, self.told = (self.now - self.told) / SECOND, self.now
        for host in self.hosts.values():
            host.time_passes(seconds)

    def _keep_pace(self) -> None:
        """The thread of a network in real time."""
        with self._changed:
            while not self.closed:
                self.catch_up()
                due = self._due()
                self._changed.wait(None if due is None else max(0, due - self.now) / SECOND)

    def _check_open(self) -> None:
        if self.closed:
            raise LabError("this model's network was closed: make a new one with ModelNetwork()")


def on_model(
    function: Callable[..., object], hosts: Mapping[str, tuple[str, ...]] = TWO_HOSTS, **arguments: object
) -> Trace:
    """Run the function of an experiment on model hosts; it is called with the hosts, the wire and the arguments.

    Raises what the function raises, and LabError where it asks for what the model does not have.
    """
    with ModelNetwork() as network:
        made = [network.host(name, *addresses) for name, addresses in hosts.items()]
        function(*made, network.wire, **arguments)
        network.wire.settle()
        return network.trace({"model of": getattr(function, "__name__", str(function))})
