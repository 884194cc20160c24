"""The map of local inter-process communication: four families, and what stands beside them."""

from __future__ import annotations

from dataclasses import dataclass

from helpers.draw.drawing import Box, Drawing, Item, Line, Text, text_width
from helpers.draw.picture import Picture
from helpers.errors import CourseError

WIDTH = 900
MARGIN, GAP = 14, 14
CARD_WIDTH = (WIDTH - 2 * MARGIN - GAP) / 2
HEAD = 72
ROW = 20
INDENT = 12


@dataclass(frozen=True)
class Member:
    """A way of communicating."""

    name: str
    chinese: str
    kernel_object: str
    """What the kernel keeps for it."""
    named_by: str
    """How a process gets at it."""


@dataclass(frozen=True)
class Family:
    """Ways that do the same for a program."""

    name: str
    chinese: str
    notebook: str
    does: str
    members: tuple[Member, ...]


FAMILIES = (
    Family(
        "message passing", "消息传递", "02", "bytes go from one to the other",
        (
            Member("pipe", "管道", "buffer, one way", "descriptors"),
            Member("FIFO", "命名管道", "buffer, one way", "path"),
            Member("POSIX message queue", "消息队列", "list by priority", "name /jobs"),
            Member("System V message queue", "消息队列", "list with types", "key, id"),
        ),
    ),
    Family(
        "synchronisation", "同步", "03", "one waits until the other is done",
        (
            Member("mutex", "互斥量", "futex on a word", "shared memory"),
            Member("condition variable", "条件变量", "futex on a word", "shared memory"),
            Member("read-write lock", "读写锁", "futex on a word", "shared memory"),
            Member("file and record lock", "文件和写记录锁", "lock on an inode", "path, bytes"),
            Member("POSIX semaphore", "信号量", "futex on a word", "name /turn"),
            Member("System V semaphore", "信号量", "set of counters", "key, id"),
        ),
    ),
    Family(
        "shared memory", "共享内存", "04", "both see the same bytes",
        (
            Member("anonymous mapping", "匿名共享内存", "pages", "fork()"),
            Member("POSIX shared memory", "具名共享内存", "file in /dev/shm", "name /table"),
            Member("System V segment", "具名共享内存", "segment", "key, id"),
        ),
    ),
    Family(
        "remote procedure calls", "远程过程调用", "05", "one calls, the other answers",
        (
            Member("door (Solaris)", "门", "not in Linux", "path"),
            Member("Sun RPC (ONC RPC)", "远程过程调用", "sockets", "port mapper"),
        ),
    ),
)  # fmt: skip
"""The four families of W. R. Stevens, "UNIX Network Programming", volume 2."""

BESIDE = (
    Member("signal", "信号", "pending signals", "PID, pidfd"),
    Member("Unix socket", "Unix 域套接字", "a queue at each end", "path, descriptors"),
    Member("network socket", "套接字", "a queue at each end", "address, port"),
    Member("memfd", "匿名内存文件", "file without a path", "descriptor"),
    Member("eventfd", "事件描述符", "64-bit counter", "descriptor"),
    Member("pidfd", "进程文件描述符", "reference to a process", "descriptor"),
)
"""What those four leave out."""

HERE = "you are here"
BESIDE_NAME = "beside the four"
COLUMNS = ("", "kernel object", "found by")


def family_map(here: str = "") -> Picture:
    """The four families with their members: what the kernel keeps for each, and how a process gets at it.

    `here` is the family to be marked: "message passing", "synchronisation", "shared memory", "remote procedure calls",
    or "beside the four". The text has the Chinese names too. Raises CourseError for another name.
    """
    names = [*(family.name for family in FAMILIES), BESIDE_NAME]
    if here and here not in names:
        raise CourseError(f"the map has no family {here!r}; it has {', '.join(names)}")
    return Picture(_drawing(here), _text(here))


def _drawing(here: str) -> Drawing:
    items: list[Item] = [Text(MARGIN, 26, "Inter-process communication: four families", 15, bold=True)]
    y = 40.0
    for pair in (FAMILIES[:2], FAMILIES[2:]):
        height = HEAD + ROW * max(len(family.members) + 1 for family in pair) + 10
        for number, family in enumerate(pair):
            items += _card(family, MARGIN + number * (CARD_WIDTH + GAP), y, height, family.name == here)
        y += height + GAP
    items += _beside(y, here == BESIDE_NAME)
    y += _beside_height() + MARGIN
    alt = f"Map of the four families of inter-process communication: {', '.join(family.name for family in FAMILIES)}"
    return Drawing(WIDTH, round(y), tuple(items), f"{alt}. You are here: {here}." if here else f"{alt}.")


def _card(family: Family, x: float, y: float, height: float, here: bool) -> list[Item]:
    items = _frame(x, y, CARD_WIDTH, height, here)
    items += [
        Text(x + INDENT, y + 24, family.name, 14, bold=True),
        Text(x + INDENT, y + 42, f"notebook {family.notebook}", 12, role="muted"),
        Text(x + INDENT, y + 60, family.does, 12.5),
        *_SYMBOLS[family.name](x + CARD_WIDTH - 128, y + 34),
    ]
    return items + _members(family.members, x, y + HEAD, (0, 190, 304))


