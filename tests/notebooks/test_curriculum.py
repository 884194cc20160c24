"""Each row of the curriculum is met where it is owed: by a code cell that carries its id and shows something."""

from __future__ import annotations

import nbformat
import pytest

from tests.notebooks.checkout import TOP
from tests.notebooks.rules import tags

OWED = {
    "01_processes_and_ipc": {"T13", "C01", "C02", "C03"},
    "02_message_passing": {"T01", "T02", "T03"},
    "03_synchronisation": {"T04", "T05", "T06", "T07", "T08"},
    "04_shared_memory": {"T09", "T10"},
    "05_remote_procedure_calls": {"T11", "T12"},
    "06_who_are_you_on_a_network": {*(f"T{n}" for n in range(14, 19)), *(f"C{n:02}" for n in range(4, 9))},
    "07_tcp_ip_layers": {
        *("T19", "T20", "T28", "T29", "T30", "T31", "T34", "T38"),
        *("C09", "C10", "C11", "C12"),
    },
    "08_seven_applications": {f"T{n}" for n in range(21, 28)},
    "09_links_and_routing": {"T32", "T33", "T35", "T36", "T37"},
    "10_what_is_a_socket": {
        *("T39", "T40"),
        *(f"T{n}" for n in range(61, 74)),
        *(f"C{n}" for n in (13, 14, 15, *range(24, 33))),
    },
    "11_socket_lifecycle": {
        *(f"T{n}" for n in (*range(41, 53), *range(74, 79))),
        *(f"C{n}" for n in (16, 17, 18, 19, 33, 34, 35, 36, 39)),
    },
    "12_three_way_handshake": {*(f"T{n}" for n in range(53, 59)), *(f"C{n}" for n in (20, 21, 22, 23, 40))},
    "14_moving_bytes": {*(f"T{n}" for n in range(79, 84)), "C37", "C38"},
    "13_eleven_states": {"T59", "T60"},
    "15_build_a_chat": {"T84"},
}
"""By notebook: the terms that it shows, and the claims of the article that it puts to the kernel."""
TERMS, CLAIMS = {f"T{n:02}" for n in range(1, 85)}, {f"C{n:02}" for n in range(1, 41)}


def test_each_row_is_owed_by_one_notebook() -> None:
    owed = sorted(row for rows in OWED.values() for row in rows)
    assert owed == sorted(TERMS | CLAIMS)


@pytest.mark.parametrize("name", OWED)
def test_the_rows_are_met(name: str) -> None:
    cells = nbformat.read(TOP / "notebooks" / f"{name}.ipynb", as_version=4).cells
    met = set().union(*(tags(cell) for cell in cells if cell.cell_type == "code" and cell.outputs))
    assert OWED[name] - met == set()
