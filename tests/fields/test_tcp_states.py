from __future__ import annotations

import pytest

from helpers.fields.tcp_states import LINUX_NAMES, NOT_DRAWN, STATES, TRANSITIONS, NoTransition, step


def test_eleven_states_of_which_none_is_lost() -> None:
    assert len(set(STATES)) == 11
    assert {t.before for t in TRANSITIONS} | {t.after for t in TRANSITIONS} == set(STATES)
    assert {t.before for t in TRANSITIONS} == set(STATES) == {t.after for t in TRANSITIONS}


def test_linux_numbers_name_states_of_the_rfc() -> None:
    assert set(LINUX_NAMES.values()) == set(STATES)
    assert sorted(LINUX_NAMES) == list(range(1, 13))


def test_an_event_in_a_state_has_one_outcome() -> None:
    seen = [(t.before, t.event) for t in TRANSITIONS + NOT_DRAWN]
    assert len(seen) == len(set(seen))


def test_the_two_ways_through_the_handshake() -> None:
    after = {(t.before, t.event): t.after for t in TRANSITIONS}
    assert after["CLOSED", "active OPEN"] == "SYN-SENT" and after["SYN-SENT", "rcv SYN,ACK"] == "ESTABLISHED"
    assert (
        after["LISTEN", "rcv SYN"] == "SYN-RECEIVED"
        and after["SYN-RECEIVED", "rcv ACK of SYN"] == "ESTABLISHED"
    )


def test_the_ends_by_force_are_in_the_table_and_not_in_the_picture() -> None:
    assert step("ESTABLISHED", "rcv RST").after == "CLOSED"
    assert step("TIME-WAIT", "ABORT").action == "" and step("ESTABLISHED", "ABORT").action == "snd RST"
    drawn = {(t.before, t.event) for t in TRANSITIONS}
    assert not drawn & {(t.before, t.event) for t in NOT_DRAWN}
    assert {t.before for t in NOT_DRAWN} | {t.after for t in NOT_DRAWN} <= set(STATES)


def test_every_connection_can_be_ended_by_force() -> None:
    for state in set(STATES) - {"CLOSED"}:
        assert step(state, "ABORT").after == "CLOSED"
    for state in STATES[STATES.index("ESTABLISHED") :]:
        assert step(state, "rcv RST").after == "CLOSED"


def test_an_event_that_a_state_does_not_know() -> None:
    with pytest.raises(NoTransition, match="no transition from CLOSED by 'rcv FIN'"):
        step("CLOSED", "rcv FIN")
