"""Notebook 06: who are you on a network?"""

from collections import Counter

CLIENT, SERVER = "b'this is client'", "b'this is server'"
BOTH = ["bound", "bound"]
TCP, UDP = "b'over TCP'", "(b'over UDP', ('10.0.0.1', 40001))"
TO_80, TO_81 = "('10.0.0.2', 80)", "('10.0.0.2', 81)"
NO_PORT = ["EADDRNOTAVAIL", "EADDRNOTAVAIL"]
EXACT, ANY = "10.0.0.2 to 10.0.0.2", "10.0.0.2 to 0.0.0.0"

CASES = {
    "06.two-servers": {
        "a": {"binds": ["bound", "EADDRINUSE"], "greetings": []},
        "b": {"binds": BOTH, "greetings": [CLIENT, CLIENT]},
        "c": {"binds": BOTH, "greetings": [CLIENT, SERVER]},
        "d": {"binds": BOTH, "greetings": [SERVER, CLIENT]},
        "none": [{"binds": BOTH, "greetings": ["", ""]}, {"binds": ["EACCES"], "greetings": []}],
    },
    "06.door": {
        "a": {"replies": [("SYN ACK", "10.0.1.2")], "connected": "connected"},
        "b": {"replies": [("SYN ACK", "10.0.0.2")], "connected": "TimeoutError"},
        "c": {"replies": [], "connected": "TimeoutError"},
        "d": {"replies": [("RST ACK", "10.0.1.2")], "connected": "ECONNREFUSED"},
        "none": [
            {"replies": [("SYN ACK", "10.0.0.1")], "connected": "connected"},
            {"replies": [], "connected": "EHOSTUNREACH"},
        ],
    },
    "06.both": {
        "a": {"second_bind": "EADDRINUSE", "over": {"recv": TCP, "recvfrom": ""}},
        "b": {"second_bind": "works", "over": {"recv": TCP, "recvfrom": UDP}},
        "c": {"second_bind": "works", "over": {"recv": TCP, "recvfrom": ""}},
        "d": [
            {"second_bind": "works", "over": {"recv": "", "recvfrom": UDP}},
            {"second_bind": "works", "over": {"recvfrom": UDP}},
        ],
        "none": [{"second_bind": "works", "over": {}}, {"second_bind": "EACCES", "over": {"recv": TCP}}],
    },
    "06.fork": {
        "a": {"fork_lines": 1, "fork_owners": 2},
        "b": {"fork_lines": 2, "fork_owners": 2},
        "c": {"fork_lines": 1, "fork_owners": 1},
        "none": {"fork_lines": 0, "fork_owners": 0},
    },
    "06.handed-over": {
        "a": {"reached": "ECONNREFUSED"},
        "b": {"reached": "ECONNRESET"},
        "c": {"reached": "timeout"},
        "d": {"reached": "taker"},
        "none": [{"reached": ""}, {"reached": "EPIPE"}],
    },
    "06.hundred-calls": {
        "a": {"heard": ["first", "second"] * 50},
        "b": {"heard": ["first", "first", "second", "first", "second"] * 20},
        "c": {"heard": ["first"] * 100},
        "d": {"heard": ["second"] * 100},
        "none": [{"heard": ["first"] * 50 + ["second"] * 50}, {"heard": ["first"] * 99 + ["ECONNREFUSED"]}],
    },
    "06.many": {
        "a": {"succeeded": {TO_80: 4}, "refusals": NO_PORT[:1] * 2},
        "b": {"succeeded": {TO_80: 4, TO_81: 1}, "refusals": NO_PORT},
        "c": {"succeeded": {TO_80: 4, TO_81: 4}, "refusals": NO_PORT},
        "d": {"succeeded": {TO_80: 4, TO_81: 6}, "refusals": NO_PORT[:1]},
        "none": [
            {"succeeded": {TO_80: 4, TO_81: 3}, "refusals": NO_PORT},
            {"succeeded": {TO_80: 6, TO_81: 6}, "refusals": []},
            {"succeeded": {TO_80: 4, TO_81: 1}, "refusals": ["EADDRNOTAVAIL", "ECONNREFUSED"]},
        ],
    },
    "06.pair": {
        "a": {"bound_at": BOTH, "taken": Counter({EXACT: 10, "10.0.0.3 to 0.0.0.0": 1})},
        "b": {"bound_at": BOTH, "taken": Counter({ANY: 10, "10.0.0.3 to 0.0.0.0": 1})},
        "c": {"bound_at": BOTH, "taken": Counter({EXACT: 4, ANY: 6})},
        "d": {"bound_at": ["bound", "EADDRINUSE"], "taken": Counter({ANY: 10})},
        "none": [
            {"bound_at": BOTH, "taken": Counter({EXACT: 7})},
            {"bound_at": ["bound", "EACCES"], "taken": Counter()},
        ],
    },
}
