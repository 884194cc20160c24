"""The table of verdicts, its panel and its chart."""

from __future__ import annotations

import pytest

from helpers.errors import CourseError
from helpers.lessons.claims import CLAIMS, Finding, Verdict
from helpers.lessons.claims.verdicts import Verdicts


@pytest.fixture
def verdicts() -> Verdicts:
    """Made up: by turns a case for it, one for it and one against it, one against it. Four of those with both have no
    condition, and C07 has a case against it that is only read of."""
    pairs = [(True, False), (True, True), (False, True)]
    return Verdicts([Finding(claim, *pairs[n % 3]) for n, claim in enumerate(CLAIMS.values())])


def test_each_claim_has_a_row_with_a_link(verdicts: Verdicts) -> None:
    shown = verdicts._repr_mimebundle_()
    for claim in CLAIMS.values():
        assert claim.seen_in is not None
        assert shown["text/plain"].count(f"{claim.id}  ") == 1
        assert claim.seen_in.link in shown["text/html"]


def test_they_are_counted(verdicts: Verdicts) -> None:
    counts = {Verdict.HOLDS: 13, Verdict.HOLDS_IF: 10, Verdict.LOOSE: 4, Verdict.WRONG: 13, Verdict.UNDECIDED: 0}
    assert verdicts.counts() == counts
    assert [found.claim.id for found in verdicts.of(Verdict.WRONG)][:2] == ["C03", "C06"]


def test_the_rows_of_one_verdict(verdicts: Verdicts) -> None:
    text = verdicts.show("wrong").text
    assert "C03" in text and "C06" in text and "C01" not in text and "C02" not in text


def test_no_row_is_said(verdicts: Verdicts) -> None:
    assert Verdicts(verdicts.of(Verdict.HOLDS)).show("wrong").text == "none"


def test_an_unknown_verdict_is_one_sentence(verdicts: Verdicts) -> None:
    with pytest.raises(CourseError, match="no verdict 'true': choose one of all, holds, holds if, told loosely, wrong"):
        verdicts.show("true")


def test_a_button_and_its_twin_show_the_same(verdicts: Verdicts) -> None:
    panel = verdicts.panel()
    buttons, shown = panel.widget.children
    assert [label for label, _ in buttons.options] == [
        "all (40)", "holds (13)", "holds if (10)", "told loosely (4)", "wrong (13)",
    ]  # fmt: skip
    buttons.value = "holds"
    by_button = shown.outputs[0]["data"]
    assert "C01" in by_button["text/plain"] and "C02" not in by_button["text/plain"]
    buttons.value = "all"
    assert panel.show("holds").text == by_button["text/plain"] == shown.outputs[0]["data"]["text/plain"]


def test_the_panel_has_a_picture_before_it_is_run(verdicts: Verdicts) -> None:
    shown = verdicts.panel()._repr_mimebundle_()
    assert "C03" in shown["text/html"] and ".show('wrong')" in shown["text/plain"]


def test_the_chart_counts_in_words_too(verdicts: Verdicts) -> None:
    chart = verdicts.chart()
    first, second, *_ = str(chart).splitlines()
    assert first == "all: 13 holds, 10 holds if, 4 told loosely, 13 wrong"
    assert second == "processes: 1 holds, 1 holds if, 1 wrong"
    signs = [text.text for text in chart.drawing.texts()]
    assert [signs.count(sign) for sign in "✓◐~×"] == [13, 10, 4, 13]
    assert all(text.extent[2] <= chart.drawing.width for text in chart.drawing.texts())
