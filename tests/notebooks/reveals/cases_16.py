"""Notebook 16: see the package."""

CASES = {
    "16.datagrams": {
        "a": [{"arrived": 170}, {"arrived": 1}],
        "b": {"arrived": 5000},
        "c": {"arrived": 1024},
        "d": {"arrived": 2048},
        "none": [{"arrived": 0}, {"arrived": 1500}, {"arrived": 4999}],
    },
    "16.looks": {
        "a": {"waited": 0.06},
        "b": [{"waited": 0.6}, {"waited": 1.1}],
        "c": {"waited": 5.0},
        "none": [{"waited": 0.25}, {"waited": 1.8}],
    },
    "16.same-core": {
        "a": {"shared_core": 1.1},
        "b": {"shared_core": 0.1},
        "c": {"shared_core": 751.0},
        "none": [{"shared_core": 3.2}, {"shared_core": 0.6}],
    },
    "16.two-threads": {
        "a": {"in_threads": 1740.0},
        "b": {"in_threads": 1.0},
        "c": {"in_threads": 0.2},
        "none": [{"in_threads": 0.6}, {"in_threads": 7.0}],
    },
    "16.placement": {
        "a": {"together": 30.0, "apart": 5.0},
        "b": [{"together": 5.0, "apart": 5.0}, {"together": 5.0, "apart": 6.0}],
        "c": {"together": 5.0, "apart": 50.0},
        "none": {"together": 5.0, "apart": float("inf")},
    },
    "16.more-bytes": {
        "a": {"growth": 1024.0},
        "b": {"growth": 5.3},
        "c": {"growth": 1.1},
        "none": [{"growth": 1.7}, {"growth": 300.0}],
    },
}
