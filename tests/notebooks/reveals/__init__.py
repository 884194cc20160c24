"""For each question: what its reveal reads, and values of it that belong to each option and to none of them."""

from __future__ import annotations

from typing import Any


def seen(names: str, **cases: list[Any]) -> dict[str, list[dict[str, Any]]]:
    """The cases of one question: by option's letter, or "none", a list of values, or of tuples for several `names`."""
    several = names.split()
    return {
        option: [dict(zip(several, (value,) if len(several) == 1 else value, strict=True)) for value in values]
        for option, values in cases.items()
    }
