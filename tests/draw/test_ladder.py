"""The ladder diagram: every fate drawn, nothing over anything, time to scale."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.draw import ladder
from helpers.draw.drawing import Drawing, Line, Shape, Text
from helpers.draw.ladder import Ladder
from helpers.errors import CourseError
from helpers.trace import WIRE, Call, Frame, HostInfo, Mark, SocketRow, Source, Table, Trace, TraceError, load
from tests.draw.geometry import faults
from tests.traces import MILLISECOND, SAMPLES, SECOND, Script


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


@pytest.mark.parametrize("time", ["event", "scale"])
@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_can_be_read(name, time):
    drawing = ladder(SAMPLES[name], time=time, title=f"The sample {name}").drawing
    assert faults(drawing) == []
    assert f"{len(SAMPLES[name].segments())} segments between" in drawing.alt


@pytest.mark.parametrize("options", [{"calls": False}, {"states": False}, {"absolute": True}])
def test_every_choice_can_be_read(life, options):
    assert faults(ladder(life, **options).drawing) == []


def test_other_protocols_are_drawn_on_request(life):
    drawing = ladder(life, protocols=("tcp", "arp")).drawing
    assert sum("ARP" in word for word in words(drawing)) == 2
    assert faults(drawing) == []


def test_datagrams_are_drawn_with_port_and_bytes(script):
    script.udp_socket("server", 1, "10.0.0.2", 40002)
    script.datagram("client", 51234, 40002, bytes(36))
    script.datagram("server", 40002, 51234, bytes(28), fate="dropped")
    drawing = ladder(script.trace(), protocols=("udp",)).drawing
    assert {"UDP to 40002, 36 bytes", "UDP to client-port, 28 bytes"} <= set(words(drawing))
    assert drawing.alt == "Ladder diagram of 2 frames between client and server, 1 of them lost."
    assert faults(drawing) == []


def test_a_lessons_words_are_in_the_picture_and_in_the_text(script):
    script.datagram("client", 40001, 40002, b"call")
    script.datagram("server", 40002, 40001, b"reply")
    told = "call xid 7: add(2, 40), in a row of words so long that the hosts must make way for it all"
    picture = ladder(
        script.trace(), protocols=("udp",), label=lambda frame: told if frame.data.endswith(b"call") else None
    )
    long, usual = (item.text for item in picture.drawing.texts() if item.text.startswith(("call", "UDP")))
    assert long == told and usual == "UDP to client-port, 5 bytes"
    assert f" {long} " in picture.text and f" {usual} " in picture.text
    assert faults(picture.drawing) == []


def test_a_late_frame_has_the_lessons_words_where_it_arrives(script):
    script.segment("client", "S", 0, fate="duplicated", after=(60_000, 900_000))
    drawing = ladder(script.trace(), label=lambda frame: "first try").drawing
    assert {"first try", "copy: first try"} <= set(words(drawing))


@pytest.mark.parametrize("absolute", [False, True])
def test_a_lesson_is_asked_once_for_each_frame(life, absolute):
    asked: list[Frame] = []
    picture = ladder(life, absolute=absolute, label=lambda frame: asked.append(frame) or f"number {len(asked)}")
    assert len(asked) == len(set(asked)) == 18
    assert "number 18" in words(picture.drawing) and "number 18" in picture.text


def test_a_delivered_segment_is_one_arrow_from_lifeline_to_lifeline(script):
    script.segment("client", "S", 0)
    drawing = ladder(script.trace()).drawing
    (arrow,) = arrows(drawing)
    (begin, above), (end, below) = arrow.points
    assert (begin, end) == (at(drawing, "client").x, at(drawing, "server").x)
    assert above < below


def test_a_segment_of_the_server_points_to_the_client(script):
    script.segment("server", "R", 0)
    (arrow,) = arrows(ladder(script.trace()).drawing)
    assert arrow.points[0][0] > arrow.points[1][0]


def test_a_lost_segment_ends_halfway_dashed_with_a_cross_and_the_word(script):
    drawing = one(script, "dropped")
    assert arrows(drawing) == []
    (dashed,) = [item for item in drawing.items if isinstance(item, Line) and item.dash == (7, 5)]
    middle = (at(drawing, "client").x + at(drawing, "server").x) / 2
    assert dashed.points[1][0] == middle
    assert (
        sum(isinstance(item, Line) and item.role == "lost" and not item.dash for item in drawing.items) == 2
    )
    assert "lost" in words(drawing)


def test_a_held_segment_stops_with_a_pause_mark_and_the_word(script):
    drawing = one(script, "held")
    assert arrows(drawing) == []
    bars = [
        item for item in drawing.items if isinstance(item, Line) and item.role == "held" and item.width == 3
    ]
    assert len(bars) == 2
    assert "held" in words(drawing)


@pytest.mark.parametrize(
    ("fate", "note", "late"),
    [
        ("released", "held", "released"),
        ("delayed", "delayed", "arrives late"),
        ("reordered", "held back", "overtaken"),
    ],
)
def test_a_kept_segment_waits_and_goes_on_later(script, fate, note, late):
    drawing = one(script, fate, after=(200 * MILLISECOND,))
    (arrow,) = arrows(drawing)
    label = at(drawing, f"{late}: SYN seq=0")
    assert arrow.points[1][0] == at(drawing, "server").x
    assert arrow.points[0][1] == label.y - 4 > at(drawing, "meanwhile").y
    assert note in words(drawing)


def test_a_kept_segment_takes_one_row_if_nothing_happened_meanwhile(script):
    script.segment("client", "S", 0, fate="released", after=(50_000,))
    drawing = ladder(script.trace()).drawing
    assert len(arrows(drawing)) == 1
    assert "held" in words(drawing)
    assert not any(word.startswith("released") for word in words(drawing))


def test_a_duplicated_segment_arrives_twice(script):
    drawing = one(script, "duplicated", after=(60_000, SECOND))
    assert len(arrows(drawing)) == 2
    assert {"delivered twice", "copy: SYN seq=0"} <= set(words(drawing))


def test_a_damaged_segment_arrives_with_a_note(script):
    drawing = one(script, "damaged")
    (arrow,) = arrows(drawing)
    assert arrow.points[1][0] == at(drawing, "server").x
    assert "damaged" in words(drawing)


def test_damaged_segments_that_cross_are_no_kept_ones(script):
    script.segment("client", "S", 0, fate="damaged", after=(150_000,))
    script.segment("server", "S", 0, fate="damaged", after=(150_000,))
    drawing = ladder(script.trace()).drawing
    assert len(arrows(drawing)) == 2 and words(drawing).count("damaged") == 2
    assert not any(isinstance(item, Line) and item.role == "held" for item in drawing.items)


def test_a_segment_too_long_for_its_receiver_is_lost(script):
    picture = one(script, "too long", after=())
    assert arrows(picture) == [] and "lost" in words(picture)


def test_a_host_between_others_shows_all_its_addresses():
    """It is a router; the others' first one says enough."""
    router = HostInfo("router", ("10.0.0.254", "10.0.1.254"))
    hosts = (HostInfo("a", ("10.0.0.1", "10.0.0.7")), router, HostInfo("b", ()))
    drawing = ladder(Trace(hosts, Source(True, "Linux 6.18.1", "2026-01-31"))).drawing
    assert {"10.0.0.1", "10.0.0.254 10.0.1.254"} <= set(words(drawing))


