"""Real hosts on a wire that the reader holds.

From above: an experiment drives a network; a network has hosts and a wire; a host is a process with a kernel's network
stack of its own (`helpers.hosts`); the wire carries their frames and has rules; all of them write into one record.
"""

from helpers.errors import LabError as LabError
from helpers.errors import LabUnavailable as LabUnavailable
from helpers.errors import RuleUnused as RuleUnused
from helpers.errors import WireTimeout as WireTimeout
from helpers.lab.experiments import Experiment as Experiment
from helpers.lab.experiments import experiment as experiment
from helpers.lab.host import Host as Host
from helpers.lab.host_maker import why_unavailable as why_unavailable
from helpers.lab.network import Network as Network
from helpers.lab.programs import python as python
from helpers.lab.session import Session as Session
from helpers.lab.wire import Wire as Wire
