"""Solutions to the exercises of notebook 16. Try first: a wrong answer is told what is wrong with it."""

import time


def transfer_time(sock, data):
    """16.1: the clock stops when the receiver's byte has come."""
    begin = time.perf_counter_ns()
    sock.sendall(data)
    sock.recv(1)
    return time.perf_counter_ns() - begin


def per_round_trip(ask, number, clock):
    """16.2: a warm-up, then one reading before and one after the batch."""
    for _ in range(10):
        ask()
    begin = clock()
    for _ in range(number):
        ask()
    return (clock() - begin) / number


def ask(sock, header, body):
    """16.3: one call for both; sendmsg() need not join them first. TCP_NODELAY would do, too."""
    sock.sendmsg([header, body])
    return sock.recv(1)


CHOSEN = {"jobs": "POSIX queue", "files": "Unix seqpacket", "frames": "semaphore", "sensor": "UDP"}
"""16.4: a System V queue would do for the jobs, the emulated door for the files, and spinning for the frames."""


def give(memory, data):
    """16.5: one copy into the memory that is there already."""
    memory[:] = data


def take(memory):
    """16.5: search in place: what is shared need not be copied out."""
    return memory.find(b"\1", 0)
