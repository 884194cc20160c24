from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from helpers.lab import LabError, LabUnavailable, Network, WireTimeout, why_unavailable
from helpers.lab import host_maker as maker_module
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


def test_two_hosts_talk_through_ordinary_sockets(lab: Lab) -> None:
    caller, answerer = lab.connection()
    caller.sendall(b"hello")
    assert answerer.recv(10) == b"hello"
    assert isinstance(caller, socket.socket)
    assert answerer.getpeername()[0] == "10.0.0.1"


def test_a_host_is_a_network_of_its_own(lab: Lab) -> None:
    names = output_of(lab.client, "ip", "-o", "link")
    assert [line.split(":")[1].split("@")[0].strip() for line in names.splitlines()] == ["lo", "eth0"]
    assert output_of(lab.server, "ip", "-4", "-o", "addr", "show", "eth0").split()[3] == "10.0.0.2/24"


def test_the_socket_table_names_states_and_queues(lab: Lab) -> None:
    caller, answerer = lab.connection()
    caller.sendall(b"12345")
    lab.wire.wait_for("ACK", sender="server", timeout=2)
    row = next(row for row in lab.server.sockets() if row.state == "ESTABLISHED")
    assert (row.local, row.remote.rpartition(":")[0], row.recv_queue) == ("10.0.0.2:80", "10.0.0.1", 5)
    assert {row.state for row in lab.server.sockets()} == {"LISTEN", "ESTABLISHED"}
    assert answerer.recv(5) == b"12345"


def test_a_listener_of_ipv6_is_in_the_table_of_a_host_of_ipv4(lab: Lab) -> None:
    lab.server.socket(socket.AF_INET6).listen()
    assert [row.state for row in lab.server.sockets()] == ["LISTEN", "LISTEN"], "the fixture's own, and this one"
    program = lab.client.start([sys.executable, "-c", LISTENER_OF_IPV6])
    assert program.stdout.readline() == b"listens\n"
    assert [row.state for row in lab.client.sockets()] == ["LISTEN"]


def test_a_host_asks_for_no_router(needs_lab: None) -> None:
    with Network() as network:
        host = network.host("a", "10.0.0.1", "fe80::1")
        assert host.read("/proc/sys/net/ipv6/conf/eth0/router_solicitations") == "0\n"


def test_a_host_may_have_several_addresses(needs_lab: None) -> None:
    with Network() as network:
        network.host("a", "10.0.0.1", "10.0.0.7", "fd00::1")
        b = network.host("b", "10.0.0.2", "fd00::2")
        host = network.hosts["a"]
        assert host.addresses == ("10.0.0.1", "10.0.0.7", "fd00::1")
        listener = host.socket(socket.AF_INET6)
        listener.bind(("fd00::1", 80))
        listener.listen()
        caller = b.socket(socket.AF_INET6)
        caller.connect(("fd00::1", 80))
        assert any(row.local == "[fd00::1]:80" for row in host.sockets())
        for address in ("10.0.0.1", "10.0.0.7"):
            with b.socket() as nobody_listens, pytest.raises(ConnectionRefusedError):
                nobody_listens.connect((address, 80))


