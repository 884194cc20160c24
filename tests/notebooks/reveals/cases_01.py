"""Notebook 01: processes, what they inherit, what names them, and what outlives them."""

from tests.notebooks.reveals import seen

CASES = {
    "01.variable": seen("in_old in_new", a=[(2, 2)], b=[(1, 2)], c=[(1, 1)], none=[(2, 1)]),
    "01.offset": seen("by_parent", a=[b"def"], b=[b"abc"], c=[b""], none=[b"de"]),
    "01.exec": seen("open_in_ls",
        a=[["/dev/null", "/dev/null", "/dev/zero", "/dev/full"]], b=[["/dev/null", "/dev/null"]],
        c=[["/dev/null", "/dev/null", "/dev/zero"]], d=[["/dev/null", "/dev/null", "/dev/full"]], none=[[]],
    ),
    "01.not-asked": seen("before_waitpid",
        a=["no such process"], b=["S (sleeping)"], c=["Z (zombie)"], d=["X (dead)"], none=["R (running)"],
    ),
    "01.old-number": seen("killed ended_by",
        a=[("done", "SIGTERM")], b=[("ESRCH", "SIGKILL")], c=[("done", "SIGKILL")], none=[("EPERM", "SIGKILL")],
    ),
    "01.hosts": seen("pids", a=[[1, 1]], b=[[2, 2]], c=[[2, 3], [1, 2]], none=[[], [2]]),
    "01.signal": seen("taken", a=[1], b=[0], c=[3], none=[2]),
    "01.maker-ended": seen("found",
        a=["no queue"], b=[b""], c=[b"hello"], none=[b"hell", "nothing, as this machine gives us none"],
    ),
}
