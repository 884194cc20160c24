"""Notebook 10: what is a socket?"""

CASES = {
    "10.number": {
        "a": {"numbers": (3, 4, 5), "last_number": 4},
        "b": {"numbers": (3, 4, 5), "last_number": 6},
        "c": {"numbers": (3, 0, 1), "last_number": 0},
        "d": {"numbers": (3, 0, 1), "last_number": 2},
        "none": [{"numbers": (3, 4, 5), "last_number": 7}, {"numbers": (5, 6, 7), "last_number": 6}],
    },
    "10.open-path": {
        "a": {"opened_kind": "-", "called": False},
        "b": {"opened_kind": "s", "called": True},
        "c": {"opened_kind": "ENXIO", "called": False},
        "d": {"opened_kind": "ECONNREFUSED", "called": False},
        "none": [{"opened_kind": "s", "called": False}, {"opened_kind": "EACCES", "called": False}],
    },
    "10.own-bytes": {
        "a": {"same_end": "EAGAIN"},
        "b": {"same_end": b""},
        "c": {"same_end": b"hello"},
        "none": {"same_end": "EBADF"},
    },
    "10.stream-udp": {
        "a": {"reply": "EAFNOSUPPORT"},
        "b": {"reply": "EPROTONOSUPPORT"},
        "c": {"reply": "ESOCKTNOSUPPORT"},
        "d": {"reply": "EPROTOTYPE"},
        "none": [{"reply": "ok"}, {"reply": "EINVAL"}],
    },
    "10.short-read": {
        "a": {"pieces": {"SOCK_DGRAM": (b"hel", b"lo")}},
        "b": {"pieces": {"SOCK_DGRAM": (b"hel", b"low")}},
        "c": {"pieces": {"SOCK_DGRAM": ("EMSGSIZE", "EMSGSIZE")}},
        "d": {"pieces": {"SOCK_DGRAM": (b"hel", b"wor")}},
        "none": [{"pieces": {"SOCK_DGRAM": (b"hel", "EAGAIN")}}, {"pieces": {"SOCK_DGRAM": ("EAGAIN", "EAGAIN")}}],
    },
    "10.raw": {
        "a": {"raw_size": "47"},
        "b": {"raw_size": "33"},
        "c": {"raw_size": "13"},
        "d": {"raw_size": "5"},
        "none": [{"raw_size": "60"}, {"raw_size": "3"}],
    },
    "10.mapped": {
        "a": {"shown": ["fd00::1", "::ffff:10.0.0.1"]},
        "b": {"shown": ["fd00::1", "::10.0.0.1"]},
        "c": {"shown": ["fd00::1", "10.0.0.1"]},
        "d": {"shown": ["fd00::1", "ECONNREFUSED"]},
        "none": [{"shown": ["fd00::1", "::1"]}, {"shown": ["ENETUNREACH", "ETIMEDOUT"]}],
    },
    "10.relative": {
        "a": {"given": {"a relative path": "the error EINVAL"}, "inbox_in": "none"},
        "b": {"given": {"a relative path": "inbox"}, "inbox_in": "root"},
        "c": {"given": {"a relative path": "inbox"}, "inbox_in": "folder"},
        "d": [
            {"given": {"a relative path": b"\0inbox"}, "inbox_in": "none"},
            {"given": {"a relative path": "inbox"}, "inbox_in": "none"},
        ],
        "none": {"given": {"a relative path": "the error EACCES"}, "inbox_in": "root"},
    },
}
