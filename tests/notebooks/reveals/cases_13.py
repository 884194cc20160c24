"""Notebook 13: eleven states."""

HERE, THERE = "10.0.0.1:1000", "10.0.0.2:2000"
OTHER = "10.0.0.2:2001"
BEFORE = ["CLOSED", "SYN-SENT", "ESTABLISHED", "FIN-WAIT-1"]

CASES = {
    "13.patience": {
        "a": {"waiting": [("CLOSE-WAIT", True), ("FIN-WAIT-2", False)]},
        "b": {"waiting": [("CLOSE-WAIT", False), ("FIN-WAIT-2", True)]},
        "c": {"waiting": [("CLOSE-WAIT", True), ("FIN-WAIT-2", True)]},
        "d": {"waiting": [("CLOSE-WAIT", False), ("FIN-WAIT-2", False)]},
        "none": [{"waiting": [("ESTABLISHED", False), ("FIN-WAIT-1", True)]}, {"waiting": [("CLOSE-WAIT", False)]}],
    },
    "13.behind-data": {
        "a": {"state_behind": "FIN-WAIT-1"},
        "b": {"state_behind": "FIN-WAIT-2"},
        "c": {"state_behind": "CLOSED"},
        "d": {"state_behind": "ESTABLISHED"},
        "none": {"state_behind": "CLOSING"},
    },
    "13.own-port": {
        "a": {"result": "ECONNREFUSED"},
        "b": {"result": "EADDRINUSE"},
        "c": {"result": "no error"},
        "d": {"result": "EAGAIN"},
        "none": [{"result": "EINVAL"}, {"result": "EADDRNOTAVAIL"}],
    },
    "13.both-open": {
        "a": {"ends": [("ESTABLISHED", HERE, THERE), ("ESTABLISHED", HERE, THERE)]},
        "b": {"ends": [("ESTABLISHED", HERE, THERE)] * 2 + [("ESTABLISHED", HERE, OTHER)] * 2},
        "c": {"ends": []},
        "d": [
            {"ends": [("SYN-SENT", HERE, THERE), ("SYN-SENT", HERE, THERE)]},
            {"ends": [("SYN-RECEIVED", HERE, THERE), ("SYN-SENT", HERE, THERE)]},
        ],
        "none": [
            {"ends": [("ESTABLISHED", HERE, THERE), ("SYN-RECEIVED", HERE, THERE)]},
            {"ends": [("ESTABLISHED", HERE, THERE)]},
        ],
    },
    "13.reboot": {
        "a": {"received": "TimeoutError"},
        "b": {"received": "ECONNRESET"},
        "c": {"received": "b''"},
        "d": {"received": "ETIMEDOUT"},
        "none": [{"received": "b'hello'"}, {"received": "EPIPE"}],
    },
    "13.crossing-fins": {
        "a": {"left": ["TIME-WAIT", "CLOSED"]},
        "b": {"left": ["CLOSED", "TIME-WAIT"]},
        "c": {"left": ["TIME-WAIT", "TIME-WAIT"]},
        "d": {"left": ["CLOSED", "CLOSED"]},
        "none": [{"left": ["CLOSING", "TIME-WAIT"]}, {"left": ["FIN-WAIT-1", "FIN-WAIT-1"]}],
    },
    "13.ack-lost": {
        "a": {"passed": [*BEFORE, "CLOSING", "TIME-WAIT"]},
        "b": {"passed": [*BEFORE, "TIME-WAIT"]},
        "c": {"passed": [*BEFORE, "FIN-WAIT-2", "TIME-WAIT"]},
        "d": {"passed": [*BEFORE, "LAST-ACK"]},
        "none": [{"passed": [*BEFORE, "CLOSED"]}, {"passed": BEFORE}, {"passed": BEFORE[:3]}],
    },
}
