"""The ways from one process to another that the course has met, each with its best loop in Python."""

from helpers.bench.mechanisms.base import LARGEST, Lost, Mechanism, Names, Refused
from helpers.bench.mechanisms.calls import DoorCall, OncRpc
from helpers.bench.mechanisms.datagrams import Udp, UnixDatagram, UnixSeqpacket
from helpers.bench.mechanisms.queues import PosixQueue, SystemVQueue
from helpers.bench.mechanisms.rings import OneAtATime, Ring
from helpers.bench.mechanisms.shared_memory import EventCounter, Semaphore, Spinning
from helpers.bench.mechanisms.streams import Fifo, Pipe, Tcp, UnixStream

KINDS: dict[str, type[Mechanism]] = {
    kind.name: kind
    for kind in (
        Pipe, Fifo, PosixQueue, SystemVQueue, UnixStream, UnixDatagram, UnixSeqpacket, Tcp, Udp,
        Semaphore, EventCounter, Spinning, Ring, OneAtATime, OncRpc, DoorCall,
    )
}  # fmt: skip
"""By name, in the order of the course."""

__all__ = ["KINDS", "LARGEST", "Lost", "Mechanism", "Names", "Refused"]
