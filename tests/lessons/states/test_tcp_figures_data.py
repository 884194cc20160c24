"""The figures as data are those that the model plays line by line, in test_tcp_figures.py, as RFC 9293 prints them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from helpers.fields.segment import flag_set
from helpers.fields.tcp_states import STATES
from helpers.lessons.states.tcp_figures import FIGURES, LATER, OLD, Figure

PLAYED = (Path(__file__).parent / "test_tcp_figures.py").read_text()
PRINTED = re.compile(
    r"\"\S*\s*(-->|<--|\.\.\.)\s+<SEQ=(\d+)>(?:<ACK=(\d+)>)?(<DATA=\d+>)?<CTL=([A-Z,]+)>\s+(-->|<--|\.\.\.)[^\"]*\"(.*)"
)


def printed(number: int) -> list[tuple[str, str]]:
    """(arrows, segment) of each line of a figure in that file; what is beyond the figure is left out."""
    part = PLAYED.partition(f"def test_figure_{number}_")[2].partition("\ndef test_")[0]
    lines = []
    for line in part.splitlines():
        if (match := PRINTED.search(line)) and "beyond the figure" not in match[7]:
            near_a, seq, ack, data, control, near_b, _ = match.groups()
            segment = f"{control.replace(',', ' ')} seq={seq}{f' ack={ack}' if ack else ''}{' + data' if data else ''}"
            lines.append((near_a + near_b, segment))
    return lines


def as_printed(figure: Figure) -> list[tuple[str, str]]:
    arrow = {"A": "-->", "B": "<--"}
    lines = []
    for line in figure.lines:
        sent = arrow[line.sender] if line.way != OLD else "..."
        came = arrow[line.sender] if line.way != LATER else "..."
        lines.append((sent + came if line.sender == "A" else came + sent, line.segment))
    return lines


STATES_PRINTED = {
    6: ["2 SYN-SENT|SYN-RECEIVED", "3 ESTABLISHED|SYN-RECEIVED", "4 ESTABLISHED|ESTABLISHED",
        "5 ESTABLISHED|ESTABLISHED"],
    7: ["2 SYN-SENT|", "3 SYN-RECEIVED|SYN-SENT", "4 |SYN-RECEIVED", "5 SYN-RECEIVED|", "6 ESTABLISHED|SYN-RECEIVED",
        "7 |ESTABLISHED"],
    8: ["2 SYN-SENT|", "3 (duplicate)|SYN-RECEIVED", "4 SYN-SENT|SYN-RECEIVED", "5 SYN-SENT|LISTEN", "6 |SYN-RECEIVED",
        "7 ESTABLISHED|SYN-RECEIVED", "8 ESTABLISHED|ESTABLISHED"],
    9: ["3 SYN-SENT|(??)", "4 (!!)|ESTABLISHED", "5 SYN-SENT|(Abort!!)", "7 SYN-SENT|"],
    10: ["2 (??)|ESTABLISHED", "3 |(ABORT!!)"],
    11: ["2 |SYN-RECEIVED", "3 (??)|SYN-RECEIVED", "4 |(return to LISTEN!)"],
    12: ["2 FIN-WAIT-1|CLOSE-WAIT", "3 FIN-WAIT-2|CLOSE-WAIT", "4 TIME-WAIT|LAST-ACK", "5 TIME-WAIT|CLOSED"],
    13: ["2 FIN-WAIT-1|FIN-WAIT-1", " |", " |", "3 CLOSING|CLOSING", " |", " |"],
}  # fmt: skip
"""Line number, state of A, state of B: each printed line with a segment."""


@pytest.mark.parametrize("number", FIGURES)
def test_states_stand_in_the_lines_in_which_the_rfc_prints_them(number: int) -> None:
    assert [f"{line.number} {line.a}|{line.b}" for line in FIGURES[number].lines] == STATES_PRINTED[number]


def test_figure_11_with_the_rfcs_letters() -> None:
    assert as_printed(FIGURES[11]) == [
        ("...-->", "SYN seq=Z"), ("<--<--", "SYN ACK seq=X ack=Z+1"), ("-->-->", "RST seq=Z+1"),
    ]  # fmt: skip


@pytest.mark.parametrize("number", sorted(set(FIGURES) - {11}))
def test_each_line_is_one_that_the_model_plays(number: int) -> None:
    assert as_printed(FIGURES[number]) == printed(number)


def test_there_are_the_eight_figures() -> None:
    assert list(FIGURES) == [6, 7, 8, 9, 10, 11, 12, 13]
    assert all(figure.number == number for number, figure in FIGURES.items())


@pytest.mark.parametrize("number", FIGURES)
def test_states_and_flags_are_tcps(number: int) -> None:
    for line in FIGURES[number].lines:
        assert all(state in STATES or not state or state.startswith("(") for state in (line.a, line.b))
        assert flag_set(line.segment.partition(" seq")[0])
