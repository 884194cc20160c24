from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from helpers.lab import LabError, LabUnavailable, Network, host_maker, why_unavailable
from helpers.lab.lans import Lans, parse_address
from tests.lab.conftest import SERVER, Lab
from tests.needs import output_of

DEADLINE = 2.0
"""Seconds within which a killed kernel's hosts must be gone."""
LISTENER_OF_IPV6 = """
import socket, time
with socket.create_server(("::", 80), family=socket.AF_INET6):
    print("listens", flush=True)
    time.sleep(60)
"""


def test_a_host_is_a_network_of_its_own(lab: Lab) -> None:
    names = output_of(lab.client, "ip", "-o", "link")
    assert [line.split(":")[1].split("@")[0].strip() for line in names.splitlines()] == ["lo", "eth0"]
    assert output_of(lab.server, "ip", "-4", "-o", "addr", "show", "eth0").split()[3] == "10.0.0.2/24"


def test_a_listener_of_ipv6_is_in_the_table_of_a_host_of_ipv4(lab: Lab) -> None:
    lab.server.socket(socket.AF_INET6).listen()
    assert [row.state for row in lab.server.sockets()] == ["LISTEN", "LISTEN"], "the fixture's own, and this one"
    program = lab.client.start([sys.executable, "-c", LISTENER_OF_IPV6])
    assert program.stdout.readline() == b"listens\n"
    assert [row.state for row in lab.client.sockets()] == ["LISTEN"]


def test_a_host_may_have_several_addresses_and_asks_for_no_router(needs_lab: None) -> None:
    with Network() as network:
        host = network.host("a", "10.0.0.1", "10.0.0.7", "fd00::1", "fe80::1")
        caller = network.host("b", "10.0.0.2", "fd00::2")
        with host.socket(socket.AF_INET6) as listener, caller.socket(socket.AF_INET6) as one:
            listener.bind(("fd00::1", 80))
            listener.listen()
            one.connect(("fd00::1", 80))
            assert any(row.local == "[fd00::1]:80" for row in host.sockets())
        for address in host.addresses[:2]:
            with caller.socket() as nobody_listens, pytest.raises(ConnectionRefusedError):
                nobody_listens.connect((address, 80))
        assert host.read("/proc/sys/net/ipv6/conf/eth0/router_solicitations") == "0\n"


