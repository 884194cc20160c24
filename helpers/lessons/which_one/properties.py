"""What each mechanism of the course can do, beside being fast: a table of properties, with source and evidence.

The mechanisms have the names under which this room measures them. "semaphore", "eventfd", "spinning" and the rings
are shared memory with that means of waking or waiting for the other process; "ONC RPC" goes over TCP, "door" is the
course's emulation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from helpers.errors import CourseError

PIPES = ("pipe", "FIFO")
QUEUES = ("POSIX queue", "System V queue")
UNIX = ("Unix stream", "Unix datagram", "Unix seqpacket")
RINGS = ("ring", "ring, one at a time")
SHARED = ("semaphore", "eventfd", "spinning", *RINGS)
"""Shared memory, with what else is needed."""
NETWORK = ("TCP", "UDP", "ONC RPC")
ALL = (*PIPES, *QUEUES, *UNIX, "TCP", "UDP", *SHARED, "ONC RPC", "door")


SHOWN_IN = (
    dict.fromkeys((*PIPES, *QUEUES), "02_message_passing.ipynb")
    | dict.fromkeys((*UNIX, "UDP"), "10_what_is_a_socket.ipynb")
    | dict.fromkeys(SHARED, "04_shared_memory.ipynb")
    | {"TCP": "11_socket_lifecycle.ipynb"}
    | dict.fromkeys(("ONC RPC", "door"), "05_remote_procedure_calls.ipynb")
)
"""The notebook that has introduced each of them."""


class NoSuchNeed(CourseError):
    """A need that the table does not know."""


@dataclass(frozen=True)
class Need:
    """Something that a job may need, and which mechanisms give it."""

    key: str
    words: str
    """As the end of «the job needs ...»."""
    without: Mapping[str, str]
    """The mechanisms that do not give it, each with the reason in a clause."""
    source: str
    """Where that is laid down."""
    evidence: str
    """The notebook that has shown it, by its file's name."""

    def met_by(self, mechanism: str) -> bool:
        """Whether this mechanism gives it."""
        return mechanism not in self.without


def _each(mechanisms: tuple[str, ...], why: str) -> dict[str, str]:
    return dict.fromkeys(mechanisms, why)


_OWN_MACHINE = "it is an object of one kernel"
_STREAM = "a stream of bytes: one read may return half a message, or two"
_NO_FRAMES = "memory has no messages: both sides must agree where one ends"
_BYTES_ONLY = "it carries bytes; a descriptor's number means nothing to another process"
_TAKEN = "who reads a message takes it away from the others"

