"""Notebook 11: the life of a socket."""

from tests.notebooks.reveals import seen

CASES = {
    "11.accept": seen("connected sent client_keeps server_has",
        a=[("TimeoutError", "", 0, 0)], b=[("", "EPIPE", 0, 0), ("", "TimeoutError", 5, 0)], c=[("", "", 5, 0)],
        d=[("", "", 0, 5)], none=[("ECONNREFUSED", "", 0, 0), ("", "", 0, 0)],
    ),
    "11.backlog": seen("completed", a=[0], b=[1], c=[2], d=[3], none=[4]),
    "11.dup": seen("said_first", a=[["FIN ACK", "ACK"]], b=[["RST ACK"], ["RST"]], c=[[]], none=[["ACK"]]),
    "11.restart": seen("new_calls",
        a=[["ok", "ok"]], b=[["EADDRINUSE"]], c=[["ok", "EADDRINUSE"]], none=[["EACCES"], ["ok", "EINVAL"]],
    ),
    "11.unread": seen("at_close after_close",
        a=[(["RST ACK"], "ECONNRESET")], b=[(["FIN ACK"], b"")], c=[([], "TimeoutError")],
        none=[(["ACK"], "TimeoutError")],
    ),
    "11.write": seen("sends",
        a=[["EPIPE", "EPIPE"]], b=[["ECONNRESET", "EPIPE"]], c=[["no error", "EPIPE"]],
        none=[["ETIMEDOUT", "EPIPE"]],
    ),
}
