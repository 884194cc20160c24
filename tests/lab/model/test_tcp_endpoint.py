from __future__ import annotations

from collections.abc import Callable

import pytest

from helpers.fields.segment import Segment
from helpers.fields.tcp_states import NOT_DRAWN, STATES, TRANSITIONS, Transition
from helpers.lab.model.tcp_endpoint import CallRefused, Endpoint, Event, Settings
from tests.lab.model.tcp_ends import HERE, IRS, ISS, SYN, SYN_ACK, THERE, crossed, from_peer, in_state, sent

FIN_NUMBER = ISS + 1
"""Of an endpoint that has sent nothing else."""


def arrives(flags: str, **numbers: int) -> Callable[[Endpoint], None]:
    return lambda end: end.segment_arrives(from_peer(flags, **numbers))


HAPPENINGS: dict[str, Callable[[Endpoint], object]] = {
    "passive OPEN": lambda end: end.open_passive(),
    "active OPEN": lambda end: end.open_active(THERE),
    "SEND": lambda end: end.send(b"data"),
    "CLOSE": lambda end: end.close(),
    "ABORT": lambda end: end.abort(),
    "user timeout": lambda end: end.time_passes(Settings().user_timeout),
    "2 MSL timeout": lambda end: end.time_passes(2 * Settings().msl),
    "rcv SYN": arrives("SYN", seq=IRS),
    "rcv SYN in window": arrives("SYN", seq=IRS + 10),
    "rcv SYN,ACK": arrives("SYN ACK", seq=IRS),
    "rcv ACK of SYN": arrives("ACK"),
    "rcv ACK of FIN": lambda end: end.segment_arrives(from_peer("ACK", IRS + 2, FIN_NUMBER + 1))
    if end.at_end
    else end.segment_arrives(from_peer("ACK", ack=FIN_NUMBER + 1)),
    "rcv FIN": lambda end: end.segment_arrives(
        from_peer("FIN ACK", ack=FIN_NUMBER + (end.state == "FIN-WAIT-2"))
    ),
    "rcv FIN, ACK of FIN": arrives("FIN ACK", ack=FIN_NUMBER + 1),
    "rcv RST": lambda end: end.segment_arrives(
        from_peer("RST ACK", IRS if end.state == "SYN-SENT" else IRS + 1 + end.at_end)
    ),
    "rcv RST after active OPEN": arrives("RST"),
}


def before(transition: Transition) -> Endpoint:
    if transition.event == "SEND":
        end = Endpoint(HERE, [ISS])
        end.open_passive(THERE)
        return end
    if transition.event == "rcv RST after active OPEN":
        return crossed()
    end = in_state(transition.before)
    if (transition.before, transition.event) in (("ESTABLISHED", "user timeout"), ("CLOSE-WAIT", "user timeout")):
        end.send(b"never acknowledged")
        end.segments_to_send()
    return end


@pytest.mark.parametrize("transition", TRANSITIONS + NOT_DRAWN, ids=lambda t: f"{t.before} {t.event}")
def test_every_arrow_of_the_table_is_gone(transition: Transition) -> None:
    end = before(transition)
    HAPPENINGS[transition.event](end)
    assert end.state == transition.after
    flags = [segment.flags for segment in end.segments_to_send()]
    if transition.event == "user timeout":
        assert flags  # what it tried again in the meantime
    elif transition.action == "snd FIN":
        assert flags == ["FIN ACK"]
    else:
        assert flags == [transition.action.removeprefix("snd ").replace(",", " ")] * bool(transition.action)


def test_data_and_fin_in_one_segment_with_the_acknowledgment_of_the_syn() -> None:
    end = in_state("SYN-RECEIVED")
    end.segment_arrives(from_peer("FIN PSH ACK", payload=b"all"))
    assert end.state == "CLOSE-WAIT" and end.receive() == b"all" and end.at_end
    assert end.new_events() == [Event.CONNECTED, Event.DATA, Event.CLOSING]
    assert sent(end) == ["ACK 101/305"]


