from __future__ import annotations

from helpers.protocols.tcp_states import LINUX_NAMES, STATES, TRANSITIONS


def test_eleven_states_of_which_none_is_lost() -> None:
    assert len(set(STATES)) == 11
    assert {t.before for t in TRANSITIONS} | {t.after for t in TRANSITIONS} == set(STATES)
    assert {t.before for t in TRANSITIONS} == set(STATES) == {t.after for t in TRANSITIONS}


def test_linux_numbers_name_states_of_the_rfc() -> None:
    assert set(LINUX_NAMES.values()) == set(STATES)
    assert sorted(LINUX_NAMES) == list(range(1, 13))


def test_an_event_in_a_state_has_one_outcome() -> None:
    seen = [(t.before, t.event) for t in TRANSITIONS]
    assert len(seen) == len(set(seen))


def test_the_two_ways_through_the_handshake() -> None:
    after = {(t.before, t.event): t.after for t in TRANSITIONS}
    assert after["CLOSED", "active OPEN"] == "SYN-SENT" and after["SYN-SENT", "rcv SYN,ACK"] == "ESTABLISHED"
    assert (
        after["LISTEN", "rcv SYN"] == "SYN-RECEIVED"
        and after["SYN-RECEIVED", "rcv ACK of SYN"] == "ESTABLISHED"
    )
