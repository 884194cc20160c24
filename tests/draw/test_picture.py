"""A picture as the value of a cell."""

from __future__ import annotations

import io

from PIL import Image

from helpers.draw.drawing import Drawing, Text
from helpers.draw.picture import Picture

PICTURE = Picture(Drawing(120, 40, (Text(5, 20, "hello"),), "what it shows"), "hello in words")


def test_a_cell_shows_the_png_and_keeps_the_text():
    data, metadata = PICTURE._repr_mimebundle_(include=None, exclude=None)
    assert set(data) == {"image/png", "text/plain"}
    assert data["text/plain"] == "hello in words"
    assert Image.open(io.BytesIO(data["image/png"])).size == (180, 60)
    assert metadata == {"image/png": {"width": 120, "height": 40, "alt": "what it shows"}}


def test_it_prints_as_its_text():
    assert str(PICTURE) == repr(PICTURE) == "hello in words"


def test_ipython_takes_the_bundle():
    from IPython.core.formatters import DisplayFormatter

    data, metadata = DisplayFormatter().format(PICTURE)
    assert "image/png" in data
    assert data["text/plain"] == "hello in words"
    assert metadata["image/png"]["alt"] == "what it shows"
