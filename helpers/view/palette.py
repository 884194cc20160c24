"""The colours of all pictures by role: JupyterLab's own variables where it is live, fixed colours on paper.

No picture tells anything by colour alone: a role's colour only repeats what a dash, a shape or a word says.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Colour:
    """One role's colour: JupyterLab's CSS variable, and what that is in its light and in its dark theme."""

    variable: str
    light: str
    dark: str

    @property
    def css(self) -> str:
        """For SVG and HTML: follows the theme, and is the light colour outside JupyterLab."""
        return f"var({self.variable}, {self.light})"


COLOURS = {
    "card": Colour("--jp-layout-color0", "#ffffff", "#111111"),
    "shade": Colour("--jp-layout-color2", "#eeeeee", "#424242"),
    "ink": Colour("--jp-content-font-color1", "#212121", "#ffffff"),
    "muted": Colour("--jp-content-font-color2", "#757575", "#b7b7b7"),
    "frame": Colour("--jp-border-color1", "#bdbdbd", "#616161"),
    "new": Colour("--jp-brand-color1", "#1976d2", "#2196f3"),
    "lost": Colour("--jp-error-color1", "#d32f2f", "#f44336"),
    "held": Colour("--jp-warn-color0", "#e65100", "#f57c00"),
    "injected": Colour("--jp-accent-color0", "#1b5e20", "#388e3c"),
}
"""The values behind the variables are those of JupyterLab 4's two themes."""

TEXT_ROLES = ("ink", "muted")
"""Roles in which words may be written: readable on "card" in both themes."""

LINE_ROLES = ("ink", "muted", "new", "lost", "held", "injected")
"""Roles in which lines that mean something may be drawn."""
