"""Each notebook in a real browser, as a reader has it before him."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.notebooks.browser import Lab, Reader, why_impossible, window
from tests.notebooks.checkout import NOTEBOOKS
from tests.notebooks.pool import Pool


@pytest.fixture(scope="module")
def lab(fonts: Path, pool: Pool) -> Iterator[Lab]:
    reason = why_impossible()
    if reason and "CI" in os.environ:
        pytest.fail(f"CI must have a browser: {reason}")
    if reason:
        pytest.skip(reason)
    pool.wait()  # a reader has the machine to himself
    with Lab(fonts) as running:
        yield running
    leftovers = running.checkout.leftovers()
    running.checkout.remove()
    assert not leftovers


@pytest.fixture(scope="module")
def page(lab: Lab) -> Iterator[Page]:
    with sync_playwright() as playwright, window(playwright) as page:
        yield page


@pytest.mark.parametrize("name", [path.stem for path in NOTEBOOKS])
def test_run_all(lab: Lab, page: Page, name: str) -> None:
    reader = Reader(page, lab, name)
    reader.run_all()
    assert reader.outputs("application/vnd.jupyter.error") == []
    assert reader.outputs("application/vnd.jupyter.stderr") == []
    assert reader.errors == []
    assert reader.outside == []
    assert lab.callers_outside() == 0
