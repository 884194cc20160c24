"""Python beside C: live where there is a compiler, else recorded, and it says which."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.lab.recordings import FOLDER, RECORD_TO
from helpers.lessons.which_one import Measure, Placement, Results, beside_c, load, twin
from helpers.lessons.which_one.mechanisms import KINDS
from helpers.lessons.which_one.recorded import NAME
from tests.lessons.which_one.pairs import twin as need_compiler

WHERE = (Measure.ROUND_TRIP, 64, Placement.ONE_CORE)


def quick() -> Results:
    return beside_c(["pipe"], [64], measures=[Measure.ROUND_TRIP], placements=[Placement.ONE_CORE], seconds=3, wanted=2)


def test_a_live_run_is_kept_where_that_is_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    need_compiler(tmp_path)
    monkeypatch.setenv(RECORD_TO, str(tmp_path / "new"))
    live = quick()
    assert not live.recorded and live.python_over_c("pipe", *WHERE) > 0
    assert load(tmp_path / "new" / NAME) == live
    assert live.source.startswith("[live on Linux ")


def test_without_a_compiler_it_is_the_recording(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(twin, "COMPILER", "no-such-compiler")
    monkeypatch.setenv(RECORD_TO, str(tmp_path / "new"))
    replayed = quick()
    assert replayed.recorded and replayed.source.startswith("[recorded on Linux ")
    assert not (tmp_path / "new").exists()  # a replayed one is not recorded again


def test_the_recording_holds_what_it_is_for() -> None:
    """Figures of both languages that another run on another machine would not contradict by an order of magnitude."""
    recording = load(FOLDER / NAME)
    assert recording.machine.twin == "" and "Linux" in str(recording.machine)
    names = recording.mechanisms()
    assert set(names) <= set(KINDS) and {"pipe", "TCP"} <= set(names)
    for name in names:
        assert 0.5 < recording.python_over_c(name, *WHERE) < 5
        assert not recording.figure(name, *WHERE).busy
