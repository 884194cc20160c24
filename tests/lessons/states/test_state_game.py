from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from helpers.fields.segment import summary
from helpers.lab import session as session_module
from helpers.lessons.states.state_game import BadMove, StateGame, played
from tests.needs import need

CONNECTED = ("B listen", "A connect", "deliver", "deliver", "deliver")
WAYS = {
    "LISTEN": ("A listen",),
    "SYN-SENT": ("A connect",),
    "SYN-RECEIVED": ("A connect", "B connect", "deliver A"),
    "ESTABLISHED": CONNECTED,
    "FIN-WAIT-1": (*CONNECTED, "A close"),
    "CLOSE-WAIT": (*CONNECTED, "A close", "deliver"),
    "FIN-WAIT-2": (*CONNECTED, "A close", "deliver", "deliver"),
    "LAST-ACK": (*CONNECTED, "A close", "deliver", "B close"),
    "CLOSING": (*CONNECTED, "A close", "B close", "deliver A"),
    "TIME-WAIT": (*CONNECTED, "A close", "deliver", "deliver", "B close", "deliver B"),
    "CLOSED": (*CONNECTED, "A abort"),
}
"""A way to each state."""


@pytest.fixture(params=["hosts", "models"])
def stage(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Real hosts, and the models that take their place."""
    if request.param == "hosts":
        from helpers.lab import why_unavailable

        need("hosts", why_unavailable())
    else:
        monkeypatch.setattr(session_module, "why_unavailable", lambda: "not here")
    yield


@pytest.mark.parametrize("target", WAYS)
def test_there_is_a_way_to_each_state(stage: None, target: str) -> None:
    with played(WAYS[target], target) as game:
        assert game.won and target in game.states.values()
        assert game.moves == list(WAYS[target])


def test_a_state_that_was_passed_counts_and_one_that_was_not_does_not(stage: None) -> None:
    with played((*WAYS["CLOSING"], "deliver B"), "CLOSING") as game:
        assert game.won
    with played(CONNECTED, "CLOSING") as game:
        assert not game.won


def test_a_new_start_forgets_everything(stage: None) -> None:
    with played(WAYS["SYN-SENT"], "SYN-SENT") as game:
        game.start()
        assert (game.won, game.moves, game.states) == (False, [], {"A": "CLOSED", "B": "CLOSED"})


def test_data_cross_and_a_lost_syn_is_lost(stage: None) -> None:
    with played((*CONNECTED, "A send", "deliver A"), "CLOSING") as game:
        assert [segment.payload for _, segment in game.trace().segments() if segment.payload] == [b"hello"]
    with played(("B listen", "A connect", "drop A"), "CLOSING") as game:
        assert game.states == {"A": "SYN-SENT", "B": "LISTEN"}


def repeated(game: StateGame) -> list[int]:
    """The numbers of the SYN's copies as soon as two wait."""
    assert game.session._network is not None
    assert game.session._network.wire.until(lambda: len(game.session.waiting) == 2, 5.0)
    return [waiting.number for waiting in game.session.copies[0].waiting]


def test_of_copies_the_newest_is_delivered_and_those_left_are_no_move_as_long_as_there_is_news(stage: None) -> None:
    with played(("B listen", "A connect"), "CLOSING") as game:
        first, _ = repeated(game)
        for move in ("deliver", "deliver", "deliver"):
            game.do(move)
        assert game.states == {"A": "ESTABLISHED", "B": "ESTABLISHED"}
        syns = [(number, frame) for number, frame in enumerate(game.trace().frames) if "SYN seq" in summary(frame.data)]
        (released,) = [number for number, frame in syns if frame.fate == "released"]
        assert released > first


def test_copies_are_lost_together(stage: None) -> None:
    with played(("A connect",), "CLOSING") as game:
        numbers = repeated(game)
        game.do("drop A")
        assert [game.trace().frames[number].fate for number in numbers] == ["dropped", "dropped"]


@pytest.mark.parametrize(
    ("moves", "sentence"),
    [
        (["A fly"], "there is no move 'A fly'; the moves are A listen, A connect"),
        (["C listen"], "there is no move 'C listen'"),
        (["deliver C"], "there is no move 'deliver C'"),
        (["A send"], "A send is not possible now: it has no connection that its program could use"),
        (["A abort"], "A abort is not possible now: it has no open socket"),
        (["A listen", "A listen"], "A listen is not possible now: Address already in use"),
    ],
)
def test_a_bad_move_is_a_sentence(stage: None, moves: Sequence[str], sentence: str) -> None:
    with pytest.raises(BadMove) as caught:
        played(moves, "CLOSING")
    assert sentence in str(caught.value)


def test_no_segment_waits(stage: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpers.lessons.states.state_game.WAIT", 0.05)
    with pytest.raises(BadMove, match="no segment of B waits on the wire"):
        played(["A connect", "deliver B"], "CLOSING")


def test_a_bad_move_ends_nothing(stage: None) -> None:
    with played(CONNECTED, "CLOSING") as game:
        with pytest.raises(BadMove):
            game.do("A fly")
        game.do("A close")
        assert game.states["A"] == "FIN-WAIT-1"
        assert game.moves[-1] == "A close"


@pytest.mark.parametrize("again", ["A connect", "B listen"])
def test_a_call_that_fails_leaves_the_socket_before(stage: None, again: str) -> None:
    with played(CONNECTED, "CLOSING") as game:
        with pytest.raises(BadMove, match="not possible now: (Cannot assign requested address|Address already in use)"):
            game.do(again)
        game.do(f"{again[0]} close")
        assert game.states[again[0]] == "FIN-WAIT-1"


def test_there_are_eleven_states() -> None:
    with pytest.raises(BadMove, match="TCP has no state 'OPEN'; its states are CLOSED, LISTEN"):
        StateGame("OPEN")
