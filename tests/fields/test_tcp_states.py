from __future__ import annotations

from helpers.fields.tcp_states import LINUX_NAMES, NOT_DRAWN, STATES, TRANSITIONS, step


def test_eleven_states_of_which_none_is_a_dead_end_or_out_of_reach() -> None:
    assert len(set(STATES)) == 11 and set(LINUX_NAMES.values()) == set(STATES)
    assert {t.before for t in TRANSITIONS} == set(STATES) == {t.after for t in TRANSITIONS}


def test_an_event_in_a_state_has_one_outcome() -> None:
    seen = [(t.before, t.event) for t in TRANSITIONS + NOT_DRAWN]
    assert len(seen) == len(set(seen))


def test_every_connection_can_be_ended_by_force() -> None:
    for state in set(STATES) - {"CLOSED"}:
        assert step(state, "ABORT").after == "CLOSED"
    for state in STATES[STATES.index("ESTABLISHED") :]:
        assert step(state, "rcv RST").after == "CLOSED"