def test_an_injected_segment_begins_at_a_diamond_in_the_middle(script):
    drawing = one(script, "injected")
    (arrow,) = arrows(drawing)
    assert arrow.points[0][0] == (at(drawing, "client").x + at(drawing, "server").x) / 2
    assert sum(isinstance(item, Shape) for item in drawing.items) == 1
    assert "injected by the wire" in words(drawing)


def test_crossing_segments_cross(script):
    script.segment("client", "S", 0, after=(150_000,))
    script.segment("server", "S", 0, after=(150_000,))
    first, second = arrows(ladder(script.trace()).drawing)
    assert first.points[0][1] < second.points[0][1] < second.points[1][1] < first.points[1][1]


def test_a_long_wait_is_long_only_to_scale(script):
    script.segment("client", "S", 0, fate="dropped")
    script.wait(1.0)
    script.segment("client", "S", 0)
    trace = script.trace()
    gaps = {}
    for time in ("event", "scale"):
        first, second = (
            text.y for text in ladder(trace, time=time).drawing.texts() if text.text == "SYN seq=0"
        )
        gaps[time] = second - first
    assert gaps["event"] < 60
    assert gaps["scale"] > 300
    assert {"0.2 s", "0.8 s"} <= set(words(ladder(trace, time="scale").drawing))
    assert not any(word.endswith("0.2 s") for word in words(ladder(trace).drawing))


