"""The network: a wire, the hosts on it, and their end.

One at a time: a kernel has one reader, who runs a cell again without closing what the cell before it has made, and so
a new network closes the one before. Rejected: leaving that to the garbage collector, which comes when it likes, while
a host's addresses and processes should be gone now.
"""

from __future__ import annotations

import atexit
import weakref
from typing import Self

from helpers.errors import LabError, RuleUnused
from helpers.interrupts import uninterrupted
from helpers.lab.host import Host
from helpers.lab.host_maker import end_host_maker, host_maker
from helpers.lab.lans import Lans, parse_address
from helpers.lab.recorder import Recorder
from helpers.lab.wire import Wire
from helpers.trace import HostInfo, Trace


class Network:
    """A wire and the hosts on it. A new one closes the one before; so does the end of the kernel.

    Each IP network is a LAN of its own: a host with addresses in two networks has two interfaces, and only hosts
    of one LAN get each other's frames. The one `Wire` carries them all.
    """

    def __init__(self, watched: bool = True) -> None:
        """`watched`: take both kernels' socket tables into the trace at every frame and call.

        Raises LabUnavailable, saying why, where this machine lets us make no hosts.
        """
        global _current
        host_maker()
        _close_current()
        self.watched = watched
        self.closed = False
        self.recorder = Recorder()
        self.wire = Wire(self.recorder)
        self.hosts: dict[str, Host] = {}
        self._lans = Lans()
        _current = weakref.ref(self)

    def host(self, name: str, *addresses: str) -> Host:
        """A new host with these addresses, as "10.0.0.1" or "10.0.0.1/16"; by default the next of 10.0.0.0/24.

        Raises ValueError for a name or address that is taken, or is no address.
        """
        if self.closed:
            raise LabError("this network is closed: make a new one with Network()")
        if name in self.hosts or name in ("wire", "all", ""):
            raise ValueError(
                f"the name {name!r} is taken; the hosts are {', '.join(self.hosts) or 'none yet'}"
            )
        number = len(self.hosts) + 1
        parsed = [parse_address(address) for address in addresses or (f"10.0.0.{number}",)]
        given = tuple(str(address.ip) for address in parsed)
        taken = {address: host.name for host in self.hosts.values() for address in host.addresses}
        for address in given:
            if address in taken:
                raise ValueError(
                    f"the address {address} is already taken by the host {taken[address]}: choose another"
                )
        interfaces = self._lans.interfaces(parsed, number)
        with uninterrupted():
            self.hosts[name] = Host(self, name, given, interfaces)
        return self.hosts[name]

    def trace(self, about: dict[str, str] | None = None) -> Trace:
        """What has happened up to now."""
        hosts = tuple(HostInfo(host.name, host.addresses) for host in self.hosts.values())
        return self.recorder.trace(hosts, about)

    def close(self) -> None:
        """End every host, its programs and sockets, and the wire. A second time it does nothing."""
        if self.closed:
            return
        with uninterrupted():
            self.closed = True
            for host in self.hosts.values():
                host.close()
            self.wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Close. Raises RuleUnused if a rule never matched, unless another error is on its way."""
        unused = self.wire.unused()
        self.close()
        if unused and kind is None:
            raise RuleUnused(
                f"the rule «{unused[0]}» matched none of the {len(self.wire.frames)} frames that crossed"
            )


_current: weakref.ref[Network] | None = None


def _close_current() -> None:
    network = _current() if _current is not None else None
    if network is not None:
        network.close()


atexit.register(end_host_maker)
atexit.register(_close_current)  # called before the other: the last registered comes first
