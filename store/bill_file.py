"""The calls of an end user's bill as they were when it was issued: one file of JSON beside the catalog's entry.

A bill never changes, and neither may the list that adds up to it: calls that come or change later are in no file.
"""

from collections.abc import Iterable
from pathlib import Path

import orjson

from domain.errors import NotFoundError
from domain.invoicing import CallRow
from domain.rates import Service, Unit
from store.files import write_atomically
from store.values_json import to_json

FOLDER = "bills"
"""Of the data folder; backups take it along."""


def write_calls(path: Path, calls: Iterable[CallRow]) -> None:
    """Write calls, whole or not at all, durable when this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, [to_json(list(calls))])


def read_calls(path: Path, number: str) -> list[CallRow]:
    """Read the calls of the bill with a number. Raises NotFoundError where they were not kept."""
    try:
        plain = orjson.loads(path.read_bytes())
    except (FileNotFoundError, IsADirectoryError):
        mend = "`switchboard cdrs list --end-user` shows them as they are now; they may add up to another sum."
        raise NotFoundError("its calls were not kept when it was issued", where=number, mend=mend) from None
    return [CallRow(**one | {"service": Service(one["service"]), "unit": Unit(one["unit"])}) for one in plain]
