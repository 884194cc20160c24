"""Colours are told apart from their ground in both themes (WCAG 2.2, contrast 1.4.3 and 1.4.11)."""

from __future__ import annotations

import pytest

from helpers.view.palette import COLOURS, LINE_ROLES, TEXT_ROLES


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG's ratio, from 1 to 21."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_contrast_is_computed_as_defined():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("role", TEXT_ROLES)
def test_words_can_be_read(role, theme):
    assert contrast(getattr(COLOURS[role], theme), getattr(COLOURS["card"], theme)) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("role", LINE_ROLES)
def test_lines_can_be_seen(role, theme):
    assert contrast(getattr(COLOURS[role], theme), getattr(COLOURS["card"], theme)) >= 3.0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_can_be_read_on_a_shaded_box(theme):
    assert contrast(getattr(COLOURS["ink"], theme), getattr(COLOURS["shade"], theme)) >= 4.5


def test_live_pictures_use_the_themes_variable_and_know_a_colour_without_it():
    assert COLOURS["ink"].css == "var(--jp-content-font-color1, #212121)"
