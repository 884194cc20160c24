"""Solutions to the exercises of notebook 02. Try first: a wrong answer is told what is wrong with it."""

import os
import struct


def keep_waiting(pipe, processes):
    """02.1: a pipe ends when the last descriptor that is open for writing has been closed, whoever has it.

    So the function looks at every descriptor of every process: where it leads (the link in /proc/PID/fd), and how it
    is open (the flags in /proc/PID/fdinfo, an octal number; proc_pid_fdinfo(5)). The number of a descriptor says nothing.
    """
    names = []
    for process in processes:
        for number, link in process.descriptors().items():
            with open(f"/proc/{process.pid}/fdinfo/{number}") as fields:
                flags = next(int(line.split()[1], 8) for line in fields if line.startswith("flags:"))
            if link == pipe and flags & os.O_ACCMODE == os.O_WRONLY:
                names.append(process.name)
    return names


def receive_message(r):
    """02.2: os.read() returns what has come, which may be less than was asked for.

    So the same loop reads the four bytes of the length, and then the message. At the end of the file os.read() returns
    b'' at once, each time: without the look at it, the loop would never end. A message that is cut off is no message.
    """

    def read_all(count):
        data = b""
        while len(data) < count:
            more = os.read(r, count - len(data))
            if not more:
                return None
            data += more
        return data

    header = read_all(4)
    return None if header is None else read_all(struct.unpack("!I", header)[0])


def open_for_writing(path):
    """02.3: open() for writing waits for a reader, or fails with ENXIO. So the function is that reader itself.

    With O_NONBLOCK, open() for reading does not wait (fifo(7)). The reading end stays open: without any reader, the
    first write() would fail with EPIPE.
    """
    os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    return os.open(path, os.O_WRONLY)


def next_job(queue):
    """02.4: a negative type asks for the first message of the lowest type, up to that number without its sign (msgrcv(2)).

    With block=False an empty queue is an error at once, ENOMSG, which sysv_ipc calls BusyError.
    """
    import sysv_ipc

    try:
        text, _ = queue.receive(block=False, type=-3)
    except sysv_ipc.BusyError:
        return None
    return text


def send_job(queue, urgency, text):
    """02.5: a POSIX queue gives the message with the highest priority first, of equal ones the oldest (mq_receive(3)).

    Urgency 1 must come first, so the function turns the order around: 1, 2, 3 become the priorities 2, 1, 0.
    """
    queue.send(text, priority=3 - urgency)
