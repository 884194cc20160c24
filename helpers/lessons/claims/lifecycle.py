"""C16 to C19, C33 to C36 and C39: the life of a socket, call by call."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from helpers.lab import experiment
from helpers.lab.own_sockets import LOOK_EVERY, sockets_of, state_of, wait_for_state
from helpers.lessons.claims.claim import Cell, Claim
from helpers.lessons.claims.handshake import held
from helpers.lessons.claims.loopback import connection, listening, refusal

PATIENCE = 5.0
"""Seconds."""
TWO = ("client", "server")
UNANSWERED = 0.3
"""Seconds after which a SYN on loopback, answered at once or a second later, has found no answer."""


def wait_for_caller(listener: socket.socket) -> None:
    """Wait until a finished connection is in the queue, without taking it."""
    select.select([listener], [], [], PATIENCE)


def states_of_both_ends(caller: socket.socket, listener: socket.socket) -> list[str]:
    """In which states the kernel's table has the two ends of a connection."""
    ports = {sock.getsockname()[1] for sock in (caller, listener)}
    rows = sockets_of(caller.getsockname()[1])  # others may have had this port, and be in TIME-WAIT
    return [row.state for row in rows if {row.local_port, int(row.remote.rpartition(":")[2])} == ports]


def unacknowledged(connection: socket.socket) -> int:
    """How many bytes of those sent are not acknowledged yet (tcp(7), SIOCOUTQ)."""
    import fcntl  # neither is in Windows
    import termios

    (count,) = struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)))
    return int(count)


class C16(Claim):
    """The server's socket listens for requests to its port, ready for the connections of clients; at this time the
    server's socket is not opened yet."""

    article = "服务器socket监听端口号请求,随时准备接收客户端发来的连接,这时候服务器的socket并没有被打开"
    instead = "It is open, in LISTEN: from then on the kernel completes handshakes, whatever the program does."
    sources = ("listen(2)", "RFC 9293 §3.3.2", "RFC 9293 §3.10.1")
    seen_in = Cell("11_socket_lifecycle", "life-22")

    def support(self) -> bool:
        """a client that is refused although listen() has returned, as at a port where nobody listens"""
        with listening() as listener, socket.socket() as caller:
            return refusal(caller.connect, listener.getsockname()) == "ECONNREFUSED"

    def counterexample(self) -> bool:
        """a client that is connected although nobody has called accept()"""
        with listening() as listener, socket.create_connection(listener.getsockname(), PATIENCE) as caller:
            return state_of(listener) == "LISTEN" and state_of(caller) == "ESTABLISHED"


@experiment
def accept_is_early(client: Any, server: Any, wire: Any) -> None:
    """accept() is called before any client is there, and the wire holds the third segment for a while."""
    listener = server.socket()
    listener.bind(("10.0.0.2", 80))
    listener.listen()
    with ThreadPoolExecutor() as threads, wire.hold("ACK", sender="client", nth=1) as third:
        threads.submit(listener.accept)
        wire.until(lambda: "accept" in [call.name for call in server.network.trace().calls], PATIENCE)  # it has begun
        client.socket().connect(("10.0.0.2", 80))
        third.wait()
        wire.mark("third segment held")


class C17(Claim):
    """Now the socket blocks: accept() does not return until the client has returned its connection information."""

    article = "这时候socket进入阻塞状态,所谓阻塞即accept()方法一直到客户端返回连接信息后才返回"
    condition = "accept() is called before the handshake is over, and without TCP Fast Open"
    instead = (
        "The kernel shakes hands without it. accept() takes a connection from a queue, "
        "and blocks only while that is empty."
    )
    sources = ("accept(2)", "listen(2)", "RFC 9293 §3.10.1", "RFC 7413 §3")
    seen_in = Cell("11_socket_lifecycle", "life-22")

    def support(self) -> bool:
        """an accept() that waits while the client's third segment is held, and returns when it has come"""
        trace = accept_is_early()
        call, held_at = trace.call("accept"), trace.mark_time("third segment held")
        return call.end is not None and call.begin < held_at < call.end and not call.error

    def counterexample(self) -> bool:
        """an accept() that need not wait: both ends were in ESTABLISHED before it was called"""
        with listening() as listener, socket.create_connection(listener.getsockname(), PATIENCE) as caller:
            wait_for_caller(listener)
            before = states_of_both_ends(caller, listener)
            listener.setblocking(False)  # now an accept() that would wait fails
            with listener.accept()[0]:
                return before == ["ESTABLISHED"] * 2


class C18(Claim):
    """When the client is connected, it sends the server information on the state of the connection."""

    article = "客户端连接成功,向服务器发送连接状态信息"
    instead = (
        "What it sends is the third segment, an ACK: two numbers and a flag, and no state. "
        "The client's first data may come in its place."
    )
    sources = ("RFC 9293 §3.5", "RFC 9293 §3.10.7.3")
    seen_in = Cell("11_socket_lifecycle", "life-24")

    def support(self) -> bool:
        """a third segment, from the client, without which the server stays in SYN-RECEIVED"""
        trace = held()
        return trace.segments()[2][0].sender == "client" and trace.state("server", at="ACK held") == "SYN-RECEIVED"

    def counterexample(self) -> bool:
        """that this segment has no flag but ACK, and carries nothing"""
        _, third = held().segments()[2]
        return third.flags == "ACK" and not third.payload


