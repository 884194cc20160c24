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
    assert (
        capsys.readouterr().out
        == f"ConnectionRefusedError: {os.strerror(errno.ECONNREFUSED)} (ECONNREFUSED)\n"
    )
    assert isinstance(caught.error, ConnectionRefusedError)
    assert caught.name == "ECONNREFUSED"


def test_the_name_of_the_errno_is_looked_at() -> None:
    with expect_error(OSError, errno="ENOENT") as caught:
        os.stat("/no/such/file")
    assert caught.name == "ENOENT"
    another = r"OSError \(EADDRINUSE\) was expected here, but another error came"
    with pytest.raises(AssertionError, match=another), expect_error(OSError, errno="EADDRINUSE"):
        os.stat("/no/such/file")


@pytest.mark.parametrize(
    ("name", "printed"), [("EWOULDBLOCK", "EWOULDBLOCK"), (None, "EAGAIN"), ("EAGAIN", "EAGAIN")]
)
def test_of_two_names_the_wanted_or_the_usual_one(name: str | None, printed: str) -> None:
    with expect_error(OSError, errno=name) as caught:
        raise OSError(errno.EAGAIN, "text")
    assert caught.name == printed


def test_the_socket_interface_says_eopnotsupp() -> None:
    with expect_error(OSError) as caught:
        raise OSError(errno.EOPNOTSUPP, "text")
    assert caught.name == "EOPNOTSUPP"


def test_no_error_is_an_error() -> None:
    with (
        pytest.raises(AssertionError, match="^BrokenPipeError was expected here, but no error came.$"),
        expect_error(BrokenPipeError),
    ):
        pass


def test_another_error_is_chained() -> None:
    with (
        pytest.raises(AssertionError, match="another error came: KeyError: 'key'") as failed,
        expect_error(ValueError),
    ):
        raise KeyError("key")
    assert isinstance(failed.value.__cause__, KeyError)


def test_an_interrupt_goes_through() -> None:
    with pytest.raises(KeyboardInterrupt), expect_error(ValueError):
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("what it says"), "ValueError: what it says"),
        (ValueError(), "ValueError"),
        (TimeoutError("timed out"), "TimeoutError: timed out"),
        (OSError(10**6, "no such number"), f"OSError: [Errno {10**6}] no such number"),
    ],
)
def test_errors_without_a_known_number(
    error: Exception, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with expect_error(type(error)) as caught:
        raise error
    assert capsys.readouterr().out == line + "\n"
    assert caught.name is None


@pytest.mark.parametrize("name", ["EADDRINUS", "errorcode", ""])
def test_an_unknown_name_is_refused_at_once(name: str) -> None:
    with pytest.raises(ValueError, match="is not the name of an errno"):
        expect_error(OSError, errno=name)