NEEDS: tuple[Need, ...] = (
    Need(
        "strangers",
        "two processes that are no relatives find each other by a name",
        {
            "pipe": "it has no name: its descriptors are inherited, or passed over a Unix socket",
            "eventfd": "an eventfd has no name: it is inherited, or passed over a Unix socket",
        },
        "pipe(7), fifo(7), mq_overview(7), eventfd(2)",
        "02_message_passing.ipynb",
    ),
    Need(
        "network",
        "the other process may be on another machine",
        _each((*PIPES, *QUEUES, *UNIX, *SHARED, "door"), _OWN_MACHINE),
        "ip(7), unix(7): communication between processes on the same machine",
        "07_tcp_ip_layers.ipynb",
    ),
    Need(
        "boundaries",
        "a message arrives as it was sent, neither cut nor joined",
        _each((*PIPES, "Unix stream", "TCP"), _STREAM) | _each(("semaphore", "eventfd", "spinning"), _NO_FRAMES),
        "pipe(7), mq_overview(7), msgrcv(2), unix(7), udp(7), RFC 5531 §11 (record marking)",
        "14_moving_bytes.ipynb",
    ),
    Need(
        "no_loss",
        "what was sent arrives, in order, as long as both live",
        {"UDP": "datagrams may be lost, doubled and reordered"},
        "udp(7), unix(7): datagrams are reliable there, tcp(7)",
        "07_tcp_ip_layers.ipynb",
    ),
    Need(
        "outlives",
        "what was sent waits, also when nobody has it open any more",
        _each(PIPES, "what is in it is gone when the last end is closed")
        | _each((*UNIX, *NETWORK, "door"), "a socket's buffers go with its last descriptor")
        | {"eventfd": "the eventfd goes with its last descriptor"},
        "mq_overview(7), sysvipc(7), shm_overview(7): kernel persistence",
        "02_message_passing.ipynb",
    ),
    Need(
        "urgent",
        "an urgent message overtakes those that wait",
        _each((*PIPES, "Unix datagram", "Unix seqpacket", "UDP", "ONC RPC", "door"), "first come, first served")
        | _each(("Unix stream", "TCP"), "one byte may overtake (MSG_OOB), a message not")
        | _each(SHARED, "it has no order but the one that the program makes"),
        "mq_send(3): highest priority first; msgrcv(2): a negative type asks for the lowest first; tcp(7)",
        "02_message_passing.ipynb",
    ),
    Need(
        "descriptors",
        "an open file is handed over",
        _each((*PIPES, *QUEUES, *NETWORK, *SHARED), _BYTES_ONLY),
        "unix(7): SCM_RIGHTS",
        "14_moving_bytes.ipynb",
    ),
    Need(
        "who",
        "the kernel says who is at the other end (process, user)",
        _each((*PIPES, *SHARED), "the kernel keeps nothing about who has written")
        | {"POSIX queue": "mq_notify(3) names a sender, but only where the queue was empty, and once"}
        | {"System V queue": "msgctl(2) tells the last sender's process number, not its user"}
        | _each(NETWORK, "the kernel knows an address and a port; what else is said, the sender says"),
        "unix(7): SO_PEERCRED, SCM_CREDENTIALS",
        "14_moving_bytes.ipynb",
    ),
    Need(
        "select",
        "one thread waits for this and for others at once (poll)",
        {"System V queue": "its identifier is no descriptor"}
        | _each(("semaphore", "spinning", *RINGS), "there is no descriptor to wait for")
        | {"door": "a call waits for its return"},
        "poll(2), mq_overview(7) for Linux, eventfd(2)",
        "14_moving_bytes.ipynb",
    ),
    Need(
        "both_ways",
        "one object carries messages in both directions",
        _each((*PIPES, *RINGS), "one way; the way back needs another")
        | {"POSIX queue": "who sends could read its own message"},
        "pipe(7), msgrcv(2): each direction a type, socket(2)",
        "02_message_passing.ipynb",
    ),
    Need(
        "many_readers",
        "one writes, and any number of processes see the same",
        _each((*PIPES, *QUEUES), _TAKEN)
        | _each((*UNIX, "TCP", "ONC RPC", "door"), "each connection or address has one receiver: send it to each")
        | _each(RINGS, "one reader moves on the mark up to which was read"),
        "shm_overview(7), ip(7): multicast",
        "04_shared_memory.ipynb",
    ),
    Need(
        "no_copies",
        "large data is not copied through the kernel",
        _each((*PIPES, *QUEUES, *UNIX, *NETWORK, "door"), "the kernel copies each byte in and out again"),
        "shm_overview(7), mmap(2)",
        "04_shared_memory.ipynb",
    ),
    Need(
        "sender_waits",
        "a sender that is too fast has to wait",
        {"UDP": "what does not fit is thrown away"},
        "pipe(7), mq_send(3), msgsnd(2), tcp(7); udp(7)",
        "14_moving_bytes.ipynb",
    ),
    Need(
        "end_noticed",
        "the end of the other process is noticed",
        _each(QUEUES, "a queue does not know who uses it")
        | _each(SHARED, "memory does not know who uses it")
        | _each(("Unix datagram", "UDP"), "a reader waits on for ever; at most who sends is told"),
        "pipe(7): end of file, SIGPIPE; unix(7), tcp(7); door_call(3C): EINTR",
        "11_socket_lifecycle.ipynb",
    ),
)


def need(key: str) -> Need:
    """The need of that key. Raises NoSuchNeed."""
    for each in NEEDS:
        if each.key == key:
            return each
    raise NoSuchNeed(f"there is no need {key!r} in the table; its needs are {', '.join(each.key for each in NEEDS)}")
