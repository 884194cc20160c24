"""Notebook 00: a first connection, a lost segment, a port without a listener, the kernel's table."""

from tests.notebooks.reveals import seen

CASES = {
    "00.segments": seen("crossed", a=[1], b=[2], c=[3], d=[5], none=[0, 4]),
    "00.port": seen("own_port", a=[80], b=[0], c=[1], d=[1024, 54321], none=[1023]),
    "00.lost": seen("waited failed_with",
        a=[(1.04, ""), (1.6, "")], b=[(0.002, "ENETUNREACH")], c=[(10.01, "TimeoutError")], d=[(0.002, "")],
        none=[(3.05, ""), (1.02, "ECONNREFUSED")],
    ),
    "00.no-listener": seen("came_back ended_with",
        a=[("nothing", "TimeoutError")], b=[("RST ACK", "ECONNREFUSED")], c=[("SYN ACK", "success")],
        none=[("nothing", "ECONNREFUSED"), ("ACK", "TimeoutError")],
    ),
    "00.table": seen("after_socket", a=["no line"], b=["07"], c=["0A"], none=["01"]),
}
