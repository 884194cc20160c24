"""Notebook 05: a dead server, bytes read as another type, a wrong version, a lost reply, who is at the other end."""

CASES = {
    "05.dead-server": {
        "a": {"came_back": "ConnectionRefusedError"},
        "b": {"came_back": 42},
        "c": {"came_back": "TimeoutError"},
        "none": {"came_back": "PermissionError"},
    },
    "05.read-anew": {
        "a": {"as_a_number": "an error: no int stands here"},
        "b": [{"as_a_number": 7566701}, {"as_a_number": 1937075456}],
        "c": {"as_a_number": 3},
        "none": {"as_a_number": 50331648},
    },
    "05.version-nine": {
        "a": {"answered_by": "NoReply"},
        "b": {"answered_by": "ProgramMismatch"},
        "c": {"answered_by": "ProgramUnavailable"},
        "d": {"answered_by": "a result"},
        "none": {"answered_by": "SystemFailure"},
    },
    "05.same-again": {
        "a": {"read_at_last": 100},
        "b": {"read_at_last": "nothing"},
        "c": {"read_at_last": 200},
        "none": {"read_at_last": 300},
    },
    "05.claims-to-be": {
        "a": {"told_pid": 4711, "real_pid": 4711},
        "b": {"told_pid": 1, "real_pid": 4711},
        "c": {"told_pid": 0, "real_pid": 4711},
        "none": {"told_pid": 815, "real_pid": 4711},
    },
    "05.handed-on": {
        "a": {"named": "the child"},
        "b": {"named": "the parent"},
        "c": {"named": "process 0"},
        "none": {"named": "process 815"},
    },
}
