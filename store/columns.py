"""Column types that keep the house's units out of harm: whole numbers only, and values as JSON.

A table model of SQLModel does not validate what it is given; these types refuse at the database's door what would
be silently changed there (a float of money, a naive date).
"""

from typing import Any

import orjson
from sqlalchemy import BigInteger, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

from store.values_json import to_json

BigKey = BigInteger().with_variant(Integer(), "sqlite")
"""A counted primary key: SQLite counts only a column that is called INTEGER."""


class Whole(TypeDecorator[int]):
    """A 64-bit whole number. Refuses everything that is not an int: a float would lose money or time in silence."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:
        """Pass an int on to the database. Raises TypeError for anything else."""
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise TypeError(f"{value!r} is no whole number")
        return value


class UtcMs(Whole):
    """A moment: milliseconds since 1970-01-01T00:00Z of business time."""

    cache_ok = True


class Units(Whole):
    """Money or a rate: 10^-8 of a currency unit."""

    cache_ok = True


class JsonText(TypeDecorator[Any]):
    """A value of ours as JSON text; it comes back as plain dicts and lists, which store.values_json reads."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:
        """Write the value as JSON."""
        return None if value is None else to_json(value).decode()

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Any | None:
        """Read the JSON."""
        return None if value is None else orjson.loads(value)
