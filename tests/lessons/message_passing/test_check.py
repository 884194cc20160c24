from __future__ import annotations

import os
import struct
from collections.abc import Callable
from typing import Any

import pytest

from helpers.ipc import Child
from helpers.lessons.message_passing import check as message_passing
from helpers.study import check, own_process
from tests.lessons.solved import solutions

SOLVED = solutions("02_message_passing")


@pytest.fixture(autouse=True)
def not_so_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong answers wait for ever; what is awaited here takes a few milliseconds."""
    monkeypatch.setattr(own_process, "LONGEST", 0.5)


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("02.1", "keep_waiting"),
        ("02.2", "receive_message"),
        ("02.3", "open_for_writing"),
        ("02.4", "next_job"),
        ("02.5", "send_job"),
    ],
)
def test_the_solution_passes(monkeypatch: pytest.MonkeyPatch, number: str, name: str) -> None:
    monkeypatch.setattr(own_process, "LONGEST", 10.0)
    checked = check(number, SOLVED[name])
    assert checked.status == "passed", checked.text


def names_all_that_have_the_pipe(pipe: str, processes: list[Child]) -> list[str]:
    return [process.name for process in processes if pipe in process.descriptors().values()]


def names_the_first_only(pipe: str, processes: list[Child]) -> list[str]:
    return SOLVED["keep_waiting"](pipe, processes)[:1]


def names_all_writers(pipe: str, processes: list[Child]) -> list[str]:
    return [
        process.name
        for process in processes
        for link in set(process.descriptors().values())
        if link.startswith("pipe:") and process.name in SOLVED["keep_waiting"](link, processes)
    ]


def names_nobody(pipe: str, processes: list[Child]) -> list[str]:
    return []


def returns_processes(pipe: str, processes: list[Child]) -> list[Child]:
    return processes


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (names_all_that_have_the_pipe, "does not wait for listener. It can only read"),
        (names_the_first_only, "the reader still waits: another one can write"),
        (names_all_writers, "does not wait for stranger. It writes into another pipe"),
        (names_nobody, "You named none, and the reader still waits"),
        (returns_processes, "Return a list of names out of careless, copier, listener, stranger"),
    ],
)
def test_the_wrong_ones_are_named(answer: Callable[..., Any], sentence: str) -> None:
    checked = check("02.1", answer)
    assert checked.status == "wrong" and sentence in checked.text


def reads_what_is_there(r: int) -> bytes:
    return os.read(r, 1000)[4:]


def reads_once(r: int) -> bytes | None:
    header = os.read(r, 4)
    return os.read(r, struct.unpack("!I", header)[0]) if header else None


def reads_the_body_once(r: int) -> bytes | None:
    header = os.read(r, 4)
    while header and len(header) < 4:
        header += os.read(r, 4 - len(header))
    return os.read(r, struct.unpack("!I", header)[0]) if header else None


def keeps_the_length(r: int) -> bytes:
    header = os.read(r, 4)
    return header + os.read(r, struct.unpack("!I", header)[0])


def takes_an_empty_message_for_the_end(r: int) -> bytes | None:
    header = os.read(r, 4)
    return os.read(r, struct.unpack("!I", header)[0]) or None


def has_the_length_the_wrong_way_round(r: int) -> bytes:
    wanted, data = struct.unpack("<I", os.read(r, 4))[0], b""
    while len(data) < wanted:
        data += os.read(r, wanted - len(data))
    return data


def loops_at_the_end(r: int) -> bytes:
    header = b""
    while len(header) < 4:
        header += os.read(r, 4 - len(header))
    data = b""
    while len(data) < struct.unpack("!I", header)[0]:
        data += os.read(r, struct.unpack("!I", header)[0] - len(data))
    return data


def returns_nothing_at_the_end(r: int) -> bytes:
    header = b""
    while len(header) < 4:
        more = os.read(r, 4 - len(header))
        if not more:
            return b""
        header += more
    data = b""
    while len(data) < struct.unpack("!I", header)[0]:
        data += os.read(r, struct.unpack("!I", header)[0] - len(data))
    return data


def does_not_wait(r: int) -> bytes:
    os.set_blocking(r, False)
    return os.read(r, struct.unpack("!I", os.read(r, 4))[0])


def fails(r: int) -> bytes:
    return os.read(r, 4)["length"]


def ends_its_process(r: int) -> None:
    os._exit(1)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (reads_what_is_there, "that is b'one' and some bytes of what comes after it"),
        (reads_once, "Your code raised error: unpack requires a buffer of 4 bytes, in "),
        (reads_once, ". By then a part of the length had come. Read on until all has come."),
        (reads_the_body_once, "You returned b'sl'. By then a part of a message had come."),
        (does_not_wait, "By then nothing of a message had come."),
        (keeps_the_length, "Return the message without its length"),
        (takes_an_empty_message_for_the_end, "An empty message is a message too"),
        (has_the_length_the_wrong_way_round, "asks for more than there is (check the byte order)"),
        (loops_at_the_end, "os.read() returns b'' then, each time"),
        (returns_nothing_at_the_end, "All writers have closed: return None, not b''"),
        (fails, "Your code raised TypeError: byte indices must be integers"),
        (ends_its_process, "Your code ended the process"),
        (b"one", "Hand over the function itself"),
    ],
)
def test_messages_that_come_out_wrong(answer: Any, sentence: str) -> None:
    checked = check("02.2", answer)
    assert checked.status == "wrong" and sentence in checked.text


def waits_for_a_reader(path: str) -> int:
    return os.open(path, os.O_WRONLY)


def fails_without_a_reader(path: str) -> int:
    return os.open(path, os.O_WRONLY | os.O_NONBLOCK)


def fails_otherwise(path: str) -> None:
    os.mkfifo(path)


def closes_its_own_reader(path: str) -> int:
    reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    writing = os.open(path, os.O_WRONLY)
    os.close(reading)
    return writing


def opens_for_reading(path: str) -> int:
    return os.open(path, os.O_RDONLY | os.O_NONBLOCK)


def opens_another_file(path: str) -> int:
    return os.open(f"{path}.other", os.O_WRONLY | os.O_CREAT, 0o600)


def makes_a_fifo_of_its_own(path: str) -> int:
    os.mkfifo(f"{path}.second")
    return os.open(f"{path}.second", os.O_RDWR)


def writes_something_first(path: str) -> int:
    descriptor = os.open(path, os.O_RDWR)
    os.write(descriptor, b"hello")
    return descriptor


def returns_a_file_object(path: str) -> Any:
    return open(os.open(path, os.O_RDWR), "wb", buffering=0)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (waits_for_a_reader, "Your function waits, for somebody who opens the FIFO for reading"),
        (fails_without_a_reader, "ENXIO: a writer needs a reader. Who could it be?"),
        (fails_otherwise, "Your code raised FileExistsError: [Errno 17]"),
        (closes_its_own_reader, "EPIPE: nobody has the FIFO open for reading any more"),
        (opens_for_reading, "The descriptor cannot be written to: Bad file descriptor"),
        (opens_another_file, "The descriptor does not lead to a FIFO"),
        (makes_a_fifo_of_its_own, "The late reader got nothing"),
        (writes_something_first, "b'early' was written before the reader came, and the reader got b'helloearly'"),
        (returns_a_file_object, "Return the descriptor, a number"),
    ],
)
def test_fifos_opened_in_other_ways(answer: Callable[..., Any], sentence: str) -> None:
    checked = check("02.3", answer)
    assert checked.status == "wrong" and sentence in checked.text


def test_a_fifo_may_be_opened_for_both() -> None:
    """Linux allows it (fifo(7)); POSIX leaves it undefined."""
    assert check("02.3", opens_for_both).status == "passed"


def opens_for_both(path: str) -> int:
    return os.open(path, os.O_RDWR)


def takes_the_oldest(queue: Any) -> bytes:
    return queue.receive()[0]


def takes_the_exact_type(queue: Any) -> bytes:
    return queue.receive(type=1)[0]


def waits_when_empty(queue: Any) -> bytes:
    return queue.receive(type=-3)[0]


def fails_when_empty(queue: Any) -> bytes:
    return queue.receive(type=-3, block=False)[0]


def returns_the_type_too(queue: Any) -> tuple[bytes, int]:
    return queue.receive(type=-3)


def returns_text(queue: Any) -> str:
    return queue.receive(type=-3)[0].decode()


def gives_up(queue: Any) -> None:
    return None


def says_empty_when_empty(queue: Any) -> bytes:
    return queue.receive(type=-3)[0] if queue.current_messages else b""


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (takes_the_oldest, "b'fire' should come next, and b'sweep' came: jobs are sent as sweep (3), cook (2)"),
        (takes_the_exact_type, "b'cook' is in the queue, and your function waits: it asks for a type that no job has"),
        (waits_when_empty, "The queue is empty, and your function waits. What does block=False do?"),
        (fails_when_empty, "Your code raised BusyError"),
        (returns_the_type_too, "Return the text of the job alone"),
        (gives_up, "You returned None, and b'fire' is still in the queue"),
        (returns_text, "Return bytes, as they came: b'fire', not 'fire'"),
        (says_empty_when_empty, "The queue is empty: return None, not b''"),
    ],
)
def test_jobs_taken_in_another_order(answer: Callable[..., Any], sentence: str) -> None:
    checked = check("02.4", answer)
    assert checked.status == "wrong" and sentence in checked.text


def sends_urgency_as_priority(queue: Any, urgency: int, text: bytes) -> None:
    queue.send(text, priority=urgency)


def sends_without_priority(queue: Any, urgency: int, text: bytes) -> None:
    queue.send(text)


def sends_a_negative_priority(queue: Any, urgency: int, text: bytes) -> None:
    queue.send(text, priority=-urgency)


def sends_twice(queue: Any, urgency: int, text: bytes) -> None:
    queue.send(text, priority=3 - urgency)
    queue.send(text, priority=3 - urgency)


def sends_the_urgent_only(queue: Any, urgency: int, text: bytes) -> None:
    if urgency == 1:
        queue.send(text)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (sends_urgency_as_priority, "b'fire' should come next, and b'sweep' came"),
        (sends_without_priority, "b'fire' should come next, and b'sweep' came"),
        (sends_a_negative_priority, "Your code raised ValueError"),
        (sends_twice, "the queue is full. Send each job once"),
        (sends_the_urgent_only, "6 jobs were sent with your function, and 2 are in the queue"),
    ],
)
def test_jobs_sent_in_another_order(answer: Callable[..., Any], sentence: str) -> None:
    checked = check("02.5", answer)
    assert checked.status == "wrong" and sentence in checked.text


@pytest.mark.parametrize(("number", "name"), [("02.4", "next_job"), ("02.5", "send_job")])
def test_where_there_are_no_queues(monkeypatch: pytest.MonkeyPatch, number: str, name: str) -> None:
    refusing = "raise OSError(errno.ENOSYS, 'none in this test')"
    monkeypatch.setattr(message_passing, "_SYSTEM_V_QUEUE", refusing)
    monkeypatch.setattr(message_passing, "_POSIX_QUEUE", refusing)
    checked = check(number, SOLVED[name])
    assert checked.status == "unavailable" and "cannot be checked on this machine: it gives us no" in checked.text
