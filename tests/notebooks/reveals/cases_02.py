"""Notebook 02: pipe, FIFO and the two kinds of message queue."""

from tests.notebooks.reveals import seen

NONE_HERE = "nothing, as this machine gives us none"

CASES = {
    "02.two-writes": seen("one_read", a=[b"one"], b=[[b"one", b"two"]], c=[b"onetwo"], none=[b"two", b""]),
    "02.room-for-100": seen("wrote went_in",
        a=[("raises EAGAIN", 0)], b=[(100, 100)], c=[("sleeps", 0)], none=[("raises EPIPE", 0), (200, 200)],
    ),
    "02.three-pages": seen("pages",
        a=["aaabbb", "bbbaaa"], b=["aababb", "ababab", "aababbab"], c=["ab"], none=["", "aaa", "aab"],
    ),
    "02.second-read": seen("second_read",
        a=["sleeps"], b=[b""], c=["raises EPIPE"], none=[b"hello", "raises ChildEnded"],
    ),
    "02.nobody-there": seen("opened",
        a=[{"O_WRONLY": True, "O_RDONLY": True}], b=[{"O_WRONLY": "raises ENXIO", "O_RDONLY": "raises ENXIO"}],
        c=[{"O_WRONLY": True, "O_RDONLY": "raises ENXIO"}], d=[{"O_WRONLY": "raises ENXIO", "O_RDONLY": True}],
        none=[{"O_WRONLY": "sleeps", "O_RDONLY": True}, {"O_WRONLY": "raises ENXIO", "O_RDONLY": "sleeps"},
            {"O_WRONLY": "raises ChildEnded", "O_RDONLY": True}],
    ),
    "02.priority": seen("received",
        a=[[(b"tea", 1), (b"fire", 9), (b"cake", 1)]], b=[[(b"fire", 9), (b"tea", 1), (b"cake", 1)]],
        c=[[(b"fire", 9), (b"cake", 1), (b"tea", 1)]], d=[[(b"tea", 1), (b"cake", 1), (b"fire", 9)]],
        none=[[], [(b"fire", 9), "raises BusyError", "raises BusyError"]],
    ),
    "02.killed-sender": seen("after_death",
        a=["raises ExistentialError"], b=[(b"", 0)], c=["sleeps"], none=[NONE_HERE, (b"hello", 0), "raises ChildEnded"],
    ),
    "02.type": seen("first_taken",
        a=[(b"one", 1)], b=[(b"two", 2)], c=[(b"three", 3)], d=["raises BusyError", "raises ValueError"],
        none=[NONE_HERE, "sleeps", "raises ChildEnded"],
    ),
}
