"""The layers of a network in two models, and in which one each protocol is: names only, from their own documents."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Layer:
    """A layer of a model."""

    name: str
    chinese: str
    task: str
    """What it is for, in a few words."""
    osi: tuple[int, ...] = ()
    """The layers of OSI that do this; of OSI's own layers, the number."""


OSI_LAYERS = (
    Layer("application", "应用层", "what programs say", (7,)),
    Layer("presentation", "表示层", "how values are written", (6,)),
    Layer("session", "会话层", "who speaks when", (5,)),
    Layer("transport", "传输层", "from end to end", (4,)),
    Layer("network", "网络层", "through many networks", (3,)),
    Layer("data link", "数据链路层", "to a neighbour", (2,)),
    Layer("physical", "物理层", "bits on a wire", (1,)),
)
"""ISO/IEC 7498-1, clause 6.1, from the highest to the lowest."""

INTERNET_LAYERS = (
    Layer("application", "应用层", "what programs say", (7, 6)),
    Layer("transport", "传输层", "from program to program", (4,)),
    Layer("internet", "网络层", "from host to host", (3,)),
    Layer("link", "数据链路层", "to a neighbour on this LAN", (2, 1)),
)
"""RFC 1122, section 1.1.3. It puts OSI's two highest together; the session layer (5) it does not mention."""

LAYER_OF = {
    "Ethernet": "link",
    "ARP": "link",
    "IPv4": "internet",
    "IPv6": "internet",
    "ICMP": "internet",
    "ICMPv6": "internet",
    "IGMP": "internet",
    "OSPF": "internet",
    "EIGRP": "internet",
    "TCP": "transport",
    "UDP": "transport",
    "payload": "application",
}
"""The Internet layer of each protocol by its name in `Field.layer`. RFC 1122 has ARP in its chapter on the link layer,
ICMP and IGMP in that on the internet layer; it does not speak of OSPF and EIGRP, which are carried as they are."""
