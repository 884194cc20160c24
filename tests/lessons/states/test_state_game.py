"""The state game and its panel, with real hosts and with the models that take their place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from helpers.lab import session as session_module
from helpers.lab import why_unavailable
from helpers.lessons.states.state_game import BadMove, StateGame, played
from helpers.lessons.states.state_panel import StatePanel, state_panel
from helpers.study import check
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
    if request.param == "hosts":
        need("hosts", why_unavailable())
    else:
        monkeypatch.setattr(session_module, "why_unavailable", lambda: "not here")
    yield


@pytest.mark.parametrize("target", WAYS)
def test_there_is_a_way_to_each_state(stage: None, target: str) -> None:
    with played(WAYS[target], target) as game:
        assert game.won and target in game.states.values()
        assert game.moves == list(WAYS[target])


def test_a_state_that_was_passed_counts_one_that_was_not_does_not_and_a_new_start_forgets(stage: None) -> None:
    with played((*WAYS["CLOSING"], "deliver B"), "CLOSING") as game:
        assert game.won
        game.start()
        assert (game.won, game.moves, game.states) == (False, [], {"A": "CLOSED", "B": "CLOSED"})


def test_data_cross_also_when_the_fin_overtakes_them(stage: None) -> None:
    with played((*CONNECTED, "A send", "A close"), "CLOSE-WAIT") as game:
        data, fin = game.waiting
        game.deliver(fin.number)
        game.deliver(data.number)
        assert game.network.wire.until(lambda: game.states["B"] == "CLOSE-WAIT", 5)


def test_of_copies_the_newest_is_delivered_and_all_are_lost_together(stage: None) -> None:
    with played(("B listen", "A connect"), "CLOSING") as game:
        assert game.network.wire.until(lambda: len(game.waiting) == 2, 5)
        first, second = (waiting.number for waiting in game.waiting)
        game.do("deliver")
        assert [game.trace().frames[number].fate for number in (first, second)] == ["held", "released"]
        for _ in range(2):
            game.do("deliver")  # the answer, and its answer: the copy that is left is no news
        assert game.states == {"A": "ESTABLISHED", "B": "ESTABLISHED"}
        game.start()
        game.do("A connect")
        assert game.network.wire.until(lambda: len(game.waiting) == 2, 5)
        game.do("drop A")
        assert [frame.fate for frame, _ in game.trace().segments()][:2] == ["dropped", "dropped"]


@pytest.mark.parametrize(
    ("moves", "sentence"),
    [
        (["A fly"], "there is no move 'A fly'; the moves are A listen, A connect"),
        (["C listen"], "there is no move 'C listen'"),
        (["deliver C"], "there is no move 'deliver C'"),
        (["A send"], "A send is not possible now: it has no connection that its program could use"),
        (["A abort"], "A abort is not possible now: it has no open socket"),
        (["A listen", "A listen"], "A listen is not possible now: Address already in use"),
        (["A connect", "deliver B"], "no segment of B waits on the wire"),
    ],
)
def test_a_bad_move_is_a_sentence(
    stage: None, monkeypatch: pytest.MonkeyPatch, moves: Sequence[str], sentence: str
) -> None:
    monkeypatch.setattr("helpers.lessons.states.state_game.WAIT", 0.05)
    with pytest.raises(BadMove) as caught:
        played(moves, "CLOSING")
    assert sentence in str(caught.value)


@pytest.mark.parametrize("again", ["A connect", "B listen"])
def test_a_call_that_fails_ends_nothing_and_leaves_the_socket_before(stage: None, again: str) -> None:
    with played(CONNECTED, "CLOSING") as game:
        with pytest.raises(BadMove, match="not possible now: (Cannot assign requested address|Address already in use)"):
            game.do(again)
        game.do(f"{again[0]} close")
        assert game.states[again[0]] == "FIN-WAIT-1" and game.moves[-1] == f"{again[0]} close"


def test_there_are_eleven_states() -> None:
    with pytest.raises(BadMove, match="TCP has no state 'OPEN'; its states are CLOSED, LISTEN"):
        StateGame("OPEN")


def test_the_exercise_says_who_played(stage: None) -> None:
    card = check("13.4", list(WAYS["CLOSING"]))
    models = card.text.endswith("(Played by two models of TCP: this machine makes no hosts.)")
    assert (card.status, models) == ("passed", bool(session_module.why_unavailable()))


def click(panel: StatePanel, name: str) -> None:
    (button,) = [each for row in panel.widget.children[1:3] for each in row.children if each.description == name]
    assert button.tooltip
    button.click()


def test_a_button_does_what_the_move_of_its_name_does(stage: None) -> None:
    panel = state_panel(StateGame("SYN-SENT"))
    assert panel.text() == repr(panel) and repr(panel).startswith("Bring A or B into the state SYN-SENT")
    assert panel._repr_mimebundle_()[0]["image/png"].startswith(b"\x89PNG")
    click(panel, "B listen")
    assert panel.game.moves == ["B listen"] and panel.session.running and not panel.won
    click(panel, "A connect")
    assert "A is in SYN-SENT, B is in LISTEN. SYN-SENT was reached: you have won." in panel._verdict.value
    assert panel.text() == "Moves: B listen, A connect\nNow: A in SYN-SENT, B in LISTEN. SYN-SENT was reached."
    click(panel, "A abort")
    click(panel, "A abort")
    assert "A abort is not possible now: it has no open socket" in panel._status.value
    panel.start()
    assert panel.game.moves == [] and "Bring A or B into the state SYN-SENT." in panel._verdict.value
    panel.stop()
