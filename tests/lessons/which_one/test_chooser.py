"""The panel that chooses a mechanism."""

from __future__ import annotations

import time

import pytest

from helpers.lessons.which_one.chooser import NoSuchSize, chooser
from helpers.lessons.which_one.properties import ALL, NEEDS, NoSuchNeed
from helpers.lessons.which_one.results import Figure, Floor, Key, Machine, Results
from helpers.lessons.which_one.slices import Measure, Placement


def results(*, busy: bool = False) -> Results:
    machine, floor = Machine("6.1", "3.11", "2026-01-01", 2, ""), Floor(1, 1, 1, {64: 1.0})
    made = Results(machine, floor)
    for number, name in enumerate(reversed(ALL)):
        for size in (64, 65536):
            for measure in Measure:
                median = 1000.0 * (number + 1) * (size // 64)
                key = Key(name, measure, size, Placement.ONE_CORE)
                made.figures[key] = Figure(median, median, median, median, 0 if busy else 9, 0)
    return made


@pytest.fixture
def panel():
    return chooser(results())


def test_without_needs_all_fit(panel):
    assert panel.fits == ALL and panel.excluded == {}


def test_each_need_excludes_with_its_reason(panel):
    for need in NEEDS:
        panel.choose(need.key)
        assert panel.fits == tuple(name for name in ALL if name not in need.without)
        assert panel.excluded == dict(need.without) and panel.needs == (need,)
        assert need.source in panel.text() and f"notebook {need.evidence[:2]}" in panel.text()


def test_all_needs_must_be_met_and_all_reasons_are_told(panel):
    panel.choose("boundaries", "network", "no_loss")
    assert panel.fits == ("ONC RPC",)
    assert panel.excluded["pipe"].count(";") == 1 and "half a message" in panel.excluded["pipe"]


def test_choosing_replaces_what_was_chosen(panel):
    panel.choose("network")
    assert panel.choose("urgent").fits == ("POSIX queue", "System V queue")
    assert panel.choose().fits == ALL


def test_the_figures_are_those_of_the_size_and_the_fastest_comes_first(panel):
    lines = panel.choose("urgent", size=64).text().splitlines()
    rows = [line.split("  ")[0] for line in lines if "µs" in line]
    assert rows == ["System V queue", "POSIX queue"]
    small = panel.text()
    assert panel.choose("urgent", size=65536).text() != small and "64 KiB" in panel.text()


def test_boxes_and_slider_do_the_same(panel):
    panel._boxes["network"].value = True
    panel._size.value = 65536
    assert panel.fits == ("TCP", "UDP", "ONC RPC") and "64 KiB" in panel.text()
    assert "<b>pipe</b>: it is an object of one kernel" in panel._answer.value
    assert 'href="11_socket_lifecycle.ipynb"' in panel._answer.value


def test_what_is_not_measured_is_a_dash_and_comes_last(panel):
    del panel._results.figures[Key("System V queue", Measure.ROUND_TRIP, 64, Placement.ONE_CORE)]
    rows = [line for line in panel.choose("urgent", size=64).text().splitlines() if "queue" in line and "02" in line]
    assert rows[1].startswith("System V queue") and " - " in rows[1]


def test_a_busy_machine_is_named():
    assert "(busy machine)" in chooser(results(busy=True)).text()


def test_unknown_needs_and_sizes_change_nothing(panel):
    panel.choose("network")
    with pytest.raises(NoSuchNeed, match="no need 'speed'.*strangers"):
        panel.choose("speed")
    with pytest.raises(NoSuchSize, match="no figures of 65 bytes; the sizes measured are 64, 65536"):
        panel.choose("urgent", size=65)
    assert [need.key for need in panel.needs] == ["network"]


def test_without_figures():
    empty = results()
    empty.figures.clear()
    with pytest.raises(NoSuchSize, match="measure"):
        chooser(empty)


def test_its_bundle_has_a_picture_and_a_text_without_figures(panel):
    bundle, metadata = panel._repr_mimebundle_()
    assert bundle["image/png"].startswith(b"\x89PNG") and bundle["text/plain"] == panel.instructions()
    assert "application/vnd.jupyter.widget-view+json" in bundle and metadata["image/png"]["alt"]


def test_all_of_the_picture_is_within_it(panel):
    for keys in ((), ("strangers", "boundaries", "outlives"), tuple(need.key for need in NEEDS)):
        drawing = panel.choose(*keys).picture()
        for text in drawing.texts():
            left, top, right, bottom = text.extent
            assert left >= 0 and top >= 0 and right <= drawing.width and bottom <= drawing.height, text


def test_it_answers_at_once(panel):
    taken = []
    for need in NEEDS:
        begin = time.perf_counter()
        panel._boxes[need.key].value = True
        taken.append(time.perf_counter() - begin)
    assert min(taken) < 0.1