# The user's calls (section 3.10.1 to 3.10.5).


@pytest.mark.parametrize("state", sorted(set(STATES) - {"CLOSED", "LISTEN"}))
def test_what_is_open_cannot_be_opened(state: str) -> None:
    end = in_state(state)
    for call in (end.open_passive, lambda: end.open_active(THERE)):
        with pytest.raises(CallRefused, match="connection already exists"):
            call()


@pytest.mark.parametrize("call", ["send", "receive", "close", "abort"])
def test_without_connection_there_is_nothing_to_call(call: str) -> None:
    end = Endpoint(HERE)
    with pytest.raises(CallRefused, match="connection does not exist"):
        getattr(end, call)(*[b"x"] * (call == "send"))


def test_a_listener_can_send_only_to_a_peer_that_it_knows() -> None:
    with pytest.raises(CallRefused, match="remote socket unspecified"):
        in_state("LISTEN").send(b"x")


@pytest.mark.parametrize("state", ["FIN-WAIT-1", "FIN-WAIT-2", "CLOSING", "LAST-ACK", "TIME-WAIT"])
def test_after_close_nothing_can_be_sent_and_not_closed_again(state: str) -> None:
    for call in (lambda end: end.send(b"x"), lambda end: end.close()):
        with pytest.raises(CallRefused, match="connection closing"):
            call(in_state(state))


def test_data_handed_over_in_the_handshake_follow_it() -> None:
    end = in_state("SYN-SENT")
    assert end.send(b"early") == 5
    assert sent(end) == []
    end.segment_arrives(SYN_ACK)
    assert sent(end) == ["PSH ACK 101/301+5"]  # the acknowledgment of the SYN rides on it


def test_a_close_in_the_handshake_waits_for_the_data_before_it() -> None:
    end = in_state("SYN-RECEIVED")
    end.send(b"last words")
    end.close()
    assert end.state == "SYN-RECEIVED"
    end.segment_arrives(from_peer("ACK"))
    assert end.state == "FIN-WAIT-1" and sent(end) == ["FIN PSH ACK 101/301+10"]


def test_a_listener_that_was_closed_meanwhile_does_not_listen_again() -> None:
    end = in_state("SYN-RECEIVED")
    end.send(b"last words")
    end.close()
    end.segment_arrives(from_peer("RST"))
    assert end.state == "CLOSED"


def test_half_closed_it_still_receives() -> None:
    end = in_state("FIN-WAIT-2")
    end.segment_arrives(from_peer("PSH ACK", ack=102, payload=b"more"))
    assert end.receive() == b"more" and sent(end) == ["ACK 102/305"]


def test_data_for_a_user_who_has_gone_are_answered_with_a_reset() -> None:
    end = in_state("ESTABLISHED")
    end.close(half_duplex=True)
    assert sent(end) == ["FIN ACK 101/301"]
    end.segment_arrives(from_peer("PSH ACK", ack=102, payload=b"too late"))
    assert end.state == "CLOSED" and sent(end) == ["RST 102"]


def test_going_without_reading_is_a_reset_too() -> None:
    end = in_state("ESTABLISHED")
    end.segment_arrives(from_peer("PSH ACK", payload=b"unread"))
    sent(end)
    end.close(half_duplex=True)
    assert end.state == "CLOSED" and sent(end) == ["RST 101"]


def test_what_came_before_the_end_can_still_be_read() -> None:
    end = in_state("FIN-WAIT-2")
    end.segment_arrives(from_peer("FIN ACK", ack=102, payload=b"rest"))
    end.time_passes(2 * Settings().msl)
    assert end.state == "CLOSED" and end.receive(2) == b"re" and end.receive() == b"st" and end.receive() == b""


