"""Real hosts on a wire that the reader holds."""

from helpers.lab.errors import LabError, LabUnavailable, RuleUnused, WireTimeout
from helpers.lab.experiments import EditedExperiment, Experiment, StuckExperiment, experiment
from helpers.lab.network import Host, Network, why_unavailable
from helpers.lab.programs import python
from helpers.lab.serial_line import SerialLine
from helpers.lab.session import Session
from helpers.lab.wire import Wire

__all__ = [
    "EditedExperiment",
    "Experiment",
    "Host",
    "LabError",
    "LabUnavailable",
    "Network",
    "RuleUnused",
    "SerialLine",
    "Session",
    "StuckExperiment",
    "Wire",
    "WireTimeout",
    "experiment",
    "python",
    "why_unavailable",
]
