from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from scapy.layers.inet import ICMP, IP

from helpers.lab import Host, LabUnavailable, Network, host_maker
from tests.needs import output_of

NEAR, FAR = "10.0.0.0/24", "10.0.1.0/24"
SERVER = ("10.0.1.2", 80)


@pytest.fixture
def lab(needs_lab: None) -> Iterator[SimpleNamespace]:
    """Client and server in two networks, and the router between them."""
    with Network() as network:
        client = network.host("client", "10.0.0.1")
        router = network.host("router", "10.0.0.254", "10.0.1.254")
        server = network.host("server", "10.0.1.2")
        router.forward()
        client.add_route(FAR, via="10.0.0.254")
        server.add_route("default", via="10.0.1.254")
        yield SimpleNamespace(network=network, wire=network.wire, client=client, router=router, server=server)


def ping(host: Host, *options: str, to: str = SERVER[0]) -> str:
    return output_of(host, "ping", "-c", "1", "-W", "2", *options, to)


def test_only_hosts_of_its_lan_get_a_frame(lab: SimpleNamespace) -> None:
    neighbour = lab.network.host("neighbour", "10.0.0.2")
    ping(neighbour, "-b", "-W", "0.1", to="10.0.0.255")
    ping(neighbour, "-W", "0.1", to="224.0.0.1")
    lab.wire.settle()
    sent = [frame for frame in lab.wire.frames if frame.sender == "neighbour" and frame.data[0] & 1]
    assert {(frame.lan, frame.receiver, len(frame.arrivals)) for frame in sent} == {(NEAR, "all", 2)}
    assert not [frame for frame in lab.wire.frames if frame.lan == FAR]


def test_each_side_of_the_router_has_its_own_order(lab: SimpleNamespace) -> None:
    """The frame that overtakes is the next one on the same LAN."""
    ping(lab.client)
    near, far = lab.router.socket(type=socket.SOCK_DGRAM), lab.router.socket(type=socket.SOCK_DGRAM)
    fates = []
    with lab.wire.reorder(sender="router", where=lambda frame: b"first" in frame.data) as reordered:
        far.sendto(b"first", ("10.0.1.2", 9))
        for sender, data, address in ((near, b"other side", "10.0.0.1"), (far, b"second", "10.0.1.2")):
            sender.sendto(data, (address, 9))
            lab.wire.settle()
            fates += [frame.fate for frame in lab.wire.frames if frame.data == reordered.caught[0].data]
    assert fates == ["held", "reordered"]


def test_an_injected_packet_comes_over_the_lan_it_is_said_to(lab: SimpleNamespace) -> None:
    echo = IP(src="10.0.1.2", dst="10.0.0.1") / ICMP()
    lab.wire.inject(echo, to="router", lan=FAR)
    lab.wire.inject(lab.wire.frames[0])
    lab.wire.inject(echo, to="router")
    assert [frame.lan for frame in lab.wire.frames if frame.fate == "injected"] == [FAR, FAR, NEAR]
    with pytest.raises(ValueError, match=f"client is not on the LAN '{FAR}'; it is on {NEAR}"):
        lab.wire.inject(echo, to="client", lan=FAR)
    with pytest.raises(ValueError, match="say which host the frame is for"):
        lab.wire.inject(echo)


def test_a_frame_longer_than_its_receiver_takes_is_lost_and_says_so(lab: SimpleNamespace) -> None:
    lab.router.set_mtu("eth1", 600)  # and the server's end not: this is a mistake that readers make
    with lab.server.socket(type=socket.SOCK_DGRAM) as sender:
        for size in (600, 601):
            sender.sendto(bytes(size - 28), ("10.0.0.1", 9))
        lab.wire.settle()
    long = [frame for frame in lab.wire.frames if frame.sender == "server" and len(frame.data) > 500]
    assert [(frame.fate, frame.lost) for frame in long] == [("delivered", False), ("too long", True)]


def test_a_restarted_router_has_forgotten(lab: SimpleNamespace) -> None:
    lab.router.set_mtu("eth1", 600)
    lab.router.restart()
    assert lab.router.read("/proc/sys/net/ipv4/ip_forward") == "0\n"
    assert "mtu 1500" in output_of(lab.router, "ip", "link", "show", "eth1")
    for address in ("10.0.0.1", "10.0.1.2"):
        assert "1 received" in ping(lab.router, to=address)
    assert {len(frame.arrivals) for frame in lab.wire.frames} == {1}  # nothing is delivered to its old interfaces


def test_the_links_of_a_router_go_at_once(lab: SimpleNamespace) -> None:
    links = Path(f"/proc/{host_maker.host_maker().process.pid}/net/dev")
    assert links.read_text().count("wire") == 4
    keeps_the_namespace = os.dup(lab.router.socket().fileno())
    lab.network.close()
    assert links.read_text().count("wire") == 0
    os.close(keeps_the_namespace)


def test_what_is_no_route_or_no_mtu_is_refused(lab: SimpleNamespace) -> None:
    with pytest.raises(ValueError, match="client cannot reach the router 10.0.1.254: its own networks are 10.0.0.0/24"):
        lab.client.add_route(FAR, via="10.0.1.254")
    with pytest.raises(ValueError, match="'10.0.1.7/24' is no network, such as 10.0.1.0/24 or default: .*host bits"):
        lab.client.add_route("10.0.1.7/24", via="10.0.0.254")
    with pytest.raises(ValueError, match="server has no interface 'eth1'; it has eth0"):
        lab.server.set_mtu("eth1", 600)
    with pytest.raises(ValueError, match="an MTU is from 68 to 65535 bytes, not 67"):
        lab.server.set_mtu("eth0", 67)


def test_where_settings_cannot_be_written_there_is_no_router(
    lab: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(message: dict[str, object]) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(lab.router, "_ask", refuse)
    with pytest.raises(LabUnavailable, match="settings of router are closed on this machine: .*ip_forward cannot"):
        lab.router.forward()