def test_after_a_reset_the_reason_is_told() -> None:
    end = in_state("ESTABLISHED")
    end.segment_arrives(from_peer("RST", payload=b""))
    assert end.failure == "connection reset"
    for call in (end.receive, end.close, end.abort):
        with pytest.raises(CallRefused, match="connection reset"):
            call()


def test_what_came_before_a_reset_can_still_be_read() -> None:
    end = in_state("ESTABLISHED")
    end.segment_arrives(from_peer("PSH ACK", payload=b"last words"))
    end.segment_arrives(from_peer("RST", seq=311))
    assert end.state == "CLOSED" and end.receive() == b"last words"
    with pytest.raises(CallRefused, match="connection reset"):
        end.receive()


def test_it_can_be_opened_again() -> None:
    end = in_state("ESTABLISHED")
    end.abort()
    end.open_active(THERE)
    assert (end.state, end.failure) == ("SYN-SENT", "")
    assert sent(end) == ["RST 101", "SYN 700"]


def test_the_buffer_for_sending_has_an_end() -> None:
    end = in_state("ESTABLISHED", Settings(send_buffer=10))
    assert end.send(b"twelve bytes") == 10 and end.send(b"es") == 0 and end.room == 0
    end.segment_arrives(from_peer("ACK", ack=111))
    assert end.room == 10


def test_status() -> None:
    end = in_state("ESTABLISHED")
    end.segment_arrives(from_peer("PSH ACK", payload=b"four"))
    end.send(b"123")
    status = end.status()
    assert (status.unread, status.unacknowledged, status.timer, status.retransmissions) == (4, 3, "retransmit", 0)
    end.time_passes(status.seconds_left)
    assert end.status().retransmissions == 1
    waiting = in_state("TIME-WAIT").status()
    assert (waiting.timer, waiting.seconds_left) == ("TIME-WAIT", 240.0)


# Segments that do not fit (section 3.10.7 and RFC 5961).


def test_without_connection_everything_but_a_reset_is_answered_with_one() -> None:
    end = Endpoint(HERE)
    end.segment_arrives(from_peer("ACK", ack=77))
    end.segment_arrives(from_peer("SYN", seq=5, payload=b"abc"))
    end.segment_arrives(from_peer("RST"))
    assert sent(end) == ["RST 77", "RST ACK 0/9"]


def test_a_listener_answers_an_acknowledgment_with_a_reset_and_nothing_else() -> None:
    end = in_state("LISTEN")
    for flags in ("RST", "FIN", ""):
        end.segment_arrives(from_peer(flags))
    assert sent(end) == []
    end.segment_arrives(from_peer("ACK", ack=77))
    assert sent(end) == ["RST 77"] and end.state == "LISTEN"


def test_a_listener_for_one_peer_refuses_all_others() -> None:
    end = Endpoint(HERE)
    end.open_passive("10.0.0.9:9")
    end.segment_arrives(SYN)
    assert end.state == "LISTEN" and sent(end) == ["RST ACK 0/301"]


@pytest.mark.parametrize("ack", [ISS, ISS + 2])
def test_an_acknowledgment_of_what_was_not_sent_resets_a_half_open_peer(ack: int) -> None:
    end = in_state("SYN-SENT")
    end.segment_arrives(from_peer("SYN ACK", IRS, ack))
    end.segment_arrives(from_peer("RST ACK", IRS, ack))
    assert end.state == "SYN-SENT" and sent(end) == [f"RST {ack}"]


def test_a_reset_without_acknowledgment_refuses_no_call() -> None:
    end = in_state("SYN-SENT")
    end.segment_arrives(from_peer("RST", IRS))
    assert end.state == "SYN-SENT"


def test_a_refused_call() -> None:
    end = in_state("SYN-SENT")
    end.segment_arrives(from_peer("RST ACK", 0))
    assert (end.state, end.failure, end.new_events()) == ("CLOSED", "connection refused", [Event.REFUSED])


