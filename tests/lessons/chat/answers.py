"""Answers to the exercises of notebook 15 that were tried, and what `check` says of them."""

import asyncio
import contextlib
import re
import socket
import threading
import time

from tests.lessons.table import Tried, solutions

SOLVED = solutions("15")


def returns_a_list(data, limit):
    return list(SOLVED["split"](data, limit))


def by_partition(data, limit):
    lines = []
    while b"\n" in data:
        line, _, data = data.partition(b"\n")
        lines.append(line)
    if max(map(len, [*lines, data])) > limit:
        raise ValueError
    return lines, data


def by_pattern(data, limit):
    parts = re.findall(rb"([^\n]*)\n?", data)[: data.count(b"\n") + 1]
    assert len(parts) == data.count(b"\n") + 1
    if any(len(part) > limit for part in parts):
        raise ValueError
    return parts[:-1], parts[-1]


def splits_on_all_line_ends(data, limit):
    return data.splitlines(), b""


def forgets_the_rest(data, limit):
    return data.split(b"\n"), b""


def has_no_limit(data, limit):
    *complete, rest = data.split(b"\n")
    return complete, rest


def limits_the_rest_only(data, limit):
    *complete, rest = data.split(b"\n")
    if len(rest) > limit:
        raise ValueError
    return complete, rest


def limits_the_lines_only(data, limit):
    *complete, rest = data.split(b"\n")
    if any(len(line) > limit for line in complete):
        raise ValueError
    return complete, rest


def limits_too_early(data, limit):
    *complete, rest = data.split(b"\n")
    if any(len(part) >= limit for part in (*complete, rest)):
        raise ValueError("too long")
    return complete, rest


def limits_all_of_it(data, limit):
    if len(data) > limit:
        raise ValueError("too long")
    return SOLVED["split"](data, limit)


def has_its_own_limit(data, limit):
    return SOLVED["split"](data, 10)


def is_text(data, limit):
    *complete, rest = data.decode().split("\n")
    return complete, rest


def looks_first(outboxes, line):
    slow = {name for name, outbox in outboxes.items() if outbox.qsize() == outbox.maxsize}
    for name in slow:
        del outboxes[name]
    for outbox in outboxes.values():
        outbox.put_nowait(line)
    return slow


def steps_through_put(outboxes, line):
    """A put() that finds room does not wait, so one step ends it."""
    slow = {name for name in outboxes if outboxes[name].full()}
    for name in slow:
        outboxes.pop(name)
    for outbox in outboxes.values():
        with contextlib.suppress(StopIteration):
            outbox.put(line).send(None)
    return slow


def stops_at_the_slow(outboxes, line):
    for outbox in outboxes.values():
        outbox.put_nowait(line)
    return set()


def returns_at_the_first_slow(outboxes, line):
    for name, outbox in list(outboxes.items()):
        if outbox.full():
            del outboxes[name]
            return {name}
        outbox.put_nowait(line)
    return set()


def deletes_on_the_way(outboxes, line):
    for name, outbox in outboxes.items():
        if outbox.full():
            del outboxes[name]


def keeps_the_slow(outboxes, line):
    return looks_first(dict(outboxes), line)


def makes_room(outboxes, line):
    slow = {name for name, outbox in outboxes.items() if outbox.full()}
    for name, outbox in list(outboxes.items()):
        if outbox.full():
            outbox.get_nowait()
        outbox.put_nowait(line)
        if name in slow:
            del outboxes[name]
    return slow


async def is_a_coroutine(outboxes, line):
    for outbox in outboxes.values():
        await outbox.put(line)


def puts(wanted):
    def tell_all(outboxes, line):
        return looks_first(outboxes, wanted(line))

    return tell_all


def waits_a_moment(outboxes, line):
    slow = set()
    for name, outbox in list(outboxes.items()):
        try:
            asyncio.run(asyncio.wait_for(outbox.put(line), 0.01))
        except TimeoutError:
            slow.add(name)
            del outboxes[name]
    return slow


def waits_for_ever(outboxes, line):
    for outbox in outboxes.values():
        while outbox.full():
            time.sleep(0.01)
        outbox.put_nowait(line)


def names_nobody(outboxes, line):
    looks_first(outboxes, line)


def returns_names_in_a_list(outboxes, line):
    return sorted(looks_first(outboxes, line))


