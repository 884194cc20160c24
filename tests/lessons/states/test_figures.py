"""The figures of RFC 9293: the model plays those that need no reboot, and a run stands beside them line by line."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest

from helpers.fields.segment import Segment
from helpers.fields.tcp_states import STATES
from helpers.lab.model import ModelNetwork
from helpers.lab.model.endpoint import Endpoint
from helpers.lessons.states.figure_ladders import figure_beside
from helpers.lessons.states.rfc_figures import FIGURES
from helpers.trace import Trace, TraceError
from tests.traces import SAMPLES

ADDRESSES = {"A": "10.0.0.1:1000", "B": "10.0.0.2:2000"}
OTHER = {"A": "B", "B": "A"}
ACTS = {
    6: {0: "B listen, A connect", 3: "A send"},
    7: {0: "A connect", 1: "B connect"},
    8: {0: "B listen, A connect"},
    12: {0: "A close", 2: "B close"},
    13: {0: "A close, B close"},
}
"""What the programs do before a figure's line with that number, from 0."""


class Play:
    """Two endpoints with the RFC's initial numbers, and the segments that are in the network."""

    def __init__(self, number: int) -> None:
        self.figure = FIGURES[number]
        self.first = {name: [int(first) for who, first in self.figure.initial if who == name] for name in "AB"}
        self.ends = {name: self.fresh(name) for name in "AB"}
        self.network: list[tuple[str, Segment]] = []
        if self.figure.lines[0].segment.startswith("FIN"):
            self.act("B listen, A connect")
            for name in "ABA":
                self.ends[OTHER[name]].arrive(self.ends[name].out.pop(0))

    def fresh(self, name: str) -> Endpoint:
        end = Endpoint(ADDRESSES[name], ADDRESSES[OTHER[name]])
        end._next = end._acknowledged = self.first[name].pop(0)
        return end

    def act(self, acts: str) -> None:
        for name, what in (act.split() for act in acts.split(", ")):
            getattr(self.ends[name], what)(*([b"data"] if what == "send" else []))

    def line(self, line: str, sender: str, departs: bool, arrives: bool) -> None:
        end = self.ends[sender]
        if departs:
            self.network += [(written(segment), segment) for segment in end.out if written(segment) == line][:1]
            end.out = [segment for segment in end.out if written(segment) != line]
        if arrives:
            place = next((place for place, (text, _) in enumerate(self.network) if text == line), None)
            segment = self.network.pop(place)[1] if place is not None else self.old(line)
            there = self.ends[OTHER[sender]]
            there.arrive(segment)
            if "RST" in segment.has and there.state == "LISTEN":  # a host makes a new endpoint for the next caller
                self.ends[OTHER[sender]] = self.fresh(OTHER[sender])
                self.ends[OTHER[sender]].listen()

    def old(self, line: str) -> Segment:
        """The duplicate of figure 8."""
        assert line == "SYN seq=90"
        return Segment(ADDRESSES["A"], ADDRESSES["B"], "SYN", 90, None, 1000, (), b"")


def written(segment: Segment) -> str:
    data = " + data" if segment.payload else ""
    return str(replace(segment, flags=segment.flags.removeprefix("PSH "), payload=b"")) + data


@pytest.mark.parametrize("number", ACTS)
def test_the_model_plays_the_figure(number: int) -> None:
    play = Play(number)
    for place, line in enumerate(play.figure.lines):
        if place in ACTS[number]:
            play.act(ACTS[number][place])
        play.line(line.segment, line.sender, line.departs, line.arrives)
        for end, state in ((play.ends["A"], line.a), (play.ends["B"], line.b)):
            assert state not in STATES or end.state == state, (str(line), end.state)
    assert not play.network


def handshake(lose: bool = False) -> Trace:
    with contextlib.closing(ModelNetwork()) as network:
        a, b = network.host("A", "10.0.0.1"), network.host("B", "10.0.0.2")
        listener, caller = b.socket(), a.socket()
        listener.bind(("10.0.0.2", 2000))
        listener.listen()
        if lose:
            network.drop("SYN ACK", nth=1)
        caller.connect(("10.0.0.2", 2000))
        caller.sendall(b"data")
        return network.trace()


def test_a_run_that_is_as_the_figure_stands_beside_it() -> None:
    *lines, source = figure_beside(6, handshake()).text.splitlines()
    rfc, run = ([line[7:] for line in lines if line[2:5] == name] for name in ("RFC", "run"))
    assert rfc == [str(line).rstrip() for line in FIGURES[6].lines]
    assert run == [*rfc, f"{'ESTABLISHED':13} <-- {'ACK seq=301 ack=105':30} <-- ESTABLISHED   (not in the figure)"]
    assert source == "[model of RFC 9293, no kernel]"


def test_what_is_lost_leaves_and_does_not_arrive() -> None:
    lines = figure_beside(6, handshake(lose=True)).text.splitlines()
    assert f"  run  {'SYN-SENT':13} ... {'SYN ACK seq=300 ack=101':30} <-- SYN-RECEIVED   (not in the figure)" in lines


def test_a_trace_of_other_hosts_and_another_figure_are_refused() -> None:
    with pytest.raises(TraceError):
        figure_beside(6, SAMPLES["recorded"])
    with pytest.raises(KeyError):
        figure_beside(5, handshake())
