from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from scapy.layers.inet import ICMP, IP
from scapy.layers.l2 import Ether
from scapy.packet import Packet

from helpers.lab import Host, LabUnavailable, Network, Wire
from helpers.lab import host_maker as maker_module
from tests.needs import output_of

NEAR, FAR = "10.0.0.0/24", "10.0.1.0/24"
SERVER = ("10.0.1.2", 80)


@dataclass
class Lab:
    """Client and server in two networks, and the router between them."""

    network: Network
    client: Host
    router: Host
    server: Host

    @property
    def wire(self) -> Wire:
        return self.network.wire

    def packets(self, lan: str, sender: str) -> list[Packet]:
        """The IP packets that a host has put on a LAN."""
        self.wire.settle()
        there = [frame for frame in self.wire.frames if (frame.lan, frame.sender) == (lan, sender)]
        return [packet[IP] for frame in there if IP in (packet := Ether(frame.data))]

    def narrow(self, size: int) -> None:
        """Let packets between router and server have at most that many bytes."""
        self.router.set_mtu("eth1", size)
        self.server.set_mtu("eth0", size)


@pytest.fixture
def lab(needs_lab: None) -> Iterator[Lab]:
    with Network() as network:
        client = network.host("client", "10.0.0.1")
        router = network.host("router", "10.0.0.254", "10.0.1.254")
        server = network.host("server", "10.0.1.2")
        router.forward()
        client.add_route(FAR, via="10.0.0.254")
        server.add_route("default", via="10.0.1.254")
        yield Lab(network, client, router, server)


def ping(host: Host, *options: str, to: str = SERVER[0]) -> str:
    return output_of(host, "ping", "-c", "1", "-W", "2", *options, to)


def test_a_router_has_an_interface_in_each_lan(lab: Lab) -> None:
    shown = output_of(lab.router, "ip", "-4", "-o", "addr").splitlines()
    assert [line.split()[1:4:2] for line in shown] == [
        ["lo", "127.0.0.1/8"],
        ["eth0", "10.0.0.254/24"],
        ["eth1", "10.0.1.254/24"],
    ]
    assert [end.lan for end in lab.router.interfaces] == [NEAR, FAR]
    assert lab.router.addresses == ("10.0.0.254", "10.0.1.254")


def test_packets_cross_the_router_with_one_hop_less_to_live(lab: Lab) -> None:
    assert "ttl=63" in ping(lab.client)
    (before,), (after,) = lab.packets(NEAR, "client"), lab.packets(FAR, "router")
    assert (before.ttl, after.ttl, before.id, before.src) == (64, 63, after.id, after.src)


def test_a_connection_crosses_the_router(lab: Lab) -> None:
    listener = lab.server.socket()
    listener.bind(SERVER)
    listener.listen()
    caller = lab.client.socket()
    caller.connect(SERVER)
    answerer, _ = listener.accept()
    caller.sendall(b"hello")
    assert answerer.recv(10) == b"hello"
    lab.wire.settle()
    ways = [
        (frame.sender, frame.receiver, frame.lan, segment.flags)
        for frame, segment in lab.network.trace().segments()
        if "SYN" in segment.has
    ]
    assert ways == [
        ("client", "router", NEAR, "SYN"),
        ("router", "server", FAR, "SYN"),
        ("server", "router", FAR, "SYN ACK"),
        ("router", "client", NEAR, "SYN ACK"),
    ]


def test_a_host_that_does_not_forward_is_no_router(needs_lab: None) -> None:
    with Network() as network:
        client = network.host("client", "10.0.0.1")
        network.host("router", "10.0.0.254", "10.0.1.254")
        network.host("server", "10.0.1.2")
        client.add_route(FAR, via="10.0.0.254")
        assert "0 received" in ping(client, "-W", "0.2")
        assert {frame.lan for frame in network.wire.frames} == {NEAR}


def test_only_hosts_of_its_lan_get_a_frame(lab: Lab) -> None:
    neighbour = lab.network.host("neighbour", "10.0.0.2")
    ping(neighbour, "-b", "-W", "0.1", to="10.0.0.255")
    ping(neighbour, "-W", "0.1", to="224.0.0.1")
    lab.wire.settle()
    sent = [frame for frame in lab.wire.frames if frame.sender == "neighbour" and frame.data[0] & 1]
    assert {(frame.lan, frame.receiver, len(frame.arrivals)) for frame in sent} == {(NEAR, "all", 2)}
    assert not [frame for frame in lab.wire.frames if frame.lan == FAR]


def test_a_rule_may_choose_a_side_of_the_router(lab: Lab) -> None:
    lost = lab.wire.drop(sender="router", where=lambda frame: frame.lan == FAR and ICMP in Ether(frame.data), nth=1)
    with lost:
        assert "0 received" in ping(lab.client, "-W", "0.2")
    assert [frame.lan for frame in lost.caught] == [FAR]
    assert [frame.fate for frame in lab.wire.frames if ICMP in Ether(frame.data)] == ["delivered", "dropped"]
    assert "1 received" in ping(lab.client)


