"""Notebook 15: see the package."""

from tests.notebooks.reveals import seen

CASES = {
    "15.neighbour": seen("trouble got",
        a=[("", b"you said: hello\n")], b=[("ECONNREFUSED", "EPIPE")], c=[("", "EAGAIN")],
        none=[("ETIMEDOUT", "EPIPE"), ("", "ECONNRESET"), ("", b"")],
    ),
    "15.hung-up": seen("after_rude",
        a=["survives"], b=["dies: ConnectionResetError"], c=["never reads it"], none=["no such answer"],
    ),
    "15.full-mailbox": seen("after_a_flood",
        a=["keeps it all in memory"], b=["never reads it"], c=["survives"], none=["dies: BlockingIOError"],
    ),
    "15.thread-count": seen("counted processors",
        a=[({"threads": 1000}, 2)], b=[({"threads": 8}, 8)], c=[({"threads": 1}, 1), ({"threads": 1}, 2)],
        d=[({"threads": 1001}, 2)], none=[({"threads": 997}, 2), ({}, 2)],
    ),
    "15.keep-alive": seen("waited ended_with",
        a=[(3.07, "ETIMEDOUT")], b=[(2.05, "ETIMEDOUT")], c=[(1.02, "ETIMEDOUT")], d=[(7.0, "")],
        none=[(7.0, "ETIMEDOUT")],
    ),
}
