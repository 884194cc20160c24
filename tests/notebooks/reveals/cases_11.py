"""Notebook 11: the life of a socket."""

CASES = {
    "11.accept": {
        "a": {"connected": "TimeoutError", "sent": "", "client_keeps": 0, "server_has": 0},
        "b": [
            {"connected": "", "sent": "EPIPE", "client_keeps": 0, "server_has": 0},
            {"connected": "", "sent": "TimeoutError", "client_keeps": 5, "server_has": 0},
        ],
        "c": {"connected": "", "sent": "", "client_keeps": 5, "server_has": 0},
        "d": {"connected": "", "sent": "", "client_keeps": 0, "server_has": 5},
        "none": [
            {"connected": "ECONNREFUSED", "sent": "", "client_keeps": 0, "server_has": 0},
            {"connected": "", "sent": "", "client_keeps": 0, "server_has": 0},
        ],
    },
    "11.backlog": {
        "a": {"completed": 0},
        "b": {"completed": 1},
        "c": {"completed": 2},
        "d": {"completed": 3},
        "none": {"completed": 4},
    },
    "11.dup": {
        "a": {"said_first": ["FIN ACK", "ACK"]},
        "b": [{"said_first": ["RST ACK"]}, {"said_first": ["RST"]}],
        "c": {"said_first": []},
        "none": {"said_first": ["ACK"]},
    },
    "11.restart": {
        "a": {"new_calls": ["ok", "ok"]},
        "b": {"new_calls": ["EADDRINUSE"]},
        "c": {"new_calls": ["ok", "EADDRINUSE"]},
        "none": [{"new_calls": ["EACCES"]}, {"new_calls": ["ok", "EINVAL"]}],
    },
    "11.unread": {
        "a": {"at_close": ["RST ACK"], "after_close": "ECONNRESET"},
        "b": {"at_close": ["FIN ACK"], "after_close": b""},
        "c": {"at_close": [], "after_close": "TimeoutError"},
        "none": {"at_close": ["ACK"], "after_close": "TimeoutError"},
    },
    "11.write": {
        "a": {"sends": ["EPIPE", "EPIPE"]},
        "b": {"sends": ["ECONNRESET", "EPIPE"]},
        "c": {"sends": ["no error", "EPIPE"]},
        "none": {"sends": ["ETIMEDOUT", "EPIPE"]},
    },
}