def test_the_margin_tells_when_each_segment_set_off(script):
    script.segment("client", "S", 0, fate="dropped")
    script.wait(1.0)
    script.segment("client", "S", 0)
    assert {"0.0 ms", "1.0001 s"} <= set(words(ladder(script.trace()).drawing))


def test_calls_stand_beside_their_host(life):
    drawing = ladder(life).drawing
    assert at(drawing, "bind() = 0").anchor == "start"
    assert at(drawing, "connect() …").y < at(drawing, "connect() = 0").y
    assert at(drawing, "connect() = 0").x < at(drawing, "client").x
    assert "bind() = EADDRINUSE" in words(drawing)
    assert not any("()" in word for word in words(ladder(life, calls=False).drawing))


def test_states_stand_beside_their_host_in_the_order_in_which_they_were_seen(life):
    drawing = ladder(life).drawing
    right = [text for text in drawing.texts() if text.x > at(drawing, "server").x and text.text.isupper()]
    assert [text.text for text in sorted(right, key=lambda text: text.y)] == [
        "CLOSED", "LISTEN", "SYN-RECEIVED", "ESTABLISHED", "CLOSE-WAIT", "LAST-ACK", "LISTEN",
    ]  # fmt: skip
    assert "SYN-RECEIVED" not in words(ladder(life, states=False).drawing)


def test_hosts_choose_the_order_of_the_lifelines(life):
    drawing = ladder(life, hosts=["server", "client"]).drawing
    assert at(drawing, "server").x < at(drawing, "client").x
    assert faults(drawing) == []


def test_source_and_title_stand_on_every_picture(life):
    picture = ladder(life, title="A life")
    assert {"A life", "[live on Linux 6.18.1, 2026-01-31]"} <= set(words(picture.drawing))
    recorded = ladder(SAMPLES["recorded"])
    assert "[recorded on Linux 5.15.0, 2025-12-01]" in words(recorded.drawing)


def test_without_segments_the_picture_says_so():
    assert "No TCP segment crossed the wire." in words(ladder(SAMPLES["none"]).drawing)
    assert "No UDP frame crossed the wire." in words(ladder(SAMPLES["none"], protocols=("udp",)).drawing)


def test_a_picture_up_to_a_moment_shows_what_was_known_then(life):
    laid_out = Ladder(life)
    mark = next(mark.time for mark in life.marks if mark.label.startswith("client is"))
    then = laid_out.drawing(until=mark)
    assert then.height < laid_out.drawing().height
    assert "held" in words(then)
    assert not any(word.startswith("released") for word in words(then))
    assert faults(then) == []


def test_what_is_new_is_thick_and_bold(life):
    laid_out = Ladder(life)
    since = life.frames[4].sent
    drawing = laid_out.drawing(since=since)
    new = [item for item in drawing.items if isinstance(item, Line) and item.role == "new"]
    assert new
    assert all(item.width >= 3 or item.dash for item in new)
    assert at(drawing, "SYN ACK seq=0 ack=1").bold is False
    assert at(drawing, "RST seq=9999").bold is True
    assert faults(drawing) == []


