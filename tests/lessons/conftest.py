"""Every test gets a progress file of its own."""

from tests.study.conftest import progress_file  # noqa: F401
