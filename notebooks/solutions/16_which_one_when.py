"""Solutions to the exercises of notebook 16. Try first: a wrong answer is told what is wrong with it."""

import time


def transfer_time(sock, data):
    """16.1: sendall() returns when the kernel has the last bytes, not when the receiver has them.

    So the clock stops when the receiver's byte has come. A clock that stops earlier measures a copy into the kernel;
    one that begins after sendall() misses most of the transfer.
    """
    begin = time.perf_counter_ns()
    sock.sendall(data)
    sock.recv(1)
    return time.perf_counter_ns() - begin


def per_round_trip(ask, number, clock):
    """16.2: a few round trips first, which nobody measures: what happens only once is over then.

    Then the clock is read once before and once after the batch, so its cost and its steps are shared by all round
    trips of the batch.
    """
    for _ in range(10):
        ask()
    begin = clock()
    for _ in range(number):
        ask()
    return (clock() - begin) / number


def ask(sock, header, body):
    """16.3: of two small writes the second waits until the first is acknowledged (Nagle's algorithm).

    The server delays that acknowledgement, because it has nothing to answer yet. So both parts are handed over in one
    call; sendmsg() need not join them first. TCP_NODELAY would do, too, if both writes shall stay.
    """
    sock.sendmsg([header, body])
    return sock.recv(1)


CHOSEN = {"jobs": "POSIX queue", "files": "Unix seqpacket", "frames": "memory + semaphore", "sensor": "UDP"}
"""16.4: what a job needs excludes nearly all others; the figures decide only among those that are left.

A System V queue would do for the jobs, the emulated door for the files, and memory with spinning for the frames. A
pipe, an eventfd and sockets carry a copy of the image to one receiver each; memory is seen by all who open it.
"""


def give(memory, data):
    """16.5: one copy, by one slice assignment, into memory that is there already.

    A pipe copies each byte into the kernel and out again; here nothing but this copy is made.
    """
    memory[:] = data


def take(memory):
    """16.5: search in place: what is shared need not be copied out.

    find() is one call for all the bytes. A loop in Python would look at each of a million bytes by itself.
    """
    return memory.find(b"\1", 0)
