"""An HTTP/1.1 server (RFC 9112): some pages in memory, by Python's http.server."""

from __future__ import annotations

from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from helpers.lessons.applications.program import FILES, begin, listening

IDLE = 30.0
"""Seconds after which a connection is closed on which nothing comes."""
TYPES = {"txt": "text/plain", "bin": "application/octet-stream"}


class Pages(BaseHTTPRequestHandler):
    """Answers the requests of one connection, one after the other: /, the files, and /visits.

    It leaves out Server, and Date as one without a clock must (RFC 9110, section 6.6.1): both would differ from run to
    run.
    """

    protocol_version = "HTTP/1.1"
    timeout = IDLE
    wbufsize = -1
    """An answer leaves in one piece."""
    error_message_format = "%(code)d %(message)s\n"
    error_content_type = "text/plain"
    visits = 0
    """Requests on this connection so far."""

    def parse_request(self) -> bool:
        """Refuse also what lacks Host (RFC 9112, section 3.2); a request with content ends the connection."""
        if not super().parse_request():
            return False
        if self.request_version == "HTTP/1.1" and "Host" not in self.headers:
            self.close_connection = True
            self.send_error(HTTPStatus.BAD_REQUEST, "a request of HTTP/1.1 must have the field Host")
            return False
        if "Content-Length" in self.headers or "Transfer-Encoding" in self.headers:
            self.close_connection = True
        self.visits += 1
        return True

    def do_GET(self) -> None:
        """Fields and content."""
        self._answer(with_content=True)

    def do_HEAD(self) -> None:
        """The same fields without the content."""
        self._answer(with_content=False)

    def _answer(self, with_content: bool) -> None:
        name = self.path.partition("?")[0].removeprefix("/")
        if name == "":
            kind, content = "text/plain", "".join(f"/{file}\n" for file in [*FILES, "visits"]).encode()
        elif name == "visits":
            kind, content = "text/plain", f"request {self.visits} of this connection\n".encode()
        elif name in FILES:
            kind, content = TYPES[name.rpartition(".")[2]], FILES[name]
        else:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if with_content:
            self.wfile.write(content)

    def send_response(self, code: int, message: str | None = None) -> None:
        """The start line alone."""
        self.send_response_only(code, message)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: nobody reads it."""


class Quiet(ThreadingHTTPServer):
    """A connection that breaks off is no reason to complain."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """The connection ends, and that is all."""


def main() -> None:
    """Serve until standard input ends."""
    told = begin(__doc__)
    server = Quiet((told.host, told.port), Pages)
    listening((told.host, server.server_port))
    server.serve_forever()


if __name__ == "__main__":
    main()
