"""Solutions to the exercises of notebook 12. Try first: a wrong answer is told what is wrong with it."""

from helpers.lab import experiment


def three_segments(j, k):
    """12.1: Each side's SYN has the number that the side begins with, and takes this number as if it were a byte.
    So the other side, which has got it, waits for the number after it and says so in the acknowledgement number.
    Numbers have 32 bits: the one after 2**32 - 1 is 0, which is what the remainder does.
    """
    after_j, after_k = (j + 1) % 2**32, (k + 1) % 2**32
    return [("SYN", j, None), ("SYN ACK", k, after_j), ("ACK", after_j, after_k)]


@experiment
def server_repeats(client, server, wire):
    """12.2: A kernel repeats what is not answered. The answer to the SYN ACK is the third segment, so we lose the
    first one; the server's timer then sends the SYN ACK again. The client has the first SYN ACK, is ESTABLISHED and
    has no reason to repeat its SYN. To the copy it says ACK once more, and that lets the server become ESTABLISHED.
    """
    listener = server.socket()
    listener.bind(("10.0.0.2", 80))
    listener.listen()
    with wire.drop("ACK", sender="client", nth=1):
        client.socket().connect(("10.0.0.2", 80))
    server.wait_for_state("ESTABLISHED")


@experiment
def half_open(client, server, wire):
    """12.3: We hold the SYN ACK on the wire: the server has answered and waits in SYN-RECEIVED, the client waits in
    SYN-SENT. close() in SYN-SENT forgets the connection and sends nothing (RFC 9293, section 3.10.4), so the server
    is not told. The call must not wait for the connection, so the socket does not block.
    """
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
    """12.4: Each copy is sent one wait after the segment before it, so its time is the sum of all waits up to then.
    The first wait is 1 s. A timeout doubles the wait only if `linear` timeouts came before it.
    """
    times, now, wait = [], 0, 1
    for timeout in range(1, copies + 1):
        now += wait
        times.append(now)
        if timeout > linear:
            wait *= 2
    return times
