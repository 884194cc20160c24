"""The kernel's counters."""

from __future__ import annotations

import pytest

from helpers.lessons.layers.kernel_counters import counters
from tests.lab.conftest import Lab

SNMP = "Ip: Forwarding InReceives\nIp: 1 7\nUdp: InDatagrams\nUdp: 3\n"


def test_numbers_by_protocol_and_name():
    assert counters(SNMP) == {"Ip.Forwarding": 1, "Ip.InReceives": 7, "Udp.InDatagrams": 3}
    assert counters("") == {}
    assert counters(SNMP.replace("7", "9")) - counters(SNMP) == {"Ip.InReceives": 2}


@pytest.mark.parametrize("text", [SNMP + "Icmp: InMsgs\n", "Ip: A\nUdp: 1\n", "Ip: A B\nIp: 1\n", "Ip: A\nIp: x\n"])
def test_what_are_no_counters(text):
    with pytest.raises(ValueError):
        counters(text)


def test_a_host_counts_its_own_packets(lab: Lab) -> None:
    before, others = (counters(host.read("/proc/net/snmp")) for host in (lab.server, lab.client))
    lab.connection()
    rose = counters(lab.server.read("/proc/net/snmp")) - before
    assert (rose["Tcp.PassiveOpens"], rose["Tcp.ActiveOpens"]) == (1, 0)
    assert (counters(lab.client.read("/proc/net/snmp")) - others)["Tcp.ActiveOpens"] == 1
    assert "TcpExt.ListenDrops" in counters(lab.server.read("/proc/net/netstat"))