def _members(members: tuple[Member, ...], x: float, y: float, columns: tuple[float, ...]) -> list[Item]:
    items: list[Item] = []
    for column, heading in zip(columns, COLUMNS, strict=True):
        items.append(Text(x + INDENT + column, y + 15, heading, 12, role="muted"))
    for number, member in enumerate(members, 1):
        cells = (member.name, member.kernel_object, member.named_by)
        for column, cell in zip(columns, cells, strict=True):
            items.append(Text(x + INDENT + column, y + 15 + ROW * number, cell, 12, bold=column == 0))
    return items


def _beside(y: float, here: bool) -> list[Item]:
    """The lowest card, across the whole width: its members in two columns."""
    width = WIDTH - 2 * MARGIN
    items = _frame(MARGIN, y, width, _beside_height(), here, (6.0, 4.0))
    items.append(Text(MARGIN + INDENT, y + 24, "beside the four: what that list leaves out", 14, bold=True))
    half = len(BESIDE) // 2
    for number, members in enumerate((BESIDE[:half], BESIDE[half:])):
        items += _members(members, MARGIN + number * (CARD_WIDTH + GAP), y + 30, (0, 134, 284))
    return items


def _beside_height() -> float:
    return 30 + ROW * (len(BESIDE) / 2 + 1) + 10


def _frame(x: float, y: float, width: float, height: float, here: bool, dash: tuple[float, ...] = ()) -> list[Item]:
    """A card's edge: thick, and with a word on it, where the reader is."""
    corners = ((x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y))
    if not here:
        return [Line(corners, "muted", 1.3, dash)]
    badge = text_width(HERE, 12, True) + 16
    left = x + width - badge - 12
    return [
        Line(corners, "new", 4),
        Box(left, y - 10, badge, 20, "card", "new", 2),
        Text(left + badge / 2, y + 4, HERE, 12, "middle", bold=True),
    ]


def _processes(x: float, y: float) -> list[Item]:
    """Two processes, 116 pixels from edge to edge, y in their middle."""
    items: list[Item] = []
    for left, name in ((x, "A"), (x + 90, "B")):
        items += [Box(left, y - 13, 26, 26), Text(left + 13, y + 5, name, 13, "middle", bold=True)]
    return items


def _passing(x: float, y: float) -> list[Item]:
    """Something on its way from A to B."""
    parcel = [Box(x + 44, y - 7, 10, 14, "shade", "ink", 1.3), Box(x + 58, y - 7, 10, 14, "shade", "ink", 1.3)]
    return [*_processes(x, y), Line(((x + 26, y), (x + 90, y)), "ink", 1.5, arrow=True), *parcel]


def _waiting(x: float, y: float) -> list[Item]:
    """A holds a lock, B stands before it."""
    shackle = Line(((x + 51, y - 3), (x + 51, y - 12), (x + 63, y - 12), (x + 63, y - 3)), "ink", 2)
    lock = Box(x + 46, y - 4, 22, 16, "shade", "ink", 1.5)
    left = Line(((x + 26, y + 3), (x + 46, y + 3)), "ink", 2)
    return [*_processes(x, y), left, shackle, lock, Line(((x + 90, y + 3), (x + 70, y + 3)), "ink", 1.5, (3, 3))]


def _meeting(x: float, y: float) -> list[Item]:
    """Both lead to one page."""
    arrows = [Line(((end, y), (tip, y)), "ink", 1.5, arrow=True) for end, tip in ((x + 26, x + 46), (x + 90, x + 70))]
    return [*_processes(x, y), *arrows, Box(x + 46, y - 13, 24, 26, "shade", "ink", 1.5)]


def _calling(x: float, y: float) -> list[Item]:
    """There and back."""
    there = Line(((x + 26, y - 6), (x + 90, y - 6)), "ink", 1.5, arrow=True)
    return [*_processes(x, y), there, Line(((x + 90, y + 6), (x + 26, y + 6)), "ink", 1.5, (4, 3), arrow=True)]


_SYMBOLS = dict(zip((family.name for family in FAMILIES), (_passing, _waiting, _meeting, _calling), strict=True))


def _text(here: str) -> str:
    lines = ["Inter-process communication: four families"]
    for family in FAMILIES:
        lines.append(
            f"{family.name} {family.chinese}, notebook {family.notebook}: {family.does}{_mark(family.name, here)}"
        )
        lines += map(_line, family.members)
    lines.append(f"beside the four: what that list leaves out{_mark(BESIDE_NAME, here)}")
    return "\n".join([*lines, *map(_line, BESIDE)])


def _mark(name: str, here: str) -> str:
    return f"  <-- {HERE}" if name == here else ""


def _line(member: Member) -> str:
    return f"  {member.name:22}  {member.kernel_object:22}  found by {member.named_by:18}  {member.chinese}"
