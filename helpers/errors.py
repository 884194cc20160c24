"""The errors a reader of the course can cause: each one sentence that says what happened and what to do.

A class of its own has only what somebody catches, or what a page shows by its name.
"""

from __future__ import annotations


class CourseError(Exception):
    """An error whose message is for the reader: a notebook shows that sentence and no traceback."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback."""
        return [f"{type(self).__name__}: {self}"]


class LabError(CourseError):
    """Something was asked of the lab that it cannot do."""


class LabUnavailable(LabError):
    """This machine does not let us make hosts; the message says why."""


class WireTimeout(LabError):
    """What was waited for did not cross the wire in time."""


class RuleUnused(LabError):
    """A rule of the wire came to its end without having matched a frame."""
