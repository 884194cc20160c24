"""Notebook 17: an early accept(), names and numbers, a range of ports, and all verdicts."""

CASES = {
    "17.early": {
        "a": {"early_error": "", "early_end": "later"},
        "b": {"early_error": "", "early_end": "meanwhile"},
        "c": [{"early_error": "ECONNABORTED", "early_end": end} for end in ("later", "meanwhile")],
        "none": {"early_error": "", "early_end": "never"},
    },
    "17.inbox": {
        "a": {"told": "../a/inbox"},
        "b": {"told": "/a/inbox"},
        "c": {"told": "inbox"},
        "none": {"told": ""},
    },
    "17.syn-data": {
        "a": {"beyond_j": 1},
        "b": {"beyond_j": 6},
        "c": {"beyond_j": 5},
        "none": [{"beyond_j": 0}, {"beyond_j": 4}],
    },
    "17.raw-bind": {
        "a": {"raw_error": "", "raw_name": "10.0.0.2 80"},
        "b": {"raw_error": "", "raw_name": "10.0.0.2 0"},
        "c": {"raw_error": "EINVAL", "raw_name": "0.0.0.0 253"},
        "d": {"raw_error": "", "raw_name": "10.0.0.2 253"},
        "none": [{"raw_error": "", "raw_name": "10.0.0.2 17"}, {"raw_error": "", "raw_name": "0.0.0.0 253"}],
    },
    "17.one-port": {
        "a": {"listen_error": "", "listens_at": [40001]},
        "b": {"listen_error": "EADDRINUSE", "listens_at": []},
        "c": {"listen_error": "", "listens_at": [40000]},
        "none": [{"listen_error": "EADDRNOTAVAIL", "listens_at": []}, {"listen_error": "", "listens_at": []}],
    },
    "17.utilities": {
        "a": {"hold_one": 0},
        "b": [{"hold_one": 1}, {"hold_one": 5}],
        "c": [{"hold_one": 6}, {"hold_one": 10}],
        "d": {"hold_one": 11},
        "none": {"hold_one": 12},
    },
    "17.forty": {
        "a": {"hold": 20, "not_judged": 0},
        "b": [{"hold": 10, "not_judged": 0}, {"hold": 19, "not_judged": 0}],
        "c": [{"hold": 0, "not_judged": 0}, {"hold": 9, "not_judged": 0}],
        "none": {"hold": 2, "not_judged": 3},
    },
}
