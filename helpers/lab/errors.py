"""What can go wrong in the lab."""

from __future__ import annotations

from helpers.errors import CourseError


class LabError(CourseError):
    """Something was asked of the lab that it cannot do."""


class LabUnavailable(LabError):
    """This machine does not let us make hosts; the message says why."""


class WireTimeout(LabError):
    """What was waited for did not cross the wire in time."""


class RuleUnused(LabError):
    """A rule of the wire came to its end without having matched a frame."""
