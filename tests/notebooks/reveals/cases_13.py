"""Notebook 13: eleven states."""

from tests.notebooks.reveals import seen

HERE, THERE = "10.0.0.1:1000", "10.0.0.2:2000"
OTHER = "10.0.0.2:2001"
BEFORE = ["CLOSED", "SYN-SENT", "ESTABLISHED", "FIN-WAIT-1"]

CASES = {
    "13.patience": seen("waiting",
        a=[[("CLOSE-WAIT", True), ("FIN-WAIT-2", False)]], b=[[("CLOSE-WAIT", False), ("FIN-WAIT-2", True)]],
        c=[[("CLOSE-WAIT", True), ("FIN-WAIT-2", True)]], d=[[("CLOSE-WAIT", False), ("FIN-WAIT-2", False)]],
        none=[[("ESTABLISHED", False), ("FIN-WAIT-1", True)], [("CLOSE-WAIT", False)]],
    ),
    "13.behind-data": seen("state_behind",
        a=["FIN-WAIT-1"], b=["FIN-WAIT-2"], c=["CLOSED"], d=["ESTABLISHED"], none=["CLOSING"],
    ),
    "13.own-port": seen("result",
        a=["ECONNREFUSED"], b=["EADDRINUSE"], c=["no error"], d=["EAGAIN"], none=["EINVAL", "EADDRNOTAVAIL"],
    ),
    "13.both-open": seen("ends",
        a=[[("ESTABLISHED", HERE, THERE), ("ESTABLISHED", HERE, THERE)]],
        b=[[("ESTABLISHED", HERE, THERE)] * 2 + [("ESTABLISHED", HERE, OTHER)] * 2], c=[[]],
        d=[[("SYN-SENT", HERE, THERE), ("SYN-SENT", HERE, THERE)],
            [("SYN-RECEIVED", HERE, THERE), ("SYN-SENT", HERE, THERE)]],
        none=[[("ESTABLISHED", HERE, THERE), ("SYN-RECEIVED", HERE, THERE)], [("ESTABLISHED", HERE, THERE)]],
    ),
    "13.reboot": seen("received",
        a=["TimeoutError"], b=["ECONNRESET"], c=["b''"], d=["ETIMEDOUT"], none=["b'hello'", "EPIPE"],
    ),
    "13.crossing-fins": seen("left",
        a=[["TIME-WAIT", "CLOSED"]], b=[["CLOSED", "TIME-WAIT"]], c=[["TIME-WAIT", "TIME-WAIT"]],
        d=[["CLOSED", "CLOSED"]], none=[["CLOSING", "TIME-WAIT"], ["FIN-WAIT-1", "FIN-WAIT-1"]],
    ),
    "13.ack-lost": seen("passed",
        a=[[*BEFORE, "CLOSING", "TIME-WAIT"]], b=[[*BEFORE, "TIME-WAIT"]], c=[[*BEFORE, "FIN-WAIT-2", "TIME-WAIT"]],
        d=[[*BEFORE, "LAST-ACK"]], none=[[*BEFORE, "CLOSED"], BEFORE, BEFORE[:3]],
    ),
}
