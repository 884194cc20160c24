from __future__ import annotations

from dataclasses import replace

import pytest

from helpers.lessons.states.figure_ladders import figure_beside, run_lines
from helpers.lessons.states.tcp_figures import FIGURES, HERE, LATER, OLD, Line
from helpers.trace import WIRE, Frame, HostInfo, Mark, SocketRow, Source, Table, Trace
from tests.samples import segment_frame

A, B = "10.0.0.1", "10.0.0.2"
STEP = 1000


def frame(time: int, sender: str, flags: str, seq: int, ack: int = 0, arrives: int | None = None, **more: int) -> Frame:
    """A segment between A and B; it arrives 10 later unless the wire keeps it until `arrives`."""
    end = "server" if sender == "B" else "client"
    made = segment_frame(time, flags, end, seq, ack, payload=b"data" * more.get("data", 0))
    ends = ("B", "A") if sender == "B" else ("A", "B")
    return replace(
        made, sender=WIRE if sender == "wire" else ends[0], receiver=ends[1],
        arrivals=(time + 10 if arrives is None else arrives,), fate="delivered" if arrives is None else "released",
    )  # fmt: skip


def row(state: str) -> SocketRow:
    return SocketRow(f"{A}:1", f"{B}:2", state, 0, 0, "", 0.0, 0, 1)


def trace(frames: list[Frame], states: list[tuple[int, str, str]] = (), begin: int = 0) -> Trace:  # type: ignore[assignment]
    return Trace(
        (HostInfo("A", (A,)), HostInfo("B", (B,))), Source(True, "Linux 6.18.1", "2026-01-31"), tuple(frames),
        tables=tuple(Table(time, host, (row(state),)) for time, host, state in states),
        marks=(Mark(begin, "begin"),) if begin else (),
    )  # fmt: skip


HANDSHAKE = [
    frame(1000, "A", "SYN", 7_000_000),
    frame(2000, "B", "SYN ACK", 9_000_000, 7_000_001),
    frame(3000, "A", "ACK", 7_000_001, 9_000_001),
]


def test_the_runs_numbers_are_the_rfcs() -> None:
    lines = run_lines(FIGURES[6], trace([*HANDSHAKE, frame(4000, "A", "PSH ACK", 7_000_001, 9_000_001, data=1)]))
    assert [line.segment for line in lines] == [line.segment for line in FIGURES[6].lines]
    assert {line.way for line in lines} == {HERE}


def test_numbers_wrap_around() -> None:
    wrapping = [frame(1000, "A", "SYN", 2**32 - 1), frame(2000, "B", "SYN ACK", 5, 0)]
    lines = run_lines(FIGURES[6], trace(wrapping))
    assert [line.segment for line in lines] == ["SYN seq=100", "SYN ACK seq=300 ack=101"]


def test_where_the_rfc_writes_letters_so_does_the_run() -> None:
    eleven = [
        frame(2000, "wire", "SYN", 499_990, arrives=2000),
        frame(3000, "B", "SYN ACK", 1_000_000, 499_991),
        frame(4000, "A", "RST", 499_991),
    ]
    assert [line.segment for line in run_lines(FIGURES[11], trace(eleven))] == [
        "SYN seq=Z", "SYN ACK seq=X ack=Z+1", "RST seq=Z+1",
    ]  # fmt: skip


def test_a_second_connection_and_an_old_syn_have_numbers_of_their_own() -> None:
    eight = [
        frame(1000, "A", "SYN", 500_000, arrives=9000),
        frame(2000, "wire", "SYN", 499_990, arrives=2000),
        frame(3000, "B", "SYN ACK", 1_000_000, 499_991),
        frame(4000, "A", "RST", 499_991),
        frame(9500, "B", "SYN ACK", 3_000_000, 500_001),
    ]
    assert [(line.way, line.segment) for line in run_lines(FIGURES[8], trace(eight))] == [
        (LATER, "SYN seq=100"), (OLD, "SYN seq=90"), (HERE, "SYN ACK seq=300 ack=91"), (HERE, "RST seq=91"),
        (OLD, "SYN seq=100"), (HERE, "SYN ACK seq=400 ack=101"),
    ]  # fmt: skip


