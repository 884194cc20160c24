"""Notebook 05: a dead server, bytes read as another type, a wrong version, a lost reply, who is at the other end."""

from tests.notebooks.reveals import seen

CASES = {
    "05.dead-server": seen("came_back",
        a=["ConnectionRefusedError"], b=[42], c=["TimeoutError"], none=["PermissionError"],
    ),
    "05.read-anew": seen("as_a_number",
        a=["an error: no int stands here"], b=[7566701, 1937075456], c=[3], none=[50331648],
    ),
    "05.version-nine": seen("answered_by",
        a=["TimeoutError"], b=["PROG_MISMATCH"], c=["PROG_UNAVAIL"], d=["SUCCESS"], none=["SYSTEM_ERR"],
    ),
    "05.same-again": seen("read_at_last", a=[100], b=["nothing"], c=[200], none=[300]),
    "05.claims-to-be": seen("told_pid real_pid", a=[(4711, 4711)], b=[(1, 4711)], c=[(0, 4711)], none=[(815, 4711)]),
    "05.handed-on": seen("named", a=["the child"], b=["the parent"], c=["process 0"], none=["process 815"]),
}
