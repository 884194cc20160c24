"""Notebook 17: the solutions pass; wrong answers are told what is wrong with them."""

from __future__ import annotations

import os
import socket
from typing import Any

import pytest

from helpers.study import check
from helpers.trace import Trace
from tests.lessons.solved import solutions

SOLVED = solutions("17_article_against_kernel")
ANSWERS: dict[str, Any] = {
    "17.1": SOLVED["one_socket"],
    "17.2": (SOLVED["support"], SOLVED["counterexample"]),
    "17.3": SOLVED["refutes"],
    "17.4": SOLVED["goodbye"],
    "17.5": SOLVED["two_owners"],
}


@pytest.mark.parametrize("number", ANSWERS)
def test_the_solution_passes_and_leaves_nothing_open(number: str) -> None:
    before = set(os.listdir("/proc/self/fd"))
    for _ in range(3):
        card = check(number, ANSWERS[number])
        assert card.status == "passed", card
    assert set(os.listdir("/proc/self/fd")) == before


def stub(*_: Any) -> Any: ...


@pytest.mark.parametrize("number", ["17.1", "17.3", "17.4", "17.5"])
def test_the_stub_is_untried(number: str) -> None:
    assert check(number, stub).status == "untried"


def refused(number: str, answer: Any) -> str:
    card = check(number, answer)
    assert card.status in ("wrong", "failed"), card
    return card.text


def two_sockets() -> Any:
    return socket.socket(), socket.socket()


def the_same_number() -> Any:
    number = socket.socket().detach()
    return number, number


def two_files() -> Any:
    return os.dup(os.open("/dev/null", os.O_RDONLY)), os.open("/dev/null", os.O_RDONLY)


def closed_meanwhile() -> Any:
    with socket.socket() as sock:  # what Python does by itself when nobody refers to it
        return sock.fileno(), sock.fileno()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (two_sockets, "These are two sockets, with two inodes"),
        (the_same_number, "one number for one socket is what C24 says"),
        (two_files, "leads to something that is no socket"),
        (closed_meanwhile, "Python closes a socket when nobody refers to it"),
        (lambda: 5, "Return two descriptors; you returned 5"),
        (lambda: ("a", "b"), "A descriptor is a number"),
    ],
)
def test_no_second_name(answer: Any, sentence: str) -> None:
    assert sentence in refused("17.1", answer)


def socket_objects() -> Any:
    sock = socket.socket()
    return sock, sock.dup()


def test_socket_objects_will_do() -> None:
    assert check("17.1", socket_objects).status == "passed"


support, counterexample = ANSWERS["17.2"]


def yes(pair: Any) -> bool:
    return True


def no(pair: Any) -> bool:
    return False


def receives_twice(pair: Any) -> bool:
    near, far = pair()
    near.send(b"hello")
    return bool(far.recv(5) + far.recv(5) == b"hello")


def splits(pair: Any) -> bool:
    """Asks for less than was sent, which cuts a message: that it finds on SOCK_SEQPACKET as well."""
    near, far = pair()
    near.send(b"hello")
    return bool(far.recv(2) != b"hello")


def returns_bytes(pair: Any) -> Any:
    near, far = pair()
    near.send(b"hello")
    return far.recv(100)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((yes, counterexample), "On a pair in which an old message waits your support() finds a case"),
        ((support, yes), "On SOCK_SEQPACKET your counterexample() finds a case"),
        ((support, no), "On a stream your counterexample() finds none"),
        ((no, counterexample), "On a stream your support() finds none"),
        ((receives_twice, counterexample), "waits for a message that does not come"),
        ((support, splits), "On SOCK_SEQPACKET your counterexample() finds a case"),
        ((returns_bytes, counterexample), "support() returned b'hello'"),
        (support, "Hand over both probes"),
    ],
)
def test_probes_that_do_not_look(answer: Any, sentence: str) -> None:
    assert sentence in refused("17.2", answer)


def no_accept_at_all(trace: Trace) -> bool:
    return not any(call.name == "accept" for call in trace.calls)


