from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from helpers.child_start import OUT_OF_THE_WAY, import_out_of_the_way


def test_what_a_module_opens_takes_no_low_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "keeps_a_file_open.py").write_text("import os\nkept = os.open(os.devnull, os.O_RDONLY)\n")
    monkeypatch.syspath_prepend(tmp_path)
    before = set(os.listdir("/proc/self/fd"))
    import_out_of_the_way("keeps_a_file_open")
    kept = sys.modules.pop("keeps_a_file_open").kept
    assert kept > OUT_OF_THE_WAY
    os.close(kept)
    assert set(os.listdir("/proc/self/fd")) == before
