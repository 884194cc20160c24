import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.study.event_log import EventLog

WRITER = """
import sys
from pathlib import Path
from helpers.study.event_log import EventLog
log = EventLog(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for number in range(1000):
    log.append({"writer": sys.argv[2], "number": number})
"""

# The limit on a file's size makes the kernel take a part of a line only, as a full disk does.
FULL_DISK = """
import resource, sys
from pathlib import Path
from helpers.study.event_log import EventLog
log = EventLog(Path(sys.argv[1]))
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (5, hard))
log.append({"number": 1})
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
log.append({"number": 2})
print(sorted(event["number"] for event in log.read()))
"""


def test_events_come_back_in_order(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "log")
    assert log.read() == []
    for number in range(3):
        log.append({"number": number})
    assert log.read() == EventLog(tmp_path / "log").read() == [{"number": 0}, {"number": 1}, {"number": 2}]


def test_two_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "log"
    arguments = [sys.executable, "-c", WRITER, str(path)]
    pipe = subprocess.PIPE
    writers = [subprocess.Popen([*arguments, name], stdin=pipe, stdout=pipe) for name in "ab"]
    try:
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"ready\n"
        for writer in writers:  # both wait: now both go
            assert writer.stdin is not None
            writer.stdin.write(b"go\n")
            writer.stdin.flush()
        assert [writer.wait(60) for writer in writers] == [0, 0]
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()
    events = EventLog(path).read()
    for name in "ab":
        assert [event["number"] for event in events if event["writer"] == name] == list(range(1000))
    assert len(path.read_bytes().split()) == 2000  # whole lines, and none besides


def test_a_half_line_does_not_swallow_the_next_event(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b'{"number":1}\n{"number":')
    EventLog(path).append({"number": 2})
    assert EventLog(path).read() == [{"number": 1}, {"number": 2}]


def test_a_full_disk_is_said_once_and_no_event_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "log"
    run = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path)], capture_output=True, check=True, text=True, timeout=60
    )
    said, events = run.stdout.splitlines()
    assert said.startswith(f"The progress file {path} cannot be written (")
    assert events == "[1, 2]"
    assert EventLog(path).read() == [{"number": 2}]


@given(
    garbage=st.binary() | st.text().map(str.encode) | st.just(b"[" * 100_000),
    events=st.lists(st.dictionaries(st.text(), st.text() | st.booleans()), min_size=1),
)
def test_what_is_appended_to_a_damaged_file_comes_back(garbage: bytes, events: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        path.write_bytes(garbage)
        for event in events:
            EventLog(path).append(event)
        assert EventLog(path).read()[-len(events) :] == events


@pytest.mark.parametrize("line", [b"7", b'"text"', b"[]", b"null", b"\xff\xfe{}", b"{", b"", b"[" * 100_000])
def test_lines_that_are_no_object_are_skipped(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "log"
    path.write_bytes(b'{"number":1}\n' + line + b'\n{"number":2}\n')
    assert EventLog(path).read() == [{"number": 1}, {"number": 2}]


def test_where_the_file_refuses_one_sentence_and_memory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = EventLog(tmp_path)  # a directory
    log.append({"number": 1})
    log.append({"number": 2})
    assert log.read() == [{"number": 1}, {"number": 2}]
    log.clear()
    assert log.read() == []
    said = (
        f"The progress file {tmp_path} cannot be written (Is a directory): it lasts until the kernel ends.\n"
    )
    assert capsys.readouterr() == (said, "")


def test_clear_forgets_what_others_wrote_too(tmp_path: Path) -> None:
    path = tmp_path / "log"
    EventLog(path).clear()
    assert not path.exists()
    EventLog(path).append({"number": 1})
    EventLog(path).clear()
    assert path.read_bytes() == b""
