"""Running the experiment that a reader has written."""

from __future__ import annotations

from helpers.lab import Experiment, why_unavailable
from helpers.study.checking import NeedsLiveLab, Wrong
from helpers.trace import Trace


def live_trace(answer: object) -> Trace:
    """The trace of the reader's experiment, run now.

    Raises Wrong if it is no experiment, NeedsLiveLab where this machine makes no hosts.
    """
    if not isinstance(answer, Experiment):
        raise Wrong("Keep the line @experiment above your function: it builds the two hosts.")
    if reason := why_unavailable():
        raise NeedsLiveLab(reason)
    return answer.run()
