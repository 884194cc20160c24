"""TCP's connection states as one table (RFC 9293, section 3.3.2, figure 5).

The diagram is drawn from it, and the stand-in endpoint (`helpers.lab.model.endpoint`) takes each of its steps from it,
so that the picture and what moves in it cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass

STATES = (
    "CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1",
    "FIN-WAIT-2", "CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT",
)  # fmt: skip
"""The eleven states of RFC 9293, section 3.3.2; CLOSED is the absence of a connection."""


@dataclass(frozen=True)
class Transition:
    """One arrow of the diagram."""

    before: str
    event: str
    """What happened: a call of the user ("passive OPEN") or a segment that came ("rcv SYN")."""
    action: str
    """The segment sent because of it, or ""."""
    after: str


TRANSITIONS = (
    Transition("CLOSED", "passive OPEN", "", "LISTEN"),
    Transition("CLOSED", "active OPEN", "snd SYN", "SYN-SENT"),
    Transition("LISTEN", "CLOSE", "", "CLOSED"),
    Transition("LISTEN", "SEND", "snd SYN", "SYN-SENT"),
    Transition("LISTEN", "rcv SYN", "snd SYN,ACK", "SYN-RECEIVED"),
    Transition("SYN-SENT", "CLOSE", "", "CLOSED"),
    Transition("SYN-SENT", "rcv SYN", "snd SYN,ACK", "SYN-RECEIVED"),
    Transition("SYN-SENT", "rcv SYN,ACK", "snd ACK", "ESTABLISHED"),
    Transition("SYN-RECEIVED", "rcv RST", "", "LISTEN"),  # figure 5, note 1: if it came from LISTEN
    Transition("SYN-RECEIVED", "rcv ACK of SYN", "", "ESTABLISHED"),
    Transition("SYN-RECEIVED", "CLOSE", "snd FIN", "FIN-WAIT-1"),
    Transition("ESTABLISHED", "CLOSE", "snd FIN", "FIN-WAIT-1"),
    Transition("ESTABLISHED", "rcv FIN", "snd ACK", "CLOSE-WAIT"),
    Transition("FIN-WAIT-1", "rcv ACK of FIN", "", "FIN-WAIT-2"),
    Transition("FIN-WAIT-1", "rcv FIN", "snd ACK", "CLOSING"),
    Transition("FIN-WAIT-2", "rcv FIN", "snd ACK", "TIME-WAIT"),
    Transition("CLOSE-WAIT", "CLOSE", "snd FIN", "LAST-ACK"),
    Transition("CLOSING", "rcv ACK of FIN", "", "TIME-WAIT"),
    Transition("LAST-ACK", "rcv ACK of FIN", "", "CLOSED"),
    Transition("TIME-WAIT", "2 MSL timeout", "", "CLOSED"),
)
"""The arrows of figure 5."""

NOTE_2 = Transition("FIN-WAIT-1", "rcv FIN, ACK of FIN", "snd ACK", "TIME-WAIT")
"""What the figure omits although nothing rare or forced is in it, as its note 2 says."""

_RESET_BY_ABORT = ("SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT")
"""Where the peer must hear of it (section 3.10.5)."""

NOT_DRAWN = (
    NOTE_2,
    # Figure 5, note 3: a reset ends a connection in any state.
    Transition("SYN-SENT", "rcv RST", "", "CLOSED"),
    Transition("SYN-RECEIVED", "rcv RST after active OPEN", "", "CLOSED"),
    *(Transition(state, "rcv RST", "", "CLOSED") for state in STATES[STATES.index("ESTABLISHED") :]),
    *(Transition(state, "ABORT", "snd RST" if state in _RESET_BY_ABORT else "", "CLOSED") for state in STATES[1:]),
)
"""What figure 5 leaves out so that it can be read: note 2, and the ends by force."""

_STEPS = {(each.before, each.event): each for each in TRANSITIONS + NOT_DRAWN}


def step(state: str, event: str) -> Transition:
    """The arrow that an event takes, drawn or not. A KeyError, where there is none, is a fault of the program."""
    return _STEPS[state, event]


LINUX_NAMES = {
    1: "ESTABLISHED", 2: "SYN-SENT", 3: "SYN-RECEIVED", 4: "FIN-WAIT-1", 5: "FIN-WAIT-2", 6: "TIME-WAIT",
    7: "CLOSED", 8: "CLOSE-WAIT", 9: "LAST-ACK", 10: "LISTEN", 11: "CLOSING", 12: "SYN-RECEIVED",
}  # fmt: skip
"""The numbers Linux shows in /proc/net/tcp (enum in <netinet/tcp.h>), with the RFC's names.

12 is TCP_NEW_SYN_RECV, the small request socket; /proc/net/tcp shows it as 3.
"""
