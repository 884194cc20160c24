"""Solutions to the exercises of notebook 01. Try first: a wrong answer is told what is wrong with it."""

import os
import select
import signal
import subprocess


def is_shared(a, b):
    """01.1: the offset belongs to the open file description, so it moves for all its descriptors (open(2)).

    The function moves it through one number, to a place where the other one is not, and looks through the other. Then
    it puts the offset back. Equal offsets alone would prove nothing, nor would an equal path or inode.
    """
    before, there = os.lseek(a, 0, os.SEEK_CUR), os.lseek(b, 0, os.SEEK_CUR)
    os.lseek(a, there + 1, os.SEEK_SET)
    moved = os.lseek(b, 0, os.SEEK_CUR) != there
    os.lseek(a, before, os.SEEK_SET)
    return moved


def start_with(argv, fd):
    """01.2: Popen() closes all descriptors but 0, 1 and 2 in the new process (close_fds, the default).

    pass_fds names exceptions: these stay open over exec, under the same numbers. What the starter itself would keep
    over exec does not matter then.
    """
    return subprocess.Popen(argv, pass_fds=[fd])


def end_if_same(pid, started):
    """01.3: first take hold of the process, then look which one it is; the order leaves no moment for a stranger.

    A pidfd means one process for good, also when its PID has been given to another one (pidfd_open(2)). The name of the
    program stands in parentheses and may contain any character, so the line is cut after its last parenthesis.
    """
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
    """01.4: a child that has ended is a zombie until its parent waits for it.

    waitid() with WNOWAIT waits for the end of the child and leaves it in that state (waitid(2)), so the PID that is
    returned is that of a zombie already.
    """
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    return pid
