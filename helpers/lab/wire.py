"""The wire between the hosts: every frame passes through here, and the reader decides what becomes of it.

A thread carries the frames; `helpers.lab.rules` has what the reader can ask for. A thread, and not the kernel: a bridge
would carry them faster, but nobody could hold, lose or change one; and not asyncio: the reader's own calls block, and
frames have to go on meanwhile. Whatever the thread knows of a frame is in the record before it carries the frame on.
"""

from __future__ import annotations

import heapq
import operator
import os
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scapy.layers.l2 import Ether
from scapy.packet import Packet

from helpers.errors import LabError
from helpers.lab.lans import DEFAULT_MTU, Interface
from helpers.lab.recorder import Recorder
from helpers.lab.rules import RuledWire
from helpers.lab.serial_line import ETHERNET_HEADER, Codec, End, SerialLine, framed
from helpers.lab.socket_table import PATIENCE
from helpers.trace import WIRE, Frame, Mark

if TYPE_CHECKING:
    from helpers.lab.host import Host

LARGEST_FRAME = 65_550
NOBODY = "02:00:00:00:00:ff"
"""The hardware address of the wire itself, for injected frames."""
_TIMESTAMP = struct.Struct("@ll")


@dataclass
class _Plug:
    """A host's end of the wire: one of its interfaces."""

    host: Host
    interface: Interface
    packets: socket.socket
    mtu: int = DEFAULT_MTU

    @property
    def name(self) -> str:
        return self.host.name

    @property
    def lan(self) -> str:
        return self.interface.lan


class Wire(RuledWire):
    """Carries frames between the plugged hosts. Made and closed by its `Network`."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__(recorder)
        self._plugs: list[_Plug] = []
        self._lines: dict[str, SerialLine] = {}
        self._later: list[tuple[float, int, Frame]] = []
        """Frames to be delivered at a time (time.monotonic), the next one first."""
        self._overtaken: dict[tuple[str, str], list[tuple[int, Frame]]] = {}
        self._epoll = select.epoll()
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll.register(self._bell, select.EPOLLIN)
        self._thread = threading.Thread(target=self._carry_frames, name="wire", daemon=True)
        self._thread.start()

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
        if isinstance(frame, Packet) and Ether not in frame:
            frame = Ether(dst=plug.interface.mac, src=NOBODY) / frame
        data = frame.data if isinstance(frame, Frame) else bytes(frame)
        injected = Frame(time.time_ns(), WIRE, receiver, data, lan=plug.lan)
        self.carry(self._recorder.add_frame(injected), injected, "injected")

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

        def nothing_comes() -> bool:
            with self._lock:  # the frame that is being carried may have an answer
                return not select.select([plug.packets for plug in self._plugs], [], [], 0)[0]

        self.until(nothing_comes, PATIENCE)

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
            heapq.heappush(self._later, (time.monotonic() + seconds, number, frame))
        os.eventfd_write(self._bell, 1)

    def overtake(self, number: int, frame: Frame) -> None:
        """Keep the frame until its sender's next one has passed."""
        self._recorder.update_frame(number, "held")
        with self._lock:
            self._overtaken.setdefault((frame.sender, frame.lan), []).append((number, frame))

    def plug(self, host: Host, interface: Interface, packets: socket.socket) -> None:
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
            next(plug for plug in self._plugs if (plug.name, plug.interface.name) == (name, interface)).mtu = size

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

    def check_name(self, name: str) -> None:
        """Raises ValueError unless a host of that name is on this wire."""
        self._plug(name)

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

    def _carry_frames(self) -> None:
        """The thread: wait for frames, for delayed ones that are due, for the bell."""
        while not self._closed:
            with self._lock:
                pause = max(0.0, self._later[0][0] - time.monotonic()) if self._later else -1
            if any(descriptor == self._bell for descriptor, _ in self._epoll.poll(pause)):
                os.eventfd_read(self._bell)
            self._carry_what_came()
            with self._lock:
                while self._later and self._later[0][0] <= time.monotonic():
                    _, number, frame = heapq.heappop(self._later)
                    self.carry(number, frame, "delayed")

    def _carry_what_came(self) -> None:
        """In the order in which the kernels have sent it, whichever end of the wire is looked at first."""
        with self._lock:
            came = [each for plug in self._plugs for each in _frames_at(plug)]
            for sent, plug, data in sorted(came, key=operator.itemgetter(0)):
                self._decide(plug, data, sent)

    def _decide(self, plug: _Plug, data: bytes, sent: int) -> None:
        """One frame from this host: record it, look at its sender, ask the rules."""
        unaddressed = Frame(sent, plug.name, "", data, fate="held", lan=plug.lan)
        receivers = self._receivers(unaddressed)
        frame = replace(unaddressed, receiver=receivers[0].name if len(receivers) == 1 else "all")
        number = self._recorder.add_frame(frame)
        plug.host.look()
        self.decide(number, frame)


def _frames_at(plug: _Plug) -> Iterator[tuple[int, _Plug, bytes]]:
    """What waits at an end of the wire: when it was sent (ns), there, its bytes."""
    while True:
        try:
            data, ancillary, _, _ = plug.packets.recvmsg(LARGEST_FRAME, 64)
        except OSError:
            return  # nothing more waits, or the link is gone
        seconds, nanoseconds = _TIMESTAMP.unpack(ancillary[0][2]) if ancillary else divmod(time.time_ns(), 10**9)
        yield seconds * 10**9 + nanoseconds, plug, data