@pytest.mark.parametrize(
    ("name", "address", "sentence"),
    [
        ("client", "10.0.0.3", "the name 'client' is taken; the hosts are client, server"),
        ("third", "10.0.0.2", "10.0.0.2 is already taken by the host server: choose another"),
        ("third", "10.0.0", "'10.0.0' is no IP address"),
    ],
)
def test_what_is_taken_or_no_address_is_refused(lab: Lab, name: str, address: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        lab.network.host(name, address)
    assert "third" not in lab.network.hosts


def test_a_socket_outlives_its_network_as_one_clear_error(lab: Lab) -> None:
    caller, _ = lab.connection()
    lab.network.close()
    with pytest.raises(LabError, match="send.. on a socket of client, whose network is closed: make a new one"):
        caller.send(b"x")
    with pytest.raises(LabError, match="the network of client is closed"):
        lab.client.socket()
    with pytest.raises(LabError, match="this network is closed"):
        lab.network.host("third")
    with pytest.raises(LabError, match="this wire's network is closed"):
        lab.wire.drop("SYN")
    lab.network.close()


def test_a_restarted_host_has_forgotten(lab: Lab) -> None:
    caller, _ = lab.connection()
    lab.server.restart()
    assert lab.server.sockets() == ()
    caller.sendall(b"are you there?")
    with pytest.raises(ConnectionResetError):
        caller.recv(1)
    assert lab.flags()[-1] == "s RST"
    listener = lab.server.socket()
    listener.bind(SERVER)
    listener.listen()
    again = lab.client.socket()
    again.connect(SERVER)


def test_the_wires_ends_have_no_error_waiting(lab: Lab) -> None:
    """It would be the answer to the first frame that is put on the wire, and that frame would be lost."""
    maker = host_maker.host_maker()
    channel, (packets,), (link,) = maker.make(Lans().interfaces([parse_address("10.0.0.77")], 99))
    with channel, packets:
        assert packets.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
    maker.remove(link)


def test_no_kernel_speaks_on_the_wire_unasked(lab: Lab) -> None:
    """A link-local address would: router solicitations, neighbour discovery, multicast reports."""
    assert "wire" not in Path(f"/proc/{host_maker.host_maker().process.pid}/net/if_inet6").read_text()
    assert "eth0" not in lab.client.read("/proc/net/if_inet6")


@pytest.mark.parametrize("refused", ["HostMaker", "_probe"])
def test_what_is_refused_is_asked_for_once(monkeypatch: pytest.MonkeyPatch, refused: str) -> None:
    asked = []

    def refuse(*maker: object) -> None:
        asked.append(refused)
        raise LabUnavailable("this machine says no")

    monkeypatch.setattr(host_maker, "_the_maker", None)
    monkeypatch.setattr(host_maker, "_the_refusal", "")
    monkeypatch.setattr(host_maker, "HostMaker", lambda: SimpleNamespace(lives=True))
    monkeypatch.setattr(host_maker, refused, refuse)
    assert [why_unavailable(), why_unavailable()] == ["this machine says no"] * 2
    assert asked == [refused]


KERNEL = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
from helpers.lab import Network
network = Network()
a, b = network.host("a"), network.host("b")
listener = b.socket(); listener.bind(("10.0.0.2", 80)); listener.listen()
a.socket().connect(("10.0.0.2", 80))
program = a.start(["sh", "-c", "setsid sleep 1000 & echo started; sleep 1000"])
program.stdout.readline()
print("up", flush=True)
{then}
"""


@pytest.mark.parametrize(
    ("then", "end"),
    [
        ("time.sleep(1000)", signal.SIGKILL),
        ("time.sleep(1000)", signal.SIGINT),
        ("import os\nif os.fork() == 0: time.sleep(3); os._exit(0)\ntime.sleep(1000)", signal.SIGKILL),
        ("sys.exit()", None),
        ("network.close()", None),
    ],
    ids=["killed", "interrupted", "killed with a forked child", "left", "closed"],
)
def test_nothing_outlives_the_kernel(needs_lab: None, then: str, end: int | None) -> None:
    marker = f"IPC_COURSE_TEST_{os.getpid()}_{time.monotonic_ns()}"
    kernel = start_kernel(then, {marker: "1"})
    assert kernel.stdout is not None and kernel.stdout.readline() == b"up\n"
    if end is not None:
        assert len(_marked(marker)) >= 6, "the test would see no leak"
        assert len({os.readlink(f"/proc/{pid}/ns/net") for pid in _marked(marker)}) >= 3
        os.kill(kernel.pid, end)
    kernel.communicate(timeout=20)
    deadline = time.monotonic() + DEADLINE
    while (left := [pid for pid in _marked(marker) if b"-c" not in _command(pid)]) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert left == []


INTERRUPTED = """
import subprocess
from helpers.lab.host_maker import host_maker
maker = host_maker()
try:
    print("waiting", flush=True)
    time.sleep(1000)
except KeyboardInterrupt:
    network.host("c")
    try:
        program.wait(0.05)
    except subprocess.TimeoutExpired:
        print("the program runs on, the maker is", "the same" if host_maker() is maker else "another")
"""


def test_an_interrupt_of_the_kernels_process_group_spares_the_hosts(needs_lab: None) -> None:
    kernel = start_kernel(INTERRUPTED, {})
    assert kernel.stdout is not None
    assert [kernel.stdout.readline(), kernel.stdout.readline()] == [b"up\n", b"waiting\n"]
    os.killpg(kernel.pid, signal.SIGINT)
    said, errors = kernel.communicate(timeout=60)
    assert (said, errors) == (b"the program runs on, the maker is the same\n", b"")


def start_kernel(then: str, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """A process that makes two hosts as a notebook's kernel does, and then does this."""
    return subprocess.Popen(
        [sys.executable, "-c", KERNEL.format(then=then)], env={**os.environ, **environment}, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=Path(__file__).parents[2],
    )  # fmt: skip


def _marked(marker: str) -> list[str]:
    """Processes, in whatever namespace, that inherited the marker."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if marker.encode() in (process / "environ").read_bytes():
                found.append(process.name)
    return found


def _command(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b"-c"
