"""How the two ends of a PPP line come to terms: LCP for the line itself (RFC 1661), IPCP for IP over it (RFC 1332).

Each end asks for what it wants in a Configure-Request. The other acknowledges it (Ack), proposes other values (Nak) or
says which options it does not know or want (Reject), until both requests have been acknowledged. Packets and options
are scapy's. What RFC 1661 has besides (timers, echo, the end of a link) never comes up here, and is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from scapy.layers import ppp
from scapy.packet import Packet

REQUEST, ACK, NAK, REJECT = 1, 2, 3, 4
"""Codes of packets (RFC 1661, section 5)."""
MAX_FAILURE = 5
"""After so many Naks an option is rejected, since the two do not come to terms (RFC 1661, section 4.6)."""
MAGIC_NUMBER, IP_COMPRESSION, IP_ADDRESS = 5, 2, 3
LCP_OPTIONS = {
    1: "MRU", 2: "ACCM", MAGIC_NUMBER: "Magic-Number", 7: "Protocol-Field-Compression",
    8: "Address-and-Control-Field-Compression",
}  # fmt: skip
"""RFC 1661, section 6; RFC 1662, section 7.1."""
IPCP_OPTIONS = {IP_COMPRESSION: "IP-Compression-Protocol", IP_ADDRESS: "IP-Address"}
"""RFC 1332, section 3."""
VAN_JACOBSON = ppp.PPP_IPCP_Option(type=IP_COMPRESSION, data=b"\x00\x2d\x0f\x01")
"""You may send me compressed headers of the connections 0 to 15, and leave their number out (RFC 1332, section 4)."""

Judge = Callable[[Packet, Sequence[Packet]], Packet | None]
"""What one end says to an option of the other: the same one (yes), another (rather this), None (no).

It also gets the options that its own end asks for.
"""


def lcp_judge(option: Packet, mine: Sequence[Packet]) -> Packet | None:
    """Takes every option named here, but no magic number that is its own (RFC 1661, section 6.4)."""
    if option.type == MAGIC_NUMBER and bytes(option) in map(bytes, mine):
        return ppp.PPP_LCP_Magic_Number_Option(magic_number=option.magic_number ^ 0xFFFFFFFF)
    return option if option.type in LCP_OPTIONS else None


def ipcp_judge(your_address: str) -> Judge:
    """Takes Van Jacobson's compression, and of addresses only `your_address`, which it proposes to whoever has none."""

    def judge(option: Packet, _: Sequence[Packet]) -> Packet | None:
        if option.type == IP_ADDRESS:
            return ppp.PPP_IPCP_Option_IPAddress(data=your_address)
        return option if bytes(option)[:4] == bytes(VAN_JACOBSON)[:4] else None

    return judge


class Negotiation:
    """One end of LCP or IPCP: packets in, packets out."""

    def __init__(self, form: type[Packet], wanted: Sequence[Packet], judge: Judge) -> None:
        """`form`: PPP_LCP_Configure or PPP_IPCP; `wanted`: what to ask for; `judge`: what to say to the other end."""
        self._form, self._wanted, self._judge = form, list(wanted), judge
        self._identifier = self._naks = 0

    def request(self) -> Packet:
        """My Configure-Request."""
        return self._form(code=REQUEST, id=self._identifier, options=self._wanted)

    def receive(self, packet: Packet) -> list[Packet]:
        """What is to be sent now."""
        heard = self._form(bytes(packet))  # as from a line
        return self._answer(heard) if heard.code == REQUEST else self._learn(heard)

    def _answer(self, asked: Packet) -> list[Packet]:
        answers = [(option, self._judge(option, self._wanted)) for option in asked.options]
        refused = [option for option, answer in answers if answer is None]
        other = [(option, answer) for option, answer in answers if answer and bytes(answer) != bytes(option)]
        if not refused and self._naks == MAX_FAILURE:
            refused = [option for option, _ in other]
        self._naks += bool(other)
        code = REJECT if refused else NAK if other else ACK
        options = {REJECT: refused, NAK: [answer for _, answer in other], ACK: asked.options}[code]
        return [self._form(code=code, id=asked.id, options=options)]

    def _learn(self, answer: Packet) -> list[Packet]:
        """An answer to my request; one to another request is of no use."""
        if answer.id != self._identifier or answer.code == ACK:
            return []
        named = {option.type: option for option in answer.options}
        if answer.code == REJECT:
            self._wanted = [option for option in self._wanted if option.type not in named]
        else:
            self._wanted = [named.get(option.type, option) for option in self._wanted]
        self._identifier += 1
        return [self.request()]


def summary(packet: Packet) -> str:
    """A packet of LCP or IPCP in words: "LCP Configure-Request 1: MRU 1006, ACCM 00 00 00 00"."""
    lcp = isinstance(packet, ppp.PPP_LCP_Configure)
    names = LCP_OPTIONS if lcp else IPCP_OPTIONS
    options = [f"{names.get(option.type, option.type)} {_value(option)}".rstrip() for option in packet.options]
    return f"{'LCP' if lcp else 'IPCP'} {packet.sprintf('%code%')} {packet.id}: {', '.join(options) or 'no options'}"


def _value(option: Packet) -> str:
    data = bytes(option)[2:]
    if "max_recv_unit" in option.fields or isinstance(option, ppp.PPP_IPCP_Option_IPAddress):
        return str(option.max_recv_unit if len(data) == 2 else option.data)
    if isinstance(option, ppp.PPP_IPCP_Option) and option.type == IP_COMPRESSION:
        return f"0x{data[:2].hex()}, Max-Slot-Id {data[2]}, Comp-Slot-Id {data[3]}"
    return data.hex(" ")
