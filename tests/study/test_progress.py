"""The reader's progress: what it says after which events, and a file that several kernels and any damage may touch."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.study import progress
from helpers.study.progress import EventLog

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
KINDS = ["answer", "happened", "outcome", "exercise", "mixed", "round"]
EVENTS = st.fixed_dictionaries({}, optional={"kind": st.sampled_from(KINDS) | JSON, "id": JSON, "value": JSON})
WRITER = """
import sys
from pathlib import Path
from helpers.study.progress import EventLog
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
from helpers.study.progress import EventLog
log = EventLog(Path(sys.argv[1]))
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (5, hard))
log.append({"number": 1})
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
log.append({"number": 2})
print(sorted(event["number"] for event in log.read()))
"""


def run(code: str, *arguments: str) -> list[str]:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, check=True, text=True, timeout=60).stdout.splitlines()


def test_what_was_done_is_known_to_each_kernel_until_it_is_reset(progress_file: Path) -> None:
    progress.keep("answer", "11.a", value="yes")
    for _ in range(3):  # only changes are written
        progress.keep("answer", "11.a", value="no")
        progress.keep("outcome", "11.a", value=False)
        progress.keep("happened", "11.a", value="yes")
    assert len(progress_file.read_text().split()) == 4
    run("from helpers.study import progress; progress.keep('exercise', '11.1', value='passed')")
    known = progress.state()
    assert (known.answers, known.happened, known.outcomes) == ({"11.a": "no"}, {"11.a": "yes"}, {"11.a": False})
    assert (known.passed, known.last) == ({"11.1"}, "11.1")
    progress.reset()
    assert progress.state() == progress.State()


def test_neither_a_wrong_try_nor_a_reveal_takes_back_what_came_later(progress_file: Path) -> None:
    for value in ("tried", "passed", "tried"):
        progress.keep("exercise", "11.1", value=value)
    for kind, right in (("outcome", True), ("mixed", False), ("outcome", True)):
        progress.keep(kind, "11.a", value=right)
    assert len(progress_file.read_text().split()) == 4
    known = progress.state()
    assert (known.passed, known.tried, known.latest) == ({"11.1"}, set(), {"11.a": False})


@given(st.lists(EVENTS | JSON), st.binary() | st.just(b"[" * 100_000))
def test_no_content_of_the_file_stops_it(values: list[Any], damage: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path = Path(folder) / "progress.jsonl"
        path.write_bytes(b"".join(json.dumps(value).encode() + b"\n" for value in values) + damage)
        patch.setenv(progress.VARIABLE, str(path))
        progress.keep("answer", "11.a", value="another")
        progress.keep("answer", "11.a", value="yes")
        progress.keep("exercise", "11.1", value="passed")
        assert progress.state().answers["11.a"] == "yes"
        assert "11.1" in progress.state().passed


def test_two_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    path, pipe = tmp_path / "log", subprocess.PIPE
    command = [sys.executable, "-c", WRITER, str(path)]
    writers = [subprocess.Popen([*command, name], stdin=pipe, stdout=pipe, text=True) for name in "ab"]
    try:
        for writer in writers:
            assert writer.stdout and writer.stdout.readline() == "ready\n"
        for writer in writers:  # both wait: now both go
            writer.communicate("go\n", timeout=60)
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()
    events = EventLog(path).read()
    for name in "ab":
        assert [event["number"] for event in events if event["writer"] == name] == list(range(1000))
    assert len(path.read_bytes().split()) == 2000  # whole lines, and none besides


def test_a_full_disk_is_told_once_and_no_event_is_lost(tmp_path: Path) -> None:
    told, events = run(FULL_DISK, str(tmp_path / "log"))
    assert told.startswith(f"The progress file {tmp_path / 'log'} cannot be written (")
    assert events == "[1, 2]"
    assert EventLog(tmp_path / "log").read() == [{"number": 2}]


def test_where_the_file_refuses_one_sentence_and_memory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = EventLog(tmp_path)  # a directory
    log.append({"number": 1})
    log.append({"number": 2})
    assert log.read() == [{"number": 1}, {"number": 2}]
    log.clear()
    assert log.read() == []
    told = f"The progress file {tmp_path} cannot be written (Is a directory): it lasts until the kernel ends.\n"
    assert capsys.readouterr() == (told, "")