def compares_with_the_end_of_accept(trace: Trace) -> bool:
    ended = [call.end for call in trace.calls if call.name == "connect" and call.end]
    accepted = [call.end for call in trace.calls if call.name == "accept" and call.end]
    return bool(ended) and (not accepted or ended[0] < accepted[0])


def forgets_the_error(trace: Trace) -> bool:
    ended = [call.end for call in trace.calls if call.name == "connect" and call.end]
    begun = [call.begin for call in trace.calls if call.name == "accept"]
    return bool(ended) and all(begin > ended[0] for begin in begun)


def compares_the_beginnings(trace: Trace) -> bool:
    begun = [call.begin for call in trace.calls if call.name == "connect" and call.end and not call.error]
    accepted = [call.begin for call in trace.calls if call.name == "accept"]
    return bool(begun) and all(begin > begun[0] for begin in accepted)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda trace: True, "accept() began at 3, waited"),
        (lambda trace: False, "a handshake without accept()"),
        (no_accept_at_all, "connect() ended at 6, and accept() began at 8"),
        (compares_with_the_end_of_accept, "accept() began at 3, waited, and ended at 9"),
        (forgets_the_error, "connect() was refused"),
        (compares_the_beginnings, "connect() ended only at 7"),
        (lambda trace: "C17", "Return True or False"),
        (lambda trace: trace.call("accept").begin > trace.call("connect").end, "this trace has 0 call(s) of accept()"),
    ],
)
def test_other_readings_of_a_trace(answer: Any, sentence: str) -> None:
    assert sentence in refused("17.3", answer)


def closes(sock: socket.socket) -> None:
    sock.close()


def ends_without_closing(sock: socket.socket) -> None:
    sock.shutdown(socket.SHUT_WR)


def detaches(sock: socket.socket) -> None:
    sock.shutdown(socket.SHUT_WR)
    sock.detach()


def closes_the_number(sock: socket.socket) -> None:
    sock.shutdown(socket.SHUT_WR)
    os.close(sock.fileno())


def test_the_number_may_be_closed() -> None:
    assert check("17.4", closes_the_number).status == "passed"


def does_nothing(sock: socket.socket) -> None:
    sock.fileno()


def says_more(sock: socket.socket) -> None:
    sock.send(b" bye")
    SOLVED["goodbye"](sock)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (closes, "your call gave one back, and the kernel sent nothing"),
        (does_nothing, "The peer waits on"),
        (ends_without_closing, "your descriptor is still open"),
        (detaches, "your descriptor is still open"),
        (says_more, "The peer got b'the last words bye' before the end"),
    ],
)
def test_other_goodbyes(answer: Any, sentence: str) -> None:
    assert sentence in refused("17.4", answer)


def listener(port: int = 0, **how: Any) -> socket.socket:
    return socket.create_server(("127.0.0.1", port), **how)


def two_ports() -> Any:
    return listener(), listener()


def one_twice() -> Any:
    sock = listener()
    return sock, sock.dup()


def only_bound() -> Any:
    first = socket.socket()
    first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    first.bind(("127.0.0.1", 0))
    second = socket.socket()
    second.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    second.bind(first.getsockname())
    return first, second


def for_everybody() -> Any:
    first = socket.create_server(("127.0.0.2", 0), reuse_port=True)
    return first, socket.create_server(first.getsockname(), reuse_port=True)


def without_the_option() -> Any:
    """create_server() sets another one, SO_REUSEADDR."""
    with listener() as first:
        return first, listener(first.getsockname()[1])


def one_is_closed() -> Any:
    first = listener(reuse_port=True)
    second = listener(first.getsockname()[1], reuse_port=True)
    first.close()
    return first, second


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (two_ports, "let the second have the first's"),
        (one_twice, "one socket with two descriptors"),
        (only_bound, "bind() alone gets no caller"),
        (for_everybody, "Listen at 127.0.0.1 only"),
        (without_the_option, "SO_REUSEADDR does not allow two that listen"),
        (one_is_closed, "A socket that is closed owns no port"),
        (list, "Return two sockets"),
    ],
)
def test_other_owners(answer: Any, sentence: str) -> None:
    assert sentence in refused("17.5", answer)
