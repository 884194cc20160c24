"""What happened, as one value: frames, socket calls, kernel socket tables and marks, in one time order.

A trace is made by the lab, drawn by helpers.draw, and kept as a `.pcapng`, which opens in Wireshark, and a `.json`.
It is a value: whoever makes it and whoever draws it need not know each other, a replay is a trace like a live one, and
a test writes one by hand. Rejected: a file of a kind of our own, which no other tool reads; calls and tables inside the
pcapng, where no other tool shows them. Times are nanoseconds since the epoch (CLOCK_REALTIME).
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from scapy.error import Scapy_Exception
from scapy.layers.l2 import Ether
from scapy.packet import Raw
from scapy.utils import PcapNgWriter, RawPcapReader

from helpers.errors import CourseError
from helpers.fields.segment import Segment, dissect, relative

FORMAT = 1
WIRE = "wire"
"""The sender of an injected frame: no host, the wire itself."""


class TraceError(CourseError):
    """A trace that cannot be read, or that lacks what was asked of it."""


@dataclass(frozen=True)
class Frame:
    """One Ethernet frame that was put on the wire, and what became of it."""

    sent: int
    sender: str
    receiver: str
    data: bytes
    arrivals: tuple[int, ...] = ()
    """When it was delivered: empty for a lost frame, two times for a duplicated one."""
    fate: str = "delivered"
    """What the wire did: delivered, dropped, held (still), released, delayed, duplicated, reordered or injected;
    "too long" if it lost it because the receiver's interface takes no frame of that length, and "damaged" if a serial
    line flipped bits of it and something came out all the same."""
    lan: str = ""
    """The LAN that it crossed, by its network, as in "10.0.0.0/24"; "" in a recording of a time with one LAN only."""

    @property
    def lost(self) -> bool:
        """True if it never reached the receiver, and does not wait to."""
        return not self.arrivals and self.fate != "held"

    @property
    def segment(self) -> Segment | None:
        """The TCP segment inside, with absolute sequence numbers."""
        return _dissected(self.data)

    @property
    def comment(self) -> str:
        """What the wire did to it, in words; "" for a frame that simply went through."""
        if self.fate in ("released", "delayed", "reordered") and self.arrivals:
            return f"{self.fate} after {(self.arrivals[0] - self.sent) / 1e9:.3f} s on the wire"
        return {
            "delivered": "",
            "dropped": "lost on the wire",
            "held": "held on the wire",
            "duplicated": f"delivered {len(self.arrivals)} times",
            "injected": "injected by the wire; no host sent it",
            "too long": "lost: longer than the receiver's MTU allows",
            "damaged": "damaged on the serial line",
        }.get(self.fate, self.fate)


@dataclass(frozen=True)
class Call:
    """One call on a socket of a host, or a program run in it (name "run", socket 0)."""

    begin: int
    end: int | None
    """None while the call is still blocked."""
    host: str
    name: str
    arguments: str
    """As written in Python, as in "('10.0.0.2', 80)"."""
    result: str
    """What came back, as in "0" or "b'hello'"; "" while blocked or after an error."""
    error: str
    """The errno's name, as in "ECONNREFUSED", or ""."""
    socket: int
    """Which socket of this host, counted from 1 in the order they were made."""
    descriptor: int
    """The number of that socket's descriptor in the process that made the call."""
    made_socket: int | None = None
    """The new socket, for socket() and accept(); None for other calls and failed ones."""
    made_descriptor: int | None = None

    def __str__(self) -> str:
        outcome = self.error or self.result or ("..." if self.end is None else "None")
        return f"{self.host}: {self.name}({self.arguments}) = {outcome}"


@dataclass(frozen=True)
class SocketRow:
    """One line of a kernel's socket table (proc_pid_net(5), tcp)."""

    local: str
    remote: str
    state: str
    """RFC 9293's name."""
    recv_queue: int
    """Bytes received and not read; for a listener, connections that wait for accept()."""
    send_queue: int
    """Bytes sent or to be sent, and not acknowledged."""
    timer: str
    """"", "retransmit", "keepalive", "TIME-WAIT" or "zero window probe"."""
    timer_seconds: float
    retransmits: int
    inode: int

    @property
    def local_port(self) -> int:
        return int(self.local.rpartition(":")[2])


@dataclass(frozen=True)
class Table:
    """One host's socket table at one time."""

    time: int
    host: str
    rows: tuple[SocketRow, ...]


@dataclass(frozen=True)
class Mark:
    """A moment given a name by the experiment, to be asked for later."""

    time: int
    label: str


