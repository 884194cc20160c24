"""The other process of a small measurement."""

from __future__ import annotations

import os
import socket

from helpers.lessons.which_one.mechanisms.streams import tcp_pair
from helpers.lessons.which_one.partners import count_waiting, process_sharing, process_that


def echo(sock):
    while message := sock.recv(100):
        sock.sendall(message)



def answer(page, number):
    page[1] = page[0] + number


def test_a_process_that_answers():
    for pair in (socket.socketpair, tcp_pair):
        before = os.sched_getaffinity(0)
        with process_that(echo, pair) as sock:
            sock.sendall(b"hello")
            assert sock.recv(100) == b"hello"
            assert len(os.sched_getaffinity(0)) == 1
        assert sock.fileno() == -1 and os.sched_getaffinity(0) == before


def test_one_that_ends_is_noticed():
    with process_that(hangs_up) as sock:
        sock.settimeout(10)
        assert sock.recv(100) == b""


def hangs_up(sock):
    sock.close()


def test_a_page_that_both_see():
    with process_sharing(answer) as (other, page):
        page[0] = 40
        other.do("answer(page, 2)")
        assert page[1] == 42
    assert page.closed


def test_messages_that_wait_are_counted():
    near, far = socket.socketpair(type=socket.SOCK_SEQPACKET)
    with near, far:
        assert count_waiting(far) == 0
        near.send(b"a")
        near.send(b"b")
        assert count_waiting(far) == 2 and count_waiting(far) == 0
        near.send(b"c")
        near.close()
        assert count_waiting(far) == 1
