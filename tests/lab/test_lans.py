from __future__ import annotations

from helpers.lab.lans import Lans, parse_address


def layout(lans: Lans, number: int, *addresses: str) -> list[tuple[str, str, tuple[str, ...]]]:
    ends = lans.interfaces([parse_address(address) for address in addresses], number)
    return [(end.name, end.lan, end.bare_addresses) for end in ends]


def test_an_ipv6_network_lies_on_the_lan_of_the_address_before_it() -> None:
    lans = Lans()
    assert layout(lans, 1, "10.0.0.1", "fd00::1", "10.0.1.1", "fd01::1") == [
        ("eth0", "10.0.0.0/24", ("10.0.0.1", "fd00::1")),
        ("eth1", "10.0.1.0/24", ("10.0.1.1", "fd01::1")),
    ]
    assert layout(lans, 2, "fd01::2", "10.0.1.2") == [("eth0", "10.0.1.0/24", ("fd01::2", "10.0.1.2"))]
    assert layout(lans, 3, "10.0.0.3", "fd02::3") == [
        ("eth0", "10.0.0.0/24", ("10.0.0.3",)),
        ("eth1", "fd02::/64", ("fd02::3",)),
    ]


def test_networks_that_overlap_are_one_lan() -> None:
    lans = Lans()
    assert [layout(lans, 1, "10.0.0.1")[0][1], layout(lans, 2, "10.0.5.2/16")[0][1]] == ["10.0.0.0/24"] * 2
    assert layout(lans, 3, "10.0.5.3") == [("eth0", "10.0.0.0/24", ("10.0.5.3",))]
    assert layout(lans, 4, "10.1.0.1")[0][1] == "10.1.0.0/24"