def test_a_slow_wire_keeps_nothing() -> None:
    slow = replace(frame(3000, "A", "ACK", 7_000_001, 9_000_001), arrivals=(3500,))
    following = replace(frame(3100, "A", "PSH ACK", 7_000_001, 9_000_001, data=1), arrivals=(3600,))
    lines = run_lines(FIGURES[6], trace([*HANDSHAKE[:2], slow, following]))
    assert [(line.way, line.segment) for line in lines] == [(HERE, line.segment) for line in FIGURES[6].lines]


def test_a_number_of_no_connection_is_no_number() -> None:
    strange = [*HANDSHAKE, frame(4000, "B", "RST ACK", 0, 7_000_001), frame(5000, "B", "RST", 77_000_000)]
    lines = run_lines(FIGURES[6], trace(strange))
    assert [line.segment for line in lines[-2:]] == ["RST ACK seq=0 ack=101", "RST seq=?"]


def test_what_came_before_the_mark_is_left_out_but_counts() -> None:
    lines = run_lines(FIGURES[12], trace([*HANDSHAKE, frame(5000, "A", "FIN ACK", 7_000_001, 9_000_001)], begin=4000))
    assert [line.segment for line in lines] == ["FIN ACK seq=100 ack=300"]


def test_states_are_those_before_the_next_effect() -> None:
    states = [(900, "A", "CLOSED"), (1005, "A", "SYN-SENT"), (1011, "B", "SYN-RECEIVED"), (2011, "A", "ESTABLISHED"),
              (3011, "B", "ESTABLISHED")]  # fmt: skip
    lines = run_lines(FIGURES[6], trace(HANDSHAKE, states))
    assert [(line.a, line.b) for line in lines] == [
        ("SYN-SENT", "SYN-RECEIVED"), ("ESTABLISHED", "SYN-RECEIVED"), ("ESTABLISHED", "ESTABLISHED"),
    ]  # fmt: skip


def test_the_same_segments_stand_side_by_side_and_others_say_so() -> None:
    more = [*HANDSHAKE, frame(4000, "B", "ACK", 9_000_001, 7_000_001)]
    text = figure_beside(6, trace(more)).text
    title = "Basic three-way handshake for connection synchronization"
    assert text.startswith(f"RFC 9293, figure 6: {title} (section 3.5)\n")
    assert "run  CLOSED        <-- ACK seq=301 ack=101            <-- CLOSED   (not in the figure)" in text
    assert [line.split()[-4:] for line in text.splitlines() if "+ data" in line] == [["(not", "in", "this", "run)"]]
    assert text.count("RFC  ") == 4 and text.count("run  ") == 4
    assert text.endswith("[live on Linux 6.18.1, 2026-01-31]")


def test_a_line_at_another_moment_says_so_on_both_sides() -> None:
    early = [frame(1000, "A", "SYN", 7_000, arrives=6000), frame(2000, "B", "SYN", 9_000),
             frame(3000, "A", "SYN ACK", 7_000, 9_001, arrives=8000)]  # fmt: skip
    text = figure_beside(7, trace(early)).text
    assert "(at another moment in this run)" in text and "(at another moment in the figure)" in text


def test_every_figure_can_be_drawn_and_has_words_for_who_cannot_see() -> None:
    for number, figure in FIGURES.items():
        picture = figure_beside(number, trace(HANDSHAKE))
        assert f"figure {number}: {figure.title}" in picture.drawing.alt
        assert {line.segment for line in figure.lines} <= {text.text for text in picture.drawing.texts()}
        assert picture.drawing.to_png().startswith(b"\x89PNG")


def test_words_stay_on_the_picture_and_apart() -> None:
    picture = figure_beside(7, trace(HANDSHAKE)).drawing
    for text in picture.texts():
        left, top, right, bottom = text.extent
        assert left >= 0 and right <= picture.width and top >= 0 and bottom <= picture.height, text


def test_an_unknown_figure_is_refused() -> None:
    with pytest.raises(KeyError):
        figure_beside(14, trace([]))


def test_lines_know_what_departs_and_arrives() -> None:
    ways = {way: (line.departs, line.arrives) for way in (HERE, LATER, OLD) if (line := Line("", "", "A", "", "", way))}
    assert ways == {HERE: (True, True), LATER: (True, False), OLD: (False, True)}
