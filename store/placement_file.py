"""What operators ordered about placement as one small file, `<data>/placement.json`: every process reads it there.

The catalog has it too, and is what counts: the desk writes the file after each change and when it starts.
Imports neither SQLModel nor Polars.
"""

from pathlib import Path

import orjson

from domain.errors import BrokenWorldError
from domain.ids import PartnerId
from domain.placement import Orders
from store.files import write_atomically

NAME = "placement.json"


def orders_text(orders: Orders) -> bytes:
    """Write orders as JSON."""
    return orjson.dumps(orders, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def orders_of(text: bytes | str) -> Orders:
    """Read orders. Raises ValueError, KeyError or TypeError where the text is none."""
    plain = orjson.loads(text)
    pins = {PartnerId(name): int(book) for name, book in plain["pins"].items()}
    return Orders(int(plain["epoch"]), pins, dict(plain["machines"]))


def read_orders(data: Path) -> Orders:
    """Read what is ordered; nothing where the file is missing. Raises BrokenWorldError when it is damaged."""
    path = data / NAME
    try:
        return orders_of(path.read_bytes())
    except FileNotFoundError:
        return Orders()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BrokenWorldError(f"{path} is damaged ({error}): delete it, the desk writes it anew") from error


def write_orders(data: Path, orders: Orders) -> None:
    """Write what is ordered, whole or not at all."""
    write_atomically(data / NAME, [orders_text(orders)])
