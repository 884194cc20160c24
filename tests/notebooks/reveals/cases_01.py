"""Notebook 01: processes, what they inherit, what names them, and what outlives them."""

CASES = {
    "01.variable": {
        "a": {"in_old": 2, "in_new": 2},
        "b": {"in_old": 1, "in_new": 2},
        "c": {"in_old": 1, "in_new": 1},
        "none": {"in_old": 2, "in_new": 1},
    },
    "01.offset": {
        "a": {"by_parent": b"def"},
        "b": {"by_parent": b"abc"},
        "c": {"by_parent": b""},
        "none": {"by_parent": b"de"},
    },
    "01.exec": {
        "a": {"open_in_ls": ["/dev/null", "/dev/null", "/dev/zero", "/dev/full"]},
        "b": {"open_in_ls": ["/dev/null", "/dev/null"]},
        "c": {"open_in_ls": ["/dev/null", "/dev/null", "/dev/zero"]},
        "d": {"open_in_ls": ["/dev/null", "/dev/null", "/dev/full"]},
        "none": {"open_in_ls": []},
    },
    "01.not-asked": {
        "a": {"before_waitpid": "no such process"},
        "b": {"before_waitpid": "S (sleeping)"},
        "c": {"before_waitpid": "Z (zombie)"},
        "d": {"before_waitpid": "X (dead)"},
        "none": {"before_waitpid": "R (running)"},
    },
    "01.old-number": {
        "a": {"killed": "done", "ended_by": "SIGTERM"},
        "b": {"killed": "ESRCH", "ended_by": "SIGKILL"},
        "c": {"killed": "done", "ended_by": "SIGKILL"},
        "none": {"killed": "EPERM", "ended_by": "SIGKILL"},
    },
    "01.hosts": {
        "a": {"pids": [1, 1]},
        "b": {"pids": [2, 2]},
        "c": [{"pids": [2, 3]}, {"pids": [1, 2]}],
        "none": [{"pids": []}, {"pids": [2]}],
    },
    "01.signal": {
        "a": {"taken": 1},
        "b": {"taken": 0},
        "c": {"taken": 3},
        "none": {"taken": 2},
    },
    "01.maker-ended": {
        "a": {"found": "no queue"},
        "b": {"found": b""},
        "c": {"found": b"hello"},
        "none": [{"found": b"hell"}, {"found": "nothing, as this machine gives us none"}],
    },
}
