"""The ladder diagram: every fate drawn and told, nothing over anything, time to scale, the same text on every run."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.draw import ladder
from helpers.draw.drawing import Drawing, Line, Text
from helpers.draw.ladder import Ladder
from helpers.errors import CourseError
from helpers.trace import WIRE, Call, Frame, HostInfo, Mark, SocketRow, Source, Table, Trace
from tests import traces as made
from tests.draw.geometry import faults
from tests.traces import MILLISECOND, SAMPLES, SECOND, Script, handshake


def words(drawing: Drawing) -> list[str]:
    return [text.text for text in drawing.texts()]


def at(drawing: Drawing, word: str) -> Text:
    """The first text that says this."""
    return next(text for text in drawing.texts() if text.text == word)


def arrows(drawing: Drawing) -> list[Line]:
    return [item for item in drawing.items if isinstance(item, Line) and item.arrow]


def one(script: Script, fate: str, after: tuple[int, ...] = (60_000,)) -> Drawing:
    """The drawing of one SYN with that fate, something else happening meanwhile."""
    script.segment("client", "S", 0, fate=fate, after=after)
    script.mark("meanwhile")
    return ladder(script.trace()).drawing


@pytest.mark.parametrize("look", [{}, {"time": "scale"}, {"calls": False}, {"states": False, "absolute": True}])
@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_can_be_read(name, look):
    drawing = ladder(SAMPLES[name], title=f"The sample {name}", **look).drawing
    assert faults(drawing) == []
    assert f"{len(SAMPLES[name].segments())} segments between" in drawing.alt
    assert {f"The sample {name}", str(SAMPLES[name].source)} <= set(words(drawing))


def test_every_fate_in_words(script):
    script.segment("server", "S", 0, fate="dropped")
    script.segment("server", "S", 0, fate="held")
    script.segment("client", "S", 0, fate="duplicated", after=(50_000, 90_000))
    script.segment("client", "A", 1, 1, fate="delayed", after=(90_000,))
    script.segment("client", "PA", 1, 1, b"one", fate="reordered", after=(150_000,))
    script.segment("client", "PA", 4, 1, b"two")
    script.segment("server", "R", 1, fate="injected", to="client")
    script.segment("client", "PA", 7, 1, b"six", fate="damaged")
    script.segment("client", "PA", 7, 1, b"six", fate="too long", after=())
    assert ladder(script.trace(), states=False).text.splitlines()[:-1] == [
        "client                  lost X---- SYN seq=0 ----  server",
        "client                 held ||---- SYN seq=0 ----  server",
        "client  ---- SYN seq=0 ------------------------->  server   delivered twice",
        "client  .... SYN seq=0 .........................>  server   copy",
        "client  ---- ACK seq=1 ack=1 -----------------||>  server   delayed",
        "client  ---- PSH ACK seq=1 ack=1 len=3 -------||>  server   held back",
        "client  ---- PSH ACK seq=4 ack=1 len=3 --------->  server",
        "client  .... PSH ACK seq=1 ack=1 len=3 .........>  server   overtaken",
        "client  <------------------------- RST seq=1 ---*  server   injected by the wire",
        "client  ---- PSH ACK seq=7 ack=1 len=3 --------->  server   damaged",
        "client  ---- PSH ACK seq=7 ack=1 len=3 ----X lost  server   longer than the receiver's MTU",
    ]


def test_the_text_does_not_depend_on_times_ports_and_initial_sequence_numbers(monkeypatch):
    def text(first: int, port: int, lost_for: float) -> str:
        monkeypatch.setitem(made.FIRST, "client", first)
        monkeypatch.setitem(made.PORT, "client", port)
        script = Script(now=1_800_000_000 * 1000 * MILLISECOND + port)
        handshake(script)
        script.wait(lost_for)
        script.segment("client", "PA", 1, 1, b"hello")
        return ladder(script.trace(), absolute=True).text

    assert text(5, 40_001, 0.1) == text(4_294_967_295, 51_234, 7.0)
    assert "SYN seq=1000000" in words(ladder(SAMPLES["life"], absolute=True).drawing)


@pytest.mark.parametrize(
    ("fate", "note", "late"),
    [("released", "held", "released"), ("delayed", "delayed", "arrives late"), ("reordered", "held back", "overtaken")],
)
def test_a_kept_segment_waits_and_goes_on_later(script, fate, note, late):
    drawing = one(script, fate, after=(200 * MILLISECOND,))
    (arrow,) = arrows(drawing)
    assert [x for x, _ in arrow.points] == [at(drawing, "client").x, at(drawing, "server").x]
    assert arrow.points[0][1] < at(drawing, "meanwhile").y < arrow.points[1][1] < at(drawing, f"{late}: SYN seq=0").y
    assert note in words(drawing)


@pytest.mark.parametrize("fate", ["delivered", "damaged"])
def test_crossing_segments_cross(script, fate):
    script.segment("client", "S", 0, fate=fate, after=(150_000,))
    script.segment("server", "S", 0, fate=fate, after=(150_000,))
    first, second = arrows(ladder(script.trace()).drawing)
    assert first.points[0][1] < second.points[0][1] < second.points[1][1] < first.points[1][1]


def test_a_long_wait_is_long_only_to_scale_and_the_margin_tells_when(script):
    script.segment("client", "S", 0, fate="dropped")
    script.wait(1.0)
    script.segment("client", "S", 0)
    event, scale = (ladder(script.trace(), time=time).drawing for time in ("event", "scale"))
    for drawing, wait in ((event, range(30, 60)), (scale, range(300, 500))):
        first, second = (text.y for text in drawing.texts() if text.text == "SYN seq=0")
        assert round(second - first) in wait
        assert {"0.0 ms", "1.0001 s"} <= set(words(drawing))
    assert {"0.2 s", "0.8 s"} <= set(words(scale)) and "0.2 s" not in words(event)


def test_calls_and_states_stand_beside_their_host(life):
    drawing = ladder(life).drawing
    assert at(drawing, "connect() …").y < at(drawing, "connect() = 0").y
    assert at(drawing, "connect() = 0").x < at(drawing, "client").x < at(drawing, "bind() = 0").x
    right = [text for text in drawing.texts() if text.x > at(drawing, "server").x and text.text.isupper()]
    assert [text.text for text in sorted(right, key=lambda text: text.y)] == [
        "CLOSED", "LISTEN", "SYN-RECEIVED", "ESTABLISHED", "CLOSE-WAIT", "LAST-ACK", "LISTEN",
    ]  # fmt: skip
    assert not any("()" in word for word in words(ladder(life, calls=False).drawing))
    assert "SYN-RECEIVED" not in words(ladder(life, states=False).drawing)


def test_a_picture_up_to_a_moment_keeps_its_columns_and_shows_what_was_known_then(life):
    whole = Ladder(life)
    then = whole.drawing(until=next(mark.time for mark in life.marks if mark.label.startswith("client is")))
    assert then.height < whole.drawing().height
    assert at(then, "server").x == at(whole.drawing(), "server").x
    assert "held" in words(then) and not any(word.startswith("released") for word in words(then))
    assert faults(then) == []


def test_what_is_new_is_thick_and_bold(life):
    drawing = Ladder(life).drawing(since=life.frames[4].sent)
    new = [item for item in drawing.items if isinstance(item, Line) and item.role == "new"]
    assert new and all(item.width >= 3 or item.dash for item in new)
    assert (at(drawing, "SYN ACK seq=0 ack=1").bold, at(drawing, "RST seq=9999").bold) == (False, True)


def test_another_time_is_told():
    with pytest.raises(CourseError, match="no time='loud'; a ladder is drawn by 'event' or to 'scale'"):
        ladder(SAMPLES["life"], time="loud")


HOSTS = ("a", "b", "c")
FATES = ("delivered", "dropped", "held", "released", "delayed", "duplicated", "reordered", "injected", "damaged")
SEGMENTS = [frame.data for frame in SAMPLES["life"].frames] + [b"", b"\x00" * 60]
TIMES = st.integers(0, 3 * SECOND)


@st.composite
def frames(draw) -> Frame:
    fate, sent, receiver = draw(st.sampled_from(FATES)), draw(TIMES), draw(st.sampled_from(HOSTS))
    sender = WIRE if fate == "injected" else draw(st.sampled_from([host for host in HOSTS if host != receiver]))
    count = {"dropped": 0, "held": 0, "duplicated": 2}.get(fate, 1)
    arrivals = sorted(sent + draw(TIMES) for _ in range(count))
    return Frame(sent, sender, receiver, draw(st.sampled_from(SEGMENTS)), tuple(arrivals), fate)


@st.composite
def traces(draw) -> Trace:
    times, name = st.lists(TIMES, max_size=4), st.sampled_from(HOSTS)
    states = st.sampled_from(["LISTEN", "SYN-SENT", "ESTABLISHED", "CLOSING"])
    row = st.builds(lambda state: SocketRow("10.0.0.1:40000", "10.0.0.2:80", state, 0, 0, "", 0.0, 0, 0), states)
    end = st.one_of(st.none(), TIMES)
    calls = [(time, draw(end), draw(name)) for time in draw(times)]
    return Trace(
        tuple(HostInfo(host, ("10.0.0.1",)) for host in HOSTS[: draw(st.integers(1, 3))]),
        Source(draw(st.booleans()), "Linux 6.18.1", "2026-01-31"),
        tuple(draw(st.lists(frames(), max_size=8))),
        tuple(Call(at, last and at + last, host, "recv", "10", "b''", "", 1, 5) for at, last, host in calls),
        tuple(Table(time, draw(name), tuple(draw(st.lists(row, max_size=2)))) for time in draw(times)),
        tuple(Mark(time, f"mark {number}") for number, time in enumerate(draw(times))),
    )


@settings(deadline=None, max_examples=60)
@given(trace=traces(), time=st.sampled_from(["event", "scale"]))
def test_any_trace_can_be_drawn_and_read(trace, time):
    picture = ladder(trace, time=time)
    assert faults(picture.drawing) == []
    assert str(trace.source) in picture.text
