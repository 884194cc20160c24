from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from helpers.fields.conversation import Said, lines, plain, shown

SAID = st.lists(st.builds(Said, st.booleans(), st.binary(min_size=1, max_size=40)), max_size=12)


def test_lines_are_those_of_each_side() -> None:
    said = [Said(True, b"one\r\ntw"), Said(False, b"three\n"), Said(True, b"o\r\nfour")]
    assert lines(said) == [(True, b"one\r\n"), (False, b"three\n"), (True, b"two\r\n"), (True, b"four")]


@given(SAID)
def test_no_byte_is_lost_and_each_line_is_printable(said: list[Said]) -> None:
    for by_client in (True, False):
        parts = b"".join(line for who, line in lines(said) if who is by_client)
        assert parts == b"".join(each.data for each in said if each.by_client is by_client)
    assert all(line.text.isprintable() for line in plain(said))


def test_bytes_that_are_no_text_are_written_as_python_does() -> None:
    assert shown(b"caf\xc3\xa9\t\x1b[1m\r\n") == r"caf\xc3\xa9\t\x1b[1m"
    assert shown(b"a" * 100) == "a" * 52 + "... (100 bytes)"
