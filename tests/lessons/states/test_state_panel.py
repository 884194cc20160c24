from __future__ import annotations

from dataclasses import dataclass, field

from helpers.draw.wire_panel import COPIES
from helpers.errors import CourseError
from helpers.lessons.states.state_panel import StatePanel, state_panel
from tests.draw.test_wire_panel import FakeSession


class NotPossible(CourseError):
    """What the real game raises, too."""


@dataclass
class FakeGame:
    """A game whose every move brings A one state on."""

    target: str = "SYN-SENT"
    session: FakeSession = field(default_factory=FakeSession)
    moves: list[str] = field(default_factory=list)
    looks: int = 0

    @property
    def states(self) -> dict[str, str]:
        return {"A": "SYN-SENT" if self.moves else "CLOSED", "B": "CLOSED"}

    @property
    def won(self) -> bool:
        return "SYN-SENT" in self.states.values()

    def start(self) -> None:
        self.moves.clear()
        self.session.start()

    def do(self, move: str) -> None:
        if move == "B abort":
            raise NotPossible("B abort is not possible now: it has no open socket")
        self.moves.append(move)

    def look(self) -> None:
        self.looks += 1


def button(panel: StatePanel, name: str) -> object:
    rows = panel.widget.children[1:3]
    return next(each for row in rows for each in row.children if each.description == name)


def test_a_button_does_what_the_move_of_its_name_does() -> None:
    game = FakeGame()
    panel = state_panel(game)
    button(panel, "A connect").click()  # type: ignore[attr-defined]
    assert game.moves == ["A connect"] and game.session.running
    assert "A is in SYN-SENT, B is in CLOSED. SYN-SENT was reached: you have won." in panel._verdict.value
    panel.do("B listen")
    assert game.moves == ["A connect", "B listen"]
    panel.stop()


def test_each_end_has_its_five_buttons() -> None:
    panel = state_panel(FakeGame())
    names = [each.description for row in panel.widget.children[1:3] for each in row.children]
    assert names == [f"{end} {what}" for end in "AB" for what in ("listen", "connect", "send", "close", "abort")]
    assert all(each.tooltip for row in panel.widget.children[1:3] for each in row.children)


def test_a_move_that_is_not_possible_is_a_sentence_in_the_panel() -> None:
    panel = state_panel(FakeGame())
    panel.do("A connect")
    button(panel, "B abort").click()  # type: ignore[attr-defined]
    assert "B abort is not possible now: it has no open socket" in panel._status.value
    panel.stop()


def test_the_text_tells_moves_and_states() -> None:
    panel = state_panel(FakeGame())
    assert panel.text() == panel.instructions() == repr(panel)
    assert panel.instructions().startswith("Bring A or B into the state SYN-SENT")
    assert COPIES in panel.instructions()
    panel.do("A connect")
    assert panel.text() == "Moves: A connect\nNow: A in SYN-SENT, B in CLOSED. SYN-SENT was reached."
    assert panel.won and panel.states["A"] == "SYN-SENT"
    panel.stop()


def test_start_begins_anew() -> None:
    game = FakeGame()
    panel = state_panel(game)
    panel.do("A connect")
    panel.start()
    assert game.moves == []
    assert "Bring A or B into the state SYN-SENT." in panel._verdict.value
    panel.stop()


def test_a_new_panel_stops_the_one_before() -> None:
    first, second = FakeGame(), FakeGame()
    state_panel(first).start()
    state_panel(second)
    assert not first.session.running


def test_its_picture_marks_the_aim() -> None:
    bundle, _ = state_panel(FakeGame())._repr_mimebundle_()
    assert bundle["image/png"].startswith(b"\x89PNG")
