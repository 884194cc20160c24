"""How fast pictures are laid out and painted (`make bench`)."""

from __future__ import annotations

import pytest

from helpers.draw import ladder
from helpers.draw.ladder import Ladder
from helpers.trace import Trace
from tests.traces import Script, handshake


def twenty_segments() -> Trace:
    script = Script()
    handshake(script)
    for number in range(8):
        script.segment("client", "PA", 1 + 100 * number, 1, b"x" * 100)
        script.segment("server", "A", 1, 101 + 100 * number)
    return script.trace()


@pytest.fixture(scope="module")
def trace() -> Trace:
    made = twenty_segments()
    Ladder(made).drawing()  # dissected and measured once, as in a picture that grows
    return made


def test_ladder_of_twenty_segments_as_svg(benchmark, trace):
    assert len(Ladder(trace).arrows) == 20
    svg = benchmark(lambda: Ladder(trace).drawing().to_svg())
    assert svg.count("<polyline") > 20


def test_ladder_of_twenty_segments_as_text(benchmark, trace):
    text = benchmark(lambda: Ladder(trace).text())
    assert text.count("seq=") == 21  # the held one is told twice


def test_ladder_of_twenty_segments_as_png(benchmark, trace):
    png = benchmark.pedantic(lambda: ladder(trace).drawing.to_png(), rounds=5, warmup_rounds=1)
    assert png.startswith(b"\x89PNG")
