from __future__ import annotations

import errno
import os

import posix_ipc
import pytest

from helpers.ipc.support import if_supported


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSYS, os.strerror(errno.ENOSYS)),
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
        OSError("The system limit for message queues has been reached"),
        ModuleNotFoundError("No module named 'posix_ipc'"),
        posix_ipc.PermissionsError("Permission denied"),
    ],
)
def test_what_the_machine_lacks_is_one_sentence(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    with if_supported("POSIX message queues"):
        raise error
    said = capsys.readouterr().out
    assert said.startswith("This machine gives us no POSIX message queues") and str(error) in said
    assert said.count("\n") == 1
    if getattr(error, "errno", None):
        assert f"({errno.errorcode[error.errno]})" in said


@pytest.mark.parametrize(
    "error", [OSError(errno.EBADF, "Bad descriptor"), posix_ipc.BusyError("full"), NameError("q"), AssertionError()]
)
def test_any_other_error_passes(error: Exception) -> None:
    with pytest.raises(type(error)), if_supported("POSIX message queues"):
        raise error


def test_what_works_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with if_supported("pipes"):
        os.close(os.dup(1))
    assert capsys.readouterr().out == ""
