"""Kamailio as a client's switch: started on an address of its own, ended by its process id."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from cluster.bench.static_redirector import kamailio_modules
from tests.live.waiting import until

CONFIG = Path(__file__).parent / "scenarios" / "kamailio.cfg"
PORT = 5070
_RADCLI = """nas-identifier kamailio
authserver {auth}
acctserver {acct}
servers {folder}/servers
dictionary {folder}/dictionary
default_realm
radius_timeout 2
radius_retries 3
bindaddr {address}
"""
# Debian's dictionary lacks what acc_radius sends; these are the numbers of Kamailio's own
_DICTIONARY = """$INCLUDE /etc/radcli/dictionary
ATTRIBUTE Sip-Method 101 integer
ATTRIBUTE Sip-Response-Code 102 integer
ATTRIBUTE Sip-Cseq 103 string
ATTRIBUTE Sip-To-Tag 104 string
ATTRIBUTE Sip-From-Tag 105 string
ATTRIBUTE Sip-Translated-Request-URI 107 string
ATTRIBUTE Sip-Src-IP 108 string
VALUE Acct-Status-Type Failed 15
VALUE Service-Type Sip-Session 15
"""


@contextmanager
def kamailio(
    folder: Path,
    address: str,
    ask: str,
    accounting: tuple[str, int],
    secret: str,
    *,
    tls: bool = False,
    zone: str = "e164.arpa.",
    run: Sequence[str] = (),
) -> Iterator[Path]:
    """Run Kamailio, which asks `ask` (a SIP URI); yields its log. `run` stands before its command (a namespace)."""
    host, port = accounting
    server = f"{host}:{port}"
    words = {"folder": folder, "address": address, "auth": server, "acct": server}
    (folder / "radcli.conf").write_text(_RADCLI.format(**words))
    (folder / "dictionary").write_text(_DICTIONARY)
    servers = folder / "servers"
    servers.write_text(f"{host} {secret}\n")
    servers.chmod(0o600)
    values = {"ADDRESS": address, "ASK": ask, "FOLDER": str(folder), "ZONE": zone, "MODULES": kamailio_modules()}
    config = folder / "kamailio.cfg"
    config.write_text(_filled(values | _tls(folder, address, tls=tls)))
    log = folder / "kamailio.log"
    program = shutil.which("kamailio") or "/usr/sbin/kamailio"
    command = [*run, program, "-f", str(config), "-P", str(folder / "kamailio.pid"), "-Y", str(folder), "-DD", "-E"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=folder, start_new_session=True)
        try:
            until(
                lambda: _listens(process.pid, address) or process.poll() is not None, f"kamailio listens, see {log}", 15
            )
            assert process.poll() is None, log.read_text()[-2000:]
            yield log
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait(5)


def _filled(values: Mapping[str, str]) -> str:
    text = CONFIG.read_text()
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


def _tls(folder: Path, address: str, *, tls: bool) -> dict[str, str]:
    if not tls:
        return {"TLS_LISTEN": "", "TLS_MODULE": ""}
    (folder / "tls.cfg").write_text(
        f"[server:default]\nmethod = TLSv1.2+\nverify_certificate = no\nprivate_key = {folder}/key.pem\n"
        f"certificate = {folder}/certificate.pem\n[client:default]\nmethod = TLSv1.2+\nverify_certificate = no\n"
    )
    return {
        "TLS_LISTEN": f"enable_tls=yes\nlisten=tls:{address}:5071",
        "TLS_MODULE": f'loadmodule "tls.so"\nmodparam("tls", "config", "{folder}/tls.cfg")',
    }


def _listens(pid: int, address: str) -> bool:
    """Say whether somebody has Kamailio's TCP port at the address: its processes are up by then."""
    wanted = f"{_hex(address)}:{PORT:04X}"
    lines = Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]
    return any(line.split()[1] == wanted and line.split()[3] == "0A" for line in lines)


def _hex(address: str) -> str:
    return "".join(f"{int(part):02X}" for part in reversed(address.split(".")))
