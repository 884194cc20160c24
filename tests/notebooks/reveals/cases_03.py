"""Notebook 03: races, deadlocks, wake-ups, and what becomes of a lock whose holder dies."""

from tests.notebooks.reveals import seen

CASES = {
    "03.counting": seen("totals",
        a=[[600000, 600000, 599999], [700000, 400000], [1]], b=[[600000] * 5], c=[[600000, 600001]],
        none=[[600000, 0]],
    ),
    "03.two-locks": seen("came_to",
        a=[["sleeps", "raises EDEADLK"], [None, "raises EDEADLK"]],
        b=[["sleeps", "raises ChildEnded"], ["raises ChildEnded", None]], c=[["sleeps", "sleeps"]],
        none=[[None, "sleeps"], ["raises EDEADLK", "raises EDEADLK"]],
    ),
    "03.signal-first": seen("its_wait", a=[None], b=["sleeps"], c=["raises EPERM"], none=[5, "raises ChildEnded"]),
    "03.one-look": seen("after_theft items_left",
        a=[("sleeps", 0)], b=[("sleeps", 1)], c=[("raises ValueError", 0)], d=[(None, -1)],
        none=[(None, 0), ("raises ValueError", -1), ("raises ChildEnded", 0)],
    ),
    "03.second-reader": seen("reader2_came",
        a=[None], b=["sleeps"], c=["raises EAGAIN"], none=[5, "raises ChildEnded"],
    ),
    "03.killed-holder": seen("b_came", a=[None], b=["sleeps"], c=["raises EOWNERDEAD"], none=[5, "raises ChildEnded"]),
    "03.second-look": seen("holders", a=[["A"]], b=[["A", "B"]], c=[["B"]], none=[[], ["B", "another process"]]),
    "03.released-by-another": seen("stands_at",
        a=[0], b=[1], c=[2], none=[3, "nothing, as this machine gives us none"],
    ),
}