def test_a_picture_that_grows_keeps_its_columns(life):
    laid_out = Ladder(life)
    begin = life.frames[0].sent
    assert at(laid_out.drawing(until=begin), "server").x == at(laid_out.drawing(), "server").x


def test_wrong_arguments_are_told():
    with pytest.raises(TraceError, match="no host 'nobody' in this trace; it has client, server"):
        ladder(SAMPLES["life"], hosts=["nobody"])
    with pytest.raises(CourseError, match="no time='loud'; a ladder is drawn by 'event' or to 'scale'"):
        ladder(SAMPLES["life"], time="loud")


HOSTS = ("a", "b", "c")
KEEPING = ("released", "delayed", "duplicated", "reordered")
FATES = ("delivered", "dropped", "held", *KEEPING, "injected", "too long", "damaged")
SEGMENTS = [frame.data for frame in SAMPLES["life"].frames] + [b"", b"\x00" * 60]
TIMES = st.integers(0, 3 * SECOND)


@st.composite
def frames(draw) -> Frame:
    fate = draw(st.sampled_from(FATES))
    sent = draw(TIMES)
    receiver = draw(st.sampled_from(HOSTS))
    sender = (
        WIRE if fate == "injected" else draw(st.sampled_from([host for host in HOSTS if host != receiver]))
    )
    count = {"dropped": 0, "too long": 0, "held": 0, "duplicated": 2}.get(fate, 1)
    arrivals = sorted(sent + draw(TIMES) for _ in range(count))
    return Frame(sent, sender, receiver, draw(st.sampled_from(SEGMENTS)), tuple(arrivals), fate)


@st.composite
def traces(draw) -> Trace:
    times = st.lists(TIMES, max_size=4)
    rows = st.lists(
        st.builds(
            SocketRow, st.just("10.0.0.1:40000"), st.just("10.0.0.2:80"),
            st.sampled_from(["LISTEN", "SYN-SENT", "ESTABLISHED", "CLOSING"]), *[st.just(0)] * 2,
            st.just(""), st.just(0.0), *[st.just(0)] * 2,
        ),
        max_size=2,
    )  # fmt: skip
    name = st.sampled_from(HOSTS)
    calls = [
        Call(
            time,
            draw(st.one_of(st.none(), st.just(time + draw(TIMES)))),
            draw(name),
            "recv",
            "10",
            "b''",
            "",
            1,
            5,
        )
        for time in draw(times)
    ]
    return Trace(
        tuple(HostInfo(host, ("10.0.0.1",)) for host in HOSTS[: draw(st.integers(1, 3))]),
        Source(draw(st.booleans()), "Linux 6.18.1", "2026-01-31"),
        tuple(draw(st.lists(frames(), max_size=8))),
        tuple(calls),
        tuple(Table(time, draw(name), tuple(draw(rows))) for time in draw(times)),
        tuple(Mark(time, f"mark {number}") for number, time in enumerate(draw(times))),
    )


@settings(deadline=None, max_examples=60)
@given(trace=traces(), time=st.sampled_from(["event", "scale"]))
def test_any_trace_can_be_drawn_and_read(trace, time):
    picture = ladder(trace, time=time)
    assert faults(picture.drawing) == []
    assert str(trace.source) in picture.text


@settings(deadline=None, max_examples=15)
@given(trace=traces())
def test_a_saved_trace_draws_the_same_picture(trace, tmp_path_factory):
    path = tmp_path_factory.mktemp("recording") / "any"
    trace.save(path)
    again = load(path)
    assert ladder(again).text.splitlines()[:-1] == ladder(trace).text.splitlines()[:-1]


def test_absolute_numbers_are_in_the_picture_and_not_in_the_text(life):
    absolute, relative = ladder(life, absolute=True), ladder(life)
    assert absolute.text == relative.text
    assert any("1000000" in item.text for item in absolute.drawing.items if hasattr(item, "text"))
    assert not any("1000000" in item.text for item in relative.drawing.items if hasattr(item, "text"))
