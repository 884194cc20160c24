"""Notebook 00: a first connection, a lost segment, a port without a listener, the kernel's table."""

CASES = {
    "00.segments": {
        "a": {"crossed": 1},
        "b": {"crossed": 2},
        "c": {"crossed": 3},
        "d": {"crossed": 5},
        "none": [{"crossed": 0}, {"crossed": 4}],
    },
    "00.port": {
        "a": {"own_port": 80},
        "b": {"own_port": 0},
        "c": {"own_port": 1},
        "d": [{"own_port": 1024}, {"own_port": 54321}],
        "none": {"own_port": 1023},
    },
    "00.lost": {
        "a": [{"waited": 1.04, "failed_with": ""}, {"waited": 1.6, "failed_with": ""}],
        "b": {"waited": 0.002, "failed_with": "ENETUNREACH"},
        "c": {"waited": 10.01, "failed_with": "TimeoutError"},
        "d": {"waited": 0.002, "failed_with": ""},
        "none": [{"waited": 3.05, "failed_with": ""}, {"waited": 1.02, "failed_with": "ECONNREFUSED"}],
    },
    "00.no-listener": {
        "a": {"came_back": "nothing", "ended_with": "TimeoutError"},
        "b": {"came_back": "RST ACK", "ended_with": "ECONNREFUSED"},
        "c": {"came_back": "SYN ACK", "ended_with": "success"},
        "none": [
            {"came_back": "nothing", "ended_with": "ECONNREFUSED"},
            {"came_back": "ACK", "ended_with": "TimeoutError"},
        ],
    },
    "00.table": {
        "a": {"after_socket": "no line"},
        "b": {"after_socket": "07"},
        "c": {"after_socket": "0A"},
        "none": {"after_socket": "01"},
    },
}
