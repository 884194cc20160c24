"""The wire between the hosts: every frame passes through here, and the reader decides what becomes of it.

A thread carries the frames. Rules are asked in the order in which they were made; the first that matches decides.
"""

from __future__ import annotations

import heapq
import os
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, Self, Unpack

from scapy.layers.l2 import Ether
from scapy.packet import Packet

from helpers.lab.errors import LabError, RuleUnused, WireTimeout
from helpers.lab.lans import DEFAULT_MTU, Interface
from helpers.lab.matching import Conditions, Match
from helpers.lab.recorder import Recorder
from helpers.lab.serial_line import ETHERNET_HEADER, Codec, End, SerialLine, framed
from helpers.protocols.segment import summary
from helpers.trace import WIRE, Frame, Mark, Table

PATIENCE = 5.0
"""Seconds that waiting for a frame takes at most, unless told otherwise."""
LARGEST_FRAME = 65_550
_TIMESTAMP = struct.Struct("@ll")


@dataclass(frozen=True)
class Waiting:
    """A frame that a hold rule keeps on the wire."""

    number: int
    """Its number among all frames of the wire, counted from 0."""
    frame: Frame


class Pluggable(Protocol):
    """What the wire asks of a host."""

    name: str

    def look(self) -> None:
        """Take the socket table into the record."""

    def table(self) -> Table:
        """The socket table now."""

    def add_neighbour(self, address: str, mac: str, interface: str) -> None:
        """Learn a neighbour's hardware address."""

    def remove_neighbour(self, address: str, interface: str) -> None:
        """Forget it."""


@dataclass
class _Plug:
    """A host's end of the wire: one of its interfaces."""

    host: Pluggable
    interface: Interface
    packets: socket.socket
    mtu: int = DEFAULT_MTU

    @property
    def name(self) -> str:
        return self.host.name

    @property
    def lan(self) -> str:
        return self.interface.lan


@dataclass(order=True)
class _Later:
    """A frame to be delivered at a time (time.monotonic)."""

    due: float
    number: int
    frame: Frame = field(compare=False)
    fate: str = field(compare=False)


