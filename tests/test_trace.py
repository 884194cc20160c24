from __future__ import annotations

import subprocess
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


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_a_damaged_recording_is_one_clear_sentence(tmp_path: Path, data: st.DataObject) -> None:
    """Cut, or with other bytes in the middle."""
    HANDSHAKE.save(tmp_path / "broken")
    path = tmp_path / f"broken.{data.draw(st.sampled_from(['pcapng', 'json']))}"
    whole = path.read_bytes()
    cut = data.draw(st.integers(0, len(whole) - 3))
    damage = data.draw(st.binary(max_size=5))
    rest = whole[cut + len(damage) :] if path.suffix == ".pcapng" and data.draw(st.booleans()) else b""
    path.write_bytes(whole[:cut] + damage + rest)
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


def test_states_at_a_mark_and_at_the_end() -> None:
    assert [HANDSHAKE.state(host, at="middle") for host in ("client", "server")] == ["CLOSED", "LISTEN"]
    assert HANDSHAKE.state("client") == "ESTABLISHED"
    assert HANDSHAKE.state_changes("client") == [(3_500, "ESTABLISHED")]
    row = HANDSHAKE.tables[1].rows[0]
    both = replace(HANDSHAKE, tables=(Table(1, "client", (row, replace(row, state="TIME-WAIT"))),))
    with pytest.raises(TraceError, match="client has connections in the states ESTABLISHED, TIME-WAIT"):
        both.state("client")


def test_an_empty_trace() -> None:
    empty = trace_of([])
    assert (empty.start, empty.segments(), empty.state("client")) == (0, [], "CLOSED")
