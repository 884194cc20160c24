"""Where the kernel lacks a family of IPC, the cells that need it say so in a sentence, and the notebook goes on."""

from __future__ import annotations

import pytest

from tests.needs import need
from tests.notebooks.checkout import LOCAL_IPC
from tests.notebooks.pool import Pool, Run
from tests.users import POOR, why_impossible

LACKING = {
    "01_processes_and_ipc": {"POSIX message queues", "System V message queue", "System V shared memory"},
    "02_message_passing": {"POSIX message queues", "System V message queues"},
    "03_synchronisation": {"System V semaphores"},
    "04_shared_memory": {"System V shared memory"},
}
"""What a notebook has to say that it lacks there."""


@pytest.mark.parametrize("run", [Run("through", path.stem, POOR) for path in LOCAL_IPC], ids=str)
def test_it_goes_on(pool: Pool, run: Run) -> None:
    need("the rights of root", why_impossible(POOR))
    result = pool.result(run)
    result.check()
    said = {what for what in LACKING.get(run.notebook, ()) if f"This machine gives us no {what}" in result.output}
    assert said == LACKING.get(run.notebook, set()), result.output
