"""Streams put together, and their lines."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from helpers.fields.segment import SEQUENCE_SPACE, Segment
from helpers.lessons.applications.dialogue import Turn, connections, lines, plain, shown

TURNS = st.lists(st.builds(Turn, st.booleans(), st.binary(min_size=1, max_size=40)), max_size=12)


def test_lines_are_those_of_each_side() -> None:
    said = [Turn(True, b"one\r\ntw"), Turn(False, b"three\n"), Turn(True, b"o\r\nfour")]
    assert lines(said) == [(True, b"one\r\n"), (False, b"three\n"), (True, b"two\r\n"), (True, b"four")]


@given(TURNS)
def test_no_byte_is_lost_and_each_line_is_printable(said: list[Turn]) -> None:
    for by_client in (True, False):
        parts = b"".join(line for who, line in lines(said) if who is by_client)
        assert parts == b"".join(each.data for each in said if each.by_client is by_client)
    assert all(line.text.isprintable() for line in plain(said))


def test_bytes_that_are_no_text_are_written_as_python_does() -> None:
    assert shown(b"caf\xc3\xa9\t\x1b[1m\r\n") == r"caf\xc3\xa9\t\x1b[1m"
    assert shown(b"a" * 100) == "a" * 52 + "... (100 bytes)"


CLIENT, SERVER = "10.0.0.1:40000", "10.0.0.2:80"


def segment(by_client: bool, flags: str, seq: int, data: bytes = b"", client: str = CLIENT) -> Segment:
    source, destination = (client, SERVER) if by_client else (SERVER, client)
    return Segment(source, destination, flags, seq % SEQUENCE_SPACE, 0, 1000, (), data)


def handshake(j: int = 100, k: int = 300, client: str = CLIENT) -> list[Segment]:
    return [segment(True, "SYN", j, client=client), segment(False, "SYN ACK", k, client=client)]


def test_what_each_side_said_in_turn() -> None:
    crossed = [
        *handshake(),
        segment(True, "ACK", 101),
        segment(True, "PSH ACK", 101, b"one "), segment(True, "PSH ACK", 105, b"two"),
        segment(False, "PSH ACK", 301, b"three"),
        segment(True, "PSH ACK", 108, b"four"),
    ]  # fmt: skip
    (found,) = connections(crossed)
    assert found.said == [Turn(True, b"one two"), Turn(False, b"three"), Turn(True, b"four")]
    assert (found.client, found.server_port, found.sent(by_client=True)) == (CLIENT, 80, b"one twofour")


def test_two_connections_at_once_and_two_after_each_other() -> None:
    other = "10.0.0.1:40001"
    crossed = [
        *handshake(), *handshake(client=other),
        segment(True, "ACK", 101, b"first"), segment(True, "ACK", 101, b"second", other),
        *handshake(j=70000), segment(True, "ACK", 70001, b"third"),
    ]  # fmt: skip
    assert [each.sent(by_client=True) for each in connections(crossed)] == [b"first", b"second", b"third"]


def test_a_connection_whose_beginning_was_not_seen_is_left_out() -> None:
    assert connections([segment(True, "PSH ACK", 101, b"hello")]) == []


@given(
    st.binary(max_size=60), st.integers(0, SEQUENCE_SPACE - 1),
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=8),
)  # fmt: skip
@example(b"ABCDEFGH", SEQUENCE_SPACE - 3, [(0, 1)] * 8)
def test_any_cutting_and_repeating_is_the_same(content: bytes, first: int, pieces: list[tuple[int, int]]) -> None:
    """Each piece begins some bytes before what was sent last, and goes some bytes beyond it."""
    crossed, done = handshake(first), 0
    for back, beyond in [*pieces, (0, len(content))]:
        start, done = max(0, done - back), min(len(content), done + beyond)
        crossed.append(segment(True, "ACK", first + 1 + start, content[start:done]))
    assert connections(crossed)[0].sent(by_client=True) == content
