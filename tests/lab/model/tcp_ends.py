"""An endpoint in each state, and segments of a peer that is only told of: for the tests of the model."""

from __future__ import annotations

from helpers.fields.segment import Segment
from helpers.lab.model.tcp_endpoint import Endpoint, Settings

HERE, THERE = "10.0.0.1:1000", "10.0.0.2:2000"
ISS, IRS = 100, 300
"""The initial sequence numbers of the endpoint and of its peer."""
WINDOW = 1000


def from_peer(
    flags: str, seq: int = IRS + 1, ack: int = ISS + 1, payload: bytes = b"", window: int = WINDOW
) -> Segment:
    """A segment of the peer: by default with the numbers that come after the handshake."""
    return Segment(THERE, HERE, flags, seq, ack if "ACK" in flags.split() else None, window, (), payload)


SYN, SYN_ACK = from_peer("SYN", IRS), from_peer("SYN ACK", IRS)


def in_state(state: str, settings: Settings = Settings()) -> Endpoint:  # noqa: B008
    """An endpoint in that state, with nothing left to send; SYN-RECEIVED by a passive open."""
    end = Endpoint(HERE, [ISS, 7 * ISS], settings)
    _go(end, state)
    assert end.state == state
    end.segments_to_send()
    end.new_events()
    return end


def crossed(settings: Settings = Settings()) -> Endpoint:  # noqa: B008
    """An endpoint in SYN-RECEIVED that has opened actively: both SYNs have crossed (figure 7)."""
    end = in_state("SYN-SENT", settings)
    end.segment_arrives(SYN)
    assert end.state == "SYN-RECEIVED"
    end.segments_to_send()
    return end


def sent(end: Endpoint) -> list[str]:
    """What it has to send, in short: flags, seq, ack, length."""
    return [f"{s.flags} {s.seq}{'' if s.ack is None else f'/{s.ack}'}" + f"+{s.length}" * bool(s.payload)
            for s in end.segments_to_send()]  # fmt: skip


def _go(end: Endpoint, state: str) -> None:
    if state in ("LISTEN", "SYN-RECEIVED"):
        end.open_passive()
        if state == "SYN-RECEIVED":
            end.segment_arrives(SYN)
        return
    if state == "CLOSED":
        return
    end.open_active(THERE)
    if state == "SYN-SENT":
        return
    end.segment_arrives(SYN_ACK)
    for event in _ROUTES[state]:
        if event == "close":
            end.close()
        else:
            end.segment_arrives(_SEGMENTS[event])


_ROUTES = {
    "ESTABLISHED": (),
    "FIN-WAIT-1": ("close",),
    "FIN-WAIT-2": ("close", "ack of fin"),
    "CLOSING": ("close", "fin"),
    "TIME-WAIT": ("close", "fin and ack"),
    "CLOSE-WAIT": ("fin",),
    "LAST-ACK": ("fin", "close"),
}
_SEGMENTS = {
    "fin": from_peer("FIN ACK"),
    "fin and ack": from_peer("FIN ACK", ack=ISS + 2),
    "ack of fin": from_peer("ACK", ack=ISS + 2),
}
