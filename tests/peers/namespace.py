"""A network namespace in which a resolver finds our ENUM door on port 53, which the C library's resolver insists on."""

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

OUTSIDE, INSIDE = "10.253.38.1", "10.253.38.2"
"""The two ends of the cable between this machine and the namespace."""


@contextmanager
def namespace(name: str) -> Iterator[list[str]]:
    """Make a namespace with a cable to this machine; yields what stands before a command that runs inside.

    Skips the test where we may not make one (it takes root and the ip command).
    """
    ip = shutil.which("ip")
    if ip is None or os.geteuid() != 0:
        pytest.skip("a network namespace takes root and the ip command (Debian: iproute2)")
    resolver = Path("/etc/netns") / name
    try:
        if subprocess.run([ip, "netns", "add", name], capture_output=True, check=False).returncode:
            pytest.skip("this machine allows no network namespaces")
        inside = ["ip", "netns", "exec", name]
        for words in (
            ["link", "add", f"{name}0", "type", "veth", "peer", "name", f"{name}1", "netns", name],
            ["addr", "add", f"{OUTSIDE}/30", "dev", f"{name}0"],
            ["link", "set", f"{name}0", "up"],
            ["netns", "exec", name, ip, "addr", "add", f"{INSIDE}/30", "dev", f"{name}1"],
            ["netns", "exec", name, ip, "link", "set", f"{name}1", "up"],
            ["netns", "exec", name, ip, "link", "set", "lo", "up"],
        ):
            subprocess.run([ip, *words], check=True, capture_output=True)
        resolver.mkdir(parents=True, exist_ok=True)
        (resolver / "resolv.conf").write_text(f"nameserver {OUTSIDE}\n")
        yield inside
    finally:
        subprocess.run([ip, "netns", "del", name], capture_output=True, check=False)
        shutil.rmtree(resolver, ignore_errors=True)


@contextmanager
def port_53(door: tuple[str, int], source: str) -> Iterator[list[bytes]]:
    """Pass what comes to OUTSIDE:53 on to our door, from the switch's address; yields the questions."""
    asked: list[bytes] = []
    ending = threading.Event()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as near:
        near.bind((OUTSIDE, 53))
        near.settimeout(0.2)

        def relay() -> None:
            while not ending.is_set():
                with suppress(TimeoutError):
                    question, resolver = near.recvfrom(4096)
                    asked.append(question)
                    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far:
                        far.bind((source, 0))
                        far.settimeout(3)
                        far.sendto(question, door)
                        near.sendto(far.recv(4096), resolver)

        thread = threading.Thread(target=relay, daemon=True)
        thread.start()
        try:
            yield asked
        finally:
            ending.set()
            thread.join(5)