@pytest.mark.parametrize(
    ("name", "address", "sentence"),
    [
        ("client", "10.0.0.3", "the name 'client' is taken; the hosts are client, server"),
        ("wire", "10.0.0.3", "the name 'wire' is taken"),
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
    with pytest.raises(
        LabError, match="send.. on a socket of client, whose network is closed: make a new one"
    ):
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


def test_a_program_runs_in_the_host(lab: Lab) -> None:
    ended = lab.client.run(
        [sys.executable, "-c", "import sys; print(sys.stdin.read()[::-1]); sys.exit(3)"], b"abc"
    )
    assert (ended.stdout, ended.returncode) == (b"cba\n", 3)
    assert lab.network.trace().call("run", "client").result == "cba"


def test_a_program_that_lasts_too_long_is_ended(lab: Lab) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        lab.client.run(["sleep", "60"], timeout=0.1)
    assert lab.client.run(["sh", "-c", "exit 0"]).returncode == 0


def test_a_started_program_serves_and_can_be_ended(lab: Lab) -> None:
    program = lab.server.start([sys.executable, "-u", "-m", "http.server", "8080"])
    assert program.stdout.readline().startswith(b"Serving")
    caller = lab.client.socket()
    caller.connect(("10.0.0.2", 8080))
    caller.sendall(b"GET / HTTP/1.0\r\n\r\n")
    assert caller.recv(8) == b"HTTP/1.0"
    program.send_signal(signal.SIGTERM)
    assert program.wait() == -signal.SIGTERM


def test_programs_end_with_their_host(lab: Lab) -> None:
    program = lab.server.start(["sh", "-c", "sleep 1000 & echo $!; setsid sleep 1000 & wait"])
    program.stdout.readline()
    pidfd = os.dup(program._pidfd)
    lab.network.close()
    assert select.select([pidfd], [], [], 2.0)[0] == [pidfd]
    os.close(pidfd)


def test_the_wires_ends_have_no_error_waiting(lab: Lab) -> None:
    """It would be the answer to the first frame that is put on the wire, and that frame would be lost."""
    assert maker_module._the_maker is not None
    interfaces = Lans().interfaces([parse_address("10.0.0.77")], 99)
    channel, (packets,), (link,) = maker_module._the_maker.make(interfaces)
    with channel, packets:
        assert packets.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
    maker_module._the_maker.remove(link)


def test_no_kernel_speaks_on_the_wire_unasked(lab: Lab) -> None:
    """A link-local address would: router solicitations, neighbour discovery, multicast reports."""
    assert maker_module._the_maker is not None
    wires_end = Path(f"/proc/{maker_module._the_maker.process.pid}/net/if_inet6").read_text()
    assert "wire" not in wires_end
    assert "eth0" not in lab.client.read("/proc/net/if_inet6")


@pytest.mark.parametrize("refused", ["HostMaker", "_probe"])
def test_what_is_refused_is_asked_for_once(monkeypatch: pytest.MonkeyPatch, refused: str) -> None:
    asked = []

    def refuse(*maker: object) -> None:
        asked.append(refused)
        raise LabUnavailable("this machine says no")

    monkeypatch.setattr(maker_module, "_the_maker", None)
    monkeypatch.setattr(maker_module, "_the_refusal", "")
    monkeypatch.setattr(maker_module, "HostMaker", lambda: SimpleNamespace(lives=True))
    monkeypatch.setattr(maker_module, refused, refuse)
    assert [why_unavailable(), why_unavailable()] == ["this machine says no"] * 2
    assert asked == [refused]


def test_settings_of_a_host_are_its_own(lab: Lab) -> None:
    path = "/proc/sys/net/ipv4/ip_default_ttl"
    before = lab.server.read(path)
    try:
        lab.client.write(path, "7")
    except LabUnavailable as closed:
        pytest.skip(str(closed))
    assert (lab.client.read(path), lab.server.read(path)) == ("7\n", before)


def test_waiting_for_a_state_that_does_not_come(lab: Lab) -> None:
    with pytest.raises(
        WireTimeout, match="server did not come to ESTABLISHED within 0.05 s; it is in LISTEN"
    ):
        lab.server.wait_for_state("ESTABLISHED", timeout=0.05)


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
    kernel = subprocess.Popen(
        [sys.executable, "-c", KERNEL.format(then=then)],
        env={**os.environ, marker: "1"}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert kernel.stdout is not None and kernel.stdout.readline() == b"up\n"
    if end is not None:
        assert len(_marked(marker)) >= 6, "the test would see no leak"
        assert len(_namespaces(marker)) >= 3
        os.kill(kernel.pid, end)
    kernel.wait(10)
    deadline = time.monotonic() + DEADLINE
    while (
        left := [pid for pid in _marked(marker) if b"-c" not in _command(pid)]
    ) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert left == []
    kernel.stdout.close()


INTERRUPTED = """
import subprocess
from helpers.lab import host_maker as module
maker = module._the_maker
try:
    print("waiting", flush=True)
    time.sleep(1000)
except KeyboardInterrupt:
    network.host("c")
    try:
        program.wait(0.05)
    except subprocess.TimeoutExpired:
        print("the program runs on, the maker is", "the same" if module._the_maker is maker else "another")
"""


def test_an_interrupt_of_the_kernels_process_group_spares_the_hosts(needs_lab: None) -> None:
    kernel = subprocess.Popen(
        [sys.executable, "-c", KERNEL.format(then=INTERRUPTED)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert kernel.stdout is not None
    assert [kernel.stdout.readline(), kernel.stdout.readline()] == [b"up\n", b"waiting\n"]
    os.killpg(kernel.pid, signal.SIGINT)
    said, errors = kernel.communicate(timeout=10)
    assert (said, errors) == (b"the program runs on, the maker is the same\n", b"")


def _marked(marker: str) -> list[str]:
    """Processes, in whatever namespace, that inherited the marker."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if marker.encode() in (process / "environ").read_bytes():
                found.append(process.name)
        except OSError:
            continue
    return found


def _namespaces(marker: str) -> set[str]:
    return {os.readlink(f"/proc/{pid}/ns/net") for pid in _marked(marker)}


def _command(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b"-c"
