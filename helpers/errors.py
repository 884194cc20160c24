"""The errors a reader of the course can cause: each one sentence that says what happened and what to do."""

from __future__ import annotations


class CourseError(Exception):
    """An error whose message is for the reader: a notebook shows that sentence and no traceback."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback."""
        return [f"{type(self).__name__}: {self}"]
