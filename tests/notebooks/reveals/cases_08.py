"""Notebook 08: seven applications."""

CASES = {
    "08.two-visits": {
        "a": {"opened": 1}, "b": {"opened": 2}, "c": {"opened": 3}, "none": [{"opened": 0}, {"opened": 4}],
    },
    "08.dot": {
        "a": {"sent_line": b""},
        "b": {"sent_line": b".\r\n"},
        "c": {"sent_line": b"..\r\n"},
        "d": {"sent_line": b" .\r\n"},
        "none": [{"sent_line": b"=2E\r\n"}, {"sent_line": b"\r\n"}],
    },
    "08.data-connection": {
        "a": {"caller": "server", "called_port": 40000, "named_by": ["client"]},
        "b": {"caller": "client", "called_port": 40000, "named_by": ["server"]},
        "c": [
            {"caller": "client", "called_port": 20, "named_by": []},
            {"caller": "client", "called_port": 20, "named_by": ["server"]},
        ],
        "d": {"caller": "server", "called_port": 20, "named_by": []},
        "none": [
            {"caller": "nobody", "called_port": 0, "named_by": []},
            {"caller": "client", "called_port": 21, "named_by": []},
            {"caller": "client", "called_port": 40000, "named_by": ["client", "server"]},
        ],
    },
    "08.echo": {
        "a": {"sent_back": b"******"},
        "b": {"sent_back": b"secret"},
        "c": {"sent_back": b"      "},
        "d": {"sent_back": b""},
        "none": [{"sent_back": b"*"}, {"sent_back": b"Login incorrect"}],
    },
    "08.first-block": {
        "a": {"first_port": 43210, "asked_from": 51000},
        "b": {"first_port": 69, "asked_from": 51000},
        "c": {"first_port": 20, "asked_from": 51000},
        "d": {"first_port": 51000, "asked_from": 51000},
        "none": {"first_port": 70, "asked_from": 51000},
    },
    "08.block-lost": {
        "a": {"after_loss": []},
        "b": {"after_loss": ["ACK 1"]},
        "c": {"after_loss": ["DATA 2, 512 bytes"]},
        "d": {"after_loss": ["DATA 3, 256 bytes"]},
        "none": [{"after_loss": ["RRQ picture.bin octet"]}, {"after_loss": ["DATA 1, 512 bytes"]}],
    },
    "08.community": {
        "a": {"second_answers": [(16, True)]},
        "b": {"second_answers": []},
        "c": {"second_answers": [(0, True)]},
        "none": {"second_answers": [(0, False)]},
    },
    "08.twenty-texts": {
        "a": {"came_back": (1, 0, True)},
        "b": [{"came_back": (1, 7, True)}, {"came_back": (1, 19, True)}],
        "c": {"came_back": (1, 20, False)},
        "d": {"came_back": (3, 20, False)},
        "none": [{"came_back": (0, 0, False)}, {"came_back": (1, 0, False)}, {"came_back": (1, 8, False)}],
    },
}  # fmt: skip