class Rule:
    """What the wire does with the frames that match. In a `with` block it ends with the block."""

    def __init__(self, wire: Wire, verb: str, match: Match) -> None:
        self.verb = verb
        self.match = match
        self.caught: list[Frame] = []
        """The frames it has decided on."""
        self._wire = wire
        self._fitting = 0

    def matches(self, frame: Frame) -> bool:
        """Whether it decides on this frame; counts for `nth`."""
        if not self.match.fits(frame):
            return False
        self._fitting += 1
        return self.match.numbers is None or self._fitting in self.match.numbers

    def apply(self, number: int, frame: Frame) -> None:
        """Do it: lose the frame, keep it, deliver it later or more than once."""
        raise NotImplementedError

    def wait(self, timeout: float = PATIENCE) -> Frame:
        """The first frame it has caught, waiting for it. Raises RuleUnused after `timeout` seconds."""
        if not self._wire.until(lambda: bool(self.caught), timeout):
            seen = "; ".join(summary(frame.data) for frame in self._wire.frames[-8:]) or "no frame at all"
            raise RuleUnused(f"the rule «{self}» matched nothing within {timeout:g} s. What crossed the wire: {seen}")
        return self.caught[0]

    def remove(self) -> None:
        """End the rule; what it has done stays done."""
        self._wire.remove(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """End it. Raises RuleUnused if it never matched, unless another error is on its way."""
        try:
            if kind is None:
                self.wait()
        finally:
            self.remove()

    def __str__(self) -> str:
        return f"{self.verb} {self.match}"


class Drop(Rule):
    """Lose the frame."""

    def apply(self, number: int, frame: Frame) -> None:
        self._wire.lose(number)


class Delay(Rule):
    """Deliver it later."""

    def __init__(self, wire: Wire, verb: str, match: Match, seconds: float) -> None:
        super().__init__(wire, verb, match)
        self.seconds = seconds

    def apply(self, number: int, frame: Frame) -> None:
        self._wire.carry_later(number, frame, self.seconds)


class Duplicate(Rule):
    """Deliver it twice."""

    def apply(self, number: int, frame: Frame) -> None:
        self._wire.carry(number, frame, "duplicated")
        self._wire.carry(number, frame, "duplicated")


class Reorder(Rule):
    """Let the next frame of the same sender overtake it."""

    def apply(self, number: int, frame: Frame) -> None:
        self._wire.overtake(number, frame)


class Hold(Rule):
    """Keep it on the wire until told what to do."""

    def __init__(self, wire: Wire, verb: str, match: Match) -> None:
        super().__init__(wire, verb, match)
        self._kept: dict[int, Frame] = {}

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        """The frames that wait now, oldest first."""
        return tuple(Waiting(number, frame) for number, frame in sorted(self._kept.items()))

    def apply(self, number: int, frame: Frame) -> None:
        self._kept[number] = frame
        self._wire.keep(number)

    def deliver(self, number: int | None = None) -> None:
        """Let one waiting frame go on: that number, or the oldest. Raises LabError if it does not wait."""
        taken = self._take(number)
        self._wire.carry(taken.number, taken.frame, "released")

    def drop(self, number: int | None = None) -> None:
        """Lose one waiting frame."""
        self._wire.lose(self._take(number).number)

    def duplicate(self, number: int | None = None) -> None:
        """Deliver one waiting frame twice."""
        taken = self._take(number)
        self._wire.carry(taken.number, taken.frame, "duplicated")
        self._wire.carry(taken.number, taken.frame, "duplicated")

    def delay(self, seconds: float, number: int | None = None) -> None:
        """Let one waiting frame go on after `seconds`."""
        taken = self._take(number)
        self._wire.carry_later(taken.number, taken.frame, seconds)

    def release(self) -> None:
        """Deliver every waiting frame in order and end the rule."""
        self.remove()
        while self._kept:
            self.deliver()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            super().__exit__(kind)
        finally:
            self.release()

    def _take(self, number: int | None) -> Waiting:
        chosen = min(self._kept, default=None) if number is None else number
        if chosen is None or chosen not in self._kept:
            which = "no frame waits" if number is None else f"frame {number} does not wait"
            raise LabError(f"{which} on the wire; waiting: {', '.join(map(str, sorted(self._kept))) or 'none'}")
        return Waiting(chosen, self._kept.pop(chosen))


class Wire:
    """Carries frames between the plugged hosts. Made and closed by its `Network`."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._rules: list[Rule] = []
        self._plugs: list[_Plug] = []
        self._lines: dict[str, SerialLine] = {}
        self._later: list[_Later] = []
        self._overtaken: dict[tuple[str, str], list[tuple[int, Frame]]] = {}
        self._lock = threading.RLock()
        self._epoll = select.epoll()
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll.register(self._bell, select.EPOLLIN)
        self._closed = False
        self._thread = threading.Thread(target=self._carry_frames, name="wire", daemon=True)
        self._thread.start()

    @property
    def frames(self) -> tuple[Frame, ...]:
        """All frames that were put on the wire, in that order, and what became of them."""
        return self._recorder.frames()

    def drop(self, flags: str | None = None, **conditions: Unpack[Conditions]) -> Rule:
        """Lose the frames that match, see `Match`: `wire.drop("SYN", nth=1)`."""
        return self._add(Drop(self, "drop", self._match(flags, **conditions)))

    def hold(self, flags: str | None = None, **conditions: Unpack[Conditions]) -> Hold:
        """Keep the frames that match on the wire until `release`, `deliver`, `drop`, `duplicate` or `delay`."""
        rule = Hold(self, "hold", self._match(flags, **conditions))
        self._add(rule)
        return rule

    def delay(self, flags: str | None = None, *, seconds: float, **conditions: Unpack[Conditions]) -> Rule:
        """Deliver the frames that match `seconds` later."""
        if seconds < 0:
            raise ValueError(f"a frame cannot arrive {-seconds:g} s before it was sent")
        return self._add(Delay(self, "delay", self._match(flags, **conditions), seconds))

    def duplicate(self, flags: str | None = None, **conditions: Unpack[Conditions]) -> Rule:
        """Deliver the frames that match twice."""
        return self._add(Duplicate(self, "duplicate", self._match(flags, **conditions)))

    def reorder(self, flags: str | None = None, **conditions: Unpack[Conditions]) -> Rule:
        """Let each frame that matches be overtaken by its sender's next one."""
        return self._add(Reorder(self, "reorder", self._match(flags, **conditions)))

    def serial(self, **codecs: Codec) -> SerialLine:
        """Put a serial line in place of the Ethernet between two hosts: `wire.serial(client=..., server=...)`.

        Each has a codec of its own at its end. The hosts are told each other's hardware address, since there is no ARP
        on a serial line. Raises ValueError unless they share a LAN with nobody else, LabError without a pty.
        """
        self._check_open()
        ends = [End(plug.host, plug.interface) for plug in self._ends(list(codecs))]
        line = SerialLine(self, self._recorder, ends, codecs)
        with self._lock:
            self._lines[line.lan] = line
        return line

    def inject(self, frame: Frame | Packet | bytes, to: str | None = None, lan: str | None = None) -> None:
        """Deliver a frame that no host sends now: an old `Frame` again, a scapy packet, or the bytes of a frame.

        `to` names the receiving host; an old frame goes to its old receiver without it. To a host of several LANs it
        comes over `lan`, "10.0.1.0/24" say; without it an old frame over its old one, any other over the host's first.
        Raises ValueError where there is no such end.
        """
        receiver = to or (frame.receiver if isinstance(frame, Frame) else None)
        if receiver is None:
            raise ValueError("say which host the frame is for: wire.inject(packet, to=...)")
        plug = self._plug(receiver, lan or (frame.lan if isinstance(frame, Frame) else ""))
        if isinstance(frame, Frame):
            data = frame.data
        elif isinstance(frame, bytes):
            data = frame
        elif Ether in frame:
            data = bytes(frame)
        else:
            data = bytes(Ether(dst=plug.interface.mac, src="02:00:00:00:00:ff") / frame)
        injected = Frame(time.time_ns(), WIRE, receiver, data, lan=plug.lan)
        self.carry(self._recorder.add_frame(injected), injected, "injected")

    def wait_for(
        self,
        flags: str | None = None,
        *,
        sender: str | None = None,
        nth: int = 1,
        payload: bool | bytes | None = None,
        where: Callable[[Frame], bool] | None = None,
        timeout: float = PATIENCE,
    ) -> Frame:
        """The nth matching frame since the wire was made, once its fate is known, waiting for it.

        Raises WireTimeout after `timeout` seconds.
        """
        match = self._match(flags, sender=sender, nth=nth, payload=payload, where=where)

        def fitting() -> list[Frame]:
            return [frame for frame in self.frames if match.fits(frame)]

        if not self.until(lambda: len(fitting()) >= nth, timeout):
            seen = "; ".join(summary(frame.data) for frame in self.frames[-8:]) or "no frame at all"
            raise WireTimeout(f"«{match}» did not cross the wire within {timeout:g} s. What did: {seen}")
        with self._lock:  # the carrying thread has done with it
            return fitting()[nth - 1]

    def mark(self, label: str) -> None:
        """Give this moment a name, and take both kernels' socket tables of it into the trace."""
        now = time.time_ns()
        with self._lock:
            hosts = {plug.name: plug.host for plug in self._plugs}
            tables = tuple(host.table() for host in hosts.values())
        self._recorder.add_mark(Mark(now, label), tuple(replace(table, time=now) for table in tables))

    def until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Wait until a condition holds, asked after each event of the network; False after `timeout` seconds.

        Raises LabError if the network is closed meanwhile.
        """
        if not self._recorder.until(lambda: self._closed or condition(), timeout):
            return False
        if self._closed:
            raise LabError("this wire's network was closed: make a new one with Network()")
        return True

    def settle(self) -> None:
        """Wait until every frame that the kernels have sent was seen, and so carried, kept or lost."""
        self.until(lambda: not self._frames_come(), PATIENCE)

    # What the rules do; also used by the network.

    def carry(self, number: int, frame: Frame, fate: str = "delivered") -> None:
        """Put the frame on its receivers' links, and take their kernels' tables."""
        with self._lock:
            line = self._lines.get(frame.lan) if frame.sender != WIRE else None
            for plug in self._receivers(frame):
                if line is not None:
                    self._carry_over(line, number, frame, plug, fate)
                else:
                    self._deliver(plug, number, frame.data, fate)
            for overtaken_number, overtaken in self._overtaken.pop((frame.sender, frame.lan), []):
                self.carry(overtaken_number, overtaken, "reordered")

    def carry_later(self, number: int, frame: Frame, seconds: float) -> None:
        """Deliver the frame after so many seconds."""
        self._recorder.update_frame(number, "held")
        with self._lock:
            heapq.heappush(self._later, _Later(time.monotonic() + seconds, number, frame, "delayed"))
        os.eventfd_write(self._bell, 1)

    def overtake(self, number: int, frame: Frame) -> None:
        """Keep the frame until its sender's next one has passed."""
        self._recorder.update_frame(number, "held")
        with self._lock:
            self._overtaken.setdefault((frame.sender, frame.lan), []).append((number, frame))

    def keep(self, number: int) -> None:
        """Note that the frame is held."""
        self._recorder.update_frame(number, "held")

    def lose(self, number: int) -> None:
        """Note that the frame is lost."""
        self._recorder.update_frame(number, "dropped")

    def remove(self, rule: Rule) -> None:
        """End a rule; harmless if it has ended."""
        with self._lock:
            if rule in self._rules:
                self._rules.remove(rule)

    def unused(self) -> list[Rule]:
        """The rules in force that have caught nothing."""
        with self._lock:
            return [rule for rule in self._rules if not rule.caught]

    def plug(self, host: Pluggable, interface: Interface, packets: socket.socket) -> None:
        """Connect a host's interface by the packet socket at its link's other end."""
        with self._lock:
            self._plugs.append(_Plug(host, interface, packets))
            self._epoll.register(packets, select.EPOLLIN)
            line = self._lines.get(interface.lan)
        if line is not None:
            line.introduce()

    def unplug(self, name: str) -> None:
        """Disconnect a host; frames to it go nowhere."""
        with self._lock:
            for plug in [plug for plug in self._plugs if plug.name == name]:
                self._plugs.remove(plug)
                self._epoll.unregister(plug.packets)
                plug.packets.close()

    def set_mtu(self, name: str, interface: str, size: int) -> None:
        """Lose frames with more than `size` bytes of packet on their way to this interface of a host."""
        with self._lock:
            for plug in self._plugs:
                if (plug.name, plug.interface.name) == (name, interface):
                    plug.mtu = size

    def end_serial(self, line: SerialLine) -> None:
        """Carry frames as they are again where the line was."""
        with self._lock:
            self._lines.pop(line.lan, None)

    def close(self) -> None:
        """Stop carrying. Frames that still wait are never delivered."""
        if self._closed:
            return
        self._closed = True
        self._rules.clear()
        self._recorder.announce()
        os.eventfd_write(self._bell, 1)
        self._thread.join()
        for line in list(self._lines.values()):
            line.close()
        for plug in list(self._plugs):
            self.unplug(plug.name)
        self._epoll.close()
        os.close(self._bell)

    def _add(self, rule: Rule) -> Rule:
        with self._lock:
            self._rules.append(rule)
        return rule

    def _match(self, flags: str | None, **conditions: Unpack[Conditions]) -> Match:
        match = Match(flags, **conditions)
        self._check_open()
        if match.sender is not None and match.sender != WIRE:
            self._plug(match.sender)
        return match

    def _check_open(self) -> None:
        if self._closed:
            raise LabError("this wire's network is closed: make a new one with Network()")

    def _plug(self, name: str, lan: str = "") -> _Plug:
        """The host's end in that LAN, or its first one."""
        mine = [plug for plug in self._plugs if plug.name == name]
        if not mine:
            known = ", ".join(dict.fromkeys(plug.name for plug in self._plugs)) or "none"
            raise ValueError(f"there is no host {name!r} on this wire; its hosts are {known}")
        for plug in mine:
            if lan in ("", plug.lan):
                return plug
        raise ValueError(f"{name} is not on the LAN {lan!r}; it is on {', '.join(plug.lan for plug in mine)}")

    def _ends(self, names: Sequence[str]) -> list[_Plug]:
        """Both ends of the LAN that has these two hosts alone, and no serial line yet."""
        if len(names) != 2:
            raise ValueError(f"a serial line has two ends, wire.serial(client=..., server=...) say, not {len(names)}")
        for lan in [plug.lan for plug in self._plugs if plug.name == self._plug(names[0]).name]:
            ends = [plug for plug in self._plugs if plug.lan == lan]
            if {plug.name for plug in ends} == {*names, self._plug(names[1]).name} and lan not in self._lines:
                return ends
        raise ValueError(f"{names[0]} and {names[1]} have no LAN to themselves that is no serial line already")

    def _receivers(self, frame: Frame) -> list[_Plug]:
        there = [plug for plug in self._plugs if plug.lan == frame.lan]
        if frame.sender == WIRE:
            return [plug for plug in there if plug.name == frame.receiver]
        others = [plug for plug in there if plug.name != frame.sender]
        addressed = [plug for plug in others if plug.interface.hardware_address == frame.data[:6]]
        return addressed or others

    def _deliver(self, plug: _Plug, number: int, data: bytes, fate: str) -> None:
        """Put these bytes on a host's link, and take its kernel's table."""
        if len(data) > ETHERNET_HEADER + plug.mtu:
            self._recorder.update_frame(number, "too long")
            return
        self._recorder.update_frame(number, fate, time.time_ns())
        try:
            plug.packets.send(data)
        except OSError:
            return  # the host is just being restarted or closed: nobody listens at that end
        plug.host.look()

    def _carry_over(self, line: SerialLine, number: int, frame: Frame, plug: _Plug, fate: str) -> None:
        """Carry a frame's packet over a serial line, and deliver what comes out at the other end."""
        crossed = line.carry(number, frame)
        if not crossed.delivered:
            self.lose(number)
        for packet in crossed.delivered:
            self._deliver(plug, number, framed(frame, packet), "damaged" if crossed.damaged else fate)

    def _frames_come(self) -> bool:
        with self._lock:  # the frame that is being carried may have an answer
            ready, _, _ = select.select([plug.packets for plug in self._plugs], [], [], 0)
        return bool(ready)

    def _carry_frames(self) -> None:
        """The thread: wait for frames, for delayed ones that are due, for the bell."""
        while not self._closed:
            with self._lock:
                pause = max(0.0, self._later[0].due - time.monotonic()) if self._later else -1
            for descriptor, _ in self._epoll.poll(pause):
                if descriptor == self._bell:
                    os.eventfd_read(self._bell)
                else:
                    self._carry_from(descriptor)
            self._carry_due()

    def _carry_due(self) -> None:
        with self._lock:
            while self._later and self._later[0].due <= time.monotonic():
                due = heapq.heappop(self._later)
                self.carry(due.number, due.frame, due.fate)

    def _carry_from(self, descriptor: int) -> None:
        with self._lock:
            plug = next((p for p in self._plugs if p.packets.fileno() == descriptor), None)
            while plug is not None:
                try:
                    data, ancillary, _, _ = plug.packets.recvmsg(LARGEST_FRAME, 64)
                except OSError:
                    return  # nothing more waits, or the link is gone
                self._decide(plug, data, ancillary[0][2] if ancillary else b"")

    def _decide(self, plug: _Plug, data: bytes, stamp: bytes) -> None:
        """One frame from this host: record it, look at its sender, ask the rules."""
        seconds, nanoseconds = _TIMESTAMP.unpack(stamp) if stamp else divmod(time.time_ns(), 10**9)
        unaddressed = Frame(seconds * 10**9 + nanoseconds, plug.name, "", data, fate="held", lan=plug.lan)
        receivers = self._receivers(unaddressed)
        frame = replace(unaddressed, receiver=receivers[0].name if len(receivers) == 1 else "all")
        number = self._recorder.add_frame(frame)
        plug.host.look()
        for rule in list(self._rules):
            if rule.matches(frame):
                rule.caught.append(frame)
                rule.apply(number, frame)
                return
        self.carry(number, frame)
