"""Notebook 10: what is a socket?"""

from tests.notebooks.reveals import seen

CASES = {
    "10.number": seen("numbers last_number",
        a=[((3, 4, 5), 4)], b=[((3, 4, 5), 6)], c=[((3, 0, 1), 0)], d=[((3, 0, 1), 2)],
        none=[((3, 4, 5), 7), ((5, 6, 7), 6)],
    ),
    "10.open-path": seen("opened_kind called",
        a=[("-", False)], b=[("s", True)], c=[("ENXIO", False)], d=[("ECONNREFUSED", False)],
        none=[("s", False), ("EACCES", False)],
    ),
    "10.own-bytes": seen("same_end", a=["EAGAIN"], b=[b""], c=[b"hello"], none=["EBADF"]),
    "10.stream-udp": seen("reply",
        a=["EAFNOSUPPORT"], b=["EPROTONOSUPPORT"], c=["ESOCKTNOSUPPORT"], d=["EPROTOTYPE"], none=["ok", "EINVAL"],
    ),
    "10.short-read": seen("pieces",
        a=[{"SOCK_DGRAM": (b"hel", b"lo")}], b=[{"SOCK_DGRAM": (b"hel", b"low")}],
        c=[{"SOCK_DGRAM": ("EMSGSIZE", "EMSGSIZE")}], d=[{"SOCK_DGRAM": (b"hel", b"wor")}],
        none=[{"SOCK_DGRAM": (b"hel", "EAGAIN")}, {"SOCK_DGRAM": ("EAGAIN", "EAGAIN")}],
    ),
    "10.raw": seen("raw_size", a=["47"], b=["33"], c=["13"], d=["5"], none=["60", "3"]),
    "10.mapped": seen("shown",
        a=[["fd00::1", "::ffff:10.0.0.1"]], b=[["fd00::1", "::10.0.0.1"]], c=[["fd00::1", "10.0.0.1"]],
        d=[["fd00::1", "ECONNREFUSED"]], none=[["fd00::1", "::1"], ["ENETUNREACH", "ETIMEDOUT"]],
    ),
    "10.relative": seen("given inbox_in",
        a=[({"a relative path": "the error EINVAL"}, "none")], b=[({"a relative path": "inbox"}, "root")],
        c=[({"a relative path": "inbox"}, "folder")],
        d=[({"a relative path": b"\x00inbox"}, "none"), ({"a relative path": "inbox"}, "none")],
        none=[({"a relative path": "the error EACCES"}, "root")],
    ),
}
