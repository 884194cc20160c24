"""The colours of all pictures by role: JupyterLab's own variables where it is live, fixed colours on paper.

No picture tells anything by colour alone: a role's colour only repeats what a dash, a shape or a word says.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Colour:
    """One role's colour: JupyterLab's CSS variable, and what that is in its light and in its dark theme; and the colour
    in a PNG, which is the same one in both."""

    variable: str
    light: str
    dark: str
    paper: str

    @property
    def css(self) -> str:
        """For SVG and HTML: follows the theme, and is the light colour outside JupyterLab."""
        return f"var({self.variable}, {self.light})"


COLOURS = {
    "card": Colour("--jp-layout-color0", "#ffffff", "#111111", "#ffffff"),
    "shade": Colour("--jp-layout-color2", "#eeeeee", "#424242", "#eeeeee"),
    "ink": Colour("--jp-content-font-color1", "#212121", "#ffffff", "#212121"),
    "muted": Colour("--jp-content-font-color2", "#757575", "#b7b7b7", "#616161"),
    "frame": Colour("--jp-border-color1", "#bdbdbd", "#616161", "#bdbdbd"),
    "new": Colour("--jp-brand-color1", "#1976d2", "#2196f3", "#1565c0"),
    "lost": Colour("--jp-error-color1", "#d32f2f", "#f44336", "#c62828"),
    "held": Colour("--jp-warn-color0", "#e65100", "#f57c00", "#ad3b00"),
    "injected": Colour("--jp-accent-color0", "#1b5e20", "#388e3c", "#1b5e20"),
}
"""The values behind the variables are those of JupyterLab 4's two themes."""

TEXT_ROLES = ("ink", "muted")
"""Roles in which words may be written: readable on "card" in both themes."""

LINE_ROLES = ("ink", "muted", "new", "lost", "held", "injected")
"""Roles in which lines that mean something may be drawn."""

PAPER = 0.7
"""How opaque the white of a PNG is: on a white page it is white, on a dark one a grey that does not glare."""


def on_paper(red: int, green: int, blue: int) -> tuple[int, int, int, int]:
    """Red, green, blue and opacity of what is this colour on a white page: the more white in it, the thinner it is."""
    clear = (1 - PAPER) * min(red, green, blue) / 255

    def part(value: int) -> int:
        return round((value - 255 * clear) / (1 - clear))

    return part(red), part(green), part(blue), round(255 * (1 - clear))
