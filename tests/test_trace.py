from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers.trace import (
    Call,
    Frame,
    HostInfo,
    Mark,
    SocketRow,
    Source,
    Table,
    Trace,
    TraceError,
    Transmission,
    event_time,
    load,
)
from tests.needs import installed
from tests.samples import segment_frame, trace_of

times = st.integers(0, 2**62)
texts = st.text(max_size=20)
names = st.sampled_from(["client", "server", "wire"])
frames = st.builds(
    Frame, times, names, names, st.binary(max_size=120), st.lists(times, max_size=2).map(tuple),
    st.sampled_from(["delivered", "dropped", "held", "released", "delayed", "duplicated", "reordered", "injected"]),
    st.sampled_from(["", "10.0.0.0/24"]),
)  # fmt: skip
contents = st.binary(max_size=20)
transmissions = st.builds(
    Transmission, times, st.none() | st.integers(0, 9), names, names, contents, contents,
    st.lists(contents, max_size=2).map(tuple), texts,
)  # fmt: skip
numbers = st.integers(0, 2**31)
rows = st.builds(SocketRow, texts, texts, texts, numbers, numbers, texts, st.floats(0, 1e6), numbers, numbers)
traces = st.builds(
    Trace,
    st.lists(st.builds(HostInfo, texts, st.lists(texts, max_size=2).map(tuple)), max_size=3).map(tuple),
    st.sampled_from([Source(False, "Linux 6.1", "2026-01-31"), Source(False, "", "", "RFC 9293")]),
    st.lists(frames, max_size=4).map(tuple),
    st.lists(
        st.builds(Call, times, st.none() | times, names, texts, texts, texts, texts, numbers, numbers),
        max_size=3,
    ).map(tuple),
    st.lists(st.builds(Table, times, names, st.lists(rows, max_size=2).map(tuple)), max_size=3).map(tuple),
    st.lists(st.builds(Mark, times, texts), max_size=2).map(tuple),
    st.dictionaries(texts, texts, max_size=2),
    st.lists(transmissions, max_size=2).map(tuple),
)


@given(traces)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_saved_is_loaded(tmp_path: Path, trace: Trace) -> None:
    trace.save(tmp_path / "any")
    assert load(tmp_path / "any") == trace


@given(traces)
def test_events_are_in_the_order_of_time(trace: Trace) -> None:
    events = trace.events()
    assert [event_time(e) for e in events] == sorted(event_time(e) for e in events)
    assert len(events) == len(trace.frames) + len(trace.calls) + len(trace.tables) + len(trace.marks)


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_a_damaged_recording_is_one_clear_sentence(tmp_path: Path, data: st.DataObject) -> None:
    HANDSHAKE.save(tmp_path / "broken")
    path = tmp_path / f"broken.{data.draw(st.sampled_from(['pcapng', 'json']))}"
    whole = path.read_bytes()
    cut = data.draw(st.integers(0, len(whole) - 3))
    damage = data.draw(st.binary(max_size=5))
    path.write_bytes(whole[:cut] + damage)
    try:
        loaded = load(tmp_path / "broken")
    except TraceError as error:
        assert str(error).startswith("the recording broken ") and "\n" not in str(error)
    else:
        assert loaded == replace(HANDSHAKE, source=replace(HANDSHAKE.source, live=False))


def row(local: str, remote: str, state: str) -> SocketRow:
    return SocketRow(local, remote, state, 0, 0, "", 0.0, 0, 9)


FRAMES = [
    replace(segment_frame(1_000, "SYN", seq=100), arrivals=(), fate="dropped"),
    segment_frame(2_000, "SYN", seq=100),
    segment_frame(3_000, "SYN ACK", "server", seq=500, ack=101),
    replace(segment_frame(4_000, "ACK", seq=101, ack=501), fate="released", arrivals=(1_500_004_000,)),
    Frame(5_000, "client", "server", bytes.fromhex("ffffffffffff0200000000010806") + bytes(28), (6_000,)),
]
HANDSHAKE = replace(
    trace_of(FRAMES),
    calls=(
        Call(900, 5_000, "client", "connect", "('10.0.0.2', 80)", "0", "", 1, 5),
        Call(950, None, "server", "accept", "", "", "", 1, 6),
    ),
    marks=(Mark(2_500, "middle"),),
    tables=(
        Table(500, "server", (row("10.0.0.2:80", "0.0.0.0:0", "LISTEN"),)),
        Table(3_500, "client", (row("10.0.0.1:40000", "10.0.0.2:80", "ESTABLISHED"),)),
    ),
)


