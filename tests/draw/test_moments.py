"""Moments of a trace and the rows they are drawn in."""

from __future__ import annotations

from helpers.draw.captions import arrows
from helpers.draw.moments import (
    STEP,
    TEXT_ROW,
    WIRE_ROW,
    Moment,
    call_moments,
    heights,
    state_moments,
    wire_moments,
)
from tests.traces import MILLISECOND, SECOND


def lines(moments: list[Moment]) -> list[tuple[str, str]]:
    return [(moment.kind, moment.text) for moment in moments]


def test_a_short_call_is_one_moment_and_a_long_one_two(script):
    script.call("server", "bind")
    begin = script.now
    script.call("server", "accept", made=2, lasts=3 * MILLISECOND)
    found = call_moments(script.trace(), "server", [begin + MILLISECOND])
    assert lines(found) == [
        ("call", "bind() = 0"),
        ("begin", "accept() …"),
        ("return", "accept() = socket 2"),
    ]


def test_a_blocked_call_has_no_return(script):
    script.call("server", "accept", blocked=True)
    assert lines(call_moments(script.trace(), "server", [])) == [("begin", "accept() …")]


def test_a_long_result_is_cut_and_says_so(script):
    script.call("client", "recv", result="b'" + "x" * 50 + "'")
    (moment,) = call_moments(script.trace(), "client", [])
    assert moment.text == "recv() = b'xxxxxxxxxxxxxxx…"


def test_a_program_is_a_call_too(script):
    script.call("client", "run", "ss -tn", "two\nlines")
    assert lines(call_moments(script.trace(), "client", [])) == [("call", "run ss -tn")]


def test_states_before_the_picture_begins_are_one(script):
    script.states(server="LISTEN")
    script.states(server="LISTEN + ESTABLISHED")
    begin = script.now
    script.wait(1)
    script.states(server="LISTEN")
    found = state_moments(script.trace(), "server", begin)
    assert [(moment.time, moment.text) for moment in found] == [
        (begin, "ESTABLISHED"),
        (begin + SECOND, "LISTEN"),
    ]


def test_a_host_begins_closed(script):
    start = script.now
    script.wait(1)
    script.states(client="SYN-SENT")
    assert [m.text for m in state_moments(script.trace(), "client", start)] == ["CLOSED", "SYN-SENT"]


def test_a_state_begins_with_the_arrival_or_call_that_caused_it(script):
    begin = script.now
    script.call("client", "connect")
    script.wait(0.01)
    script.states(client="SYN-SENT")
    frame = script.segment("server", "SA", 0)
    script.wait(0.01)
    script.states(client="ESTABLISHED")
    found = state_moments(script.trace(), "client", begin)
    assert [(m.time, m.text) for m in found[1:]] == [
        (begin + 1, "SYN-SENT"),
        (frame.arrivals[0] + 1, "ESTABLISHED"),
    ]


def test_a_change_made_by_a_timer_stays_where_it_was_seen(script):
    begin = script.now
    script.call("client", "connect")
    script.states(client="SYN-SENT")
    script.wait(1)
    seen = script.now
    script.states(client="")
    assert state_moments(script.trace(), "client", begin)[-1].time == seen


def test_a_state_is_told_once(script):
    script.states(client="SYN-SENT")
    script.states(client="SYN-SENT")
    assert len(state_moments(script.trace(), "client", script.trace().start)) == 1


def test_closed_at_the_first_look_is_the_closed_from_the_beginning(script):
    start = script.now
    script.wait(1)
    script.states(client="")
    found = state_moments(script.trace(), "client", start)
    assert [(moment.time, moment.text) for moment in found] == [(start, "CLOSED")]


def late(trace, to_scale: bool = False) -> list[int]:
    return [
        m.time for m in wire_moments(trace, arrows(trace, ["client", "server"]), to_scale) if m.kind == "late"
    ]


def test_a_segment_that_went_through_has_no_late_arrival(script):
    script.segment("client", "S", 0)
    script.segment("client", "S", 0, after=(80 * MILLISECOND,))
    assert late(script.trace()) == []
    assert len(late(script.trace(), to_scale=True)) == 1


def test_a_segment_that_crosses_another_arrives_late(script):
    frame = script.segment("client", "S", 0, after=(150_000,))
    script.segment("server", "S", 0)
    assert late(script.trace()) == list(frame.arrivals)


def test_the_second_arrival_of_a_duplicate_is_late(script):
    frame = script.segment("client", "S", 0, fate="duplicated", after=(50_000, 70_000))
    assert late(script.trace()) == [frame.arrivals[1]]


def test_moments_of_one_lane_do_not_collide_and_others_stay_close():
    moments = [Moment(time, "mark", "wire") for time in (0, 1, 2)] + [Moment(3, "call", "calls a")]
    assert heights(moments, lambda passed: 0.0) == [0, WIRE_ROW, 2 * WIRE_ROW, 2 * WIRE_ROW + STEP]


def test_a_state_of_two_lines_keeps_room_for_both():
    two = Moment(0, "state", "states a", "CLOSING + LISTEN", lines=2)
    assert heights([two, Moment(1, "state", "states a", "LISTEN")], lambda passed: 0.0) == [0, 2 * TEXT_ROW]


def test_what_was_moved_down_takes_nothing_from_a_wait():
    moments = [Moment(time, "mark", "wire") for time in (0, 1, SECOND)]
    first, second, third = heights(moments, lambda passed: passed * 100 / SECOND)
    assert second - first == WIRE_ROW
    assert third - second > 99
