"""What each mechanism of the course can do, beside being fast: a table of needs, with source and evidence.

Rows name who does not meet a need, each with the reason, because the reason is what helps a reader who has to choose;
a matrix of yes and no would say less in more lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from helpers.errors import CourseError
from helpers.lessons.which_one.mechanisms import MECHANISMS

PIPES = ("pipe", "FIFO")
QUEUES = ("POSIX queue", "System V queue")
UNIX = ("Unix stream", "Unix datagram", "Unix seqpacket")
MEMORY = tuple(name for name in MECHANISMS if name.startswith("memory"))
SEMAPHORE, EVENTFD, SPINNING, *RINGS = MEMORY
NETWORK = ("TCP", "UDP", "ONC RPC")


@dataclass(frozen=True)
class Need:
    """Something that a job may need, and which mechanisms give it."""

    key: str
    words: str
    """As the end of «the job needs ...»."""
    source: str
    """Where that is laid down."""
    shown: str
    """The notebook that has shown it."""
    reasons: Mapping[str, tuple[str, ...]]
    """Why some mechanisms do not give it, and which."""

    @property
    def without(self) -> dict[str, str]:
        """Those that do not give it, each with the reason."""
        return {name: why for why, names in self.reasons.items() for name in names}

    def met_by(self, mechanism: str) -> bool:
        """Whether this mechanism gives it."""
        return mechanism not in self.without


NEEDS = (
    Need("strangers", "two processes that are no relatives find each other by a name",
         "pipe(7), fifo(7), mq_overview(7), eventfd(2)", "02",
         {"it has no name: its descriptors are inherited, or passed over a Unix socket": ("pipe",),
          "an eventfd has no name: it is inherited, or passed over a Unix socket": (EVENTFD,)}),
    Need("network", "the other process may be on another machine",
         "ip(7), unix(7): communication between processes on the same machine", "07",
         {"it is an object of one kernel": (*PIPES, *QUEUES, *UNIX, *MEMORY, "door")}),
    Need("boundaries", "a message arrives as it was sent, neither cut nor joined",
         "pipe(7), mq_overview(7), msgrcv(2), unix(7), udp(7), RFC 5531 §11 (record marking)", "14",
         {"a stream of bytes: one read may return half a message, or two": (*PIPES, "Unix stream", "TCP"),
          "memory has no messages: both sides must agree where one ends": (SEMAPHORE, EVENTFD, SPINNING)}),
    Need("no_loss", "what was sent arrives, in order, as long as both live",
         "udp(7), unix(7): datagrams are reliable there, tcp(7)", "07",
         {"datagrams may be lost, doubled and reordered": ("UDP",)}),
    Need("outlives", "what was sent waits, also when nobody has it open any more",
         "mq_overview(7), sysvipc(7), shm_overview(7): kernel persistence", "02",
         {"what is in it is gone when the last end is closed": PIPES,
          "a socket's buffers go with its last descriptor": (*UNIX, *NETWORK, "door"),
          "the eventfd goes with its last descriptor": (EVENTFD,)}),
    Need("urgent", "an urgent message overtakes those that wait",
         "mq_send(3): highest priority first; msgrcv(2): a negative type asks for the lowest first; tcp(7)", "02",
         {"first come, first served": (*PIPES, "Unix datagram", "Unix seqpacket", "UDP", "ONC RPC", "door"),
          "one byte may overtake (MSG_OOB), a message not": ("Unix stream", "TCP"),
          "it has no order but the one that the program makes": MEMORY}),
    Need("descriptors", "an open file is handed over", "unix(7): SCM_RIGHTS", "14",
         {"it carries bytes; a descriptor's number means nothing to another process":
          (*PIPES, *QUEUES, *NETWORK, *MEMORY)}),
    Need("who", "the kernel says who is at the other end (process, user)",
         "unix(7): SO_PEERCRED, SCM_CREDENTIALS", "14",
         {"the kernel keeps nothing about who has written": (*PIPES, *MEMORY),
          "mq_notify(3) names a sender, but only where the queue was empty, and once": ("POSIX queue",),
          "msgctl(2) tells the last sender's process number, not its user": ("System V queue",),
          "the kernel knows an address and a port; what else is said, the sender says": NETWORK}),
    Need("select", "one thread waits for this and for others at once (poll)",
         "poll(2), mq_overview(7) for Linux, eventfd(2)", "14",
         {"its identifier is no descriptor": ("System V queue",),
          "there is no descriptor to wait for": (SEMAPHORE, SPINNING, *RINGS),
          "a call waits for its return": ("door",)}),
    Need("both_ways", "one object carries messages in both directions",
         "pipe(7), msgrcv(2): each direction a type, socket(2)", "02",
         {"one way; the way back needs another": (*PIPES, *RINGS),
          "a sender could read its own message": ("POSIX queue",)}),
    Need("many_readers", "one writes, and any number of processes see the same",
         "shm_overview(7), ip(7): multicast", "04",
         {"whoever reads a message takes it away from the others": (*PIPES, *QUEUES),
          "each connection or address has one receiver: send it to each": (*UNIX, "TCP", "ONC RPC", "door"),
          "one reader moves on the mark up to which was read": tuple(RINGS)}),
    Need("no_copies", "large data is not copied through the kernel", "shm_overview(7), mmap(2)", "04",
         {"the kernel copies each byte in and out again": (*PIPES, *QUEUES, *UNIX, *NETWORK, "door")}),
    Need("sender_waits", "a sender that is too fast has to wait",
         "pipe(7), mq_send(3), msgsnd(2), tcp(7); udp(7)", "14",
         {"what does not fit is thrown away": ("UDP",)}),
    Need("end_noticed", "the end of the other process is noticed",
         "pipe(7): end of file, SIGPIPE; unix(7), tcp(7); door_call(3C): EINTR", "11",
         {"a queue does not know who uses it": QUEUES,
          "memory does not know who uses it": MEMORY,
          "a reader waits on for ever; at most the sender is told": ("Unix datagram", "UDP")}),
)  # fmt: skip


def need(key: str) -> Need:
    """The need of that key. Raises CourseError."""
    for each in NEEDS:
        if each.key == key:
            return each
    raise CourseError(f"there is no need {key!r} in the table; its needs are {', '.join(each.key for each in NEEDS)}")
