"""Notebook 14: see the package."""

from tests.notebooks.reveals import seen

HEAD, ACK, BODY = ("client", "head"), ("server", "ACK"), ("client", "body")

CASES = {
    "14.small-buffer": seen("number", a=[10], b=[4], c=[6], d=["EMSGSIZE"], none=[0]),
    "14.over-there": seen("handed_over wrote came_through",
        a=[(0, [], b"")], b=[(1, "EBADF", b"")], c=[(1, [18], b"written over there")], none=[(1, "EPIPE", "EAGAIN")],
    ),
    "14.large-send": seen("came_of_it",
        a=["raises EINTR"], b=[0.0378], c=["sleeps"], none=["raises ECONNRESET", 1.0],
    ),
    "14.small-writes": seen("left_in_order",
        a=[[HEAD, ACK, BODY, ACK, ("server", "answer")]], b=[[HEAD, BODY, ACK], [HEAD, BODY, ("server", "answer")]],
        c=[[("client", "headbody"), ACK, ("server", "answer")]],
        none=[[HEAD, ACK, ("server", "answer")], [BODY, HEAD]],
    ),
    "14.no-room": seen("meanwhile", a=[[4], [4, 4, 4]], b=[[0, 0, 0]], c=[[]], none=[[1, 1], ["RST"], [0, 4]]),
}
