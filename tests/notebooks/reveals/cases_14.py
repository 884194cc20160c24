"""Notebook 14: see the package."""

HEAD, ACK, BODY = ("client", "head"), ("server", "ACK"), ("client", "body")

CASES = {
    "14.second-read": {
        "a": {"came_next": "EAGAIN"},
        "b": {"came_next": b"4567"},
        "c": {"came_next": b"0123"},
        "none": [{"came_next": "ECONNREFUSED"}, {"came_next": b""}],
    },
    "14.over-there": {
        "a": {"handed_over": 0, "wrote": [], "came_through": b""},
        "b": {"handed_over": 1, "wrote": "EBADF", "came_through": b""},
        "c": {"handed_over": 1, "wrote": [18], "came_through": b"written over there"},
        "none": {"handed_over": 1, "wrote": "EPIPE", "came_through": "EAGAIN"},
    },
    "14.large-send": {
        "a": {"taken": "EAGAIN"},
        "b": {"taken": 2_539_008},
        "c": {"taken": 64 << 20},
        "none": [{"taken": "ENOBUFS"}, {"taken": "EMSGSIZE"}],
    },
    "14.small-writes": {
        "a": {"left_in_order": [HEAD, ACK, BODY, ACK, ("server", "answer")]},
        "b": [{"left_in_order": [HEAD, BODY, ACK]}, {"left_in_order": [HEAD, BODY, ("server", "answer")]}],
        "c": {"left_in_order": [("client", "headbody"), ACK, ("server", "answer")]},
        "none": [{"left_in_order": [HEAD, ACK, ("server", "answer")]}, {"left_in_order": [BODY, HEAD]}],
    },
    "14.no-room": {
        "a": {"was_reset": False, "sent_early": True, "kept_back": 0},
        "b": {"was_reset": False, "sent_early": False, "kept_back": 4},
        "c": {"was_reset": True, "sent_early": True, "kept_back": 0},
        "none": {"was_reset": False, "sent_early": False, "kept_back": 0},
    },
}
