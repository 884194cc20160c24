"""The ladder in words, line by line."""

from __future__ import annotations

from helpers.draw import ladder
from tests import traces as conftest
from tests.traces import MILLISECOND, SAMPLES, Script, handshake


def test_a_handshake_in_words(script):
    handshake(script)
    assert ladder(script.trace(), title="A handshake").text.splitlines() == [
        "A handshake",
        "        .............. server listens ..............",
        "client  ---- SYN seq=0 ----X lost                     server   SYN-SENT | LISTEN",
        "client  ---- SYN seq=0 ---------------------------->  server   SYN-SENT | LISTEN",
        "client  <------------------ SYN ACK seq=0 ack=1 ----  server   SYN-SENT | SYN-RECEIVED",
        "client  ---- ACK seq=1 ack=1 --------------------||>  server   ESTABLISHED | SYN-RECEIVED   held",
        "        ... client is ESTABLISHED, server is not ...",
        "client  .... ACK seq=1 ack=1 ......................>  server   "
        "ESTABLISHED | SYN-RECEIVED   released",
        "ARP not shown.",
        "[live on Linux 6.18.1, 2026-01-31]",
    ]


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
        monkeypatch.setitem(conftest.FIRST, "client", first)
        monkeypatch.setitem(conftest.PORT, "client", port)
        script = Script(now=1_800_000_000 * 1000 * MILLISECOND + port)
        handshake(script)
        script.wait(lost_for)
        script.segment("client", "PA", 1, 1, b"hello")
        return ladder(script.trace()).text

    assert text(5, 40_001, 0.1) == text(4_294_967_295, 51_234, 7.0)


def test_datagrams_in_words(script):
    script.arp()
    script.datagram("client", 51234, 40002, bytes(36))
    script.datagram("server", 40002, 51234, b"?", fate="dropped")
    assert ladder(script.trace(), protocols=("udp", "arp")).text.splitlines()[:-1] == [
        "client  ---- ARP who has 10.0.0.2, tell 10.0.0.1 --------->  server",
        "client  ---- UDP to 40002, 36 bytes ---------------------->  server",
        "client           lost X---- UDP to client-port, 1 byte ----  server",
    ]


def test_states_are_left_out_on_request_and_where_no_kernel_was_asked(life, script):
    assert "|" not in ladder(life, states=False).text.replace("||", "")
    script.segment("client", "S", 0)
    assert ladder(script.trace()).text.startswith("client  ---- SYN seq=0 --------->  server\n")


def test_without_segments_the_text_says_so():
    assert ladder(SAMPLES["none"]).text.splitlines() == [
        "No TCP segment crossed the wire.",
        "        ... server listens ...",
        "ARP not shown.",
        "[live on Linux 6.18.1, 2026-01-31]",
    ]


def test_three_hosts_are_named_on_each_line():
    lines = ladder(SAMPLES["three"]).text.splitlines()
    assert lines[-5] == "server  <------------------------- #2 SYN seq=0 ----  third    ESTABLISHED | CLOSED"


def test_the_order_of_hosts_turns_the_lines_round(script):
    script.segment("client", "S", 0)
    assert ladder(script.trace(), hosts=["server", "client"]).text.splitlines()[0] == (
        "server  <--------- SYN seq=0 ----  client"
    )
