"""An HTTP/1.1 server (RFC 9112): some pages in memory, by Python's http.server."""

from __future__ import annotations

from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from helpers.lessons.applications.service import FILES, begin, listening


class Pages(BaseHTTPRequestHandler):
    """Answers the requests of one connection, one after the other: the files, and /visits.

    It leaves out Server, and Date as one without a clock must (RFC 9110, section 6.6.1): both would differ from run to
    run.
    """

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer leaves in one piece
    error_message_format, error_content_type = "%(code)d %(message)s\n", "text/plain"
    visits = 0

    def do_GET(self) -> None:
        """A page; refused without the field Host, as RFC 9112 wants it (section 3.2)."""
        self.visits += 1
        pages = {"visits": f"request {self.visits} of this connection\n".encode(), **FILES}
        content = pages.get(self.path.removeprefix("/"))
        if "Host" not in self.headers and self.request_version == "HTTP/1.1":
            self.send_error(HTTPStatus.BAD_REQUEST, "a request of HTTP/1.1 must have the field Host")
        elif content is None:
            self.send_error(HTTPStatus.NOT_FOUND)
        else:
            self._answer(content)

    def _answer(self, content: bytes) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "application/octet-stream" if b"\0" in content else "text/plain")
        self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    send_response = BaseHTTPRequestHandler.send_response_only  # the start line alone
    log_message = lambda *_: None  # noqa: E731  nobody reads it


if __name__ == "__main__":
    told = begin()
    server = ThreadingHTTPServer((told.host, told.port), Pages)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a connection that breaks off is no error
    listening(server.socket)
    server.serve_forever()