def test_a_wrong_acknowledgment_of_a_syn_ack_is_answered_with_a_reset() -> None:
    end = in_state("SYN-RECEIVED")
    end.segment_arrives(from_peer("ACK", ack=ISS + 2))
    assert end.state == "SYN-RECEIVED" and sent(end) == ["RST 102"]


@pytest.mark.parametrize("state", STATES[STATES.index("ESTABLISHED") :])
def test_a_reset_in_the_window_must_have_the_very_number(state: str) -> None:
    end = in_state(state)
    expected = IRS + 1 + end.at_end
    end.segment_arrives(from_peer("RST", expected + 1))
    assert end.state == state and [line.split()[0] for line in sent(end)] == ["ACK"]  # the challenge
    end.segment_arrives(from_peer("RST", expected - 1))
    assert end.state == state and sent(end) == []
    end.segment_arrives(from_peer("RST", expected))
    assert end.state == "CLOSED" and sent(end) == []


@pytest.mark.parametrize("seq", [IRS, IRS + 1, IRS + 500_000])
@pytest.mark.parametrize("state", STATES[STATES.index("ESTABLISHED") :])
def test_a_syn_in_a_connection_is_challenged_wherever_it_lies(state: str, seq: int) -> None:
    end = in_state(state)
    end.segment_arrives(from_peer("SYN", seq))
    assert end.state == state and [line.split()[0] for line in sent(end)] == ["ACK"]


def test_challenges_have_a_limit() -> None:
    end = in_state("ESTABLISHED")
    for _ in range(10):
        end.segment_arrives(from_peer("SYN"))
    assert sent(end) == ["ACK 101/301"]
    end.time_passes(0.5)
    end.segment_arrives(from_peer("SYN"))
    assert sent(end) == ["ACK 101/301"]


def test_old_data_are_acknowledged_each_time() -> None:
    end = in_state("ESTABLISHED")
    for _ in range(3):
        end.segment_arrives(from_peer("PSH ACK", payload=b"again"))
    assert sent(end) == ["ACK 101/306"] * 3 and end.receive() == b"again"


@pytest.mark.parametrize("ack", [ISS + 2, ISS + 1 - 1001])
def test_an_acknowledgment_out_of_all_bounds_brings_no_data_in(ack: int) -> None:
    end = in_state("ESTABLISHED")
    end.segment_arrives(from_peer("PSH ACK", ack=ack, payload=b"injected"))
    assert end.receive() == b"" and sent(end) == ["ACK 101/301"]


def test_a_segment_without_acknowledgment_is_dropped() -> None:
    end = in_state("ESTABLISHED")
    end.segment_arrives(from_peer("PSH", payload=b"bare"))
    assert end.receive() == b"" and sent(end) == []


def test_a_syn_that_comes_again_gets_the_same_answer_again() -> None:
    end = in_state("SYN-RECEIVED")
    end.segment_arrives(SYN)
    assert sent(end) == ["SYN ACK 100/301"] and end.state == "SYN-RECEIVED"


def test_a_fin_that_comes_again_begins_time_wait_anew() -> None:
    end = in_state("TIME-WAIT")
    end.time_passes(200)
    end.segment_arrives(from_peer("FIN ACK", ack=FIN_NUMBER + 1))
    assert sent(end) == ["ACK 102/302"] and end.next_timeout() == 240


# Data, windows, timers.


def test_reordered_data_and_fin_wait_for_their_turn() -> None:
    end = in_state("ESTABLISHED")
    end.segment_arrives(from_peer("FIN ACK", seq=305, payload=b"ef"))
    end.segment_arrives(from_peer("ACK", seq=303, payload=b"cd"))
    assert end.receive() == b"" and end.state == "ESTABLISHED" and sent(end) == ["ACK 101/301"] * 2
    end.segment_arrives(from_peer("ACK", payload=b"ab"))
    assert end.receive() == b"abcdef" and end.at_end and end.state == "CLOSE-WAIT" and sent(end) == ["ACK 101/308"]


