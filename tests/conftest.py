"""What all tests share: Hypothesis without deadlines, databases; running switchboards are in tests/live/sharing.py."""

import gc
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, is_hypothesis_test, settings

from tests.store.postgres import PostgresServer, running_server

pytest_plugins = ["tests.live.sharing"]
gc.disable()  # what importing and collecting make stays: searching it again and again took half of their time
_shown = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
structlog.configure(
    [*structlog.get_config()["processors"][:-1], _shown]
)  # the default draws tracebacks in frames, slowly
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run that repeats another one's properties, on a second Python, try fewer examples than the first."""
    parser.addoption("--examples", type=int, help="how many examples of each property are tried at most")


def pytest_collection_finish() -> None:
    """Let the garbage collector look at what tests make, and at that in full less often: most of the rest stays."""
    gc.freeze()
    gc.set_threshold(700, 10, 50)
    gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the rules of the tree: whatever is shared out last is divided, and each process reads all files."""
    items.sort(key=lambda item: item.path.name != "test_tidy.py")
    if most := config.getoption("--examples"):
        for test in {item.function for item in items if isinstance(item, pytest.Function)}:
            if is_hypothesis_test(test):  # what a test says of itself goes before any profile
                own = test._hypothesis_internal_use_settings
                test._hypothesis_internal_use_settings = settings(own, max_examples=min(own.max_examples, most))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Search once for what tests left unclosed, and not at all in the process that only counts what others tested."""
    if not session.config.pluginmanager.hasplugin("dsession"):  # pytest-xdist's, there alone
        gc.collect()
    gc.freeze()  # pytest would search all of it five times


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    with running_server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """SQLAlchemy URL (postgresql+psycopg://…) of an empty database of the test's own."""
    with postgres_server.database() as name:
        yield postgres_server.url(name)


@pytest.fixture
def postgres_books(postgres_server: PostgresServer) -> Iterator[str]:
    """URL of a database of the test's own for books: it may have their tables already, without rows."""
    with postgres_server.database(books=True) as name:
        yield postgres_server.url(name)


@pytest.fixture(params=["sqlite", "postgres"])
def book_url(request: pytest.FixtureRequest) -> str:
    """Where the books of a test are: "" (files), then a PostgreSQL database; the test runs on both."""
    if request.param == "sqlite":
        return ""
    url: str = request.getfixturevalue("postgres_books")
    return url
