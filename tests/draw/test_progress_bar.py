from __future__ import annotations

from helpers.draw.progress_bar import ProgressBar


def test_the_bar_tells_the_same_in_words() -> None:
    bar = ProgressBar("measuring")
    assert repr(bar) == "[a bar that fills: measuring]"
    for part, words in ((0.0, "0 of 100"), (0.42, "42 of 100"), (1.0, "done")):
        bar(part)
        assert bar.text() == words