def test_each_side_of_the_router_has_its_own_order(lab: Lab) -> None:
    """The frame that overtakes is the next one on the same LAN."""
    ping(lab.client)
    near, far = lab.router.socket(type=socket.SOCK_DGRAM), lab.router.socket(type=socket.SOCK_DGRAM)
    with lab.wire.reorder(where=lambda frame: b"first" in frame.data):
        far.sendto(b"first", ("10.0.1.2", 9))
        near.sendto(b"other side", ("10.0.0.1", 9))
        lab.wire.settle()
        held = next(frame for frame in lab.wire.frames if b"first" in frame.data)
        far.sendto(b"second", ("10.0.1.2", 9))
        lab.wire.settle()
    passed = next(frame for frame in lab.wire.frames if b"first" in frame.data)
    assert (held.fate, passed.fate) == ("held", "reordered")


def test_an_injected_packet_comes_over_the_lan_it_is_said_to(lab: Lab) -> None:
    echo = IP(src="10.0.1.2", dst="10.0.0.1") / ICMP()
    lab.wire.inject(echo, to="router", lan=FAR)
    lab.wire.settle()
    assert [packet.src for packet in lab.packets(NEAR, "router")] == ["10.0.1.2"]
    injected = next(frame for frame in lab.wire.frames if frame.fate == "injected")
    assert injected.lan == FAR
    lab.wire.inject(injected)
    lab.wire.settle()
    assert len(lab.packets(NEAR, "router")) == 2
    lab.wire.inject(echo, to="router")
    assert lab.wire.frames[-1].lan == NEAR
    with pytest.raises(ValueError, match=f"client is not on the LAN '{FAR}'; it is on {NEAR}"):
        lab.wire.inject(echo, to="client", lan=FAR)


def test_a_frame_longer_than_its_receiver_takes_is_lost_and_says_so(lab: Lab) -> None:
    lab.router.set_mtu("eth1", 600)  # and the server's end not: this is a mistake that readers make
    with lab.server.socket(type=socket.SOCK_DGRAM) as sender:
        for size in (600, 601):
            sender.sendto(bytes(size - 28), ("10.0.0.1", 9))
        lab.wire.settle()
    fates = [frame.fate for frame in lab.wire.frames if frame.sender == "server" and len(frame.data) > 500]
    assert fates == ["delivered", "too long"]
    lost = next(frame for frame in lab.wire.frames if frame.fate == "too long")
    assert lost.lost and lost.comment == "lost: longer than the receiver's MTU allows"


def test_a_restarted_router_has_forgotten(lab: Lab) -> None:
    lab.narrow(600)
    lab.router.restart()
    assert lab.router.read("/proc/sys/net/ipv4/ip_forward") == "0\n"
    assert "mtu 1500" in output_of(lab.router, "ip", "link", "show", "eth1")
    for address in ("10.0.0.1", "10.0.1.2"):
        assert "1 received" in ping(lab.router, to=address)
    assert {len(frame.arrivals) for frame in lab.wire.frames} == {1}  # nothing is delivered to its old interfaces


def test_the_links_of_a_router_go_at_once(lab: Lab) -> None:
    maker = maker_module._the_maker
    assert maker is not None
    links = Path(f"/proc/{maker.process.pid}/net/dev")
    assert links.read_text().count("wire") == 4
    keeps_the_namespace = os.dup(lab.router.socket().fileno())
    lab.network.close()
    assert links.read_text().count("wire") == 0
    os.close(keeps_the_namespace)


def test_a_route_may_be_replaced(lab: Lab) -> None:
    lab.client.add_route("default", via="10.0.0.253")
    lab.client.add_route("default", via="10.0.0.254")
    routes = output_of(lab.client, "ip", "route", "show", "default").splitlines()
    assert [line.split()[:3] for line in routes] == [["default", "via", "10.0.0.254"]]


def test_what_is_no_route_is_refused(lab: Lab) -> None:
    with pytest.raises(ValueError, match="client cannot reach the router 10.0.1.254: its own networks are 10.0.0.0/24"):
        lab.client.add_route(FAR, via="10.0.1.254")
    with pytest.raises(ValueError, match="'10.0.1.7/24' is no network, such as 10.0.1.0/24 or default: .*host bits"):
        lab.client.add_route("10.0.1.7/24", via="10.0.0.254")
    with pytest.raises(ValueError, match="'router' is no IP address"):
        lab.client.add_route(FAR, via="router")


def test_what_is_no_mtu_is_refused(lab: Lab) -> None:
    with pytest.raises(ValueError, match="server has no interface 'eth1'; it has eth0"):
        lab.server.set_mtu("eth1", 600)
    with pytest.raises(ValueError, match="an MTU is from 68 to 65535 bytes, not 67"):
        lab.server.set_mtu("eth0", 67)


def test_where_settings_cannot_be_written_there_is_no_router(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LabUnavailable, match="no_such_setting cannot be written .No such file or directory.$"):
        lab.router.write("/proc/sys/net/ipv4/no_such_setting", "1")

    def refuse(message: dict[str, object]) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(lab.router, "_ask", refuse)
    with pytest.raises(LabUnavailable, match="settings of router are closed on this machine: .*ip_forward cannot"):
        lab.router.forward()
