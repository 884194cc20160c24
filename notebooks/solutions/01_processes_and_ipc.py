"""Solutions to the exercises of notebook 01. Try first: a wrong answer is told what is wrong with it."""

import os
import select
import signal
import subprocess


def is_shared(a, b):
    """01.1: move the offset through one number, look through the other, and put it back."""
    before, there = os.lseek(a, 0, os.SEEK_CUR), os.lseek(b, 0, os.SEEK_CUR)
    os.lseek(a, there + 1, os.SEEK_SET)
    moved = os.lseek(b, 0, os.SEEK_CUR) != there
    os.lseek(a, before, os.SEEK_SET)
    return moved


def start_with(argv, fd):
    """01.2: pass_fds keeps these descriptors, and close_fds (the default) closes the others."""
    return subprocess.Popen(argv, pass_fds=[fd])


def end_if_same(pid, started):
    """01.3: first take hold of the process, then look who it is; the order leaves no moment for a stranger."""
    try:
        hold = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    try:
        with open(f"/proc/{pid}/stat") as stat:
            if int(stat.read().rpartition(")")[2].split()[19]) != started:
                return False
        signal.pidfd_send_signal(hold, signal.SIGTERM)
        select.select([hold], [], [])
        return True
    except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
        return False
    finally:
        os.close(hold)


def make_zombie():
    """01.4: WNOWAIT waits for the end of the child and leaves it as it is."""
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    return pid
