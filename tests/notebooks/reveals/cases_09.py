"""Notebook 09: links and routing."""

from tests.notebooks.reveals import seen

CASES = {
    "09.end-inside": seen("program_got",
        a=[[b"left\xc0right"]], b=[[b"left"]], c=[[]], d=[[b"left", b"right"]], none=[[b"right"], [b"left\xc0"]],
    ),
    "09.mtu": seen("allowed", a=[966], b=[986], c=[1006], d=[1460], none=[0, 954]),
    "09.headers-left": seen("left", a=[2], b=[3], c=[5], d=[20], none=[4, 40]),
    "09.timestamps": seen("differences", a=[3], b=[4], c=[2], d=[0], none=[1, 5]),
    "09.damaged-data": seen("server_says",
        a=[[("ACK", 801)], [("ACK", 801), ("ACK", 801)]], b=[[("ACK", 1601)], [("ACK", 2401)]],
        c=[[("RST", None)], [("RST ACK", 801)]], d=[[]], none=[[("ACK", 1)], [("FIN", None)]],
    ),
    "09.mask-bit": seen("thrown", a=[1], b=[2], c=[0], none=[3, 7]),
    "09.one-way": seen("heard answered came_back",
        a=[(True, True, True)], b=[(False, False, False)], c=[(True, True, False)], none=[(True, False, False)],
    ),
    "09.hello": seen("got_hello",
        a=[["south"]], b=[["client", "south"]], c=[["server", "south"]], d=[["client", "server", "south"]],
        none=[[], ["client"]],
    ),
}
