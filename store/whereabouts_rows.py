"""Where partners went, as words of a book: `at:<partner>` is the book that one lives in who came here or left."""

from collections.abc import Mapping, Sequence

from domain.ids import PartnerId
from store.book_schema import insert
from store.drivers import Driver

PREFIX = "at:"


def load(driver: Driver) -> dict[PartnerId, int]:
    """Return who came or left, with the book where it went last."""
    rows = driver.query("SELECT name, value FROM book WHERE substr(name, 1, 3) = ?", (PREFIX,))
    return {PartnerId(name.removeprefix(PREFIX)): book for name, book in rows}


def write(driver: Driver, left: Sequence[PartnerId], places: Mapping[PartnerId, int | None]) -> None:
    """Forget the balances of who left, and put down where partners went; None: one is at home here again."""
    for table in ("balance", "standing"):
        driver.run_many(f"DELETE FROM {table} WHERE partner = ?", [(name,) for name in left])
    gone = [(PREFIX + name,) for name, book in places.items() if book is None]
    if gone:
        driver.run_many("DELETE FROM book WHERE name = ?", gone)
    put = [(PREFIX + name, book) for name, book in places.items() if book is not None]
    if put:
        tail = "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        driver.run_many(insert("book", ["name", "value"], tail), put)
