"""Makes the kernel look as if it had been started with ipv6.disable=1, to this Python and to those that it starts.

Python loads it at its start, from PYTHONPATH: so do the lab's hosts. Such a kernel knows no address family AF_INET6,
has no files of IPv6 in /proc, and refuses a link an IPv6 address (tried on Linux 6.1 and 5.10).
"""

from __future__ import annotations

import builtins
import errno
import os
import re
import socket
import sys
from typing import Any

FILES = re.compile(r"/proc/(\w+/)*(net/(\w+6|if_inet6|ipv6_route|rt6_stats)|sys/net/ipv6/.*)")


def refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """Called by Python before it does what the event says (audit events)."""
    if event == "open" and isinstance(arguments[0], str | bytes) and FILES.fullmatch(os.fsdecode(arguments[0])):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), arguments[0])
    if event == "socket.__new__" and arguments[1] == socket.AF_INET6:
        raise OSError(errno.EAFNOSUPPORT, os.strerror(errno.EAFNOSUPPORT))


def import_there(name: str, globals: Any = None, *arguments: Any, **options: Any) -> Any:
    """__import__, which changes pyroute2 when the lab has loaded it."""
    module = _import(name, globals, *arguments, **options)
    if name == "pyroute2" and not globals["__name__"].startswith(name):
        builtins.__import__ = _import
        from pyroute2.iproute.linux import RTNL_API
        from pyroute2.netlink.exceptions import NetlinkError

        async def addr(self: Any, command: str, **fields: Any) -> Any:
            if ":" in str(fields.get("address")):
                raise NetlinkError(errno.EOPNOTSUPP)
            return await with_ipv6(self, command, **fields)

        with_ipv6, RTNL_API.addr = RTNL_API.addr, addr
    return module


_import = builtins.__import__
builtins.__import__ = import_there
sys.addaudithook(refuse)
