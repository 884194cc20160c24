"""Notebook 02: pipe, FIFO and the two kinds of message queue."""

NONE_HERE = "nothing, as this machine gives us none"

CASES = {
    "02.two-writes": {
        "a": {"one_read": b"one"},
        "b": {"one_read": [b"one", b"two"]},
        "c": {"one_read": b"onetwo"},
        "none": [{"one_read": b"two"}, {"one_read": b""}],
    },
    "02.room-for-100": {
        "a": {"wrote": "raises EAGAIN", "went_in": 0},
        "b": {"wrote": 100, "went_in": 100},
        "c": {"wrote": "sleeps", "went_in": 0},
        "none": [{"wrote": "raises EPIPE", "went_in": 0}, {"wrote": 200, "went_in": 200}],
    },
    "02.three-pages": {
        "a": [{"pages": "aaabbb"}, {"pages": "bbbaaa"}],
        "b": [{"pages": "aababb"}, {"pages": "ababab"}, {"pages": "aababbab"}],
        "c": {"pages": "ab"},
        "none": [{"pages": ""}, {"pages": "aaa"}, {"pages": "aab"}],
    },
    "02.second-read": {
        "a": {"second_read": "sleeps"},
        "b": {"second_read": b""},
        "c": {"second_read": "raises EPIPE"},
        "none": {"second_read": b"hello"},
    },
    "02.nobody-there": {
        "a": {"opened": {"O_WRONLY": True, "O_RDONLY": True}},
        "b": {"opened": {"O_WRONLY": "raises ENXIO", "O_RDONLY": "raises ENXIO"}},
        "c": {"opened": {"O_WRONLY": True, "O_RDONLY": "raises ENXIO"}},
        "d": {"opened": {"O_WRONLY": "raises ENXIO", "O_RDONLY": True}},
        "none": [
            {"opened": {"O_WRONLY": "sleeps", "O_RDONLY": True}},
            {"opened": {"O_WRONLY": "raises ENXIO", "O_RDONLY": "sleeps"}},
        ],
    },
    "02.priority": {
        "a": {"received": [(b"tea", 1), (b"fire", 9), (b"cake", 1)]},
        "b": {"received": [(b"fire", 9), (b"tea", 1), (b"cake", 1)]},
        "c": {"received": [(b"fire", 9), (b"cake", 1), (b"tea", 1)]},
        "d": {"received": [(b"tea", 1), (b"cake", 1), (b"fire", 9)]},
        "none": [{"received": []}, {"received": [(b"fire", 9), "raises BusyError", "raises BusyError"]}],
    },
    "02.killed-sender": {
        "a": {"after_death": "raises ExistentialError"},
        "b": {"after_death": (b"", 0)},
        "c": {"after_death": "sleeps"},
        "none": [{"after_death": NONE_HERE}, {"after_death": (b"hello", 0)}],
    },
    "02.type": {
        "a": {"first_taken": (b"one", 1)},
        "b": {"first_taken": (b"two", 2)},
        "c": {"first_taken": (b"three", 3)},
        "d": [{"first_taken": "raises BusyError"}, {"first_taken": "raises ValueError"}],
        "none": [{"first_taken": NONE_HERE}, {"first_taken": "sleeps"}],
    },
}
