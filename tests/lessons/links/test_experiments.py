"""An experiment of the notebook waits for what it shows, however slow the routers are."""

from __future__ import annotations

import contextlib
import json
import socket
from pathlib import Path

from helpers.lab import Network, experiment

NOTEBOOK = Path(__file__).parents[3] / "notebooks" / "09_links_and_routing.ipynb"
TWO_ROUTERS = {
    "client": ("10.0.0.1",),
    "north": ("10.0.0.253", "10.0.1.253"),
    "south": ("10.0.0.254", "10.0.1.254"),
    "server": ("10.0.1.2",),
}


def notebooks_experiment(cell):
    cells = {each["id"]: "".join(each["source"]) for each in json.loads(NOTEBOOK.read_text("utf-8"))["cells"]}
    names = {"socket": socket, "contextlib": contextlib, "experiment": experiment, "TWO_ROUTERS": TWO_ROUTERS}
    names |= {"NEAR": "10.0.0.0/24", "FAR": "10.0.1.0/24"}
    exec(cells[cell], names)  # noqa: S102
    return names["around_a_dead_link"]


def test_the_last_answer_arrives_also_over_a_slow_router(needs_lab):
    """A wire that has settled says nothing of a frame that a router, or a delay, still holds: the experiment waits."""
    shown = notebooks_experiment("links-55")
    with Network() as network:
        hosts = shown.make_hosts(network)
        with network.wire.delay(where=lambda frame: frame.sender == "south", seconds=0.05):
            shown.function(*hosts, network.wire)
        last = [frame for frame in network.wire.frames if b"FOUR" in frame.data][-1]
    assert (last.sender, last.receiver, len(last.arrivals)) == ("south", "client", 1)
