"""Solutions to the exercises of notebook 02. Try first: a wrong answer is told what is wrong with it."""

import os
import struct


def keep_waiting(pipe, processes):
    """02.1: whoever has a descriptor of this pipe that is open for writing, whatever its number."""
    names = []
    for process in processes:
        for number, link in process.descriptors().items():
            with open(f"/proc/{process.pid}/fdinfo/{number}") as fields:
                flags = next(int(line.split()[1], 8) for line in fields if line.startswith("flags:"))
            if link == pipe and flags & os.O_ACCMODE == os.O_WRONLY:
                names.append(process.name)
    return names


def receive_message(r):
    """02.2: read on until all is there; the end of the file may come only before a message."""

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
    """02.3: be the reader yourself, and stay it: without any reader, a write would fail with EPIPE."""
    os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    return os.open(path, os.O_WRONLY)


def next_job(queue):
    """02.4: a negative type asks for the lowest type up to that number without its sign."""
    import sysv_ipc

    try:
        text, _ = queue.receive(block=False, type=-3)
    except sysv_ipc.BusyError:
        return None
    return text


def send_job(queue, urgency, text):
    """02.5: here a high number comes first, so turn the order around."""
    queue.send(text, priority=3 - urgency)
