"""Kamailio as a static redirector: one worker that answers every INVITE with the same Contact, statelessly."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cluster.bench.processes import children, cpu_s
from cluster.bench.stand import free_ports
from domain.errors import BrokenWorldError, InputError

START_S, STOP_S, PAUSE_S = 15.0, 5.0, 0.05
_MODULES = ("/usr/lib/x86_64-linux-gnu/kamailio/modules/", "/usr/lib/aarch64-linux-gnu/kamailio/modules/")
_CONFIG = """#!KAMAILIO
debug=-1
log_stderror=yes
children=1
disable_tcp=yes
auto_aliases=no
dns=no
rev_dns=no
listen=udp:127.0.0.1:{port}
mpath="{modules}"
loadmodule "pv.so"
loadmodule "sl.so"
loadmodule "textops.so"
request_route {{
    if (is_method("INVITE")) {{
        append_to_reply("Contact: <sip:$rU@{contact}:5060>;q=1.0\\r\\n");
        sl_send_reply("302", "Moved Temporarily");
    }}
    exit;
}}
"""


@dataclass(frozen=True, slots=True)
class Redirector:
    """A running Kamailio: where it listens, and the processes that it is."""

    sip: tuple[str, int]
    pid: int

    def cpu_s(self) -> float:
        """Return the processor seconds that it has used so far."""
        return sum(cpu_s(pid) for pid in (self.pid, *children().get(self.pid, ())))


@contextmanager
def redirector(program: Path, contact: str) -> Iterator[Redirector]:
    """Run it on a free port; it is ended at last. Raises InputError where it is no Kamailio that runs."""
    [port] = free_ports(1)
    with tempfile.TemporaryDirectory(prefix="switchboard-bench-") as name:
        folder = Path(name)
        config, log = folder / "kamailio.cfg", folder / "kamailio.log"
        config.write_text(_CONFIG.format(port=port, contact=contact, modules=kamailio_modules()))
        command = [str(program), "-f", str(config), "-Y", name, "-P", str(folder / "pid"), "-DD", "-E"]
        try:
            with log.open("wb") as out:
                process = subprocess.Popen(command, stdout=out, stderr=out, cwd=folder, start_new_session=True)
        except OSError as error:
            raise InputError(f"cannot be run: {error.strerror}", where=str(program)) from None
        try:
            _listening(process, port, log)
            yield Redirector(("127.0.0.1", port), process.pid)
        finally:
            _end(process)


def kamailio_modules() -> str:
    """Return the folder of Kamailio's modules on this machine."""
    return next((path for path in _MODULES if Path(path).exists()), _MODULES[0])


def _listening(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline, wanted = time.monotonic() + START_S, f"0100007F:{port:04X}"
    while not any(line.split()[1] == wanted for line in Path("/proc/net/udp").read_text().splitlines()[1:]):
        if process.poll() is not None or time.monotonic() > deadline:
            said = log.read_text(errors="replace").strip().splitlines()[-3:]
            raise BrokenWorldError("; ".join(["Kamailio does not come up", *said]))
        time.sleep(PAUSE_S)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_S)
        return
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(STOP_S)