@experiment
def both_close_at_once(client: Any, server: Any, wire: Any) -> None:
    """Each end closes before the other's FIN has come."""
    listener = server.socket()
    listener.bind(("10.0.0.2", 80))
    listener.listen()
    caller = client.socket()
    caller.connect(("10.0.0.2", 80))
    connection, _ = listener.accept()
    with wire.hold("FIN ACK") as fins:
        caller.close()
        fins.wait()
        connection.close()
        wire.until(lambda: len(fins.waiting) == 2, timeout=2)
    for host in (client, server):
        host.wait_for_state("TIME-WAIT")
    wire.mark("both closed")


class C19(Claim):
    """The client closes (step 11; in step 12 the server closes)."""

    article = "客户端关闭"
    condition = "the client is the first to close"
    instead = (
        "Either may be first, or both at once. Each closes its own direction, with a FIN when its last descriptor "
        "has gone; who closed first keeps the connection in TIME-WAIT."
    )
    sources = ("RFC 9293 §3.6", "close(2)", "shutdown(2)")
    seen_in = Cell("11_socket_lifecycle", "life-16")

    def support(self) -> bool:
        """a connection that has ended when the client, then the server has called close()"""
        with connection() as (near, far):
            port, peer = near.getsockname()[1], far.getsockname()[1]
            near.close()
            told = far.recv(100)
            far.close()
            return told == b"" and wait_for_state(port, "TIME-WAIT", peer=peer).local_port == port

    def counterexample(self) -> bool:
        """a connection that the server has closed first, and one that both have: they were in TIME-WAIT afterwards"""
        with connection() as (near, far):
            port, peer = far.getsockname()[1], near.getsockname()[1]
            far.close()
            told = near.recv(100)
            near.close()
            server_first = told == b"" and wait_for_state(port, "TIME-WAIT", peer=peer).local_port == port
        trace = both_close_at_once()
        return server_first and [trace.state(host, at="both closed") for host in TWO] == ["TIME-WAIT"] * 2


@experiment
def chosen_ports(client: Any, server: Any, wire: Any) -> None:
    """Neither the server nor the client calls bind()."""
    listener = server.socket()
    listener.listen()
    client.socket().connect(("10.0.0.2", listener.getsockname()[1]))
    listener.accept()
    server.run(["cat", "/proc/sys/net/ipv4/ip_local_port_range"])


@experiment
def one_port_to_choose(client: Any, server: Any, wire: Any) -> None:
    """A kernel may choose one port only, and several sockets ask for one."""
    for port in (80, 81):
        listener = server.socket()
        listener.bind(("10.0.0.2", port))
        listener.listen()
    client.write("/proc/sys/net/ipv4/ip_local_port_range", "40000 40000")
    for port in (80, 80, 81):
        with contextlib.suppress(OSError):
            client.socket().connect(("10.0.0.2", port))
    with contextlib.suppress(OSError):
        client.socket().listen()


class C33(Claim):
    """Otherwise (without bind()) the system by itself assigns a random port when connect() or listen() is called."""

    article = "否则就当调用connect()、listen()时系统会自动随机分配一个端口"
    condition = "a port of the range ip_local_port_range is free for it"
    instead = "Where none is, connect() fails with EADDRNOTAVAIL, and listen() with EADDRINUSE."
    sources = ("ip(7), ip_local_port_range", "listen(2), EADDRINUSE", "connect(2), EADDRNOTAVAIL")
    seen_in = Cell("11_socket_lifecycle", "life-26")

    def support(self) -> bool:
        """a client after connect(), and a server after listen(), that have a port of the kernel's range"""
        trace = chosen_ports()
        low, high = map(int, trace.call("run").result.split())
        ports = {host: [row.local_port for row in trace.table(host).rows] for host in ("client", "server")}
        return all(ports.values()) and all(low <= port <= high for each in ports.values() for port in each)

    def counterexample(self) -> bool:
        """a connect() and a listen() without bind() that fail for want of a port: the only one is taken"""
        errors = [call.error for call in one_port_to_choose().calls if call.host == "client" and call.error]
        return errors == ["EADDRNOTAVAIL", "EADDRINUSE"]


