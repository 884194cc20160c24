"""Notebook 17: an early accept(), names and numbers, a range of ports, and all verdicts."""

from tests.notebooks.reveals import seen

CASES = {
    "17.early": seen("early_error early_end",
        a=[("", "later")], b=[("", "meanwhile")],
        c=[("ECONNABORTED", "later"), ("ECONNABORTED", "meanwhile")], none=[("", "never")],
    ),
    "17.inbox": seen("told", a=["../a/inbox"], b=["/a/inbox"], c=["inbox"], none=[""]),
    "17.syn-data": seen("beyond_j", a=[1], b=[6], c=[5], none=[0, 4]),
    "17.raw-bind": seen("raw_error raw_name",
        a=[("", "10.0.0.2 80")], b=[("", "10.0.0.2 0")], c=[("EINVAL", "0.0.0.0 253")], d=[("", "10.0.0.2 253")],
        none=[("", "10.0.0.2 17"), ("", "0.0.0.0 253")],
    ),
    "17.one-port": seen("listen_error listens_at",
        a=[("", [40001])], b=[("EADDRINUSE", [])], c=[("", [40000])], none=[("EADDRNOTAVAIL", []), ("", [])],
    ),
    "17.utilities": seen("hold_one", a=[0], b=[1, 5], c=[6, 10], d=[11], none=[12]),
    "17.forty": seen("hold not_judged", a=[(20, 0)], b=[(10, 0), (19, 0)], c=[(0, 0), (9, 0)], none=[(2, 3)]),
}
