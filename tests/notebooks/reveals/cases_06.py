"""Notebook 06: who are you on a network?"""

from collections import Counter

from tests.notebooks.reveals import seen

CLIENT, SERVER = "b'this is client'", "b'this is server'"
BOTH = ["bound", "bound"]
TCP, UDP = "b'over TCP'", "(b'over UDP', ('10.0.0.1', 40001))"
TO_80, TO_81 = "('10.0.0.2', 80)", "('10.0.0.2', 81)"
NO_PORT = ["EADDRNOTAVAIL", "EADDRNOTAVAIL"]
EXACT, ANY = "10.0.0.2 to 10.0.0.2", "10.0.0.2 to 0.0.0.0"

CASES = {
    "06.two-servers": seen("binds greetings",
        a=[(["bound", "EADDRINUSE"], [])], b=[(BOTH, [CLIENT, CLIENT])], c=[(BOTH, [CLIENT, SERVER])],
        d=[(BOTH, [SERVER, CLIENT])], none=[(BOTH, ["", ""]), (["EACCES"], [])],
    ),
    "06.door": seen("replies connected",
        a=[([("SYN ACK", "10.0.1.2")], "connected")], b=[([("SYN ACK", "10.0.0.2")], "TimeoutError")],
        c=[([], "TimeoutError")], d=[([("RST ACK", "10.0.1.2")], "ECONNREFUSED")],
        none=[([("SYN ACK", "10.0.0.1")], "connected"), ([], "EHOSTUNREACH")],
    ),
    "06.both": seen("second_bind over",
        a=[("EADDRINUSE", {"recv": TCP, "recvfrom": ""})], b=[("works", {"recv": TCP, "recvfrom": UDP})],
        c=[("works", {"recv": TCP, "recvfrom": ""})],
        d=[("works", {"recv": "", "recvfrom": UDP}), ("works", {"recvfrom": UDP})],
        none=[("works", {}), ("EACCES", {"recv": TCP})],
    ),
    "06.fork": seen("fork_lines fork_owners", a=[(1, 2)], b=[(2, 2)], c=[(1, 1)], none=[(0, 0)]),
    "06.handed-over": seen("reached",
        a=["ECONNREFUSED"], b=["ECONNRESET"], c=["timeout"], d=["taker"], none=["", "EPIPE"],
    ),
    "06.hundred-calls": seen("heard",
        a=[["first", "second"] * 50], b=[["first", "first", "second", "first", "second"] * 20], c=[["first"] * 100],
        d=[["second"] * 100], none=[["first"] * 50 + ["second"] * 50, ["first"] * 99 + ["ECONNREFUSED"]],
    ),
    "06.many": seen("succeeded refusals",
        a=[({TO_80: 4}, NO_PORT[:1] * 2)], b=[({TO_80: 4, TO_81: 1}, NO_PORT)], c=[({TO_80: 4, TO_81: 4}, NO_PORT)],
        d=[({TO_80: 4, TO_81: 6}, NO_PORT[:1])],
        none=[({TO_80: 4, TO_81: 3}, NO_PORT), ({TO_80: 6, TO_81: 6}, []),
            ({TO_80: 4, TO_81: 1}, ["EADDRNOTAVAIL", "ECONNREFUSED"])],
    ),
    "06.pair": seen("bound_at taken",
        a=[(BOTH, Counter({EXACT: 10, "10.0.0.3 to 0.0.0.0": 1}))],
        b=[(BOTH, Counter({ANY: 10, "10.0.0.3 to 0.0.0.0": 1}))], c=[(BOTH, Counter({EXACT: 4, ANY: 6}))],
        d=[(["bound", "EADDRINUSE"], Counter({ANY: 10}))],
        none=[(BOTH, Counter({EXACT: 7})), (["bound", "EACCES"], Counter())],
    ),
}