def keep_alive(idle=None, between=None, count=None, user_timeout=None, asks=1):
    """A function that sets these options."""

    def watch_over(connection):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, asks)
        names = ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_USER_TIMEOUT")
        for name, value in zip(names, (idle, between, count, user_timeout), strict=True):
            if value is not None:
                connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)

    return watch_over


def sets_a_timeout(connection):
    connection.settimeout(5)


def asks_the_listener(connection):
    socket.socket().setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


def hangs_up(connection):
    connection.close()


def ends_its_half(connection):
    connection.shutdown(socket.SHUT_WR)


def reads(connection):
    connection.recv(1)


def with_asyncio(listener):
    async def answer(reader, writer):
        with contextlib.suppress(OSError, ValueError):
            while line := await reader.readline():
                writer.write(b"you said: " + line)
                await writer.drain()
        writer.close()

    async def serve():
        server = await asyncio.start_server(answer, sock=listener)
        await server.serve_forever()

    asyncio.run(serve())


def looks_again_and_again(listener):
    """No call of it waits for a client: it sleeps a moment, and looks at all."""
    listener.setblocking(False)
    rests = {}
    while True:
        time.sleep(0.005)
        with contextlib.suppress(BlockingIOError):
            connection, _ = listener.accept()
            connection.setblocking(False)
            rests[connection] = b""
        for connection in list(rests):
            try:
                data = connection.recv(65536)
                *lines, rests[connection] = (rests[connection] + data).split(b"\n")
                connection.send(b"".join(b"you said: " + line + b"\n" for line in lines))
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            if not data or len(rests[connection]) > 10_000:
                del rests[connection]
                connection.close()


def echo(listener):
    while True:
        connection, _ = listener.accept()
        with connection:
            while data := connection.recv(1000):
                connection.sendall(b"you said: " + data)


def one_by_one(listener):
    while True:
        connection, _ = listener.accept()
        with connection:
            for line in connection.makefile("rb"):
                connection.sendall(b"you said: " + line)


def without_limit(listener):
    def answer(connection):
        for line in connection.makefile("rb"):
            connection.sendall(b"you said: " + line)

    while True:
        connection, _ = listener.accept()
        threading.Thread(target=answer, args=[connection], daemon=True).start()


def without_limit_as_text(listener):
    def answer(connection):
        for line in connection.makefile("r", errors="replace"):
            connection.sendall(b"you said: " + line.encode())

    while True:
        connection, _ = listener.accept()
        threading.Thread(target=answer, args=[connection], daemon=True).start()


def parrot(listener):
    while True:
        connection, _ = listener.accept()
        for line in connection.makefile("rb"):
            connection.sendall(line)


def closes_at_once(listener):
    while True:
        listener.accept()[0].close()


def for_three_only(listener):
    """Each guest brings at most one polite one along."""

    def answer(connection):
        rest = b""
        with connection, contextlib.suppress(OSError):
            while len(rest) < 10_000 and (data := connection.recv(65536)):
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    connection.sendall(b"you said: " + line + b"\n")

    answering = []
    for _ in range(3):
        connection, _ = listener.accept()
        answering.append(threading.Thread(target=answer, args=[connection], daemon=True))
        answering[-1].start()
    threading.Event().wait()


def serves_nobody(listener):
    listener.fileno()


def misspelt(listener):
    listener.acept()


def ends_its_process(listener):
    import os

    os._exit(1)


