"""The experiments of the claims: what happens between two hosts. The probes look at their traces.

They stand apart from the probes because one trace serves several claims, and notebook 17 shows some of them.
"""

from __future__ import annotations

import contextlib
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from scapy.layers.inet import TCP
from scapy.layers.l2 import Ether

from helpers.lab import experiment
from helpers.lessons.claims.loopback import PATIENCE
from helpers.trace import Trace

FOR_EXPERIMENTS = 253
"""A protocol number that nobody has (RFC 3692 §2.1)."""
SOCK_PACKET = 10
"""<linux/net.h>; Python has no name for it."""
EVERY_FRAME = socket.htons(0x0003)
"""ETH_P_ALL, <linux/if_ether.h>."""
START = "for n in $(seq {count}); do sleep 1000 > /dev/null 2>&1 & echo $!; done"
"""A shell starts so many programs, which go on, and prints their PIDs."""
ALIVE = "it goes on"


def states(trace: Trace, at: str) -> list[str | None]:
    """The client's and the server's state of the connection at a mark."""
    return [trace.state(host, at=at) for host in ("client", "server")]


@experiment
def two_hosts_count(client: Any, server: Any, wire: Any) -> None:
    """Each host starts some programs. Then one PID of the client's is killed on the server."""
    started = [host.run(["sh", "-c", START.format(count=n)]).stdout.split() for host, n in ((client, 2), (server, 3))]
    number = started[0][-1].decode()
    server.run(["sh", "-c", f"kill {number}"])  # the shell has one of its own; the program may be missing
    client.run(["sh", "-c", f"kill -0 {number} && echo {ALIVE}"])


@experiment
def whose_addresses(client: Any, server: Any, wire: Any) -> None:
    """Each of two hosts tries to bind two addresses."""
    for host in (client, server):
        for address in ("10.0.0.2", "127.0.0.1"):
            with contextlib.suppress(OSError):
                host.socket().bind((address, 80))


@experiment
def mtu_is_lowered(client: Any, server: Any, wire: Any) -> None:
    """The MTU of an interface is changed while the wire is watched."""
    wire.settle()
    wire.mark("before")
    client.set_mtu("eth0", 600)
    wire.settle()
    wire.mark("after")


@experiment
def raw_packets(client: Any, server: Any, wire: Any) -> None:
    """A packet of each of five protocols, the last for experiments, and each to a raw socket that waits for it."""
    for number in (1, 2, 88, 89, FOR_EXPERIMENTS):
        waiting = server.socket(socket.AF_INET, socket.SOCK_RAW, number)
        client.socket(socket.AF_INET, socket.SOCK_RAW, number).sendto(b"hello", ("10.0.0.2", 0))
        wire.settle()
    waiting.recv(100)


@experiment
def raw_socket_is_bound(client: Any, server: Any, wire: Any) -> None:
    """bind() gives a raw socket an address and a port; which has it then?"""
    raw = server.socket(socket.AF_INET, socket.SOCK_RAW, FOR_EXPERIMENTS)
    with contextlib.suppress(OSError):
        raw.bind(("10.0.0.2", 80))
    wire.mark("{} {}".format(*raw.getsockname()))


@experiment
def obsolete_packet_socket(client: Any, server: Any, wire: Any) -> None:
    """Somebody still asks for a socket as before Linux 2.2."""
    made = server.socket(socket.AF_INET, SOCK_PACKET, EVERY_FRAME)
    domain, kind = (made.getsockopt(socket.SOL_SOCKET, option) for option in (socket.SO_DOMAIN, socket.SO_TYPE))
    wire.mark(f"{domain} {kind}")


@experiment
def three_segments_held(client: Any, server: Any, wire: Any) -> None:
    """Each segment of a handshake is held, and meanwhile both kernels are looked at."""
    listener = server.socket()
    listener.bind(("10.0.0.2", 80))
    listener.listen()
    caller = client.socket()
    caller.setblocking(False)
    with wire.hold("SYN") as first, wire.hold("SYN ACK") as second, wire.hold("ACK") as third:
        caller.connect_ex(("10.0.0.2", 80))
        for segment, moment in ((first, "SYN held"), (second, "SYN ACK held"), (third, "ACK held")):
            segment.wait()
            wire.mark(moment)
            segment.release()
    server.wait_for_state("ESTABLISHED")
    wire.mark("all delivered")


@experiment
def data_in_the_syn(client: Any, server: Any, wire: Any) -> None:
    """TCP Fast Open, without its cookie: five bytes come with the SYN. The wire holds the third segment."""
    client.write("/proc/sys/net/ipv4/tcp_fastopen", f"{0x1 | 0x4}")  # ip-sysctl: as a client, without a cookie
    server.write("/proc/sys/net/ipv4/tcp_fastopen", f"{0x2 | 0x200}")  # as a server, without a cookie
    listener = server.socket()
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 1)
    listener.bind(("10.0.0.2", 80))
    listener.listen()
    with wire.hold("ACK", sender="client", nth=1) as third:
        client.socket().sendto(b"hello", socket.MSG_FASTOPEN, ("10.0.0.2", 80))
        third.wait()
        listener.setblocking(False)  # without Fast Open accept() would wait now
        with contextlib.suppress(BlockingIOError):
            listener.accept()[0].recv(100)
        wire.mark("third segment held")
    server.wait_for_state("ESTABLISHED")


@experiment
def an_old_syn_comes(client: Any, server: Any, wire: Any) -> None:
    """The client's SYN is lost, and one with an older number arrives (RFC 9293 §3.5, figure 8)."""
    listener = server.socket()
    listener.bind(("10.0.0.2", 80))
    listener.listen()
    caller = client.socket()
    caller.setblocking(False)
    with wire.drop("SYN", nth=1) as lost, wire.hold("SYN", nth=1):
        caller.connect_ex(("10.0.0.2", 80))
        old = Ether(lost.wait().data)
        old[TCP].seq = (old[TCP].seq - 1000) % 2**32
        del old[TCP].chksum  # scapy computes it anew
        wire.inject(old, to="server")
        wire.wait_for("SYN ACK", sender="server")
        wire.settle()
        wire.mark("the client has answered")
    server.wait_for_state("ESTABLISHED")


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


@experiment
def lost_then_closed(client: Any, server: Any, wire: Any) -> None:
    """Data are lost on an open connection. Then each end closes before the other's FIN has come."""
    listener = server.socket()
    listener.bind(("10.0.0.2", 80))
    listener.listen()
    caller = client.socket()
    caller.connect(("10.0.0.2", 80))
    connection, _ = listener.accept()
    with wire.drop(payload=True, nth=1) as lost:
        caller.send(b"hello")
        lost.wait()
    connection.recv(100)
    wire.wait_for("ACK", sender="server", payload=False)
    with wire.hold("FIN ACK") as fins:
        caller.close()
        fins.wait()
        connection.close()
        wire.until(lambda: len(fins.waiting) == 2, timeout=2)
    for host in (client, server):
        host.wait_for_state("TIME-WAIT")
    wire.mark("both closed")


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
