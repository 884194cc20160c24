from __future__ import annotations

import pytest

from helpers.lessons.start.capabilities import capabilities


def named(name: str) -> object:
    return next(found for found in capabilities() if found.name == name)


def test_where_hosts_are_refused_the_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpers.lessons.start.capabilities.why_unavailable", lambda: "hosts are refused in this test")
    lab = named("two real hosts (the lab)")
    assert (
        str(lab)
        == "no   two real hosts (the lab)         experiments are replayed: hosts are refused in this test"
    )


def test_another_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    assert "this is Darwin: lab experiments are replayed" in str(named("Linux"))


def test_a_missing_program_says_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert str(named("the program ping")).endswith("not installed (Debian: apt install iputils-ping)")
