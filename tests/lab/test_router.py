from __future__ import annotations

import errno
import os
import re
import select
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from scapy.layers.inet import ICMP, IP
from scapy.layers.l2 import Ether
from scapy.packet import Packet

from helpers.draw.ladder import ladder
from helpers.lab import Host, LabUnavailable, Network, Wire, experiment
from helpers.lab import network as network_module
from helpers.trace import load
from tests.needs import output_of

NEAR, FAR = "10.0.0.0/24", "10.0.1.0/24"
SERVER = ("10.0.1.2", 80)
IP_MTU_DISCOVER, IP_PMTUDISC_DONT, IP_PMTUDISC_DO = 10, 0, 2  # <linux/in.h>
IP_RECVERR, IP_MTU = 11, 14
SO_EE_ORIGIN_ICMP = 2  # <linux/errqueue.h>


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


def datagrams(host: Host, discover: int) -> socket.socket:
    """A UDP socket towards the server that hears of ICMP errors (ip(7))."""
    made = host.socket(type=socket.SOCK_DGRAM)
    made.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
    made.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, discover)
    made.connect(SERVER)
    return made


def icmp_error(asked: socket.socket) -> tuple[int, int, int, int, str]:
    """errno, ICMP type and code, info, and the address of the host that has sent the error."""
    poll = select.poll()
    poll.register(asked, 0)
    assert poll.poll(2000), "no ICMP error came"
    _, ancillary, _, _ = asked.recvmsg(2000, 512, socket.MSG_ERRQUEUE)
    (content,) = (data for level, kind, data in ancillary if (level, kind) == (socket.IPPROTO_IP, IP_RECVERR))
    number, origin, icmp_type, code, _, info, _ = struct.unpack("=IBBBBII", content[:16])
    assert origin == SO_EE_ORIGIN_ICMP
    return number, icmp_type, code, info, socket.inet_ntoa(content[20:24])


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


def test_the_last_hop_says_that_the_time_is_over(lab: Lab) -> None:
    assert "From 10.0.0.254 icmp_seq=1 Time to live exceeded" in ping(lab.client, "-t", "1")
    assert not lab.packets(FAR, "router")


def test_a_small_traceroute(lab: Lab) -> None:
    answers = []
    for time_to_live in (1, 2):
        with datagrams(lab.client, IP_PMTUDISC_DO) as probe:
            probe.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, time_to_live)
            probe.send(b"?")
            number, icmp_type, code, _, who = icmp_error(probe)
            answers.append((who, icmp_type, code, errno.errorcode[number]))
    assert answers == [("10.0.0.254", 11, 0, "EHOSTUNREACH"), ("10.0.1.2", 3, 3, "ECONNREFUSED")]


def test_the_router_tells_the_path_mtu(lab: Lab) -> None:
    lab.narrow(600)
    with datagrams(lab.client, IP_PMTUDISC_DO) as sender:
        assert sender.getsockopt(socket.IPPROTO_IP, IP_MTU) == 1500
        sender.send(bytes(1000))
        assert icmp_error(sender) == (errno.EMSGSIZE, 3, 4, 600, "10.0.0.254")
        assert sender.getsockopt(socket.IPPROTO_IP, IP_MTU) == 600
        with pytest.raises(OSError) as refused:
            sender.send(bytes(1000))
        assert refused.value.errno == errno.EMSGSIZE
    assert not lab.packets(FAR, "router")


def test_without_df_the_router_makes_fragments(lab: Lab) -> None:
    receiver = lab.server.socket(type=socket.SOCK_DGRAM)
    receiver.bind(SERVER)
    receiver.settimeout(2)
    lab.narrow(600)
    datagram = bytes(range(250)) * 4
    with datagrams(lab.client, IP_PMTUDISC_DONT) as sender:
        sender.send(datagram)
        assert receiver.recv(2000) == datagram
    (whole,), fragments = lab.packets(NEAR, "client"), lab.packets(FAR, "router")
    assert [(packet.frag * 8, packet.len, int(packet.flags.MF)) for packet in fragments] == [
        (0, 596, 1),
        (576, 452, 0),
    ]
    assert whole.len == 1028 and {packet.id for packet in fragments} == {whole.id}


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


def test_jumbo_frames(lab: Lab) -> None:
    for host in (lab.client, lab.router):
        host.set_mtu("eth0", 9000)
    assert "1 received" in ping(lab.client, "-M", "do", "-s", "1472")
    ping(lab.client, "-M", "do", "-s", "8972", to="10.0.0.254")
    assert max(len(frame.data) for frame in lab.wire.frames if frame.arrivals) == 9014


def test_a_restarted_router_has_forgotten(lab: Lab) -> None:
    lab.narrow(600)
    lab.router.restart()
    assert lab.router.read("/proc/sys/net/ipv4/ip_forward") == "0\n"
    assert "mtu 1500" in output_of(lab.router, "ip", "link", "show", "eth1")
    for address in ("10.0.0.1", "10.0.1.2"):
        assert "1 received" in ping(lab.router, to=address)
    assert {len(frame.arrivals) for frame in lab.wire.frames} == {1}  # nothing is delivered to its old interfaces


def test_the_links_of_a_router_go_at_once(lab: Lab) -> None:
    maker = network_module._the_maker
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
    def refuse(message: dict[str, object]) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(lab.router, "_ask", refuse)
    with pytest.raises(LabUnavailable, match="settings of router are closed on this machine: .*ip_forward cannot"):
        lab.router.forward()


def test_a_setting_that_the_kernel_has_not_is_a_lack_of_the_machine(lab: Lab) -> None:
    with pytest.raises(LabUnavailable, match="no_such_setting cannot be written .No such file or directory.$"):
        lab.router.write("/proc/sys/net/ipv4/no_such_setting", "1")


@experiment(hosts={"client": ("10.0.0.1",), "router": ("10.0.0.254", "10.0.1.254"), "server": ("10.0.1.2",)})
def refused_behind_a_router(client: Host, router: Host, server: Host, wire: Wire) -> None:
    router.forward()
    client.add_route("10.0.1.0/24", via="10.0.0.254")
    server.add_route("10.0.0.0/24", via="10.0.1.254")
    with client.socket() as caller:
        caller.connect_ex(("10.0.1.2", 80))


def test_an_experiment_may_have_a_router(needs_lab: None, tmp_path: Path) -> None:
    trace = refused_behind_a_router.run()
    assert trace.call("connect_ex").result == "ECONNREFUSED"
    assert trace.about["hosts"] == "client 10.0.0.1; router 10.0.0.254 10.0.1.254; server 10.0.1.2"
    trace.save(tmp_path / "routed")
    assert load(tmp_path / "routed").frames == trace.frames
    assert [re.sub("[- ]+", " ", line) for line in ladder(trace, states=False).text.splitlines()[:4]] == [
        "client SYN seq=0 > router",
        "router SYN seq=0 > server",
        "router < RST ACK seq=0 ack=1 server",
        "client < RST ACK seq=0 ack=1 router",
    ]


def test_a_broadcast_is_drawn_to_the_hosts_of_its_lan(lab: Lab) -> None:
    ping(lab.network.host("neighbour", "10.0.0.2"), to="10.0.0.1")
    lab.wire.settle()
    drawn = ladder(lab.network.trace(), protocols=("arp",), states=False, calls=False).text.splitlines()
    assert [line.split()[0] for line in drawn if "who has 10.0.0.1" in line] == ["client", "router"]
