"""Every test gets a progress file of its own, and a lab if it asks for one."""

from tests.lab.conftest import lab  # noqa: F401
from tests.study.conftest import progress_file  # noqa: F401
