"""How the tests themselves are run."""

from __future__ import annotations

import warnings

import pytest


@pytest.mark.parametrize("kind", [UserWarning, DeprecationWarning, ResourceWarning])
def test_a_warning_is_an_error(kind: type[Warning]) -> None:
    with pytest.raises(kind):
        warnings.warn("of this test", kind, stacklevel=1)
