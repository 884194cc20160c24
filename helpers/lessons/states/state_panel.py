"""The state game as a panel: what each end's program does, what becomes of each segment, and how far the aim is.

It is the wire's panel with two rows of buttons above it, since a game is a session like any other.
"""

from __future__ import annotations

from helpers.draw.diagram import state_diagram
from helpers.draw.drawing import Drawing
from helpers.draw.wire_panel import COPIES, WirePanel, spoken
from helpers.lessons.states.state_game import StateGame

LABELS = {
    "listen": "socket(), bind(), listen()",
    "connect": "socket(), bind(), connect()",
    "send": "send() of five bytes",
    "close": "close()",
    "abort": "close() with RST",
}
INSTRUCTIONS = f"""Bring A or B into the state {{target}}: two hosts, and every segment waits for you.
Buttons: Start, and for each host listen, connect, send, close, abort; Deliver and Drop for the segments on the wire
{COPIES}
In code: .do("B listen") .do("A connect") .do("deliver") .do("drop A") .states .won .text()"""


class StatePanel(WirePanel):
    """The wire's panel, with each host's program above it. Made by `state_panel`."""

    def __init__(self, game: StateGame) -> None:
        self.game = game
        super().__init__(game)

    @property
    def states(self) -> dict[str, str]:
        """Each end's state now."""
        return self.game.states

    @property
    def won(self) -> bool:
        """Whether an end was in the wanted state."""
        return self.game.won

    def do(self, move: str) -> None:
        """Make a move, as `StateGame.do` has it; it starts the game if need be."""
        if not self.session.running:
            self.start()
        self.game.do(move)
        self._refresh()

    def text(self) -> str:
        """What has been done, and where both ends are."""
        if not self.game.moves:
            return self.instructions()
        ends = ", ".join(f"{name} in {state}" for name, state in self.states.items())
        reached = f"{self.game.target} was reached." if self.won else f"{self.game.target} was not reached yet."
        return f"Moves: {', '.join(self.game.moves)}\nNow: {ends}. {reached}"

    def instructions(self) -> str:
        """What it is and how it is used."""
        return INSTRUCTIONS.format(target=self.game.target)

    def picture(self) -> Drawing:
        """The diagram of the states, with the wanted one marked."""
        return state_diagram(lit=[self.game.target]).drawing

    def _make_widgets(self) -> None:
        import ipywidgets

        super()._make_widgets()
        self._verdict = ipywidgets.HTML()
        rows = [
            ipywidgets.HBox(
                [
                    self._button(move, "", tooltip, lambda move=move: self.do(move))  # type: ignore[misc]
                    for move, tooltip in ((f"{name} {action}", tooltip) for action, tooltip in LABELS.items())
                ]
            )
            for name in "AB"
        ]
        self.widget = ipywidgets.VBox([self._verdict, *rows, self.widget])

    def _refresh(self) -> None:
        super()._refresh()
        sentence = f"Bring A or B into the state {self.game.target}."
        if self.session.running:
            self.game.look()
            where = ", ".join(f"{name} is in {state}" for name, state in self.states.items())
            sentence = f"{where}. {f'{self.game.target} was reached: you have won.' if self.won else sentence}"
        self._verdict.value = spoken(sentence, ";font-weight:bold")


def state_panel(game: StateGame) -> StatePanel:
    """A panel for one game."""
    return StatePanel(game)
