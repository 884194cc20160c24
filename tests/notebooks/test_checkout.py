"""What a run leaves behind is found, and found by nobody but its own checkout."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.notebooks.checkout import Checkout
from tests.notebooks.ipc_objects import ipc_objects, live_apart
from tests.users import CURRENT

LEAVES = {
    "POSIX queue /left": (
        "import posix_ipc; posix_ipc.MessageQueue('/left', posix_ipc.O_CREX, 0o600, 1, 1).close()"
    ),
    "shared memory or semaphore /dev/shm/sem.left": "import posix_ipc; posix_ipc.Semaphore('/left', posix_ipc.O_CREX)",
    "shared memory or semaphore /dev/shm/left": (
        "import posix_ipc; posix_ipc.SharedMemory('/left', posix_ipc.O_CREX, size=1).close_fd()"
    ),
    "System V queue 1 (key 4711)": "import sysv_ipc; sysv_ipc.MessageQueue(4711, sysv_ipc.IPC_CREX)",
    "System V semaphore set 1 (key 4711)": "import sysv_ipc; sysv_ipc.Semaphore(4711, sysv_ipc.IPC_CREX)",
    "System V shared memory segment 1 (key 4711)": "import sysv_ipc; sysv_ipc.SharedMemory(4711, sysv_ipc.IPC_CREX)",
}
LEAVES_OUTSIDE_THE_KERNEL = {
    "/tmp/left in the folder for temporary files": "import os, tempfile; os.mkfifo(tempfile.gettempdir() + '/left')",
    "file notebooks/left in the checkout": "import os; os.mkfifo('notebooks/left')",
    "still runs": "import subprocess; subprocess.Popen(['sleep', '60'], start_new_session=True)",
}


def left_by(program: str, prepared: Path) -> list[str]:
    """What Python leaves behind that runs this."""
    checkout = Checkout(CURRENT, prepared)
    try:
        subprocess.run([sys.executable, "-c", program], cwd=checkout.top, env=checkout.environment, check=True)
        return checkout.leftovers()
    finally:
        checkout.remove()


def test_nothing_is_found_where_nothing_is_left(apart: ThreadPoolExecutor, prepared: Path) -> None:
    assert apart.submit(left_by, "pass", prepared).result() == []


@pytest.mark.parametrize("found", LEAVES)
def test_an_object_in_the_kernel_is_found(apart: ThreadPoolExecutor, prepared: Path, found: str) -> None:
    assert apart.submit(left_by, LEAVES[found], prepared).result() == [found]


@pytest.mark.parametrize("found", LEAVES_OUTSIDE_THE_KERNEL)
def test_a_file_or_a_process_is_found(prepared: Path, found: str) -> None:
    (sentence,) = left_by(LEAVES_OUTSIDE_THE_KERNEL[found], prepared)
    assert sentence.endswith(found)


def test_it_is_nobody_elses(apart: ThreadPoolExecutor, prepared: Path) -> None:
    before = ipc_objects()
    assert len(apart.submit(ipc_objects).result()) == 5
    everything = apart.submit(left_by, "\n".join(LEAVES.values()), prepared).result()
    assert set(everything) == set(LEAVES)
    assert ipc_objects() == before
    with ThreadPoolExecutor(1, initializer=live_apart) as another:
        assert another.submit(left_by, "pass", prepared).result() == []
