"""Where the twin in C cannot be had, it says why in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.lessons.which_one import Language, Measure, NotMeasured, Placement, measure, twin
from helpers.lessons.which_one.engine import Run, own_names
from helpers.lessons.which_one.results import Key

WHERE = (Measure.ROUND_TRIP, 64, Placement.ONE_CORE)


def test_no_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(twin, "COMPILER", "no-such-compiler")
    with pytest.raises(twin.NoTwin, match="no C compiler: there is no program no-such-compiler"):
        twin.build(str(tmp_path))


def test_a_compiler_that_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    compiler = tmp_path / "cc"
    compiler.write_text("#!/bin/sh\necho 'mqueue.h: No such file' >&2\necho more >&2\nexit 1\n")
    compiler.chmod(0o755)
    monkeypatch.setattr(twin, "COMPILER", str(compiler))
    with pytest.raises(twin.NoTwin, match=r"cannot build twin\.c; it says: mqueue\.h: No such file$"):
        twin.build(str(tmp_path))


def test_the_others_are_measured_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twin, "COMPILER", "no-such-compiler")
    results = measure(["pipe"], [64], [Measure.ROUND_TRIP], [Placement.ONE_CORE], list(Language), seconds=1, wanted=1)
    assert "no C compiler" in results.machine.twin
    assert results.figure("pipe", *WHERE).median > 0
    with pytest.raises(NotMeasured, match="no twin in C"):
        results.figure("pipe", *WHERE, Language.C)


@pytest.mark.parametrize("mechanism", ["ONC RPC", "door"])
def test_what_has_no_twin_says_so(mechanism: str) -> None:
    with own_names("test") as names, Run([mechanism], names, library="") as run:
        run._twin = True
        assert "no twin in C" in run.why_not(Key(mechanism, *WHERE, Language.C))
        assert run.why_not(Key(mechanism, *WHERE)) == ""
