"""Notebook 14: see the package."""

HEAD, ACK, BODY = ("client", "head"), ("server", "ACK"), ("client", "body")

CASES = {
    "14.small-buffer": {
        "a": {"number": 10},
        "b": {"number": 4},
        "c": {"number": 6},
        "d": {"number": "EMSGSIZE"},
        "none": {"number": 0},
    },
    "14.over-there": {
        "a": {"handed_over": 0, "wrote": [], "came_through": b""},
        "b": {"handed_over": 1, "wrote": "EBADF", "came_through": b""},
        "c": {"handed_over": 1, "wrote": [18], "came_through": b"written over there"},
        "none": {"handed_over": 1, "wrote": "EPIPE", "came_through": "EAGAIN"},
    },
    "14.large-send": {
        "a": {"came_of_it": "raises EINTR"},
        "b": {"came_of_it": 0.0378},
        "c": {"came_of_it": "sleeps"},
        "none": [{"came_of_it": "raises ECONNRESET"}, {"came_of_it": 1.0}],
    },
    "14.small-writes": {
        "a": {"left_in_order": [HEAD, ACK, BODY, ACK, ("server", "answer")]},
        "b": [{"left_in_order": [HEAD, BODY, ACK]}, {"left_in_order": [HEAD, BODY, ("server", "answer")]}],
        "c": {"left_in_order": [("client", "headbody"), ACK, ("server", "answer")]},
        "none": [{"left_in_order": [HEAD, ACK, ("server", "answer")]}, {"left_in_order": [BODY, HEAD]}],
    },
    "14.no-room": {
        "a": [{"meanwhile": [4]}, {"meanwhile": [4, 4, 4]}],
        "b": {"meanwhile": [0, 0, 0]},
        "c": {"meanwhile": []},
        "none": [{"meanwhile": [1, 1]}, {"meanwhile": ["RST"]}, {"meanwhile": [0, 4]}],
    },
}
