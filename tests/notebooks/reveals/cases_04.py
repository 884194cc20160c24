"""Notebook 04: what processes share, what fork() copies, what a removed name, a cut file and a seal do."""

from tests.notebooks.reveals import seen

LACKING = "this machine has no such memory"

CASES = {
    "04.counted": seen("grown", a=[8192], b=[4096], c=[0], none=[12288]),
    "04.after-fork": seen("parent_reads",
        a=[["CHILD!", "before"]], b=[["CHILD!", "CHILD!"]], c=[["before", "before"]], d=[["before", "CHILD!"]],
        none=[["", "before"]],
    ),
    "04.two-pages": seen("of_the_two", a=[2], b=[1], c=[0], none=[3]),
    "04.name-removed": seen("removal found",
        a=[("raises EBUSY", [b"still", b"still"])], b=[(None, ["raises ChildEnded", bytes(5)])],
        c=[(None, [b"still", b"still"])], d=[(None, [b"still", bytes(5)])],
        none=[(None, [b"still", "raises EACCES"]), ("raises EACCES", [b"still", b"still"]), (LACKING, [None, None])],
    ),
    "04.cut-short": seen("looked ended_by",
        a=[("raises EFAULT", "SIGKILL")], b=[("raises ChildEnded", "SIGBUS")], c=[(0, "SIGKILL")],
        d=[("raises IndexError", "SIGKILL")], none=[(LACKING, ""), ("raises EOFError", "SIGKILL"), (104, "SIGKILL")],
    ),
    "04.removal-mark": seen("by_key by_id",
        a=[(b"nothing", b"hello")], b=[(b"hello", b"hello")], c=[(b"nothing", "raises EINVAL")],
        d=[(b"hello", "raises EINVAL")], none=[("", "")],
    ),
    "04.write-seal": seen("sealing writing",
        a=[(None, "raises ChildEnded")], b=[(None, None)], c=[("raises EBUSY", None)],
        none=[("raises EPERM", None), ("this machine has no memfd_create", None)],
    ),
    "04.two-dots": seen("dots", a=["S."], b=[".P"], c=["SP"], d=[".."], none=["S"]),
}
