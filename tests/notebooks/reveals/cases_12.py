"""Notebook 12: the three-way handshake."""

from tests.notebooks.reveals import seen

CASES = {
    "12.counted": seen("in_use",
        a=[["TCP: inuse 2", "TCP: inuse 2"]], b=[["TCP: inuse 3", "TCP: inuse 4"]],
        c=[["TCP: inuse 1", "TCP: inuse 2"]], d=[["TCP: inuse 0", "TCP: inuse 2"]],
        none=[["TCP: inuse 17", "TCP: inuse 18"], ["exit status 1", "exit status 1"]],
    ),
    "12.unanswered": seen("repeated",
        a=[[1, 3, 7]], b=[[1, 2, 3]], c=[[3, 9, 21]], none=[[], [1], [0, 0, 1], [1, 3, 8]],
    ),
    "12.third-lost": seen("repairs",
        a=[[]], b=[["server: SYN ACK", "client: ACK"]], c=[["client: ACK"]],
        none=[["server: RST"], ["client: FIN ACK", "server: ACK"]],
    ),
    "12.data-follows": seen("waited", a=[[0.004], [0.3]], b=[[1.03], [1.6]], c=[[]], none=[[0.6], [4.2]]),
    "12.late-syn": seen("answers",
        a=[["SYN ACK"]], b=[[]], c=[["RST"]], d=[["ACK"]], none=[["RST ACK"], ["ACK", "ACK"], ["FIN ACK"]],
    ),
    "12.old-syn": seen("resets",
        a=[["server"]], b=[["client"]], c=[[]], none=[["client", "client"], ["client", "server"]],
    ),
    "12.send-returned": seen("unsent unread", a=[(0, 0)], b=[(0, 5)], c=[(5, 0)], none=[(3, 0), (5, 5)]),
}