TRIED = [
    Tried("15.1", SOLVED["split"], "passed", ""),
    Tried("15.1", returns_a_list, "passed", ""),
    Tried("15.1", by_partition, "passed", ""),
    Tried("15.1", by_pattern, "passed", ""),
    Tried("15.1", splits_on_all_line_ends, "wrong", "expected [[], b'hel'], got [[b'hel'], b'']. After the last"),
    Tried("15.1", forgets_the_rest, "wrong", "expected [[], b''], got [[b''], b'']"),
    Tried("15.1", has_no_limit, "wrong", "split(b'0123456789x\\n', 10): expected ValueError, got"),
    Tried("15.1", limits_the_rest_only, "wrong", "split(b'0123456789x\\n', 10): expected ValueError"),
    Tried("15.1", limits_the_lines_only, "wrong", "split(b'0123456789x', 10): expected ValueError"),
    Tried("15.1", limits_too_early, "wrong", "b'0123456789'], got ValueError('too long')"),
    Tried("15.1", limits_all_of_it, "wrong", "got ValueError('too long')"),
    Tried("15.1", has_its_own_limit, "wrong", "11), lines and rest: expected [[b'0123456789x'], b''], got ValueError("),
    Tried("15.1", is_text, "wrong", "expected [[], b''], got [[], '']"),
    Tried("15.1", lambda data, limit: data.split(b"\n"), "wrong", "got [b'']"),
    Tried("15.1", lambda data, limit: None, "wrong", "got None"),
    Tried("15.2", SOLVED["tell_all"], "passed", ""),
    Tried("15.2", looks_first, "passed", ""),
    Tried("15.2", steps_through_put, "passed", ""),
    Tried("15.2", stops_at_the_slow, "failed", "your code raised QueueFull, in line"),
    Tried("15.2", returns_at_the_first_slow, "wrong", "The outbox of bob"),
    Tried("15.2", deletes_on_the_way, "failed", "dictionary changed size during iteration, in line"),
    Tried("15.2", keeps_the_slow, "wrong", "The names left in outboxes: expected ['ada', 'bob', 'eve'], got"),
    Tried("15.2", makes_room, "wrong", "The outbox of slow, with room for two lines"),
    Tried("15.2", is_a_coroutine, "wrong", "after tell_all(outboxes, 'hello'): expected ['hello'], got []"),
    Tried("15.2", puts(lambda line: f"{line}\n"), "wrong", "expected ['hello'], got ['hello\\n']"),
    Tried("15.2", puts(lambda line: None), "wrong", "expected ['hello'], got [None]"),
    Tried("15.2", waits_a_moment, "wrong", "put() on a full outbox: that waits for room"),
    Tried("15.2", waits_for_ever, "failed", "not finished after", hangs=True),
    Tried("15.2", names_nobody, "wrong", "The names that your function returned: expected"),
    Tried("15.2", returns_names_in_a_list, "wrong", "got ['slow', 'slower']"),
    Tried("15.3", SOLVED["watch_over"], "passed", "2 s, then 3 probes, 1 s apart: after 5 s without an answer"),
    Tried("15.3", keep_alive(4, 1, 1), "passed", "4 s, then 1 probe: after 5 s"),
    Tried("15.3", keep_alive(1, 1, user_timeout=3_000), "passed", "after 3 s"),
    Tried("15.3", sets_a_timeout, "wrong", "SO_KEEPALIVE is off"),
    Tried("15.3", asks_the_listener, "wrong", "SO_KEEPALIVE is off"),
    Tried("15.3", keep_alive(1, 1, 3, asks=0), "wrong", "SO_KEEPALIVE is off"),
    Tried("15.3", keep_alive(), "wrong", "TCP_KEEPCNT (tcp(7)) change that"),
    Tried("15.3", keep_alive(1, 1), "wrong", "after 10 s without an answer the kernel ends the connection. TCP"),
    Tried("15.3", keep_alive(5, 1, 1), "wrong", "5 s, then 1 probe: after 6 s"),
    Tried("15.3", keep_alive(2, 1, 3, 60_000), "wrong", "after 60 s without an answer"),
    Tried("15.3", keep_alive(2, 1, 3, 60_000), "wrong", "TCP_USER_TIMEOUT (tcp(7)) change that"),
    Tried("15.3", hangs_up, "wrong", "must leave the connection as it is"),
    Tried("15.3", ends_its_half, "wrong", "must leave the connection as it is"),
    Tried("15.3", reads, "failed", "not finished after", hangs=True),
    Tried("15.4", SOLVED["serve"], "passed", "All eight guests came"),
    Tried("15.4", with_asyncio, "passed", ""),
    Tried("15.4", looks_again_and_again, "passed", ""),
    Tried("15.4", echo, "wrong", "«chops», who says one line byte by byte"),
    Tried("15.4", one_by_one, "wrong", "«silent», who stays connected and says nothing. It slept, and a line"),
    Tried("15.4", without_limit, "wrong", "«endless», who says a line that does not end. It keeps in memory"),
    Tried("15.4", without_limit_as_text, "wrong", "It keeps in memory what came"),
    Tried("15.4", parrot, "wrong", "waits for its answer. It read a line, and sent none that ends in"),
    Tried("15.4", closes_at_once, "wrong", "It hung up on somebody who waited for an answer"),
    Tried("15.4", for_three_only, "wrong", "It had survived"),
    Tried("15.4", serves_nobody, "wrong", "It ended with return"),
    Tried("15.4", misspelt, "wrong", "It ended with AttributeError"),
    Tried("15.4", ends_its_process, "wrong", "It hung up on somebody"),
    Tried("15.4", lambda listener: None, "wrong", "Write the function with def"),
]