def test_a_missing_recording_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="^there is no recording nowhere: nowhere.pcapng is missing$"):
        load(tmp_path / "nowhere")
    HANDSHAKE.save(tmp_path / "half")
    (tmp_path / "half.json").unlink()
    with pytest.raises(TraceError, match="half.json is missing"):
        load(tmp_path / "half")


def test_a_changed_packet_is_noticed(tmp_path: Path) -> None:
    HANDSHAKE.save(tmp_path / "changed")
    path = tmp_path / "changed.pcapng"
    whole = path.read_bytes()
    path.write_bytes(whole.replace(bytes([10, 0, 0, 2]), bytes([10, 0, 0, 3]), 1))
    with pytest.raises(TraceError, match="changed is damaged: its .pcapng is not the file that was recorded"):
        load(tmp_path / "changed")


def test_a_recording_of_another_format_is_refused(tmp_path: Path) -> None:
    HANDSHAKE.save(tmp_path / "new")
    path = tmp_path / "new.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 2}))
    with pytest.raises(TraceError, match="new has format 2; this course reads format 1"):
        load(tmp_path / "new")


def test_wireshark_reads_the_frames_with_their_comments(tmp_path: Path) -> None:
    tshark = installed("tshark")
    HANDSHAKE.save(tmp_path / "run")
    fields = ["frame.interface_name", "frame.comment", "tcp.flags.str", "frame.time_epoch"]
    command = [tshark, "-r", str(tmp_path / "run.pcapng"), "-T", "fields", *(f"-e{field}" for field in fields)]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = [line.split("\t") for line in shown.stdout.splitlines()]
    assert [line[0] for line in lines] == ["client", "client", "server", "client", "client"]
    assert [line[1] for line in lines] == ["lost on the wire", "", "", "released after 1.500 s on the wire", ""]
    assert "S" in lines[0][2] and lines[4][2] == ""
    assert [line for line in shown.stderr.splitlines() if "Running as user" not in line] == []


def test_sequence_numbers_are_relative_unless_asked_for() -> None:
    texts = ["SYN seq=0", "SYN seq=0", "SYN ACK seq=0 ack=1", "ACK seq=1 ack=1"]
    assert [str(segment) for _, segment in HANDSHAKE.segments()] == texts
    assert [segment.seq for _, segment in HANDSHAKE.segments(absolute=True)] == [100, 100, 500, 101]


def test_states_at_a_mark_and_at_the_end() -> None:
    assert HANDSHAKE.state("client", at="middle") == "CLOSED"
    assert HANDSHAKE.state("client") == "ESTABLISHED"
    assert HANDSHAKE.state("server", at="middle") == "LISTEN"
    assert HANDSHAKE.state_changes("client") == [(3_500, "ESTABLISHED")]


def test_several_connections_have_no_one_state() -> None:
    row = HANDSHAKE.tables[1].rows[0]
    both = replace(HANDSHAKE, tables=(Table(1, "client", (row, replace(row, state="TIME-WAIT"))),))
    with pytest.raises(TraceError, match="client has connections in the states ESTABLISHED, TIME-WAIT"):
        both.state("client")


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda trace: trace.state("nobody"), "no host 'nobody' in this trace; it has client, server"),
        (lambda trace: trace.state("client", at="never"), "no mark 'never' in this trace; its marks: 'middle'"),
        (lambda trace: trace.call("connect", nth=2), r"has 1 call\(s\) of connect\(\), so there is no number 2"),
        (lambda trace: trace.call("bind", host="client"), r"0 call\(s\) of bind\(\) on client"),
    ],
)
def test_asking_for_what_is_not_there(ask: Callable[[Trace], object], sentence: str) -> None:
    with pytest.raises(TraceError, match=sentence):
        ask(HANDSHAKE)


def test_calls_say_what_they_were() -> None:
    texts = ["client: connect(('10.0.0.2', 80)) = 0", "server: accept() = ..."]
    assert list(map(str, HANDSHAKE.calls)) == texts


def test_an_empty_trace() -> None:
    empty = trace_of([])
    assert (empty.start, empty.events(), empty.segments(), empty.state("client")) == (0, [], [], "CLOSED")


@pytest.mark.parametrize(
    ("fate", "arrivals", "comment"),
    [
        ("delivered", (5,), ""),
        ("held", (), "held on the wire"),
        ("duplicated", (5, 6), "delivered 2 times"),
        ("delayed", (1_000_000_000,), "delayed after 1.000 s on the wire"),
        ("injected", (5,), "injected by the wire; no host sent it"),
    ],
)
def test_comments(fate: str, arrivals: tuple[int, ...], comment: str) -> None:
    assert Frame(0, "client", "server", b"", arrivals, fate).comment == comment
