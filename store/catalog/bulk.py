"""Many rows in one statement: COPY on PostgreSQL, executemany on SQLite. Values go in as they are, unchecked."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session


def insert_rows(session: Session, table: str, columns: Sequence[str], rows: Iterable[tuple[object, ...]]) -> None:
    """Insert rows (in the order of `columns`) in the session's transaction. 100,000 rows take about a second."""
    connection = session.connection()
    names = ", ".join(columns)
    cursor: Any = connection.connection.cursor()
    if connection.dialect.name == "postgresql":
        with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join("?" * len(columns))
    cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)


def insert_shared(
    session: Session,
    table: str,
    columns: Sequence[str],
    firsts: Sequence[object],
    places: Sequence[int],
    tails: Sequence[tuple[object, ...]],
    same: tuple[object, ...],
) -> None:
    """Insert rows as `insert_rows` does: a first value of its own, one of the `tails` by its place, and what is the
    same in all. SQLite takes half of the time for it: it puts them together itself.
    """
    if session.connection().dialect.name == "postgresql":
        rows = ((first, *tails[place], *same) for first, place in zip(firsts, places, strict=True))
        insert_rows(session, table, columns, rows)
        return
    cursor: Any = session.connection().connection.cursor()
    between = ", ".join(columns[1 : len(columns) - len(same)])
    marks = ", ".join("?" * (len(columns) - len(same)))
    cursor.execute(f"CREATE TEMP TABLE its_tail (place INTEGER PRIMARY KEY, {between})")
    cursor.execute("CREATE TEMP TABLE its_first (value, place)")
    cursor.executemany(f"INSERT INTO its_tail VALUES ({marks})", ((at, *tail) for at, tail in enumerate(tails)))
    cursor.executemany("INSERT INTO its_first VALUES (?, ?)", zip(firsts, places, strict=True))
    cursor.execute(
        f"""
        INSERT INTO {table} ({", ".join(columns)}) SELECT value, {between}, {", ".join("?" * len(same))}
        FROM its_first CROSS JOIN its_tail USING (place) ORDER BY its_first.rowid""",
        same,
    )
    cursor.execute("DROP TABLE its_first")
    cursor.execute("DROP TABLE its_tail")


def update_known_until(session: Session, plan: str, ids: Sequence[int], known_ms: int, version: int) -> int:
    """End the knowledge of rates of a plan, by id, from a version of it on; return how many were known.

    The plan is compared as an expression, so that the ids alone choose: by its name all its rates would be read.
    """
    if not ids:
        return 0
    statement = f"""
        UPDATE rate SET known_until_ms = :known, until_version = :version
        WHERE {among(session, "id", "ids")} AND known_until_ms IS NULL AND plan || '' = :plan"""
    values = {"known": known_ms, "version": version, "ids": listed(session, ids), "plan": plan}
    done: Any = session.execute(text(statement), values)
    return int(done.rowcount)


def among(session: Session, column: str, name: str) -> str:
    """Return the condition that a column has one of many values, which are given by name as `listed`."""
    if session.connection().dialect.name == "postgresql":
        return f"{column} = ANY(:{name})"
    return f"{column} IN (SELECT value FROM json_each(:{name}))"


def listed(session: Session, values: Collection[object]) -> object:
    """Return many values as one parameter."""
    given = list(values)
    return given if session.connection().dialect.name == "postgresql" else orjson.dumps(given).decode()