def test_data_go_out_in_segments_that_the_peer_can_take() -> None:
    end = in_state("SYN-SENT")
    end.segment_arrives(Segment(THERE, HERE, "SYN ACK", IRS, 101, 5000, (("MSS", "400"),), b""))
    sent(end)
    end.send(bytes(1000))
    assert sent(end) == ["ACK 101/301+400", "ACK 501/301+400", "PSH ACK 901/301+200"]


def test_without_the_option_536_octets_are_taken_for_safe() -> None:
    end = in_state("ESTABLISHED")
    end.send(bytes(600))
    assert sent(end) == ["ACK 101/301+536", "PSH ACK 637/301+64"]


def test_the_window_of_the_peer_is_kept() -> None:
    end = in_state("ESTABLISHED")
    end.segment_arrives(from_peer("ACK", window=100))
    end.send(bytes(300))
    assert sent(end) == ["ACK 101/301+100"]
    end.segment_arrives(from_peer("ACK", ack=201, window=150))
    assert sent(end) == ["ACK 201/301+150"]


def test_an_older_segment_does_not_bring_an_older_window_back() -> None:
    end = in_state("ESTABLISHED")
    end.segment_arrives(from_peer("ACK", seq=311, window=700))
    end.segment_arrives(from_peer("ACK", seq=301, window=0))
    end.send(b"goes")
    assert sent(end) == ["PSH ACK 101/301+4"]


def test_a_closed_window_is_probed_and_an_answering_peer_never_given_up() -> None:
    end = in_state("ESTABLISHED", Settings(user_timeout=100))
    end.segment_arrives(from_peer("ACK", window=0))
    end.send(b"waiting")
    assert sent(end) == [] and end.status().timer == "zero window probe"
    for _ in range(20):
        end.time_passes(end.next_timeout() or 0)
        assert sent(end) == ["ACK 101/301+1"]
        end.segment_arrives(from_peer("ACK", window=0))
    assert end.state == "ESTABLISHED"
    end.segment_arrives(from_peer("ACK", window=1000))
    assert sent(end) == ["ACK 101/301+1", "PSH ACK 102/301+6"]


def test_a_fin_waits_for_the_window_as_well() -> None:
    end = in_state("ESTABLISHED")
    end.segment_arrives(from_peer("ACK", window=0))
    end.close()
    assert end.state == "FIN-WAIT-1" and sent(end) == []
    end.segment_arrives(from_peer("ACK", window=1))
    assert sent(end) == ["FIN ACK 101/301"]


def test_a_window_that_the_data_fill_has_no_room_for_the_fin() -> None:
    end = in_state("ESTABLISHED")
    end.segment_arrives(from_peer("ACK", window=0))
    end.send(b"data")
    end.close()
    end.segment_arrives(from_peer("ACK", window=4))
    assert sent(end) == ["PSH ACK 101/301+4"]
    end.segment_arrives(from_peer("ACK", ack=105, window=4))
    assert sent(end) == ["FIN ACK 105/301"]


def test_a_closed_window_is_closed_to_data_only() -> None:
    end = in_state("ESTABLISHED", Settings(receive_buffer=4))
    end.send(b"mine")
    end.segment_arrives(from_peer("PSH ACK", payload=b"full"))
    sent(end)
    end.segment_arrives(from_peer("PSH ACK", seq=305, ack=105, payload=b"x"))
    assert sent(end) == ["ACK 105/305"] and end.status().unacknowledged == 0
    assert end.receive() == b"full" and sent(end) == ["ACK 105/305"]  # the news that there is room again
    end.segment_arrives(from_peer("PSH ACK", seq=305, ack=105, payload=b"x"))
    assert end.receive() == b"x"


