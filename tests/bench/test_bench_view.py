"""How fast pictures are laid out and painted, and how soon a page answers a key (`make bench`)."""

from __future__ import annotations

import statistics
from pathlib import Path

from playwright.sync_api import expect, sync_playwright
from pytest_benchmark.fixture import BenchmarkFixture

from helpers.draw import ladder
from helpers.draw.ladder import Ladder
from helpers.trace import Trace
from tests.notebooks.browser import Lab, Reader, chromium
from tests.traces import Script, handshake

STEPS = 12


def twenty_segments() -> Trace:
    script = Script()
    handshake(script)
    for number in range(8):
        script.segment("client", "PA", 1 + 100 * number, 1, b"x" * 100)
        script.segment("server", "A", 1, 101 + 100 * number)
    return script.trace()


def test_ladder_of_twenty_segments_laid_out(benchmark: BenchmarkFixture) -> None:
    trace = twenty_segments()
    svg = benchmark(lambda: Ladder(trace).drawing().to_svg())
    assert svg.count("<polyline") > 20
    assert benchmark.stats.stats.median < 0.010


def test_ladder_of_twenty_segments_as_png(benchmark: BenchmarkFixture) -> None:
    drawing = ladder(twenty_segments()).drawing
    png = benchmark.pedantic(drawing.to_png, rounds=5, warmup_rounds=1)
    assert png.startswith(b"\x89PNG")
    assert benchmark.stats.stats.median < 0.080


def test_key_to_painted(benchmark: BenchmarkFixture, prepared: Path) -> None:
    """The stepper of notebook 11, from a key to the changed page; the time is that of all steps."""
    with Lab(prepared) as lab, sync_playwright() as playwright, chromium(playwright) as context:
        reader = Reader(context.new_page(), lab, "11_socket_lifecycle")
        reader.start_all()
        reader.wait_for_all()
        cell = reader.cell("stepper(")
        page = cell.locator(".widget-html:visible").last
        reader.time_answers("keydown", page)
        cell.get_by_role("slider").focus()

        def walk() -> None:
            for step in range(2, STEPS + 1):
                reader.page.keyboard.press("ArrowRight")
                expect(page).to_contain_text(f"Step {step} of {STEPS}")

        benchmark.pedantic(walk, rounds=1)
        median = statistics.median(reader.answer_times(STEPS - 1))
    lab.checkout.remove()
    benchmark.extra_info["median ms"] = round(1000 * median)
    assert median < 0.050
