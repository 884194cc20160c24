"""Solutions to the exercises of notebook 12. Try first: a wrong answer is told what is wrong with it."""

from helpers.lab import experiment


def three_segments(j, k):
    """12.1: each SYN takes one number, and the numbers wrap around after 32 bits."""
    after_j, after_k = (j + 1) % 2**32, (k + 1) % 2**32
    return [("SYN", j, None), ("SYN ACK", k, after_j), ("ACK", after_j, after_k)]


@experiment
def server_repeats(client, server, wire):
    """12.2: the server waits for the third segment; the client, which has what it wants, notices nothing."""
    listener = server.socket()
    listener.bind(("10.0.0.2", 80))
    listener.listen()
    with wire.drop("ACK", sender="client", nth=1):
        client.socket().connect(("10.0.0.2", 80))
    server.wait_for_state("ESTABLISHED")


@experiment
def half_open(client, server, wire):
    """12.3: close() in SYN-SENT sends nothing, so the server is not told."""
    listener = server.socket()
    listener.bind(("10.0.0.2", 80))
    listener.listen()
    caller = client.socket()
    caller.setblocking(False)
    with wire.hold("SYN ACK", nth=1) as held:
        caller.connect_ex(("10.0.0.2", 80))
        held.wait()
        caller.close()
        wire.mark("look")


def syn_times(copies, linear):
    """12.4: add up the waits; the first is 1 s, and each timeout after the first `linear` ones doubles it."""
    times, now, wait = [], 0, 1
    for timeout in range(1, copies + 1):
        now += wait
        times.append(now)
        if timeout > linear:
            wait *= 2
    return times
