"""Notebook 09: links and routing."""

CASES = {
    "09.end-inside": {
        "a": {"program_got": [b"left\xc0right"]},
        "b": {"program_got": [b"left"]},
        "c": {"program_got": []},
        "d": {"program_got": [b"left", b"right"]},
        "none": [{"program_got": [b"right"]}, {"program_got": [b"left\xc0"]}],
    },
    "09.mtu": {
        "a": {"allowed": 966},
        "b": {"allowed": 986},
        "c": {"allowed": 1006},
        "d": {"allowed": 1460},
        "none": [{"allowed": 0}, {"allowed": 954}],
    },
    "09.headers-left": {
        "a": {"left": 2}, "b": {"left": 3}, "c": {"left": 5}, "d": {"left": 20}, "none": [{"left": 4}, {"left": 40}],
    },
    "09.timestamps": {
        "a": {"differences": 3},
        "b": {"differences": 4},
        "c": {"differences": 2},
        "d": {"differences": 0},
        "none": [{"differences": 1}, {"differences": 5}],
    },
    "09.damaged-data": {
        "a": [{"server_says": [("ACK", 801)]}, {"server_says": [("ACK", 801), ("ACK", 801)]}],
        "b": [{"server_says": [("ACK", 1601)]}, {"server_says": [("ACK", 2401)]}],
        "c": [{"server_says": [("RST", None)]}, {"server_says": [("RST ACK", 801)]}],
        "d": {"server_says": []},
        "none": [{"server_says": [("ACK", 1)]}, {"server_says": [("FIN", None)]}],
    },
    "09.mask-bit": {
        "a": {"thrown": 1}, "b": {"thrown": 2}, "c": {"thrown": 0}, "none": [{"thrown": 3}, {"thrown": 7}],
    },
    "09.one-way": {
        "a": {"heard": True, "answered": True, "came_back": True},
        "b": {"heard": False, "answered": False, "came_back": False},
        "c": {"heard": True, "answered": True, "came_back": False},
        "none": {"heard": True, "answered": False, "came_back": False},
    },
    "09.hello": {
        "a": {"got_hello": ["south"]},
        "b": {"got_hello": ["client", "south"]},
        "c": {"got_hello": ["server", "south"]},
        "d": {"got_hello": ["client", "server", "south"]},
        "none": [{"got_hello": []}, {"got_hello": ["client"]}],
    },
}  # fmt: skip
