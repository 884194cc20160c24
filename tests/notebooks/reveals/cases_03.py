"""Notebook 03: races, deadlocks, wake-ups, and what becomes of a lock whose holder dies."""

CASES = {
    "03.counting": {
        "a": [{"totals": [600_000, 600_000, 599_999]}, {"totals": [700_000, 400_000]}, {"totals": [1]}],
        "b": {"totals": [600_000] * 5},
        "c": {"totals": [600_000, 600_001]},
        "none": {"totals": [600_000, 0]},
    },
    "03.two-locks": {
        "a": [{"came_to": ["sleeps", "raises EDEADLK"]}, {"came_to": [None, "raises EDEADLK"]}],
        "b": [{"came_to": ["sleeps", "raises ChildEnded"]}, {"came_to": ["raises ChildEnded", None]}],
        "c": {"came_to": ["sleeps", "sleeps"]},
        "none": [{"came_to": [None, "sleeps"]}, {"came_to": ["raises EDEADLK", "raises EDEADLK"]}],
    },
    "03.signal-first": {
        "a": {"its_wait": None},
        "b": {"its_wait": "sleeps"},
        "c": {"its_wait": "raises EPERM"},
        "none": {"its_wait": 5},
    },
    "03.one-look": {
        "a": {"after_theft": "sleeps", "items_left": 0},
        "b": {"after_theft": "sleeps", "items_left": 1},
        "c": {"after_theft": "raises ValueError", "items_left": 0},
        "d": {"after_theft": None, "items_left": -1},
        "none": [{"after_theft": None, "items_left": 0}, {"after_theft": "raises ValueError", "items_left": -1}],
    },
    "03.second-reader": {
        "a": {"reader2_came": None},
        "b": {"reader2_came": "sleeps"},
        "c": {"reader2_came": "raises EAGAIN"},
        "none": {"reader2_came": 5},
    },
    "03.killed-holder": {
        "a": {"b_came": None},
        "b": {"b_came": "sleeps"},
        "c": {"b_came": "raises EOWNERDEAD"},
        "none": {"b_came": 5},
    },
    "03.second-look": {
        "a": {"holders": ["A"]},
        "b": {"holders": ["A", "B"]},
        "c": {"holders": ["B"]},
        "none": [{"holders": []}, {"holders": ["B", "another process"]}],
    },
    "03.released-by-another": {
        "a": {"stands_at": 0},
        "b": {"stands_at": 1},
        "c": {"stands_at": 2},
        "none": [{"stands_at": 3}, {"stands_at": "nothing, as this machine gives us none"}],
    },
}
