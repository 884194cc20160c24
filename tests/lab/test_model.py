"""The model of TCP is held to the kernel: the same calls and losses, the same segments, states and results."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from scapy.layers.l2 import Ether

from helpers.fields.segment import Segment
from helpers.lab import Host, LabError, LabUnavailable, Network
from helpers.lab.model import ModelNetwork
from helpers.lab.model.endpoint import SECOND, Endpoint
from helpers.lab.model.network import to_bytes
from helpers.trace import Frame, Trace
from tests.needs import need

SERVER = ("10.0.0.2", 80)
PLAIN = ("tcp_sack", "tcp_timestamps", "tcp_window_scaling", "tcp_early_retrans", "tcp_recovery")
"""Kernel settings (ip-sysctl) that are switched off, because the model has none of it: options but MSS, tail loss
probes and RACK, which send something else again than the oldest segment."""
ABORT = struct.pack("ii", 1, 0)
Fates = dict[tuple[str, int], str]
"""What the wire does to the nth segment of a host, of those that `counts`."""
Script = list[tuple[str, str, int]]
"""Who calls what, with how many bytes."""


def on_both(conversation: Callable[..., list[object]], **arguments: object) -> None:
    """The kernels and the models send the same segments, answer the calls alike, and pass through the same states."""
    with Network() as network:
        hosts = network.host("client"), network.host("server")
        for host in hosts:
            make_plain(host)
        passed = conversation(*hosts, network.wire, **arguments)
        network.wire.settle()
        kernels = network.trace()
    with contextlib.closing(ModelNetwork()) as models:
        assert conversation(models.host("client"), models.host("server"), models, **arguments) == passed
    assert segments(models.trace()) == segments(kernels)
    assert outcomes(models.trace()) == outcomes(kernels)


def make_plain(host: Host) -> None:
    for name in PLAIN:
        try:
            host.write(f"/proc/sys/net/ipv4/{name}", "0")
        except LabUnavailable as closed:
            need("kernel settings", str(closed))
    # On a busy machine a kernel may repeat its last FIN too early. The answer to it would be answered by RST, which
    # ends TIME-WAIT (RFC 1337); so an RST is ignored there.
    host.write("/proc/sys/net/ipv4/tcp_rfc1337", "1")


def states(*hosts: Any, without: str = "") -> list[str]:
    return [" + ".join(sorted(row.state for row in host.sockets() if row.state != without)) for host in hosts]


def settled(wire: Any, *hosts: Any) -> None:
    """Wait until nothing is unacknowledged."""
    for _ in range(2000):
        if not any(row.send_queue for host in hosts for row in host.sockets()):
            wire.settle()
            return
        wire.until(lambda: False, 0.005)
    raise LabError(f"not settled: {[host.sockets() for host in hosts]}")


def conversation(client: Any, server: Any, wire: Any, fates: Fates, script: Script) -> list[object]:
    """Connect, then call by call, each until nothing is left to be acknowledged: the states after each.

    Without TIME-WAIT, which a reset ends by the RFC, but not in these kernels: see `make_plain`.
    """
    for (sender, nth), fate in fates.items():
        options = {"seconds": 0.05} if fate == "delay" else {}
        getattr(wire, fate)(sender=sender, where=counts, nth=nth, **options)
    listener = server.socket()
    listener.bind(SERVER)
    listener.listen()
    caller = client.socket()
    caller.connect(SERVER)
    answerer, _ = listener.accept()
    for made in (caller, answerer):
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # the model has no Nagle's algorithm
        made.setblocking(False)
    settled(wire, client, server)
    seen = [states(client, server)]
    for who, what, size in script:
        act(caller if who == "client" else answerer, what, size)
        settled(wire, client, server)
        seen.append(states(client, server, without="TIME-WAIT"))
    for rule in wire.unused():
        rule.remove()
    return [*seen]


ACTS = ("send", "recv", "shutdown", "close", "abort")
OTHER_ACTS = ("duplicate", "wait", "open", "listen", "accept")


def act(made: Any, what: str, size: int) -> None:
    """Make a call; the trace keeps how it ended."""
    if made.fileno() == -1:
        return
    with contextlib.suppress(OSError):
        if what == "send":
            made.send(bytes(size))
        elif what == "recv":
            made.recv(100_000)
        elif what == "shutdown":
            made.shutdown(socket.SHUT_WR)
        else:
            if what == "abort":
                made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
            made.close()


def counts(frame: Frame) -> bool:
    """Whether a segment is more than an acknowledgment: Linux delays those (RFC 9293, 3.8.6.3), the model does not."""
    segment = frame.segment
    return segment is not None and (bool(segment.payload) or segment.flags != "ACK")


def segments(trace: Trace) -> dict[str, list[str]]:
    """For each host what it has sent, as far as it must be the same.

    Per host, because when the two speak at the same time the order is chance. A repetition counts if the wire has lost
    every earlier copy; any other depends on timers, which run differently and ring early on a busy machine.
    """
    found: dict[str, list[str]] = {host.name: [] for host in trace.hosts}
    arrived = set()
    for frame, segment in trace.segments():
        if not counts(frame):
            continue
        # A repetition acknowledges what has come since the first copy was sent.
        copy = frame.sender, written(replace(segment, ack=0) if segment.ack is not None else segment)
        if copy not in arrived:
            found[frame.sender].append(written(segment))
        if frame.arrivals:
            arrived.add(copy)
    return found


def written(segment: Segment) -> str:
    """A segment without PSH, which says nothing to the peer, window, and options but MSS, which the model has not.

    A reset without acknowledgment: Linux's abort sends <RST,ACK>, section 3.10.5 sends <RST>, and both are believed.
    """
    reset = "RST" in segment.has
    flags = " ".join(sorted(segment.has - ({"PSH", "ACK"} if reset else {"PSH"})))
    ack = "" if reset or segment.ack is None else f" ack={segment.ack}"
    return f"{flags} seq={segment.seq}{ack} len={segment.length} {dict(segment.options).get('MSS', '')}"


def outcomes(trace: Trace) -> list[str]:
    """All calls with their results and errors."""
    shown = ("connect", "send", "recv", "shutdown", "close")
    return [f"{call.host} {call.name}: {call.error or call.result}" for call in trace.calls if call.name in shown]


HOSTS = st.sampled_from(["client", "server"])
CALLS = st.sampled_from(["send", "send", "send", "recv", "recv", "shutdown", "close", "abort"])
FATES = st.dictionaries(
    st.tuples(HOSTS, st.integers(1, 6)), st.sampled_from(["drop", "duplicate", "delay"]), max_size=2
)
SCRIPTS = st.lists(st.tuples(HOSTS, CALLS, st.sampled_from([1, 100, 1460])), max_size=8)
SYN_ACK = ("server", 1)
UNREAD: Script = [("server", "send", 100), ("client", "close", 0), ("server", "send", 1), ("server", "send", 1)]
RESET_AFTER_FIN: Script = [("client", "close", 0), ("server", "send", 1), ("server", "recv", 0), ("server", "send", 1)]
OVER: Script = [("server", "shutdown", 0), ("client", "shutdown", 0), ("server", "shutdown", 0), ("server", "abort", 0)]


@example({}, UNREAD)
@example({}, RESET_AFTER_FIN)
@example({}, OVER)
@given(FATES, SCRIPTS)
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_any_conversation(needs_lab: None, fates: Fates, script: Script) -> None:
    if fates.get(SYN_ACK) == "drop":  # two timers of one second run then, and either may ring first
        del fates[SYN_ACK]
    on_both(conversation, fates=fates, script=script)


@given(st.data())
@settings(max_examples=100, deadline=None, derandomize=True)
def test_whatever_is_called_and_delivered_the_model_goes_on(data: st.DataObject) -> None:
    """No call and no segment, in whatever order, finds a state without an arrow for it."""
    with contextlib.closing(ModelNetwork()) as network:
        hosts = [network.host("a"), network.host("b")]
        held, sockets = network.hold(), {}
        for _ in range(40):
            what = data.draw(st.sampled_from([*["deliver"] * 6, *ACTS, *OTHER_ACTS]))
            who = data.draw(st.sampled_from([0, 1]))
            if what in ("deliver", "duplicate") and held.waiting:
                getattr(held, what)(data.draw(st.sampled_from(held.waiting)).number)
            elif what == "wait":
                network.until(lambda: False, 1.5)
            elif what in ("open", "listen"):
                sockets[who] = made = hosts[who].socket()
                made.setblocking(False)
                with contextlib.suppress(OSError):
                    made.bind((hosts[who].address, 1000))
                    made.connect((hosts[1 - who].address, 1000)) if what == "open" else made.listen()
            elif what == "accept" and who in sockets:
                with contextlib.suppress(OSError):
                    sockets[who], _ = sockets[who].accept()
                    sockets[who].setblocking(False)
            elif what in ACTS and who in sockets:
                act(sockets[who], what, 5)


def crossing(client: Any, server: Any, wire: Any) -> list[object]:
    """Figure 7, and a close of both at the same time after it, figure 13, with each segment held."""
    addresses = {client: ("10.0.0.1", 1000), server: ("10.0.0.2", 2000)}
    callers, seen = [], []
    held = wire.hold(where=lambda frame: frame.segment is not None)

    def let_pass(number: int) -> None:
        """Deliver so many, as soon as they wait; what answers them waits."""
        assert wire.until(lambda: len(held.waiting) >= number, 5)
        seen.append(states(client, server))
        for waiting in held.waiting[:number]:
            held.deliver(waiting.number)
        wire.settle()

    for host, other in ((client, server), (server, client)):
        callers.append(host.socket())
        callers[-1].bind(addresses[host])
        callers[-1].setblocking(False)
        callers[-1].connect_ex(addresses[other])
    let_pass(2)
    let_pass(2)
    for waiting in held.waiting:  # Linux acknowledges a SYN ACK once more
        held.drop(waiting.number)
    for caller in callers:
        caller.close()
    let_pass(2)
    let_pass(2)
    return [*seen, states(client, server)]


def test_both_open_and_both_close_at_once(needs_lab: None) -> None:
    on_both(crossing)


def nobody_there(client: Any, server: Any, wire: Any) -> list[object]:
    caller = client.socket()
    for what in (lambda: caller.connect(("10.0.0.2", 81)), lambda: caller.recv(10)):
        with contextlib.suppress(OSError):
            what()
    return [states(client, server)]


def test_a_refused_call(needs_lab: None) -> None:
    on_both(nobody_there)


def test_a_kernel_and_a_model_understand_each_other(needs_lab: None) -> None:
    """One end is a kernel, the other an endpoint: the model's bytes are TCP."""
    with Network() as network:
        host = network.host("kernel", "10.0.0.1")
        network.host("nobody", "10.0.0.2")  # a wire has two ends
        host.add_neighbour("10.0.0.9", "02:00:00:00:00:02", "eth0")
        end = Endpoint("10.0.0.9:80", "10.0.0.1:2000")
        end.listen()
        caller, begun, carried = host.socket(), time.monotonic(), 0

        def until(condition: Callable[[], bool]) -> None:
            nonlocal carried
            while not condition():
                assert time.monotonic() - begun < 10, (end.row(end.now), host.sockets())
                network.wire.until(lambda seen=carried: len(network.wire.frames) > seen, 0.01)  # type: ignore[misc]
                frames, end.now = network.wire.frames, round((time.monotonic() - begun) * SECOND)
                for frame in frames[carried:]:
                    if frame.sender == "kernel" and frame.segment:
                        end.arrive(frame.segment)
                carried = len(frames)
                if end.due is not None and end.due <= end.now:
                    end.ring()
                while end.out:
                    network.wire.inject(Ether(to_bytes(end.out.pop(0))).payload, to="kernel")

        caller.bind(("10.0.0.1", 2000))
        caller.setblocking(False)
        caller.connect_ex(("10.0.0.9", 80))
        until(lambda: end.state == "ESTABLISHED")
        caller.send(bytes(range(256)) * 20)
        until(lambda: end.received == bytes(range(256)) * 20)
        end.send(b"thank you")
        until(lambda: not end.row(end.now).send_queue)
        assert caller.recv(100) == b"thank you"
        caller.shutdown(socket.SHUT_WR)
        until(lambda: end.finished)
        assert (states(host), end.state) == (["FIN-WAIT-2"], "CLOSE-WAIT")
        end.close()
        until(lambda: end.state == "CLOSED")
        assert (states(host), caller.recv(1)) == (["TIME-WAIT"], b"")


