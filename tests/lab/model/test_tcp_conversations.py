"""Two endpoints and a bad network: whatever is called, lost, doubled or late, the data are right and nothing hangs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers.fields.segment import FLAGS, Segment
from helpers.fields.tcp_states import STATES
from helpers.lab.model.tcp_endpoint import CallRefused, Endpoint, Settings
from helpers.lab.model.tcp_sequence import plus
from tests.lab.model.tcp_ends import HERE, THERE, in_state

SMALL = Settings(mss=4, send_buffer=30, receive_buffer=10, msl=5, user_timeout=100)
"""So that a few octets fill everything."""
RESTING = ("CLOSED", "LISTEN", "ESTABLISHED", "FIN-WAIT-2", "CLOSE-WAIT")
"""The states in which an end may wait for its user or its peer for ever."""
ENOUGH = 3_000
"""Steps after which a conversation over a good wire must be over."""


@dataclass
class User:
    """One end with its user, who knows what was said and heard."""

    end: Endpoint
    said: bytearray = field(default_factory=bytearray)
    heard: bytearray = field(default_factory=bytearray)
    gave_up: bool = False
    """Whether the user closed before there was a connection, or aborted: what was said then is lost."""

    def send(self, count: int) -> None:
        data = bytes(len(self.said) + place & 0xFF for place in range(count))
        self.said += data[: self.end.send(data)]

    def read(self, limit: int) -> None:
        self.heard += self.end.receive(limit)


@dataclass
class Pair:
    """Both users, and what is on the wire: (receiver, segment)."""

    caller: User
    server: User
    wire: list[tuple[User, Segment]] = field(default_factory=list)

    def users(self) -> tuple[tuple[User, User], ...]:
        return (self.caller, self.server), (self.server, self.caller)

    def collect(self) -> None:
        """Put what both have to send on the wire, and look whether all is in order."""
        for one, other in self.users():
            new = one.end.segments_to_send()
            assert len(new) < 100
            self.wire += [(other, segment) for segment in new]
            check(one.end)
            assert other.said.startswith(one.heard)

    def arrive(self, place: int) -> None:
        receiver, segment = self.wire.pop(place % len(self.wire))
        receiver.end.segment_arrives(segment)

    def time_passes(self, seconds: float) -> None:
        for user, _ in self.users():
            user.end.time_passes(seconds)


def check(end: Endpoint) -> None:
    """A state of the table; and whoever waits for an answer has a timer."""
    status = end.status()
    assert status.state in STATES
    if status.unacknowledged or status.state not in RESTING:
        assert end.next_timeout() is not None, status
    else:
        assert end.next_timeout() is None, status


def called(user: User, call: str, count: int) -> None:
    """Do what a user may do; what the state refuses is refused with a sentence."""
    actions = {
        "send": lambda: user.send(count), "read": lambda: user.read(count), "close": user.end.close,
        "leave": lambda: user.end.close(half_duplex=True), "abort": user.end.abort,
    }  # fmt: skip
    try:
        actions[call]()
        user.gave_up |= call in ("close", "leave", "abort") and user.end.state == "CLOSED"
    except CallRefused as refused:
        assert str(refused)


def opened(simultaneous: bool) -> Pair:
    caller, server = Endpoint(HERE, [2**32 - 3], SMALL), Endpoint(THERE, [2**32 - 7], SMALL)
    caller.open_active(THERE)
    if simultaneous:
        server.open_active(HERE)
    else:
        server.open_passive()
    return Pair(User(caller), User(server))


def play(pair: Pair, step: tuple[str, int, int]) -> None:
    what, which, count = step
    users = pair.caller, pair.server
    if what == "time":
        pair.time_passes(count / 4)
    elif what in ("arrive", "lose", "double"):
        if not pair.wire:
            return
        place = which % len(pair.wire)
        if what == "double":
            pair.wire.append(pair.wire[place])
        elif what == "lose":
            pair.wire.pop(place)
        else:
            pair.arrive(place)
    else:
        called(users[which % 2], what, count)
    pair.collect()


def finish(pair: Pair) -> None:
    """From now on nothing is lost; both users read everything, and close when they have said all."""
    for _ in range(ENOUGH):
        pair.collect()
        for user, _ in pair.users():
            if user.end.state not in ("CLOSED", "LISTEN") or not user.end.failure:
                called(user, "read", 1000)
            if user.end.state in ("ESTABLISHED", "CLOSE-WAIT"):
                called(user, "close", 0)
        pair.collect()
        if pair.wire:
            pair.arrive(0)
            continue
        timeouts = [time for user, _ in pair.users() if (time := user.end.next_timeout()) is not None]
        if not timeouts:
            return
        pair.time_passes(min(timeouts))
    raise AssertionError(f"not over: {pair.caller.end.status()}, {pair.server.end.status()}")


CALLS = ("send", "send", "read", "read", "close")
WIRE = ("arrive", "arrive", "arrive", "arrive", "lose", "double", "time")


def steps(*kinds: str) -> st.SearchStrategy[list[tuple[str, int, int]]]:
    return st.lists(st.tuples(st.sampled_from(kinds), st.integers(0, 9), st.integers(1, 25)), max_size=60)


@given(st.booleans(), steps(*CALLS, *WIRE))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_data_arrive_exactly_once_and_in_order(simultaneous: bool, script: list[tuple[str, int, int]]) -> None:
    pair = opened(simultaneous)
    for step in script:
        play(pair, step)
    finish(pair)
    gave_up = any(user.gave_up for user, _ in pair.users())
    failed = any(user.end.failure for user, _ in pair.users())
    assert not failed or gave_up or any(step[0] == "time" for step in script)  # only for want of time
    for one, other in pair.users():
        assert gave_up or failed or (one.heard == other.said and one.end.state == "CLOSED")


@given(st.booleans(), steps(*CALLS, "leave", "abort", *WIRE))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_who_is_left_alone_learns_of_it(simultaneous: bool, script: list[tuple[str, int, int]]) -> None:
    pair = opened(simultaneous)
    for step in script:
        play(pair, step)
    finish(pair)
    for one, other in pair.users():
        complete = one.heard == other.said
        somebody_knows = one.end.failure or other.end.failure or one.gave_up or other.gave_up
        assert complete or somebody_knows
        if other.gave_up and not one.gave_up and one.end.state != "LISTEN":  # who waits in FIN-WAIT-2 has said all
            assert one.end.failure or one.end.state in ("CLOSED", "FIN-WAIT-2")
        assert one.end.state in ("CLOSED", "LISTEN", "FIN-WAIT-2")


NEAR = st.integers(-12, 12)
FLAG_SETS = st.sets(st.sampled_from(FLAGS)).map(" ".join)


@st.composite
def near_misses(draw: st.DrawFn) -> list[tuple[str, int, int, int, bytes, bool]]:
    """Flags, distances from what is expected, window, data, and whether the sender is a stranger."""
    one = st.tuples(FLAG_SETS, NEAR, NEAR, st.sampled_from([0, 1, 10, 65535]), st.binary(max_size=12), st.booleans())
    return draw(st.lists(one, max_size=25))


@given(st.sampled_from(STATES), near_misses(), steps("send", "read", "close", "leave", "abort", "time"))
@settings(deadline=None)
def test_any_segments_at_any_time_are_survived(
    state: str, arrivals: list[tuple[str, int, int, int, bytes, bool]], script: list[tuple[str, int, int]]
) -> None:
    end = in_state(state, SMALL)
    user = User(end)
    calls = iter(script)
    for flags, seq_off, ack_off, window, payload, stranger in arrivals:
        block = end._block
        source = "10.9.9.9:9" if stranger else THERE
        seq, ack = plus(block.received.expected, seq_off), plus(block.sending.next, ack_off)
        ack_field = ack if "ACK" in flags.split() else None
        end.segment_arrives(Segment(source, HERE, flags, seq, ack_field, window, (), payload))
        check(end)
        assert len(end.segments_to_send()) <= 10
        call = next(calls, None)
        if call and call[0] == "time":
            end.time_passes(call[2])
        elif call:
            called(user, call[0], call[2])
        check(end)
    for _ in range(ENOUGH):
        due = end.next_timeout()
        if due is None:
            return
        end.time_passes(due)
        check(end)
    assert end.status().timer == "zero window probe"


@given(steps(*CALLS, *WIRE), near_misses())
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_two_ends_that_disagree_do_not_answer_each_other_for_ever(
    script: list[tuple[str, int, int]], arrivals: list[tuple[str, int, int, int, bytes, bool]]
) -> None:
    pair = opened(False)
    for _ in range(6):
        pair.collect()
        if pair.wire:
            pair.arrive(0)
    for step, (flags, seq_off, ack_off, window, payload, _) in zip(script, arrivals, strict=False):
        block = pair.server.end._block
        seq, ack = plus(block.received.expected, seq_off), plus(block.sending.next, ack_off)
        forged = Segment(HERE, THERE, flags, seq, ack if "ACK" in flags.split() else None, window, (), payload)
        pair.server.end.segment_arrives(replace(forged))
        for user, _ in pair.users():
            pair.wire += [(pair.server if user is pair.caller else pair.caller, s) for s in user.end.segments_to_send()]
        if step[0] == "arrive" and pair.wire:
            pair.arrive(step[1])
    crossed = 0
    while pair.wire and crossed < ENOUGH:  # in no time at all
        pair.arrive(0)
        crossed += 1
        for user, other in pair.users():
            pair.wire += [(other, segment) for segment in user.end.segments_to_send()]
    assert crossed < ENOUGH
