"""Debian's rpcbind in a host of the lab, where it may write nothing of this machine: `python start_rpcbind.py PATH`.

It becomes rpcbind. That program wants to write its lock and its socket below /run, and then to be the user _rpc: here
/run is an empty folder of its own mount namespace, and every user there is number 0, the only one that a user namespace
without help has. It also wants to leave its supplementary groups, which such a namespace forbids (user_namespaces(7)):
a seccomp filter makes that call do nothing and succeed (seccomp(2)). Only the standard library is used.
"""

from __future__ import annotations

import ctypes
import os
import platform
import re
import sys
from pathlib import Path

CLONE_NEWNS = 0x00020000  # <linux/sched.h>
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18  # <linux/mount.h>
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP = 38, 22  # <linux/prctl.h>
SECCOMP_MODE_FILTER = 2  # <linux/seccomp.h>
SETGROUPS = {"x86_64": 116, "aarch64": 159}[platform.machine()]
"""The number of setgroups(2)."""
LOAD_NUMBER, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06  # <linux/bpf_common.h>
SUCCEED, ALLOW = 0x00050000, 0x7FFF0000
"""SECCOMP_RET_ERRNO with the errno 0, SECCOMP_RET_ALLOW."""


class Instruction(ctypes.Structure):
    """struct sock_filter."""

    _fields_ = [("code", ctypes.c_ushort), ("yes", ctypes.c_ubyte), ("no", ctypes.c_ubyte), ("value", ctypes.c_uint)]


class Filter(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.POINTER(Instruction))]


libc = ctypes.CDLL(None, use_errno=True)


def libc_call(function: str, *arguments: object) -> None:
    """Raises OSError."""
    if getattr(libc, function)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function}: {os.strerror(number)}")


def main() -> None:
    """Make the mount namespace and the filter, and become rpcbind, which stays in the foreground."""
    libc_call("unshare", CLONE_NEWNS)
    libc_call("mount", b"none", b"/", b"", MS_REC | MS_PRIVATE, b"")
    libc_call("mount", b"tmpfs", b"/run", b"tmpfs", 0, b"mode=755")
    Path("/run/rpcbind").mkdir()
    users = re.sub(r"(?m)^([^:]*:[^:]*):\d+:\d+", r"\1:0:0", Path("/etc/passwd").read_text())
    Path("/run/passwd").write_text(users)
    libc_call("mount", b"/run/passwd", b"/etc/passwd", b"", MS_BIND, b"")
    program = (Instruction * 4)(
        Instruction(LOAD_NUMBER, 0, 0, 0),
        Instruction(JUMP_IF_EQUAL, 0, 1, SETGROUPS),
        Instruction(RETURN, 0, 0, SUCCEED),
        Instruction(RETURN, 0, 0, ALLOW),
    )
    libc_call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc_call("prctl", PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(Filter(len(program), program)))
    os.execv(sys.argv[1], ["rpcbind", "-f"])


if __name__ == "__main__":
    main()
