"""Every mechanism carries every byte, says what it lost, and is missing alone where the machine lacks it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from helpers.ipc import Child
from helpers.lessons.which_one.mechanisms import KINDS, LARGEST
from helpers.lessons.which_one.slices import Language, Measure
from tests.lessons.which_one.pairs import need_two_cores, order, pair, run, twin

SIZES = (1, 64, 4097, 65536, LARGEST)
CASES = [
    (name, measure)
    for name, kind in KINDS.items()
    for measure in Measure
    if measure is Measure.ONE_WAY or kind.round_trips
]
TWINS = [case for case in CASES if KINDS[case[0]].has_twin]
READS_ELSEWHERE = """
def ask(message, times, pipe=pair.opened["pipe"]):
    for _ in range(times):
        pipe.write_request.write(message)
        pipe.read_reply.read(len(message))
    return pipe.space[:len(message)]
pair.opened["pipe"].ask = ask
"""
IN_C = "pair._loops = lambda order: pair._twin.loops(pair.opened[order.mechanism])"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> str:
    return twin(tmp_path_factory.mktemp("twin"))


@pytest.fixture(scope="module")
def plain() -> Iterator[Child]:
    with pair(list(KINDS), label="plain") as client:
        yield client


@pytest.fixture(scope="module")
def mixed(library: str, request: pytest.FixtureRequest) -> Iterator[Child]:
    """The loops of one side are Python's, those of the other the twin's; with "both", the order says whose."""
    sides = {} if request.param == "both" else {request.param: IN_C}
    with pair(list(KINDS), library, **sides, label=f"c {request.param}") as client:
        yield client


def carries_all_sizes(client: Child, mechanism: str, measure: Measure, language: Language = Language.PYTHON) -> None:
    need_two_cores(mechanism)
    assert client.do("pair.refused") == {}
    largest: int = client.do("pair.largest()")[mechanism][0]
    for size in {*SIZES, largest}:
        if size <= largest:
            (taken,) = run(client, order(mechanism, measure, size, 3 * KINDS[mechanism].batch(size), language))
            assert taken.lost == "", taken


@pytest.mark.parametrize(("mechanism", "measure"), CASES)
def test_every_byte_arrives(plain: Child, mechanism: str, measure: Measure) -> None:
    carries_all_sizes(plain, mechanism, measure)


@pytest.mark.parametrize("measure", Measure)
@pytest.mark.parametrize("language", Language)
def test_a_small_pipe_gives_long_messages_in_parts(library: str, measure: Measure, language: Language) -> None:
    """As where all pipes of a user together have reached their limit (pipe(7))."""
    small = "import helpers.lessons.which_one.mechanisms.streams as streams; streams.LARGEST = 4096"
    with pair(["pipe"], library, both=small) as client:
        (taken,) = run(client, order("pipe", measure, LARGEST, 3, language))
    assert taken.lost == ""


@pytest.mark.parametrize(("mechanism", "measure"), TWINS)
@pytest.mark.parametrize("mixed", ["client", "server"], indirect=True)
def test_python_and_c_speak_with_each_other(mixed: Child, mechanism: str, measure: Measure) -> None:
    """They agree in every byte, and in who waits for whom."""
    carries_all_sizes(mixed, mechanism, measure)


@pytest.mark.parametrize(("mechanism", "measure"), TWINS)
@pytest.mark.parametrize("mixed", ["both"], indirect=True)
def test_python_and_c_in_turn(mixed: Child, mechanism: str, measure: Measure) -> None:
    for language in (Language.C, Language.PYTHON, Language.C):
        carries_all_sizes(mixed, mechanism, measure, language)


@pytest.mark.parametrize("mechanism", KINDS)
def test_a_receiver_that_expects_another_byte_says_so(mechanism: str) -> None:
    need_two_cores(mechanism)
    other = "from helpers.lessons.which_one import pair as it; it.CONTENT = it.CONTENT[:5] + b'#' + it.CONTENT[6:]"
    with pair([mechanism], server=other) as client:
        (taken,) = run(client, order(mechanism, Measure.ONE_WAY, 64, KINDS[mechanism].batch(64)))
    assert taken.lost == "what arrived is not what was sent"


def test_a_changed_reply_is_noticed() -> None:
    change = """
def answer(size, times, pipe=pair.opened["pipe"]):
    for _ in range(times):
        request = pipe.read_request.read(size)
        pipe.write_reply.write(request[:-1] + b"#")
pair.opened["pipe"].answer = answer
"""
    with pair(["pipe"], server=change) as client:
        (taken,) = run(client, order("pipe", Measure.ROUND_TRIP, 64, 2))
    assert taken.lost == "what arrived is not what was sent"


def test_what_an_earlier_slice_has_left_does_not_pass_for_a_reply() -> None:
    with pair(["pipe"]) as client:
        (taken,) = run(client, order("pipe", Measure.ROUND_TRIP, 64, 2))
        assert taken.lost == ""
        client.do(READS_ELSEWHERE)
        (taken,) = run(client, order("pipe", Measure.ROUND_TRIP, 64, 2))
    assert taken.lost == "what arrived is not what was sent"


@pytest.mark.parametrize(("size", "times"), [(64, 20_000), (8192, 2000), (60_000, 300)])
def test_udp_waits_before_the_buffer_is_full(size: int, times: int) -> None:
    with pair(["UDP"]) as client:
        (taken,) = run(client, order("UDP", Measure.ONE_WAY, size, times))
    assert taken.lost == ""


@pytest.mark.parametrize("mechanism", ["UDP", "Unix datagram", "Unix seqpacket"])
@pytest.mark.parametrize("measure", Measure)
def test_a_lost_datagram_is_noticed(mechanism: str, measure: Measure) -> None:
    lose = f"""
mechanism = pair.opened[{mechanism!r}]
def losing(loop):
    def loop_that_loses(size, times):
        mechanism.server.read(size)
        return loop(size, times)
    return loop_that_loses
mechanism.answer, mechanism.receive = losing(mechanism.answer), losing(mechanism.receive)
"""
    with pair([mechanism], server=lose) as client:
        (taken,) = run(client, order(mechanism, measure, 64, 5))
    assert "within a second" in taken.lost
    assert taken.disturbed


def test_one_refusal_leaves_the_others() -> None:
    absent = "import sys; sys.modules['posix_ipc'] = None"
    with pair(["POSIX queue", "FIFO", "eventfd"], both=absent) as client:
        assert client.do("pair.refused") == {"POSIX queue": "the library posix_ipc is not installed here"}
        for mechanism in ("FIFO", "eventfd"):
            (taken,) = run(client, order(mechanism, Measure.ROUND_TRIP, 64, 5))
            assert taken.lost == ""


def test_whatever_refuses_is_named() -> None:
    closed = "import os\ndef mkfifo(*_): raise PermissionError(13, 'not for you')\nos.mkfifo = mkfifo"
    with pair(["FIFO"], both=closed) as client:
        assert client.do("pair.refused") == {"FIFO": "PermissionError: [Errno 13] not for you"}


def test_pairs_leave_no_descriptor() -> None:
    def once() -> int:
        with pair(["pipe", "TCP"]) as client:
            run(client, order("pipe", Measure.ROUND_TRIP, 64, 1))
        return len(os.listdir("/proc/self/fd"))

    assert once() == once()
