"""Notebook 15: see the package."""

CASES = {
    "15.neighbour": {
        "a": {"trouble": "", "got": b"you said: hello\n"},
        "b": {"trouble": "ECONNREFUSED", "got": "EPIPE"},
        "c": {"trouble": "", "got": "EAGAIN"},
        "none": [
            {"trouble": "ETIMEDOUT", "got": "EPIPE"},
            {"trouble": "", "got": "ECONNRESET"},
            {"trouble": "", "got": b""},
        ],
    },
    "15.hung-up": {
        "a": {"after_rude": "survives"},
        "b": {"after_rude": "dies: ConnectionResetError"},
        "c": {"after_rude": "never reads it"},
        "none": {"after_rude": "no such answer"},
    },
    "15.full-mailbox": {
        "a": {"after_a_flood": "keeps it all in memory"},
        "b": {"after_a_flood": "never reads it"},
        "c": {"after_a_flood": "survives"},
        "none": {"after_a_flood": "dies: BlockingIOError"},
    },
    "15.thread-count": {
        "a": {"counted": {"threads": 1000}, "processors": 2},
        "b": {"counted": {"threads": 8}, "processors": 8},
        "c": [{"counted": {"threads": 1}, "processors": 1}, {"counted": {"threads": 1}, "processors": 2}],
        "d": {"counted": {"threads": 1001}, "processors": 2},
        "none": [{"counted": {"threads": 997}, "processors": 2}, {"counted": {}, "processors": 2}],
    },
    "15.keep-alive": {
        "a": {"waited": 3.07, "ended_with": "ETIMEDOUT"},
        "b": {"waited": 2.05, "ended_with": "ETIMEDOUT"},
        "c": {"waited": 1.02, "ended_with": "ETIMEDOUT"},
        "d": {"waited": 7.0, "ended_with": ""},
        "none": {"waited": 7.0, "ended_with": "ETIMEDOUT"},
    },
}
