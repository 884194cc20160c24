from __future__ import annotations

import errno
import os
import socket

import pytest

from helpers.study import expect_error


def test_the_expected_error_is_printed_and_kept(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # bound and not listening: the kernel refuses
        with expect_error(ConnectionRefusedError) as caught, socket.socket() as client:
            client.connect(bound.getsockname())
    assert capsys.readouterr().out == f"ConnectionRefusedError: {os.strerror(errno.ECONNREFUSED)} (ECONNREFUSED)\n"
    assert isinstance(caught.error, ConnectionRefusedError) and caught.name == "ECONNREFUSED"


@pytest.mark.parametrize(
    ("error", "wanted", "line"),
    [
        (OSError(errno.EAGAIN, ""), "EWOULDBLOCK", f"BlockingIOError: {os.strerror(errno.EAGAIN)} (EWOULDBLOCK)"),
        (OSError(errno.EOPNOTSUPP, ""), None, f"OSError: {os.strerror(errno.EOPNOTSUPP)} (EOPNOTSUPP)"),
        (OSError(10**6, "no such number"), None, f"OSError: [Errno {10**6}] no such number"),
        (ValueError(), None, "ValueError"),
    ],
)
def test_the_line_has_a_name_and_no_number(
    error: Exception, wanted: str | None, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with expect_error(type(error), errno=wanted):
        raise error
    assert capsys.readouterr().out == line + "\n"


def test_no_error_and_another_one_fail() -> None:
    with pytest.raises(AssertionError, match="^BrokenPipeError was expected here, but no error came.$"):
        with expect_error(BrokenPipeError):
            pass
    for wanted in ("EADDRINUSE", "EADDRINUS"):
        with pytest.raises(AssertionError, match=rf"OSError \({wanted}\) was expected here, but another error came"):
            with expect_error(OSError, errno=wanted):
                os.stat("/no/such/file")
    with pytest.raises(KeyboardInterrupt), expect_error(ValueError):
        raise KeyboardInterrupt