@dataclass(frozen=True)
class Transmission:
    """The bytes that crossed a serial line for one frame."""

    time: int
    frame: int
    """The frame whose packet it is, by its place in `Trace.frames`."""
    sender: str
    receiver: str
    sent: bytes
    """What the sender's end put on the line; b"" if it put nothing."""
    received: bytes
    """What came out at the other end: the same, but for flipped bits."""
    delivered: tuple[bytes, ...]
    """The IP packets that the receiver's end made of it, and of what it had kept from before."""
    dropped: str
    """Why a packet was lost, in words; "" if none was."""

    @property
    def damaged(self) -> bool:
        """Whether other bytes came out than were sent."""
        return self.received != self.sent


@dataclass(frozen=True)
class HostInfo:
    """A host's name and addresses."""

    name: str
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class Source:
    """Where a trace comes from: this run, or a recording of an earlier one; or from no kernel at all."""

    live: bool
    kernel: str
    """As in "Linux 6.18.1"; "" for a model."""
    date: str
    """As in "2026-01-31"; "" for a model."""
    model: str = ""
    """What was modelled, as in "RFC 9293": no kernel took part. "" for a trace of real kernels."""

    def __str__(self) -> str:
        if self.model:
            return f"[model of {self.model}, no kernel]"
        return f"[{'live' if self.live else 'recorded'} on {self.kernel}, {self.date}]"


_dissected = lru_cache(maxsize=10_000)(dissect)  # a picture that grows asks for each segment again and again


@dataclass(frozen=True)
class Trace:
    """Everything that one run of an experiment left to look at."""

    hosts: tuple[HostInfo, ...]
    source: Source
    frames: tuple[Frame, ...] = ()
    calls: tuple[Call, ...] = ()
    tables: tuple[Table, ...] = ()
    marks: tuple[Mark, ...] = ()
    about: dict[str, str] = field(default_factory=dict)
    """What made it: for an experiment its name, arguments and fingerprint."""
    transmissions: tuple[Transmission, ...] = ()
    """What crossed serial lines, in that order."""

    @property
    def start(self) -> int:
        """The time of the first event in nanoseconds; 0 for an empty trace."""
        begins = [frame.sent for frame in self.frames] + [call.begin for call in self.calls]
        times = [table.time for table in self.tables] + [mark.time for mark in self.marks]
        return min(begins + times, default=0)

    def seconds(self, time: int) -> float:
        """A time of this trace in seconds since its first event."""
        return (time - self.start) / 1e9

    def segments(self, absolute: bool = False) -> list[tuple[Frame, Segment]]:
        """Each frame that carries TCP, with its segment; sequence numbers relative unless asked for absolute."""
        found = [(frame, segment) for frame in self.frames if (segment := frame.segment) is not None]
        if absolute:
            return found
        counted = relative((segment, frame.sender != WIRE) for frame, segment in found)
        return [(frame, segment) for (frame, _), segment in zip(found, counted, strict=True)]

    def call(self, name: str, host: str | None = None, nth: int = 1) -> Call:
        """The nth call of that name (on that host). Raises TraceError if there were fewer."""
        found = [call for call in self.calls if call.name == name and host in (None, call.host)]
        if not 1 <= nth <= len(found):
            where = f" on {host}" if host else ""
            raise TraceError(f"this trace has {len(found)} call(s) of {name}(){where}, so there is no number {nth}")
        return found[nth - 1]

    def table(self, host: str, at: str | None = None) -> Table:
        """A host's socket table at a mark, or the last one. Raises TraceError for an unknown host or mark."""
        if host not in [info.name for info in self.hosts]:
            raise TraceError(f"no host {host!r} in this trace; it has {', '.join(info.name for info in self.hosts)}")
        until = self.mark_time(at) if at is not None else max((t.time for t in self.tables), default=0)
        seen = [table for table in self.tables if table.host == host and table.time <= until]
        return max(seen, key=lambda table: table.time) if seen else Table(until, host, ())

    def state(self, host: str, at: str | None = None) -> str:
        """The state of a host's one connection at a mark (or at the end); LISTEN or CLOSED if it has none.

        Raises TraceError if the host has connections in different states: ask `table` then.
        """
        states = connection_states(self.table(host, at))
        if len(states) > 1:
            raise TraceError(f"{host} has connections in the states {', '.join(sorted(states))}: ask for its table")
        return states.pop()

    def state_changes(self, host: str) -> list[tuple[int, str]]:
        """(time, states) whenever the states of a host's connections changed, as in (…, "SYN-SENT")."""
        changes: list[tuple[int, str]] = []
        for table in sorted((t for t in self.tables if t.host == host), key=lambda table: table.time):
            text = " + ".join(sorted(connection_states(table)))
            if not changes or changes[-1][1] != text:
                changes.append((table.time, text))
        return changes

    def mark_time(self, label: str) -> int:
        """When a mark was made, in nanoseconds. Raises TraceError for an unknown one."""
        for mark in self.marks:
            if mark.label == label:
                return mark.time
        known = ", ".join(repr(mark.label) for mark in self.marks) or "none"
        raise TraceError(f"no mark {label!r} in this trace; its marks: {known}")

    def save(self, path: Path) -> None:
        """Write `path` with the endings .pcapng and .json."""
        _write_pcapng(self, path.with_suffix(".pcapng"))
        whole = {
            "format": FORMAT,
            "about": self.about,
            "kernel": self.source.kernel,
            "date": self.source.date,
            "model": self.source.model,
            "pcapng_sha256": hashlib.sha256(path.with_suffix(".pcapng").read_bytes()).hexdigest(),
            "hosts": list(map(asdict, self.hosts)),
            "frames": [{k: v for k, v in asdict(frame).items() if k != "data"} for frame in self.frames],
            "calls": list(map(asdict, self.calls)),
            "tables": list(map(asdict, self.tables)),
            "marks": list(map(asdict, self.marks)),
            "transmissions": list(map(asdict, self.transmissions)),
        }
        path.with_suffix(".json").write_text(_one_event_a_line(whole), encoding="utf-8")