class C34(Claim):
    """bind() gives the socket a specific address of an address family."""

    article = "bind()函数把一个地址族中的特定地址赋给socket"
    condition = "the call names one"
    instead = "It may leave a part open: with port 0 the kernel chooses, with INADDR_ANY each local address will do."
    sources = ("bind(2)", "ip(7), INADDR_ANY")
    seen_in = Cell("11_socket_lifecycle", "life-28")

    def support(self) -> bool:
        """a socket that has the very address which bind() was given"""
        with socket.socket() as first, socket.socket() as second:
            for each in (first, second):  # the first keeps the port for the second
                each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            first.bind(("127.0.0.1", 0))
            second.bind(first.getsockname())
            return bool(second.getsockname() == first.getsockname())

    def counterexample(self) -> bool:
        """a socket with another port than the one that bind() was given"""
        with socket.socket() as made:
            made.bind(("127.0.0.1", 0))
            return bool(made.getsockname()[1] != 0)


@contextlib.contextmanager
def full_queue() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A listener whose queue is full, and the socket of a client that calls it."""
    with listening(backlog=0) as listener, socket.create_connection(listener.getsockname(), PATIENCE):
        wait_for_caller(listener)
        with socket.socket() as caller:
            caller.setblocking(False)
            caller.connect_ex(listener.getsockname())
            yield listener, caller


def connected_within(caller: socket.socket, seconds: float) -> bool:
    """Whether its connect() ends within that time, and has succeeded."""
    return bool(select.select([], [caller], [], seconds)[1]) and state_of(caller) == "ESTABLISHED"


class C35(Claim):
    """listen() is called to listen on this socket; if a client now calls connect() to ask for a connection, the server
    receives this request."""

    article = "就会调用listen()来监听这个socket,如果客户端这时调用connect()发出连接请求,服务器端就会接收到这个请求"
    condition = "there is room in the queue of finished connections"
    instead = "Where it is full, the server's kernel drops the client's SYN and says nothing."
    sources = ("listen(2)", "tcp(7), tcp_abort_on_overflow")
    seen_in = Cell("11_socket_lifecycle", "life-33")

    def support(self) -> bool:
        """a client whose connect() succeeds"""
        with listening() as listener, socket.socket() as caller:
            return refusal(caller.connect, listener.getsockname()) == ""

    def counterexample(self) -> bool:
        """a client that hears nothing from a listener whose queue is full"""
        with full_queue() as (_, caller):
            return not connected_within(caller, UNANSWERED) and state_of(caller) == "SYN-SENT"


class C36(Claim):
    """accept() is called to take the request, and so the connection is made."""

    article = "就会调用accept()函数取接收请求,这样连接就建立好了"
    condition = "the queue was full, and accept() has made room for the client"
    instead = "Else the kernel made it before: accept() hands it over as a new socket, and the listener goes on."
    sources = ("accept(2)", "listen(2)", "POSIX accept()")
    seen_in = Cell("11_socket_lifecycle", "life-13")

    def support(self) -> bool:
        """a client that is connected only when accept() is called: it had found the queue full"""
        with full_queue() as (listener, caller):
            before = connected_within(caller, UNANSWERED)
            with listener.accept()[0]:
                return not before and connected_within(caller, PATIENCE)

    def counterexample(self) -> bool:
        """bytes that the server's kernel has taken and acknowledged before accept() was called"""
        with listening() as listener, socket.create_connection(listener.getsockname(), PATIENCE) as caller:
            caller.sendall(b"hello")
            wait_for_caller(listener)
            deadline = time.monotonic() + PATIENCE
            while unacknowledged(caller) and time.monotonic() < deadline:
                time.sleep(LOOK_EVERY)  # nobody is told of an acknowledgement
            acknowledged = unacknowledged(caller) == 0
            far, _ = listener.accept()
            with far:
                return acknowledged and far.recv(100) == b"hello"


class C39(Claim):
    """When reading and writing are done, the socket's descriptor must be closed, as one calls fclose() to close an
    opened file."""

    article = "完成了读写操作就要关闭相应的socket描述字,好比操作完打开的文件要调用fclose关闭打开的文件"
    condition = "it is the socket's last descriptor, and everything that came was read"
    instead = (
        "With another descriptor open the connection stays, and where bytes were not read the other end gets a reset. "
        "(fclose() does more, too: it writes out a buffer of the program's own.)"
    )
    sources = ("close(2)", "RFC 9293 §3.6.1", "RFC 1122 §4.2.2.13", "socket(7), SO_LINGER")
    seen_in = Cell("11_socket_lifecycle", "life-49")

    def support(self) -> bool:
        """bytes written before close() that all arrive, then the end: as a file has them after fclose()"""
        with connection() as (near, far), tempfile.TemporaryDirectory() as folder:
            for opened in (near.makefile("wb"), Path(folder, "file").open("wb")):
                with opened:
                    opened.write(b"hello")
            near.close()
            return b"".join(iter(lambda: far.recv(100), b"")) == Path(folder, "file").read_bytes()

    def counterexample(self) -> bool:
        """a close() that the other end feels: a reset, because bytes had not been read"""
        with connection() as (near, far):
            near.sendall(b"unread")
            select.select([far], [], [], PATIENCE)
            far.close()
            return refusal(near.recv, 100) == "ECONNRESET"