def connected() -> tuple[Endpoint, Callable[..., list[str]]]:
    """An end whose call was answered, and what brings it a segment of its peer (relative numbers) and its answers."""
    end = Endpoint("10.0.0.1:1000", "10.0.0.2:2000")
    first = end._next

    def arrives(flags: str, seq: int = 1, ack: int = 1, payload: bytes = b"") -> list[str]:
        number = first + ack if "ACK" in flags else None
        end.arrive(Segment(end.remote, end.local, flags, 300 + seq, number, 1000, (), payload))
        answers, end.out = [(each.flags, each.ack or 300) for each in end.out], []
        return [f"{flags} {ack - 300}" for flags, ack in answers]

    end.connect()
    arrives("SYN ACK", seq=0)
    return end, arrives


@pytest.mark.parametrize(
    ("closed", "come", "answers", "state"),
    [
        (False, [("RST", 2)], [], "ESTABLISHED"),  # RFC 5961, 3.2: only the very number counts
        (False, [("RST", 1)], [], "CLOSED"),
        (False, [("SYN", 5)], ["ACK 1"], "ESTABLISHED"),
        (False, [("ACK", 1, 2)], ["ACK 1"], "ESTABLISHED"),  # acknowledges what was not sent
        (False, [("ACK", 4, 1, b"def"), ("ACK", 1, 1, b"abc")], ["ACK 1", "ACK 7"], "ESTABLISHED"),
        (False, [("ACK", 1, 1, b"abc"), ("ACK", 1, 1, b"abcdef")], ["ACK 4", "ACK 7"], "ESTABLISHED"),
        (False, [("FIN ACK", 4), ("ACK", 1, 1, b"abc")], ["ACK 1", "ACK 5"], "CLOSE-WAIT"),
        (True, [("FIN ACK", 1, 2)], ["ACK 2"], "TIME-WAIT"),  # figure 5, note 2
        (True, [("FIN ACK", 1, 2), ("FIN ACK", 1, 2)], ["ACK 2", "ACK 2"], "TIME-WAIT"),
        (True, [("FIN ACK", 1, 1), ("ACK", 2, 2)], ["ACK 2"], "TIME-WAIT"),
    ],
)
def test_what_a_segment_does(closed: bool, come: list[tuple[object]], answers: list[str], state: str) -> None:
    end, arrives = connected()
    if closed:
        end.close()
        end.out.clear()
    assert [answer for each in come for answer in arrives(*each)] == answers
    assert end.state == state
    if state == "TIME-WAIT":  # another FIN begins it anew
        end.now += 100 * SECOND
        arrives("FIN ACK", 1, 2)
        assert end.due == end.now + 240 * SECOND


