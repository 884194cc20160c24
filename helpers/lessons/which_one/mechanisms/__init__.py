"""The ways from one process to another that the course has met, each with its best loop in Python."""

from helpers.lessons.which_one.mechanisms.base import LARGEST, Lost, Mechanism, Names, Refused
from helpers.lessons.which_one.mechanisms.calls import DoorCall, OncRpc
from helpers.lessons.which_one.mechanisms.datagrams import Udp, UnixDatagram, UnixSeqpacket
from helpers.lessons.which_one.mechanisms.queues import PosixQueue, SystemVQueue
from helpers.lessons.which_one.mechanisms.rings import OneAtATime, Ring
from helpers.lessons.which_one.mechanisms.shared_memory import EventCounter, Semaphore, Spinning
from helpers.lessons.which_one.mechanisms.streams import Fifo, Pipe, Tcp, UnixStream

KINDS: dict[str, type[Mechanism]] = {
    kind.name: kind
    for kind in (
        Pipe, Fifo, PosixQueue, SystemVQueue, UnixStream, UnixDatagram, UnixSeqpacket, Tcp, Udp,
        Semaphore, EventCounter, Spinning, Ring, OneAtATime, OncRpc, DoorCall,
    )
}  # fmt: skip
"""By name, in the order of the course."""

__all__ = ["KINDS", "LARGEST", "Lost", "Mechanism", "Names", "Refused"]
