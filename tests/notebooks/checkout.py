"""A private copy of the checkout for one run, and what the run left behind when it ended."""

from __future__ import annotations

import compileall
import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from tests.notebooks.ipc_objects import ipc_objects, lives_apart
from tests.users import REACHABLE, owner

TOP = Path(__file__).resolve().parents[2]
COPIED = (
    "helpers", "notebooks", "tests", "tools", "binder", "conftest.py", "Makefile", "README.md", "requirements.txt",
    "pyproject.toml",
)  # fmt: skip
NOTEBOOKS = tuple(sorted((TOP / "notebooks").glob("[0-9][0-9]_*.ipynb")))
LOCAL_IPC = tuple(path for path in NOTEBOOKS if "01" <= path.stem[:2] <= "05")
"""The notebooks of the families of local inter-process communication."""
MARKER = "IPC_COURSE_TEST_RUN"
"""Environment variable that every process of a run inherits; its value is the run's own."""
IGNORED = {"__pycache__", ".ipynb_checkpoints", "ipc_course.egg-info", ".pytest_cache"}
"""What Python, JupyterLab, pip and pytest put into a checkout."""
GRACE = 2.0
"""Seconds within which everything of a run must have gone after it ended, killed kernels included."""
NOT_INHERITED = ("PYTEST", "JUPYTER", "IPYTHON", "IPC_COURSE", "JPY", "XDG", "PYTHON", "MPL", "COV")


def prepare(folder: Path) -> Path:
    """Put into a folder what each copy is made of: the checkout as it is now, whatever is edited later, compiled; and
    a configuration of matplotlib, which lists the machine's fonts into each new one."""
    top = folder / "checkout"
    top.mkdir()
    for name in COPIED:
        if (TOP / name).is_dir():
            shutil.copytree(TOP / name, top / name)
        elif (TOP / name).exists():
            shutil.copy2(TOP / name, top / name)
    for package in ("helpers", "tests", "tools"):
        compileall.compile_dir(top / package, quiet=1)
    list_fonts = [sys.executable, "-c", "import matplotlib.font_manager"]
    subprocess.run(list_fonts, check=True, env={**os.environ, "MPLCONFIGDIR": str(folder / "matplotlib")})
    return folder


class Checkout:
    """A copy of the checkout with a home, a folder for temporary files and a marker of its own."""

    def __init__(self, way: str, prepared: Path) -> None:
        """To be run as whom (tests/users.py), and what `prepare` returned."""
        self.folder = Path(tempfile.mkdtemp(prefix="ipc-course-"))
        self.top, self.home, self.temporary = (self.folder / name for name in ("checkout", "home", "tmp"))
        for folder in (self.home, self.temporary):
            folder.mkdir()
        self.recordings = self.home / "recordings"
        shutil.copytree(prepared / "matplotlib", self.home / "matplotlib")
        shutil.copytree(prepared / "checkout", self.top)
        self.marker = uuid.uuid4().hex
        self.environment = self._environment()
        self._files = self._list_files()
        self._interfaces = interfaces()
        self._objects = ipc_objects()
        self._give_to(owner(way))

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
        return kept | {
            MARKER: self.marker,
            REACHABLE: str(self.folder),
            "HOME": str(self.home),
            "TMPDIR": str(self.temporary),
            "IPC_COURSE_PROGRESS": str(self.home / "progress.jsonl"),
            "IPC_COURSE_RECORD_TO": str(self.recordings),
            "IPYTHONDIR": str(self.home / "ipython"),
            "JUPYTER_CONFIG_DIR": str(self.home / "config"),
            "JUPYTER_DATA_DIR": str(self.home / "data"),
            "JUPYTER_RUNTIME_DIR": str(self.home / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(self.home / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(self.home / "workspaces"),
            "MPLCONFIGDIR": str(self.home / "matplotlib"),
            "PATH": os.pathsep.join([os.path.dirname(sys.executable), kept.get("PATH", os.defpath)]),
            "PYTEST_PLUGINS": "tools.local_kernels",
            "PYTHONPATH": str(self.top),  # helpers come from this copy, not from the checkout installed with -e
        }

    def _give_to(self, user: int) -> None:
        self.folder.chmod(0o755)
        if user == os.geteuid():
            return
        for folder, _, files in os.walk(self.folder):
            for path in (folder, *(os.path.join(folder, name) for name in files)):
                os.chown(path, user, user)

    def leftovers(self) -> list[str]:
        """What the run left behind, in words. Its processes are waited for `GRACE` seconds, then ended.

        To be asked in the thread that began the run; only in one that lives apart can IPC objects be told from others'.
        """
        found = [f"process {process} still runs" for process in end_processes(self.marker)]
        found += [f"file {name} in the checkout" for name in sorted(self._list_files() - self._files)]
        found += [f"file {path} in the folder for temporary files" for path in sorted(self.temporary.iterdir())]
        found += sorted(ipc_objects() - self._objects) if lives_apart() else []
        found += [f"network interface {name}" for name in sorted(interfaces() - self._interfaces)]
        found += [f"network namespace mounted: {line}" for line in _namespace_mounts()]
        return found

    def _list_files(self) -> set[str]:
        return {str(path.relative_to(self.top)) for path in self.top.rglob("*") if not IGNORED & set(path.parts)}

    def remove(self) -> None:
        """Take the copy away."""
        shutil.rmtree(self.folder)


def interfaces() -> set[str]:
    """The network interfaces in this process's network namespace."""
    return {path.name for path in Path("/sys/class/net").glob("*")}


def marked_processes(marker: str) -> Iterator[int]:
    """The processes that inherited the marker, in whatever namespaces they are."""
    wanted = f"{MARKER}={marker}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended, or it is another user's
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                yield int(folder.name)


def end_processes(marker: str, grace: float = GRACE) -> list[str]:
    """Wait until the marked processes have ended; what runs after `grace` seconds is returned, and killed."""
    deadline = time.monotonic() + grace
    remaining: list[str] = []
    while opened := list(_open_processes(marker)):
        for number, descriptor in opened:
            if not select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))[0]:
                remaining.append(f"{number} ({_command_line(number)})")
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
                select.select([descriptor], [], [], GRACE)
            os.close(descriptor)
    return remaining


def _open_processes(marker: str) -> Iterator[tuple[int, int]]:
    for number in marked_processes(marker):
        with contextlib.suppress(ProcessLookupError):
            yield number, os.pidfd_open(number)


def _command_line(number: int) -> str:
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return "ended meanwhile"


def _namespace_mounts() -> list[str]:
    """Network namespaces that a mount keeps alive in this thread's sight, as by `ip netns add` (proc(5), mountinfo)."""
    lines = Path("/proc/thread-self/mountinfo").read_text().splitlines()
    return [line for line in lines if " - nsfs " in line and " net:[" in line]
