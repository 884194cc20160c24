"""The map of local inter-process communication: four families, and what stands beside them.

One table of members makes the picture and its text; a family's symbol is a few items laid between two processes.
"""

from __future__ import annotations

from dataclasses import dataclass

from helpers.draw.drawing import Box, Drawing, Item, Line, Point, Text, text_width
from helpers.draw.picture import Picture

WIDTH = 900
MARGIN, GAP = 14, 14
CARD_WIDTH = (WIDTH - 2 * MARGIN - GAP) / 2
HEAD = 72.0
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

BESIDE = Family(
    "beside the four", "", "", "what that list leaves out",
    (
        Member("signal", "信号", "pending signals", "PID, pidfd"),
        Member("Unix socket", "Unix 域套接字", "a queue at each end", "path, descriptors"),
        Member("network socket", "套接字", "a queue at each end", "address, port"),
        Member("memfd", "匿名内存文件", "file without a path", "descriptor"),
        Member("eventfd", "事件描述符", "64-bit counter", "descriptor"),
        Member("pidfd", "进程文件描述符", "reference to a process", "descriptor"),
    ),
)  # fmt: skip
HERE = "you are here"
TITLE = "Inter-process communication: four families"


def family_map(here: str = "") -> Picture:
    """The four families with their members: what the kernel keeps for each, and how a process gets at it.

    `here` is the family to be marked: "message passing", "synchronisation", "shared memory", "remote procedure calls",
    or "beside the four". The text has the Chinese names too.
    """
    lines = [TITLE]
    for family in (*FAMILIES, BESIDE):
        where = f" {family.chinese}, notebook {family.notebook}" if family.notebook else ""
        lines.append(f"{family.name}{where}: {family.does}{f'  <-- {HERE}' if family.name == here else ''}")
        for one in family.members:
            lines.append(f"  {one.name:22}  {one.kernel_object:22}  found by {one.named_by:18}  {one.chinese}")
    return Picture(_drawing(here), "\n".join(lines))


def _drawing(here: str) -> Drawing:
    items: list[Item] = [Text(MARGIN, 26, TITLE, 15, bold=True)]
    y = 40.0
    for pair in (FAMILIES[:2], FAMILIES[2:]):
        height = HEAD + ROW * max(len(family.members) + 1 for family in pair) + 10
        for family, x in zip(pair, (MARGIN, MARGIN + CARD_WIDTH + GAP), strict=True):
            items += _card(family, x, y, height, family.name == here)
        y += height + GAP
    height = 30 + ROW * (len(BESIDE.members) / 2 + 1) + 10
    items += _frame(MARGIN, y, WIDTH - 2 * MARGIN, height, here == BESIDE.name, (6.0, 4.0))
    items.append(Text(MARGIN + INDENT, y + 24, f"{BESIDE.name}: {BESIDE.does}", 14, bold=True))
    for members, x in ((BESIDE.members[:3], MARGIN), (BESIDE.members[3:], MARGIN + CARD_WIDTH + GAP)):
        items += _members(members, x, y + 30, (0, 134, 284))
    alt = f"Map of the four families of inter-process communication: {', '.join(family.name for family in FAMILIES)}."
    return Drawing(WIDTH, round(y + height + MARGIN), tuple(items), f"{alt} You are here: {here}." if here else alt)


def _card(family: Family, x: float, y: float, height: float, here: bool) -> list[Item]:
    return [
        *_frame(x, y, CARD_WIDTH, height, here),
        Text(x + INDENT, y + 24, family.name, 14, bold=True),
        Text(x + INDENT, y + 42, f"notebook {family.notebook}", 12, role="muted"),
        Text(x + INDENT, y + 60, family.does, 12.5),
        *_symbol(family, x + CARD_WIDTH - 128, y + 34),
        *_members(family.members, x, y + HEAD, (0, 190, 304)),
    ]


def _members(members: tuple[Member, ...], x: float, y: float, columns: tuple[float, ...]) -> list[Item]:
    rows = [("", "kernel object", "found by"), *((one.name, one.kernel_object, one.named_by) for one in members)]
    return [
        Text(x + INDENT + column, y + 15 + ROW * number, cell, 12, bold=bool(number and not column), role=role)
        for number, row in enumerate(rows)
        for column, cell in zip(columns, row, strict=True)
        for role in ["ink" if number else "muted"]
    ]


def _frame(x: float, y: float, width: float, height: float, here: bool, dash: tuple[float, ...] = ()) -> list[Item]:
    """A card's edge: thick, and with a word on it, where the reader is."""
    corners = Box(x, y, width, height).corners
    edge = (*corners, corners[0])
    if not here:
        return [Line(edge, "muted", 1.3, dash)]
    badge = text_width(HERE, 12, True) + 16
    left = x + width - badge - 12
    words = Text(left + badge / 2, y + 4, HERE, 12, "middle", bold=True)
    return [Line(edge, "new", 4), Box(left, y - 10, badge, 20, "card", "new", 2), words]


def _symbol(family: Family, x: float, y: float) -> list[Item]:
    """Two processes, 116 pixels from edge to edge and y in their middle, and what is between them."""
    items: list[Item] = []
    for left, name in ((x, "A"), (x + 90, "B")):
        items += [Box(left, y - 13, 26, 26), Text(left + 13, y + 5, name, 13, "middle", bold=True)]

    def line(*points: Point, width: float = 1.5, dash: tuple[float, ...] = (), arrow: bool = True) -> Line:
        return Line(tuple((x + dx, y + dy) for dx, dy in points), "ink", width, dash, arrow)

    def box(left: float, top: float, width: float, height: float, edge: float = 1.5) -> Box:
        return Box(x + left, y + top, width, height, "shade", "ink", edge)

    if family.notebook == "02":  # something on its way
        return [*items, line((26, 0), (90, 0)), box(44, -7, 10, 14, 1.3), box(58, -7, 10, 14, 1.3)]
    if family.notebook == "03":  # A holds a lock, B stands before it
        shackle = line((51, -3), (51, -12), (63, -12), (63, -3), width=2, arrow=False)
        held, waited = line((26, 3), (46, 3), width=2, arrow=False), line((90, 3), (70, 3), dash=(3, 3), arrow=False)
        return [*items, held, shackle, box(46, -4, 22, 16), waited]
    if family.notebook == "04":  # both lead to one page
        return [*items, line((26, 0), (46, 0)), line((90, 0), (70, 0)), box(46, -13, 24, 26)]
    return [*items, line((26, -6), (90, -6)), line((90, 6), (26, 6), dash=(4, 3))]  # there and back