def test_little_new_room_is_not_worth_a_segment() -> None:
    end = in_state("ESTABLISHED", Settings(receive_buffer=1000))
    end.segment_arrives(from_peer("PSH ACK", payload=bytes(900)))
    sent(end)
    end.receive(499)
    assert sent(end) == []
    end.receive(1)
    assert sent(end) == ["ACK 101/1201"]


def test_what_is_not_acknowledged_is_sent_again_after_twice_the_time() -> None:
    end = in_state("SYN-SENT")
    times = []
    for _ in range(8):
        times.append(end.next_timeout())
        end.time_passes(times[-1] or 0)
        assert sent(end) == ["SYN 100"]
    assert times == [1, 2, 4, 8, 16, 32, 60, 60]


def test_an_answer_to_a_segment_that_was_sent_twice_measures_nothing() -> None:
    end = in_state("ESTABLISHED")
    end.send(b"once")
    end.time_passes(1)
    end.segment_arrives(from_peer("ACK", ack=105))  # to which of the two copies? (Karn's rule)
    end.send(b"more")
    assert end.next_timeout() == 2
    end.segment_arrives(from_peer("ACK", ack=109))
    end.send(b"more")
    assert end.next_timeout() == 1


def test_after_a_lost_syn_the_first_data_get_three_seconds() -> None:
    end = in_state("SYN-SENT")
    end.time_passes(1)
    end.segment_arrives(SYN_ACK)
    end.send(b"data")
    assert end.next_timeout() == 3


def test_a_long_time_at_once_is_the_same_as_many_short_ones() -> None:
    end = in_state("SYN-SENT")
    end.time_passes(10)
    assert sent(end) == ["SYN 100"] * 3 and end.next_timeout() == 5


def test_after_a_timeout_every_acknowledgment_brings_the_next_of_the_lost() -> None:
    end = in_state("ESTABLISHED")
    end.send(bytes(1000))
    assert len(sent(end)) == 2
    end.time_passes(1)
    assert sent(end) == ["ACK 101/301+536"]
    end.segment_arrives(from_peer("ACK", ack=637))
    assert sent(end) == ["PSH ACK 637/301+464"]


def test_an_acknowledgment_in_the_middle_leaves_the_rest_of_the_segment() -> None:
    end = in_state("ESTABLISHED")
    end.send(b"0123456789")
    sent(end)
    end.segment_arrives(from_peer("ACK", ack=105))
    end.time_passes(1)
    assert sent(end) == ["PSH ACK 105/301+6"]


def test_a_peer_that_is_silent_is_given_up() -> None:
    end = in_state("ESTABLISHED", Settings(user_timeout=10))
    end.send(b"anybody there?")
    end.time_passes(10)
    assert end.state == "CLOSED" and end.new_events() == [Event.TIMED_OUT] and end.next_timeout() is None
    assert end.failure == "connection aborted due to user timeout"


def test_a_peer_that_repeats_old_acknowledgments_is_given_up_too() -> None:
    end = in_state("ESTABLISHED", Settings(user_timeout=10))
    end.send(b"anybody there?")
    for _ in range(10):
        end.segment_arrives(from_peer("ACK"))
        end.time_passes(1)
    assert end.state == "CLOSED"


@pytest.mark.parametrize("state", ["CLOSED", "LISTEN", "ESTABLISHED", "FIN-WAIT-2", "CLOSE-WAIT"])
def test_states_in_which_nothing_happens_by_itself(state: str) -> None:
    assert in_state(state).next_timeout() is None


def test_initial_numbers_follow_a_clock() -> None:
    def number(seconds: float, local: str = HERE) -> int:
        end = Endpoint(local)
        end.time_passes(seconds)
        end.open_active(THERE)
        return end.segments_to_send()[0].seq

    assert (number(1) - number(0)) % 2**32 == 250_000  # a tick is 4 microseconds
    assert number(0, "10.0.0.1:1001") != number(0) == number(0)
