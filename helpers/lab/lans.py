"""Which wire an address lies on: each IP network is a LAN of its own, and a host has one interface in each of its LANs.

So the addresses say it all, and an experiment with a router is written as one with two hosts is. Rejected: LANs that
are made and joined by name, as cables are. Pure: names and numbers only.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

DEFAULT_MTU = 1500
"""Bytes of the longest IP packet in an Ethernet frame (RFC 894)."""

IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Interface | ipaddress.IPv6Interface
"""With its network."""


@dataclass(frozen=True)
class Interface:
    """A host's end in one LAN."""

    name: str
    """As in "eth0"; they are counted in the order of the host's addresses."""
    mac: str
    """As in "02:00:00:00:00:01"."""
    lan: str
    """The LAN's first network, as in "10.0.0.0/24"."""
    addresses: tuple[str, ...]
    """With the prefix length, as in "10.0.0.1/24"."""

    @property
    def hardware_address(self) -> bytes:
        """The MAC address as it stands in a frame."""
        return bytes.fromhex(self.mac.replace(":", ""))

    @property
    def bare_addresses(self) -> tuple[str, ...]:
        """Its addresses without prefix length."""
        return tuple(address.partition("/")[0] for address in self.addresses)


class Lans:
    """The LANs of one network, as its hosts come to need them."""

    def __init__(self) -> None:
        self._networks: dict[str, list[IPNetwork]] = {}

    def interfaces(self, addresses: Sequence[Address], number: int) -> tuple[Interface, ...]:
        """The interfaces of the host with that number (from 1): one for each LAN that its addresses lie in.

        Networks that overlap are one LAN. An IPv6 network that is new lies on the LAN of the IPv4 address before it,
        and the other way round.
        """
        by_lan: dict[str, list[str]] = {}
        lan = ""
        for address in addresses:
            lan = self._lan(address.network, lan)
            by_lan.setdefault(lan, []).append(str(address))
        return tuple(
            Interface(f"eth{place}", f"02:00:00:00:{place:02x}:{number:02x}", lan, tuple(there))
            for place, (lan, there) in enumerate(by_lan.items())
        )

    def _lan(self, network: IPNetwork, before: str) -> str:
        """The LAN of a network; `before` is that of the host's address before, "" for the first."""
        known = (lan for lan, there in self._networks.items() if any(map(network.overlaps, there)))
        versions = {other.version for other in self._networks.get(before, [])}
        new = before if versions and network.version not in versions else str(network)
        lan = next(known, new)
        self._networks.setdefault(lan, []).append(network)
        return lan


def parse_address(text: str) -> Address:
    """An address as "10.0.0.1", then in a network of 24 bits (64 for IPv6), or as "10.0.0.1/16".

    Raises ValueError for what is no address.
    """
    try:
        address = ipaddress.ip_interface(text)
    except ValueError:
        raise ValueError(f"{text!r} is no IP address, such as 10.0.0.1 or fd00::1") from None
    return address if "/" in text else ipaddress.ip_interface(f"{text}/{24 if address.version == 4 else 64}")


def parse_network(text: str) -> str:
    """A destination as the kernel takes it, "10.0.1.0/24" or "default". Raises ValueError for what is none."""
    try:
        return str(ipaddress.ip_network("0.0.0.0/0" if text == "default" else text))
    except ValueError as error:
        raise ValueError(f"{text!r} is no network, such as 10.0.1.0/24 or default: {error}") from None
