"""A data folder made ready: lock, token, secret, endpoint, catalog. Everything of an installation lies in it."""

import fcntl
import os
import secrets
from contextlib import suppress
from pathlib import Path

from actors.grpc_tls import shown_certificate
from actors.home import SECRET_FILE, Home
from cluster.upgrade import upgrade
from domain.errors import ConflictError
from protos.connect import ENDPOINT_FILE, TOKEN_FILE, Listening, write_endpoint
from store.catalog import Catalog
from store.catalog.users import LEAST_TOKEN
from store.files import write_atomically

LOCK_FILE = "up.lock"
PRIVATE = 0o077
"""The umask of all processes of a switchboard: what they write is for the owner of the data folder."""
READY = "ready"
"""The line by which the serving process tells `up` that calls are answered."""


WAITING = "waiting: "
"""What such a line begins with while the database or the disk is away."""
SECRET_BYTES = 32
FAILED = "cannot start: "
"""What such a line begins with when it did not come so far."""


class FolderLock:
    """Held while a switchboard runs on a data folder: there is never a second one."""

    def __init__(self, data: Path) -> None:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = os.open(data / LOCK_FILE, os.O_CREAT | os.O_RDWR)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            raise ConflictError(
                "a switchboard runs on this data folder already", where=str(data), mend="Stop it, or give --data."
            ) from None

    def release(self) -> None:
        """Let the next one in."""
        os.close(self._file)


def make_private(data: Path) -> None:
    """Take from everybody else what a former program, or a mkdir, let them read: calls, prices, secrets.

    Folders of ours may be links to other disks, so each is closed for itself; files in one that is closed need not be,
    but those of the books are: they are copied about.
    """
    inside = [path for path in data.iterdir() if path.is_dir()]
    files = [path for folder in (data, data / "books") if folder.is_dir() for path in folder.iterdir()]
    for path in (data, *inside, *(path for path in files if path.is_file())):
        with suppress(OSError):  # somebody else's: it is his to close
            mode = path.stat().st_mode & 0o7777
            if mode & 0o077:
                path.chmod(mode & 0o7700)


def prepare(home: Home) -> None:
    """Bring what a former program left up, write token and secret where they are missing, and say where we listen.

    Raises InputError when the settings differ from what is fixed since the first start, BrokenWorldError when a newer
    program has been at work.
    """
    data = home.data
    upgrade(home)
    for folder in (home.snapshots, home.segments, home.books, home.decisions):
        folder.mkdir(parents=True, exist_ok=True)
    make_private(data)
    secret = data / SECRET_FILE
    if not secret.exists() or secret.stat().st_size < SECRET_BYTES:
        write_atomically(secret, [secrets.token_bytes(SECRET_BYTES)], mode=0o600)
    write_endpoint(data, _listening(home), _token(data / TOKEN_FILE))
    home.clock()
    settings = home.settings
    Catalog.open(home.catalog_url(), base_currency=settings.money.base_currency, books=settings.store.books).close()


def _token(file: Path) -> str:
    """Return the folder's token, a new one where there is none, or one so short that it was cut or can be guessed."""
    token = file.read_text().strip() if file.exists() else ""
    return token if len(token) >= LEAST_TOKEN else secrets.token_urlsafe(32)


def _listening(home: Home) -> Listening:
    """Return where our gRPC ports are, and what a client must know to speak TLS there."""
    settings = home.settings
    nodes = {node.name: node.grpc for node in settings.node if node.grpc}
    nodes_tls = tuple(node.name for node in settings.node if node.grpc and node.grpc_tls)
    if not (settings.desk.tls or nodes_tls):
        return Listening(settings.desk.listen, nodes)
    certificate, name = shown_certificate(settings.tls, home.data)
    return Listening(settings.desk.listen, nodes, str(certificate), name, settings.desk.tls, nodes_tls)


def forget_endpoint(data: Path) -> None:
    """Say that nobody listens any more."""
    (data / ENDPOINT_FILE).unlink(missing_ok=True)
