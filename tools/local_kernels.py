"""Kernels that are reached over Unix sockets. With PYTEST_PLUGINS naming this module, nbval's kernels are too.

jupyter_client picks free TCP ports which the kernel binds a second later: with many kernels starting at once another
one may have them by then. A Unix socket's name is nobody else's.
"""

from __future__ import annotations

import os
import uuid

import nbval.kernel
from jupyter_client.manager import AsyncKernelManager, KernelManager
from jupyter_core.paths import jupyter_runtime_dir
from traitlets import HasTraits, default


class _OverUnixSockets(HasTraits):
    @default("transport")
    def _local_transport(self) -> str:
        return "ipc"

    @default("connection_file")
    def _own_connection_file(self) -> str:
        """A new name, short, for the sockets' names begin with it and have at most 107 bytes (unix(7))."""
        folder = jupyter_runtime_dir()
        os.makedirs(folder, mode=0o700, exist_ok=True)
        return os.path.join(folder, f"{uuid.uuid4().hex[:12]}.json")


class LocalKernelManager(_OverUnixSockets, KernelManager):
    """For a program without an event loop."""


class AsyncLocalKernelManager(_OverUnixSockets, AsyncKernelManager):
    """For nbclient."""


nbval.kernel.KernelManager = LocalKernelManager
