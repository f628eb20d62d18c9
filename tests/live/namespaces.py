"""Two network namespaces of this host with a cable between them: two machines, as far as sockets can tell."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

FIRST, SECOND = "10.254.77.1", "10.254.77.2"


@contextmanager
def two_machines(name: str) -> Iterator[tuple[list[str], list[str]]]:
    """Make them; yields for each what stands before a command that runs there.

    Skips the test where we may not (it takes root and the ip command).
    """
    ip = shutil.which("ip")
    if ip is None or os.geteuid() != 0:
        pytest.skip("network namespaces take root and the ip command (Debian: iproute2)")
    names = [f"{name}a", f"{name}b"]
    cable = [f"{name}a0", f"{name}b0"]
    try:
        for its in names:
            _forget(ip, its)
            if subprocess.run([ip, "netns", "add", its], capture_output=True, check=False).returncode:
                pytest.skip("this machine allows no network namespaces")
        _run(ip, "link", "add", cable[0], "netns", names[0], "type", "veth", "peer", cable[1], "netns", names[1])
        for its, end, address in zip(names, cable, (FIRST, SECOND), strict=True):
            _run(ip, "-n", its, "addr", "add", f"{address}/30", "dev", end)
            _run(ip, "-n", its, "link", "set", end, "up")
            _run(ip, "-n", its, "link", "set", "lo", "up")
        yield [ip, "netns", "exec", names[0]], [ip, "netns", "exec", names[1]]
    finally:
        for its in names:
            subprocess.run([ip, "netns", "del", its], capture_output=True, check=False)


def processes_in(inside: list[str]) -> list[int]:
    """Return the processes that run in a namespace."""
    ip, name = inside[0], inside[-1]
    return [int(pid) for pid in subprocess.check_output([ip, "netns", "pids", name], text=True).split()]


def _forget(ip: str, name: str) -> None:
    """Remove what a run that was broken off has left, unless something still runs there."""
    found = subprocess.run([ip, "netns", "pids", name], capture_output=True, text=True, check=False)
    if found.returncode == 0 and not found.stdout.split():
        subprocess.run([ip, "netns", "del", name], capture_output=True, check=False)


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)
