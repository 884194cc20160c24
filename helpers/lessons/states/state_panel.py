"""The state game as a panel: what each end's program does, what becomes of each segment, and how far the aim is."""

from __future__ import annotations

from html import escape
from typing import Any, Protocol

from helpers.draw.diagram import state_diagram
from helpers.draw.drawing import Drawing
from helpers.draw.palette import COLOURS
from helpers.draw.wire_panel import COPIES, WirePanel, WireSession, become_the_latest, stop_the_latest

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


class Game(Protocol):
    """What the panel plays: `helpers.lessons.states.state_game.StateGame`."""

    target: str
    moves: list[str]

    @property
    def session(self) -> WireSession: ...
    @property
    def won(self) -> bool: ...
    @property
    def states(self) -> dict[str, str]: ...

    def start(self) -> None: ...
    def do(self, move: str) -> None: ...
    def look(self) -> None: ...


class StatePanel(WirePanel):
    """The wire's panel, with each host's program above it. Made by `state_panel`."""

    def __init__(self, game: Game) -> None:
        self.game = game
        super().__init__(game.session)

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

    def _begin(self) -> None:
        self.game.start()

    def _make_widgets(self) -> None:
        import ipywidgets

        super()._make_widgets()
        self._verdict = ipywidgets.HTML()
        self.widget = ipywidgets.VBox([self._verdict, self._row("A"), self._row("B"), self.widget])

    def _row(self, name: str) -> Any:
        import ipywidgets

        def button(action: str, tooltip: str) -> Any:
            made = ipywidgets.Button(description=f"{name} {action}", tooltip=tooltip, layout={"width": "auto"})
            made.on_click(lambda _: self._clicked(lambda: self.do(f"{name} {action}")))
            return made

        return ipywidgets.HBox([button(action, tooltip) for action, tooltip in LABELS.items()])

    def _refresh(self) -> None:
        super()._refresh()
        sentence = f"Bring A or B into the state {self.game.target}."
        if self.session.running:
            self.game.look()
            where = ", ".join(f"{name} is in {state}" for name, state in self.states.items())
            sentence = f"{where}. {f'{self.game.target} was reached: you have won.' if self.won else sentence}"
        self._verdict.value = (
            f'<div aria-live="polite" style="color:{COLOURS["ink"].css};font-weight:bold">{escape(sentence)}</div>'
        )


def state_panel(game: Game) -> StatePanel:
    """A panel for one game. The wire's panel before it is stopped: there is one wire."""
    stop_the_latest()
    panel = StatePanel(game)
    become_the_latest(panel)
    return panel