def load(path: Path) -> Trace:
    """Read what `Trace.save` wrote. Raises TraceError, one sentence, if it is missing, cut short or changed."""
    name = path.with_suffix("").name
    try:
        packets = path.with_suffix(".pcapng").read_bytes()
        whole = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    except FileNotFoundError as missing:
        raise TraceError(f"there is no recording {name}: {Path(missing.filename).name} is missing") from None
    except (OSError, ValueError) as damage:
        raise TraceError(f"the recording {name} cannot be read: {damage}") from None
    try:
        if whole["format"] != FORMAT:
            raise TraceError(f"the recording {name} has format {whole['format']}; this course reads format {FORMAT}")
        if hashlib.sha256(packets).hexdigest() != whole["pcapng_sha256"]:
            raise TraceError(f"the recording {name} is damaged: its .pcapng is not the file that was recorded")
        return _from_json(whole, _read_pcapng(packets))
    except (KeyError, TypeError, ValueError, AttributeError, Scapy_Exception) as damage:
        raise TraceError(f"the recording {name} is damaged: {type(damage).__name__}: {damage}") from None


def connection_states(table: Table) -> set[str]:
    """The states of the table's connections; {"LISTEN"} or {"CLOSED"} where there is only a listener or nothing."""
    states = {row.state for row in table.rows}
    return states - {"LISTEN"} or states or {"CLOSED"}


def _from_json(whole: dict[str, Any], packets: list[bytes]) -> Trace:
    """What a recording of an older date lacks: a model, transmissions."""
    frames = zip(whole["frames"], packets, strict=True)
    return Trace(
        hosts=tuple(HostInfo(host["name"], tuple(host["addresses"])) for host in whole["hosts"]),
        source=Source(False, whole["kernel"], whole["date"], whole.get("model", "")),
        frames=tuple(Frame(**{**it, "data": data, "arrivals": tuple(it["arrivals"])}) for it, data in frames),
        calls=tuple(Call(**call) for call in whole["calls"]),
        tables=tuple(Table(**{**it, "rows": tuple(SocketRow(**row) for row in it["rows"])}) for it in whole["tables"]),
        marks=tuple(Mark(**mark) for mark in whole["marks"]),
        about=dict(whole["about"]),
        transmissions=tuple(map(_transmission, whole.get("transmissions", []))),
    )


def _transmission(fields: dict[str, Any]) -> Transmission:
    """Its bytes are hexadecimal digits in JSON."""
    sent, received = bytes.fromhex(fields["sent"]), bytes.fromhex(fields["received"])
    delivered = tuple(map(bytes.fromhex, fields["delivered"]))
    return Transmission(**{**fields, "sent": sent, "received": received, "delivered": delivered})


def _write_pcapng(trace: Trace, path: Path) -> None:
    """One interface a host, named after it; what the wire did to a frame is its packet comment."""
    with PcapNgWriter(str(path)) as writer:
        writer.write_header(Ether())
        for frame in trace.frames:
            packet = Raw(frame.data)  # not dissected: what is written is byte for byte what was seen
            packet.time = frame.sent / 1e9
            packet.sniffed_on = frame.sender
            if frame.comment:
                packet.comments = [frame.comment.encode()]
            writer.write_packet(packet)


def _read_pcapng(content: bytes) -> list[bytes]:
    open_capture: Any = RawPcapReader  # takes a file too; scapy's own annotation speaks of names only
    with open_capture(io.BytesIO(content)) as reader:
        return [data for data, _ in reader]


def _one_event_a_line(whole: dict[str, Any]) -> str:
    """JSON that git can compare: one line an event."""
    parts = []
    for key, value in whole.items():
        if isinstance(value, list) and value:
            lines = ",\n".join("  " + json.dumps(item, ensure_ascii=False, default=bytes.hex) for item in value)
            parts.append(f'"{key}": [\n{lines}\n]')
        else:
            parts.append(f'"{key}": {json.dumps(value, ensure_ascii=False)}')
    return "{\n" + ",\n".join(parts) + "\n}\n"
