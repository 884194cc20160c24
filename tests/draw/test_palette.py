"""Colours are told apart from their ground in both themes (WCAG 2.2, contrast 1.4.3 and 1.4.11)."""

from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib import rc_params_from_file
from matplotlib.colors import to_hex, to_rgba

from helpers.draw.palette import COLOURS, LINE_ROLES, PAPER, TEXT_ROLES, on_paper

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [part / 255 for part in bytes.fromhex(colour[1:])]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG's ratio, from 1 to 21."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def seen(role: str, page: str) -> str:
    """A role's colour in a PNG on a page of that colour."""
    *parts, opacity = on_paper(*bytes.fromhex(COLOURS[role].paper[1:]))
    pairs = zip(parts, bytes.fromhex(page[1:]), strict=True)
    return "#" + bytes(round((part * opacity + back * (255 - opacity)) / 255) for part, back in pairs).hex()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_can_be_read_and_lines_be_seen_live_and_in_a_png(theme):
    page = getattr(COLOURS["card"], theme)
    for role in LINE_ROLES:
        least = 4.5 if role in TEXT_ROLES else 3.0
        assert contrast(getattr(COLOURS[role], theme), page) >= least, role
        assert contrast(seen(role, page), seen("card", page)) >= least, role
    assert contrast(getattr(COLOURS["ink"], theme), getattr(COLOURS["shade"], theme)) >= 4.5


def test_on_a_white_page_a_png_has_the_colours_that_were_drawn_and_on_a_dark_one_its_paper_is_half_as_bright():
    for role, colour in COLOURS.items():
        drawn, shown = (bytes.fromhex(text[1:]) for text in (colour.paper, seen(role, "#ffffff")))
        assert all(abs(one - other) <= 1 for one, other in zip(drawn, shown, strict=True))
    assert luminance(seen("card", COLOURS["card"].dark)) < 0.5


def test_charts_of_notebooks_have_the_same_paper_and_ink():
    style = rc_params_from_file(NOTEBOOKS / "matplotlibrc", use_default_template=False)
    assert to_rgba(style["figure.facecolor"]) == pytest.approx((1, 1, 1, PAPER), abs=0.005)
    lines = [to_hex(entry["color"]) for entry in style["axes.prop_cycle"]]
    assert sorted(lines) == sorted(COLOURS[role].paper for role in LINE_ROLES if role != "muted")
    assert to_hex(style["text.color"]) == COLOURS["ink"].paper
