"""The users as whom the tests run a program, and the launcher that becomes one of them.

    python tests/users.py user COMMAND ...

CURRENT is who runs the tests. USER is an unprivileged user without any capability, who may make user namespaces.
REFUSED is such a user whom the kernel really refuses them: in a user namespace of his own the limit of user namespaces
is 0 (user_namespaces(7), /proc/sys/user). POOR is such a user on a kernel without message queues and System V objects,
and with next to no shared memory. WINDOWS and LEAN are who runs the tests, on another system as far as Python can
pretend (tests/systems): Windows; a Linux without IPv6 whose processes have 256 descriptors. Only the standard library
is used, for the launcher runs on its own.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

CURRENT, USER, REFUSED, POOR = "current", "user", "refused", "poor"
WINDOWS, LEAN = "windows", "lean"
WAYS = (CURRENT, USER, REFUSED)
"""Those in which the committed outputs come out again."""

NOBODY = 65534
INSIDE = 1000
"""The user id in REFUSED's own user namespace: not 0, so that execve(2) leaves no capability."""
REACHABLE = "TESTS_REACHABLE"
"""Environment variable: further folders that the user must be able to enter, with `os.pathsep` between them."""

POOR_LIMITS = {
    "fs/mqueue/queues_max": "0",
    "kernel/msgmni": "0",
    "kernel/shmmni": "0",
    "kernel/sem": "32000 1024000000 500 0",
}
"""No POSIX queue, no System V queue, segment and set of semaphores: mq_overview(7), proc_sys_kernel(5)."""
POOR_SHARED_MEMORY = 64 * 1024
"""Bytes of /dev/shm."""

SYSTEMS = {WINDOWS: "windows", LEAN: "no_ipv6"}
"""The folders of tests/systems which change the Python that has one of them on its path."""
FEW_DESCRIPTORS = 256

CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER = 0x00020000, 0x08000000, 0x10000000  # <linux/sched.h>
MS_NOSUID, MS_NODEV, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 4096, 16384, 1 << 18  # <linux/mount.h>
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38  # <linux/prctl.h>


PROBES = {
    USER: (["unshare", "--user", "--map-root-user", "--net", "true"], "its users user namespaces"),
    POOR: (["true"], "this user other limits of IPC than its own"),
}
"""A program for each way that not every machine allows, and what is refused where it fails."""


def command(way: str, argv: Sequence[str]) -> list[str]:
    """The command that runs `argv` this way."""
    return list(argv) if way == CURRENT else [sys.executable, str(Path(__file__).resolve()), way, *argv]


def owner(way: str) -> int:
    """The user id that must own what such a program is to write."""
    return NOBODY if way not in (CURRENT, *SYSTEMS) and os.geteuid() == 0 else os.geteuid()


def why_impossible(way: str) -> str:
    """Why this machine cannot run a program this way, in one sentence; "" if it can.

    USER asks for user namespaces, which some machines refuse their users; POOR asks for the rights of root.
    """
    if way not in PROBES:
        return ""
    argv, refusal = PROBES[way]
    tried = subprocess.run(command(way, argv), capture_output=True, text=True)
    said = tried.stderr.strip().rpartition("\n")[2]  # of a traceback the last line says enough
    return f"this machine refuses {refusal}: {said}" if tried.returncode else ""


def become(way: str) -> None:
    """Make this process what the way says. Capabilities end with the next execve(2)."""
    if way in SYSTEMS:
        changes = Path(__file__).resolve().parent / "systems" / SYSTEMS[way]
        os.environ["PYTHONPATH"] = os.pathsep.join([str(changes), os.environ.get("PYTHONPATH", "")])
        if way == LEAN:
            resource.setrlimit(resource.RLIMIT_NOFILE, (FEW_DESCRIPTORS, FEW_DESCRIPTORS))
        return
    if way == POOR:
        own_ipc_objects(POOR_SHARED_MEMORY)
        for name, value in POOR_LIMITS.items():
            Path("/proc/sys", name).write_text(value)
    if os.geteuid() == 0:
        open_the_way([sys.prefix, sys.base_prefix, *os.environ.get(REACHABLE, "").split(os.pathsep)])
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        _libc_call("prctl", PR_SET_DUMPABLE, 1, 0, 0, 0)  # setresuid(2) took /proc/self away
    if way == REFUSED:
        _refuse_user_namespaces()
    _libc_call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def own_ipc_objects(shared_memory: int | None = None) -> None:
    """Give this thread and what it starts an IPC namespace (ipc_namespaces(7)) and a /dev/shm of their own, both empty.

    `shared_memory`: the bytes of /dev/shm; None: the kernel's default. Others than root get PermissionError.
    """
    _libc_call("unshare", CLONE_NEWIPC | CLONE_NEWNS)
    _mount("none", "/", "", MS_REC | MS_PRIVATE)
    size = f",size={shared_memory}" if shared_memory else ""
    _mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, f"mode=1777{size}")


def die_with_parent() -> None:
    """Have the kernel end this process with the one that started it."""
    _libc_call("prctl", PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def open_the_way(folders: Iterable[str]) -> None:
    """Where a folder lies inside one that others may not enter, as /root, show others that folder and nothing beside
    it: in mounts of this process alone, an empty folder covers the closed one. Needs root."""
    inside: dict[Path, set[Path]] = {}
    for folder in folders:
        path = Path(folder).resolve()
        closed = next((parent for parent in reversed(path.parents) if not parent.stat().st_mode & 0o001), None)
        if folder and closed:
            inside.setdefault(closed, set()).add(path)
    if not inside:
        return
    _libc_call("unshare", CLONE_NEWNS)
    _mount("none", "/", "", MS_REC | MS_PRIVATE)
    for closed, paths in inside.items():
        opened = {path: os.open(path, os.O_PATH) for path in paths}
        _mount("tmpfs", str(closed), "tmpfs", 0, "mode=755")
        for path in sorted(paths, key=lambda path: len(path.parts)):
            path.mkdir(parents=True, exist_ok=True)
            _mount(f"/proc/self/fd/{opened[path]}", str(path), "", MS_BIND | MS_REC)
            os.close(opened[path])


def _refuse_user_namespaces() -> None:
    user, group = os.geteuid(), os.getegid()
    try:
        _libc_call("unshare", CLONE_NEWUSER)
    except PermissionError:
        return  # they are refused already, to every user of this machine
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{INSIDE} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{INSIDE} {group} 1")
    Path("/proc/sys/user/max_user_namespaces").write_text("0")


_libc = ctypes.CDLL(None, use_errno=True)


def _libc_call(function: str, *arguments: object) -> None:
    if getattr(_libc, function)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function}: {os.strerror(number)}")


def _mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """mount(2)."""
    _libc_call("mount", source.encode(), target.encode(), kind.encode(), flags, options.encode())


if __name__ == "__main__":
    become(sys.argv[1])
    os.execvp(sys.argv[2], sys.argv[2:])
