"""The course's code where much is lacking; the notebooks there are in tests/notebooks/test_systems.py."""

from __future__ import annotations

import os
import pkgutil
import subprocess
import sys

import helpers
from tests.notebooks.checkout import TOP
from tests.users import LEAN, WINDOWS, command

PROGRAMS = ("helpers.hosts.links", "helpers.hosts.maker", "helpers.hosts.process", "helpers.ipc.child_program")
"""Only Linux runs these, in processes of their own."""
IMPORT_ALL = """
import importlib, sys
assert sys.platform == "win32"
for name in sys.argv[1:]:
    importlib.import_module(name)
"""
HOSTS = """
import socket
from helpers.lab import LabUnavailable, Network
with Network() as network:
    host = network.host("a", "10.0.0.1")
    host.socket().bind(("10.0.0.1", 80))
    print(len(host.sockets()))
    for ask in (lambda: host.socket(socket.AF_INET6), lambda: network.host("b", "10.0.0.2", "fd00::2")):
        try:
            ask()
        except LabUnavailable as reason:
            print(reason)
"""
CHILD = """
from helpers.ipc import Child
with Child("a") as child:
    print(list(child.descriptors()), child.do("[os.open(os.devnull, os.O_RDONLY) for _ in range(100)][-1]"))
"""


def run(way: str, *arguments: str) -> str:
    """What a Python prints there."""
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    ended = subprocess.run(
        command(way, [sys.executable, *arguments]), cwd=TOP, env=environment | {"PYTHONPATH": str(TOP)},
        capture_output=True, text=True,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_in_windows_every_module_can_be_imported() -> None:
    names = [module.name for module in pkgutil.walk_packages(helpers.__path__, "helpers.")]
    run(WINDOWS, "-c", IMPORT_ALL, *(name for name in names if name not in PROGRAMS))


def test_in_windows_the_models_converse() -> None:
    tests = ("tests/lab/test_model.py", "tests/lab/test_session.py", "tests/lessons/states/test_state_game.py")
    assert " passed" in run(WINDOWS, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)


def test_without_ipv6_hosts_have_ipv4(needs_lab: None) -> None:
    assert run(LEAN, "-c", HOSTS).splitlines() == [
        "0",
        "IPv6 is switched off on this machine (EAFNOSUPPORT)",
        "IPv6 is switched off on this machine (EOPNOTSUPP)",
    ]


def test_with_few_descriptors_a_child_has_most_of_them() -> None:
    assert run(LEAN, "-c", CHILD) == "[0, 1, 2] 102\n"