def test_a_syn_is_repeated_after_1_3_and_7_seconds_and_time_wait_lasts_two_lifetimes() -> None:
    with contextlib.closing(ModelNetwork()) as network:
        client, server = network.host("client"), network.host("server")
        listener, caller = server.socket(), client.socket()
        listener.bind(SERVER)
        listener.listen()
        with network.drop("SYN", nth=(1, 2, 3)):
            caller.connect(SERVER)
        begun, *times = [frame.sent for frame, segment in network.trace().segments() if segment.flags == "SYN"]
        assert [round((time - begun) / SECOND, 1) for time in times] == [1, 3, 7]
        answerer, _ = listener.accept()
        caller.close()
        answerer.close()
        (row,) = client.sockets()
        assert (row.state, row.timer, round(row.timer_seconds)) == ("TIME-WAIT", "TIME-WAIT", 240)
        network.until(lambda: not client.sockets(), 241)
        assert states(client, server) == ["", "LISTEN"]


def test_what_the_model_has_not_it_says() -> None:
    with contextlib.closing(ModelNetwork()) as network:
        host = network.host("a")
        asked = lambda: host.run(["ls"]), lambda: host.socket(socket.AF_INET6), lambda: network.host("b", "fd00::1")
        for ask in asked:
            with pytest.raises(LabError, match="model"):
                ask()
