"""Dovecot, an IMAP server, of the test's own: on loopback, with one user, its mail in a folder of the test."""

import grp
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.live.running import free_ports

USER, PASSWORD = "rates", 'se cret"\\é'
START_S = 15.0
CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = no
auth_mechanisms = plain
auth_failure_delay = 0
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
mail_location = maildir:{folder}/mail
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 0
first_valid_gid = 0
namespace inbox {{
  inbox = yes
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
service auth {{
  user = {me}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


@dataclass(frozen=True)
class Dovecot:
    """A running server: its ports, and the certificate that it shows."""

    imap: int
    imaps: int
    certificate: Path


@contextmanager
def dovecot(certificate: Path, key: Path) -> Iterator[Dovecot]:
    """Run one; the test is skipped where it is not installed."""
    with TemporaryDirectory(prefix="dovecot-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # mail is never read as root, nor below folders that only root may enter
        with _running(folder, certificate, key) as its:
            yield its


@contextmanager
def _running(folder: Path, certificate: Path, key: Path) -> Iterator[Dovecot]:
    program = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin")
    if program is None or not Path("/usr/lib/dovecot/imap").exists():
        pytest.skip("dovecot is not installed (Debian: dovecot-imapd)")
    ports = free_ports("imap", "imaps")
    me, is_root = pwd.getpwuid(os.getuid()), os.getuid() == 0
    internal, login, owner = (
        ("dovecot", "dovenull", pwd.getpwnam("nobody")) if is_root else (me.pw_name, me.pw_name, me)
    )
    for part in ("mail", "home"):
        (folder / part).mkdir()
        os.chown(folder / part, owner.pw_uid, owner.pw_gid)
    (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n", "utf-8")
    config = folder / "dovecot.conf"
    config.write_text(
        CONFIG.format(
            folder=folder,
            certificate=certificate,
            key=key,
            internal=internal,
            internal_group=grp.getgrgid(pwd.getpwnam(internal).pw_gid).gr_name,
            login=login,
            me=me.pw_name,
            uid=owner.pw_uid,
            gid=owner.pw_gid,
            **ports,
        ),
        "utf-8",
    )
    running = subprocess.Popen([program, "-F", "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _wait(running, ports["imap"])
        yield Dovecot(ports["imap"], ports["imaps"], certificate)
    finally:
        running.terminate()
        running.wait(START_S)


def _wait(running: "subprocess.Popen[bytes]", port: int) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        with socket.socket() as tried:
            if not tried.connect_ex(("127.0.0.1", port)):
                return
        if running.poll() is not None:
            assert running.stderr is not None
            raise AssertionError(running.stderr.read().decode())
        time.sleep(0.05)
    raise AssertionError("dovecot does not listen")
